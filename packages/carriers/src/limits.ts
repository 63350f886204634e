/** Bounds on everything that pasted text, a scanned code or a sequence of parts can make a device do. */

/** One Duet message, the same as the largest upload between devices and registry: a claim (LIMIT-3). */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Largest head of a CBOR byte string inside the limit above: 0x5a and four length bytes. */
const BYTE_STRING_HEAD_BYTES = 5;

/** Payload of a UR: a message inside its CBOR byte string. Checked before a decoder allocates for it. */
export const MAX_UR_BYTES = MAX_MESSAGE_BYTES + BYTE_STRING_HEAD_BYTES;

/**
 * Fragments of one message. 64 KB in parts of 100 bytes are 656; other encoders go down to 10 bytes per part.
 * It bounds memory too: a decoder keeps at most one row per fragment, mixed parts included, each of
 * `ceil(messageLength / fragments)` bytes and one bit per fragment, so below 0.7 MB in all.
 */
export const MAX_PARTS = 2_048;

/** Number of the last part: the header field has 32 bits. Part numbers do not wrap around here. */
export const MAX_PART_NUMBER = 0xffff_ffff;

/** UR type names: the registered ones have up to 20 characters. */
export const MAX_UR_TYPE_CHARACTERS = 32;

/** Array head, three integers of up to 5 bytes, the checksum and the head of the data in a part. */
const MAX_PART_HEADER_BYTES = 26;

/** Bytewords of the largest part with its checksum, two characters a byte, and room for scheme, type and numbers. */
export const MAX_UR_CHARACTERS = 2 * (MAX_UR_BYTES + MAX_PART_HEADER_BYTES + 4) + 64;

/** Base45 of the largest message: three characters for two bytes. */
export const MAX_BASE45_CHARACTERS = Math.ceil(MAX_MESSAGE_BYTES / 2) * 3;

/** Pasted text with several UR parts, one in each line: every fragment twice. */
export const MAX_LINES = 2 * MAX_PARTS;

/** Characters of pasted input: the largest message in the longest of its forms, every part twice, with line ends. */
export const MAX_INPUT_CHARACTERS = 4 * MAX_UR_CHARACTERS;

/** Largest QR symbol shown: phones read version 20 from a screen at arm's length, above it they fail. */
export const MAX_QR_VERSION = 20;

/** Byte mode at level L in {@link MAX_QR_VERSION}. */
export const MAX_QR_BYTES = 858;

/** Alphanumeric mode at level L in {@link MAX_QR_VERSION}. */
export const MAX_QR_CHARACTERS = 1_249;

/** A message up to here is one symbol, version 12-L, which reads well on any phone (docs/spec/limits.md). */
export const ONE_PART_BYTES = 367;

/** Message bytes in each part of a sequence: below 100 the headers outweigh the data, above 200 reading suffers. */
export const MIN_BYTES_PER_PART = 100;
export const MAX_BYTES_PER_PART = 200;
