/**
 * StatusList: a Token Status List as a CWT (IETF OAuth status list, CWT claims 2, 4, 6, 65533, 65534), with
 * one bit per index. The signer's number in the trust bundle is a private claim.
 */
import { unzlibSync, zlibSync } from 'fflate';
import type { Instant } from '../brand.ts';
import { type Codec, field, optional, record, text, uint } from '../cbor/codec.ts';
import { DecodeError } from '../cbor/reader.ts';
import { MAX_OBJECT_BYTES, MAX_STATUS_LIST_BYTES } from '../limits.ts';
import { instantField, keyNumberField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

/** The compressed list: `lst` is zlib (RFC 1950) of the packed statuses, lowest bits first. */
export interface PackedStatuses {
  readonly bits: 1 | 2 | 4 | 8;
  readonly lst: Uint8Array;
}

export interface StatusListBody {
  readonly uri: string;
  readonly expires?: Instant;
  readonly issuedAt: Instant;
  readonly statuses: PackedStatuses;
  /** Seconds for which the list may be kept without asking again. */
  readonly timeToLive?: number;
  readonly signerKey: number;
}

export type StatusList = Signed<'status-list', StatusListBody>;

/** `{"bits": uint, "lst": bstr}`: the one map of Duet with text keys, as the standard has it. */
export const packedField: Codec<PackedStatuses> = {
  encode(writer, { bits, lst }) {
    writer.mapHead(2);
    writer.text('lst');
    writer.bytes(lst);
    writer.text('bits');
    writer.uint(bits);
  },
  decode(reader) {
    const start = reader.offset;
    if (reader.mapHead(2) !== 2 || reader.text(4) !== 'lst')
      throw new DecodeError('missing-key', start, 'lst, then bits');
    const lst = reader.bytes(MAX_OBJECT_BYTES);
    if (reader.text(4) !== 'bits') throw new DecodeError('missing-key', start, 'bits after lst');
    const bits = reader.uint(8);
    if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8)
      throw new DecodeError('bad-value', start, 'bits of 1, 2, 4 or 8');
    return { bits, lst };
  },
};

export const STATUS_LIST: ObjectType<'status-list', StatusListBody> = {
  kind: 'status-list',
  typ: 'application/statuslist+cwt',
  maxBytes: MAX_OBJECT_BYTES,
  body: record({
    uri: field(2, text(255)),
    expires: optional(field(4, instantField)),
    issuedAt: field(6, instantField),
    statuses: field(65_533, packedField),
    timeToLive: optional(field(65_534, uint(0xffff_ffff))),
    signerKey: field(-70_002, keyNumberField),
  }),
};

/** Unpacked statuses of one list. */
export interface Statuses {
  readonly length: number;
  /** The status of an index: 0 valid, 1 invalid, others as the standard says; `undefined` outside the list. */
  at(index: number): number | undefined;
}

/** Unpacks a list within {@link MAX_STATUS_LIST_BYTES}. @throws DecodeError */
export function unpackStatuses({ bits, lst }: PackedStatuses): Statuses {
  const packed = inflate(lst);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return {
    length: packed.length * perByte,
    at(index) {
      const byte = packed[Math.floor(index / perByte)];
      return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & mask;
    },
  };
}

/** Packs the revoked indices of a list of `length` one-bit statuses. */
export function packRevoked(length: number, revoked: Iterable<number>): PackedStatuses {
  const packed = new Uint8Array(Math.ceil(length / 8));
  for (const index of revoked) {
    if (index < 0 || index >= length)
      throw new RangeError(`status index: expected 0..${length - 1}, got ${index}`);
    packed[index >> 3] = (packed[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return { bits: 1, lst: zlibSync(packed, { level: 9 }) };
}

/** One buffer for every list that is unpacked: a list of a few bytes takes no memory of the largest. */
let scratch: Uint8Array<ArrayBuffer> | undefined;

/** Inflates into a buffer of bounded size: what does not fit is refused without memory for it. */
function inflate(data: Uint8Array): Uint8Array {
  scratch ??= new Uint8Array(MAX_STATUS_LIST_BYTES + 1);
  const out = inflateInto(scratch, data);
  if (out.length > MAX_STATUS_LIST_BYTES) {
    throw new DecodeError('too-large', 0, `zlib: expected at most ${MAX_STATUS_LIST_BYTES} bytes`);
  }
  const checksum = data.subarray(-CHECKSUM_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
  if (adler32(out) !== checksum) throw new DecodeError('bad-value', 0, 'zlib: another checksum');
  return out.slice();
}

const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;

function inflateInto(out: Uint8Array<ArrayBuffer>, data: Uint8Array): Uint8Array {
  if (data.length <= HEADER_BYTES + CHECKSUM_BYTES) throw new DecodeError('truncated', 0, 'zlib: too short');
  try {
    return unzlibSync(data, { out });
  } catch (cause) {
    throw new DecodeError('bad-value', 0, `zlib: ${cause instanceof Error ? cause.message : 'invalid'}`);
  }
}

/** RFC 1950 §8.2; the library does not check it. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
