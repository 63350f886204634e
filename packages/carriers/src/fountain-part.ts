/**
 * The header and data of one part of a fountain code (BCR-2020-005): the CBOR array
 * `[seqNum, seqLen, messageLen, checksum, data]`, in deterministic encoding (RFC 8949 §4.2.1) and no other.
 *
 * The bytes are not trusted: every length is held against what is left before anything is taken.
 */
import { concatBytes } from '@duet/protocol/bytes';
import { MAX_PART_NUMBER, MAX_PARTS, MAX_UR_BYTES } from './limits.ts';
import { accept, type CarrierResult, reject } from './rejection.ts';

export interface FountainPart {
  /** From 1; above {@link fragmentCount} the data is a mix. */
  readonly partNumber: number;
  readonly fragmentCount: number;
  /** Bytes of the whole message. */
  readonly messageBytes: number;
  /** CRC-32 of the whole message. */
  readonly checksum: number;
  readonly data: Uint8Array;
}

const ARRAY_OF_5 = 0x85;
const UNSIGNED = 0;
const BYTE_STRING = 2;

/** The array as CBOR. */
export function encodeFountainPart(part: FountainPart): Uint8Array {
  const header = Uint8Array.from([
    ARRAY_OF_5,
    ...cborHead(UNSIGNED, part.partNumber),
    ...cborHead(UNSIGNED, part.fragmentCount),
    ...cborHead(UNSIGNED, part.messageBytes),
    ...cborHead(UNSIGNED, part.checksum),
    ...cborHead(BYTE_STRING, part.data.length),
  ]);
  return concatBytes(header, part.data);
}

/**
 * Reads a part; `data` is a copy. Code `bad-part`: another shape or encoding, a number outside its range, or
 * numbers that do not belong together (the fragments, all of one length, must just hold the message).
 */
export function decodeFountainPart(cbor: Uint8Array): CarrierResult<FountainPart> {
  if (cbor[0] !== ARRAY_OF_5) return bad('an array of five items', 'another item');
  let offset = 1;
  const numbers: number[] = [];
  for (const major of [UNSIGNED, UNSIGNED, UNSIGNED, UNSIGNED, BYTE_STRING]) {
    const head = readCborHead(cbor, offset, major);
    if (head === undefined)
      return bad('shortest heads of integers and of a byte string', `else at byte ${offset}`);
    numbers.push(head.argument);
    offset = head.end;
  }
  const [partNumber = 0, fragmentCount = 0, messageBytes = 0, checksum = 0, dataBytes = 0] = numbers;
  if (cbor.length - offset !== dataBytes) {
    return bad(`${dataBytes} bytes of data to the end`, `${cbor.length - offset}`);
  }
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) return bad('a part number from 1', `${partNumber}`);
  if (fragmentCount < 1 || fragmentCount > MAX_PARTS) {
    return bad(`1 to ${MAX_PARTS} fragments`, `${fragmentCount}`);
  }
  if (messageBytes < 1 || messageBytes > MAX_UR_BYTES) {
    return bad(`a message of 1 to ${MAX_UR_BYTES} bytes`, `${messageBytes}`);
  }
  if (dataBytes < 1 || Math.ceil(messageBytes / dataBytes) !== fragmentCount) {
    return bad(
      `${fragmentCount} fragments that just hold ${messageBytes} bytes`,
      `${dataBytes} bytes in each`,
    );
  }
  return accept({ partNumber, fragmentCount, messageBytes, checksum, data: cbor.slice(offset) });
}

/** The shortest CBOR head of a major type with an argument of at most 32 bits. */
export function cborHead(major: number, argument: number): readonly number[] {
  const type = major << 5;
  if (argument < 24) return [type | argument];
  if (argument < 0x100) return [type | 24, argument];
  if (argument < 0x1_0000) return [type | 25, argument >> 8, argument & 0xff];
  return [type | 26, argument >>> 24, (argument >>> 16) & 0xff, (argument >>> 8) & 0xff, argument & 0xff];
}

/** Reads a head of one major type, at most 32 bits, in its shortest form; `undefined` for anything else. */
export function readCborHead(
  cbor: Uint8Array,
  offset: number,
  major: number,
): { readonly argument: number; readonly end: number } | undefined {
  const first = cbor[offset];
  if (first === undefined || first >> 5 !== major) return undefined;
  const short = first & 0x1f;
  if (short < 24) return { argument: short, end: offset + 1 };
  const width = short === 24 ? 1 : short === 25 ? 2 : short === 26 ? 4 : 0;
  const end = offset + 1 + width;
  if (width === 0 || end > cbor.length) return undefined;
  let argument = 0;
  for (let i = offset + 1; i < end; i++) argument = argument * 256 + (cbor[i] ?? 0);
  const smallest = width === 1 ? 24 : width === 2 ? 0x100 : 0x1_0000;
  return argument < smallest ? undefined : { argument, end };
}

const bad = (expected: string, got: string): CarrierResult<never> => reject('bad-part', expected, got);
