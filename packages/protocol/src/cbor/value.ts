/**
 * Any item of Duet's data model as a tree, for `duet inspect` and for the vectors of others.
 *
 * The bytes are not trusted: the same strictness as the typed codecs, and a bound on depth. The data model
 * is 64-bit integers, byte and text strings, arrays, maps, tags, booleans and null. Refused as
 * `unsupported`: floats, undefined, every other simple value, and the bignum tags 2 and 3. A bignum taken
 * as a plain tag would give one integer several encodings (RFC 8949 §3.4.3), and no quantity here needs
 * more than 64 bits. Text is not normalised: CDE compares bytes (dCBOR's NFC rule is not applied).
 */
import { compareBytes, toHex } from '../bytes.ts';
import type { Codec } from './codec.ts';
import { DecodeError, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface CborEntry {
  readonly key: CborValue;
  readonly value: CborValue;
}

/** Integers and tag numbers are bigint where they are beyond ±(2^53−1), else number. */
export type CborValue =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly CborValue[] }
  | { readonly kind: 'map'; readonly entries: readonly CborEntry[] }
  | { readonly kind: 'tag'; readonly tag: number | bigint; readonly content: CborValue }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' };

/** Arrays, maps and tags inside one another; the deepest object of the protocol needs 8. Bounds the call stack. */
export const MAX_DEPTH = 16;

/** Tags 2 and 3 (RFC 8949 §3.4.3). */
const isBignum = (tag: number | bigint): boolean => Number(tag) === 2 || Number(tag) === 3;

/**
 * The generic codec. Decoded maps stand in wire order; encoding sorts the entries itself.
 * Encoding throws RangeError for repeated keys, bignum tags and trees deeper than {@link MAX_DEPTH}.
 */
export const cborValue: Codec<CborValue> = {
  encode: (w, value) => write(w, value, 0),
  decode: (r) => read(r, 0),
};

/** One line of diagnostic notation (RFC 8949 §8), safe to print: control and direction characters are escaped. */
export function diagnostic(value: CborValue): string {
  switch (value.kind) {
    case 'int':
      return String(value.value);
    case 'bytes':
      return `h'${toHex(value.value)}'`;
    case 'text':
      return quote(value.value);
    case 'array':
      return `[${value.items.map(diagnostic).join(', ')}]`;
    case 'map':
      return `{${value.entries.map(({ key, value: v }) => `${diagnostic(key)}: ${diagnostic(v)}`).join(', ')}}`;
    case 'tag':
      return `${value.tag}(${diagnostic(value.content)})`;
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
  }
}

function read(r: Reader, depth: number): CborValue {
  const major = r.peekMajor();
  switch (major) {
    case 0:
      return { kind: 'int', value: r.wideHead(0) };
    case 1:
      return { kind: 'int', value: negative(r.wideHead(1)) };
    case 2:
      return { kind: 'bytes', value: r.bytes(Number.MAX_SAFE_INTEGER) };
    case 3:
      return { kind: 'text', value: r.text(Number.MAX_SAFE_INTEGER) };
    case 4:
      return readArray(r, depth);
    case 5:
      return readMap(r, depth);
    case 6:
      return readTag(r, depth);
    default:
      return readSimple(r);
  }
}

function readArray(r: Reader, depth: number): CborValue {
  descend(r, depth);
  const count = r.arrayHead(Number.MAX_SAFE_INTEGER);
  const items: CborValue[] = [];
  for (let i = 0; i < count; i++) items.push(read(r, depth + 1));
  return { kind: 'array', items };
}

function readMap(r: Reader, depth: number): CborValue {
  descend(r, depth);
  const count = r.mapHead(Number.MAX_SAFE_INTEGER);
  const entries: CborEntry[] = [];
  let previous: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    const start = r.offset;
    const key = read(r, depth + 1);
    const encoded = r.slice(start, r.offset);
    const order = previous === undefined ? 1 : compareBytes(encoded, previous);
    if (order === 0) throw new DecodeError('duplicate-key', start, `key ${diagnostic(key)} stands twice`);
    if (order < 0)
      throw new DecodeError('unsorted-keys', start, `key ${diagnostic(key)} belongs further ahead`);
    previous = encoded;
    entries.push({ key, value: read(r, depth + 1) });
  }
  return { kind: 'map', entries };
}

function readTag(r: Reader, depth: number): CborValue {
  descend(r, depth);
  const start = r.offset;
  const tag = r.wideHead(6);
  if (isBignum(tag)) {
    throw new DecodeError('unsupported', start, 'bignums are outside of the data model');
  }
  return { kind: 'tag', tag, content: read(r, depth + 1) };
}

function readSimple(r: Reader): CborValue {
  const initial = r.peekByte();
  if (initial === 0xf4 || initial === 0xf5) return { kind: 'bool', value: r.bool() };
  if (initial === 0xf6) {
    r.null();
    return { kind: 'null' };
  }
  const information = initial & 0x1f;
  if (information > 27) {
    const what = information === 31 ? 'a break without an open item' : 'reserved additional information';
    throw new DecodeError('malformed', r.offset, what);
  }
  if (information >= 24) {
    const last = r.peekByte(1 << (information - 24));
    if (information === 24 && last < 32) {
      throw new DecodeError('malformed', r.offset, `simple value ${last} has no two-byte form`);
    }
  }
  const what = information >= 25 ? 'floats are' : initial === 0xf7 ? 'undefined is' : 'simple values are';
  throw new DecodeError('unsupported', r.offset, `${what} outside of the data model`);
}

function descend(r: Reader, depth: number): void {
  if (depth >= MAX_DEPTH) throw new DecodeError('too-deep', r.offset, `expected at most ${MAX_DEPTH} levels`);
}

function write(w: Writer, value: CborValue, depth: number): void {
  switch (value.kind) {
    case 'int':
      if (value.value < 0) w.wideHead(1, negative(value.value));
      else w.wideHead(0, value.value);
      break;
    case 'bytes':
      w.bytes(value.value);
      break;
    case 'text':
      w.text(value.value);
      break;
    case 'array':
      checkDepth(depth);
      w.arrayHead(value.items.length);
      for (const item of value.items) write(w, item, depth + 1);
      break;
    case 'map':
      checkDepth(depth);
      writeMap(w, value.entries, depth);
      break;
    case 'tag':
      checkDepth(depth);
      if (isBignum(value.tag)) throw new RangeError('cbor: bignums are outside of the data model');
      w.wideHead(6, value.tag);
      write(w, value.content, depth + 1);
      break;
    case 'bool':
      w.bool(value.value);
      break;
    case 'null':
      w.null();
      break;
  }
}

function writeMap(w: Writer, entries: readonly CborEntry[], depth: number): void {
  const sorted = entries
    .map(({ key, value }) => {
      const encoded = new Writer();
      write(encoded, key, depth + 1);
      return { key: encoded.finish(), value };
    })
    .sort((a, b) => compareBytes(a.key, b.key));
  w.mapHead(sorted.length);
  let previous: Uint8Array | undefined;
  for (const { key, value } of sorted) {
    if (previous !== undefined && compareBytes(previous, key) === 0) {
      throw new RangeError(`cbor: the map key ${toHex(key)} stands twice`);
    }
    previous = key;
    w.raw(key);
    write(w, value, depth + 1);
  }
}

function checkDepth(depth: number): void {
  if (depth >= MAX_DEPTH) throw new RangeError(`cbor: expected at most ${MAX_DEPTH} levels`);
}

/** −1 − n: from the argument of a negative integer to its value, and back. */
function negative(n: number | bigint): number | bigint {
  if (typeof n === 'number' && Number.isSafeInteger(-1 - n)) return -1 - n;
  const result = -1n - BigInt(n);
  return result >= -BigInt(Number.MAX_SAFE_INTEGER) && result <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(result)
    : result;
}

/** Characters that a terminal or a reader's eye would act on instead of showing them; written as \\uXXXX. */
const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function quote(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
