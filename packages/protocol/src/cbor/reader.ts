/**
 * Reads deterministic CBOR (RFC 8949 §4.2.1) and nothing else.
 *
 * The bytes are not trusted. Heads that are not the shortest, indefinite lengths and reserved forms are
 * refused; every length is held against the caller's limit and against what is left before anything is
 * allocated or looped over, so a hostile length costs nothing.
 */
import { decodeUtf8 } from './utf8.ts';

/**
 * Why bytes were refused. Stable: `docs/spec/errors.md` names them.
 *
 * - `truncated`: an item goes on after the last byte
 * - `malformed`: not well-formed CBOR (reserved additional information, a break without a beginning)
 * - `non-minimal`: a head longer than it needs to be
 * - `indefinite`: an indefinite length
 * - `unexpected-type`: well-formed, but not the kind of item that stands here
 * - `too-large`: above a limit of length or count
 * - `out-of-range`: an integer outside its range, or a string or array shorter than it must be
 * - `too-deep`: nested deeper than the generic reader goes
 * - `trailing`: bytes after the item
 * - `unsorted-keys`, `duplicate-key`, `unknown-key`, `missing-key`: maps
 * - `bad-utf8`: text that is not UTF-8
 * - `unsupported`: CBOR outside of the data model (floats, undefined, other simple values, bignums)
 * - `bad-value`: the right type with a value that is not allowed
 */
export type DecodeCode =
  | 'truncated'
  | 'malformed'
  | 'non-minimal'
  | 'indefinite'
  | 'unexpected-type'
  | 'too-large'
  | 'out-of-range'
  | 'too-deep'
  | 'trailing'
  | 'unsorted-keys'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing-key'
  | 'bad-utf8'
  | 'unsupported'
  | 'bad-value';

/** Bytes that are not the message that they should be. `offset` counts from the first byte given. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: DecodeCode;
  readonly offset: number;

  constructor(code: DecodeCode, offset: number, detail: string) {
    super(`${code} at byte ${offset}: ${detail}`);
    this.code = code;
    this.offset = offset;
  }
}

const MAJOR_NAMES: readonly string[] = [
  'an unsigned integer',
  'a negative integer',
  'a byte string',
  'a text string',
  'an array',
  'a map',
  'a tag',
  'a simple value or float',
];

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const TWO_TO_32 = 0x1_0000_0000;

/** What {@link Reader} uses inside for an argument above 2^53−1. */
const WIDE = -1;

export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  /** The bytes are not copied: they must not change while they, or what was read from them, are used. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where the next item starts. */
  get offset(): number {
    return this.#offset;
  }

  /** All that is left, as it stands there; nothing is read. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset);
  }

  /** Passes over all that is left: its bytes are known. */
  skipRest(): void {
    this.#offset = this.#bytes.length;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** An unsigned integer, 0 … `max`. */
  uint(max: number): number {
    const start = this.#offset;
    const n = this.#argument(0);
    if (n === WIDE || n > max) throw this.#outOfRange(start, 0, max, n);
    return n;
  }

  /** An integer, `min` … `max` (by default every safe integer). */
  int(min: number = -MAX_SAFE, max: number = MAX_SAFE): number {
    const start = this.#offset;
    const major = this.peekMajor();
    const argument = this.#argument(major === 1 ? 1 : 0);
    const n = argument === WIDE ? WIDE : major === 1 ? -1 - argument : argument;
    if (argument === WIDE || n < min || n > max)
      throw this.#outOfRange(start, min, max, n, argument === WIDE);
    return n;
  }

  /** A byte string of `minLength` … `maxLength` bytes; the result is a view of the input, not a copy. */
  bytes(maxLength: number, minLength = 0): Uint8Array {
    return this.#string(2, maxLength, minLength);
  }

  /** A text of at most `maxBytes` bytes of UTF-8. */
  text(maxBytes: number): string {
    const start = this.#offset;
    const text = decodeUtf8(this.#string(3, maxBytes, 0));
    if (text === undefined) throw new DecodeError('bad-utf8', start, 'expected UTF-8 (RFC 3629)');
    return text;
  }

  /** The number of items of an array, at most `max`; the items follow. */
  arrayHead(max: number): number {
    return this.#count(4, max, 1);
  }

  /** The number of pairs of a map, at most `max`; the caller checks the order of the keys. */
  mapHead(max: number): number {
    return this.#count(5, max, 2);
  }

  /** The number of a tag; the tagged item follows. */
  tagHead(): number {
    const start = this.#offset;
    const n = this.#argument(6);
    if (n === WIDE) throw this.#outOfRange(start, 0, MAX_SAFE, n);
    return n;
  }

  bool(): boolean {
    const byte = this.peekByte();
    if (byte !== 0xf4 && byte !== 0xf5) throw this.#unexpected('true or false', byte);
    this.#offset++;
    return byte === 0xf5;
  }

  null(): void {
    const byte = this.peekByte();
    if (byte !== 0xf6) throw this.#unexpected('null', byte);
    this.#offset++;
  }

  /** Major type (0 … 7) of the next item. */
  peekMajor(): number {
    return this.peekByte() >> 5;
  }

  /** The byte `ahead` of the next one, unread. */
  peekByte(ahead = 0): number {
    const byte = this.#bytes[this.#offset + ahead];
    if (byte === undefined) throw this.#truncated(this.#bytes.length, ahead + 1 - this.remaining);
    return byte;
  }

  /** The argument of a head of this major type in all its 64 bits: bigint above 2^53−1. */
  wideHead(major: number): number | bigint {
    const n = this.#argument(major);
    if (n !== WIDE) return n;
    let wide = 0n;
    for (const byte of this.#bytes.subarray(this.#offset - 8, this.#offset))
      wide = (wide << 8n) | BigInt(byte);
    return wide;
  }

  /** A view of bytes that were read already, `from` included, `to` not. */
  slice(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** @throws DecodeError `trailing` when bytes are left */
  end(): void {
    if (this.remaining > 0) {
      throw new DecodeError('trailing', this.#offset, `expected the end, got ${this.remaining} more bytes`);
    }
  }

  #string(major: number, max: number, min: number): Uint8Array {
    const start = this.#offset;
    const length = this.#argument(major);
    if (length === WIDE || length > max) throw this.#tooLarge(start, major, max, length);
    if (length > this.remaining) throw this.#truncated(this.#bytes.length, length - this.remaining);
    if (length < min) {
      throw new DecodeError('out-of-range', start, `expected at least ${min} bytes, got ${length}`);
    }
    const from = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(from, this.#offset);
  }

  #count(major: number, max: number, itemsEach: number): number {
    const start = this.#offset;
    const count = this.#argument(major);
    if (count === WIDE || count > max) throw this.#tooLarge(start, major, max, count);
    // Every item takes a byte at least.
    if (count * itemsEach > this.remaining) {
      throw this.#truncated(this.#bytes.length, count * itemsEach - this.remaining);
    }
    return count;
  }

  /** Reads a head and gives its argument, or WIDE for one above 2^53−1. */
  #argument(major: number): number {
    const start = this.#offset;
    const initial = this.peekByte();
    if (initial >> 5 !== major) throw this.#unexpected(MAJOR_NAMES[major] ?? '', initial);
    const information = initial & 0x1f;
    if (information < 24) {
      this.#offset++;
      return information;
    }
    if (information > 27) throw this.#badInformation(start, major, information);
    const size = 1 << (information - 24);
    if (size >= this.remaining) throw this.#truncated(this.#bytes.length, size + 1 - this.remaining);
    this.#offset++;
    if (size === 8) return this.#argument64(start);
    const n = this.#bigEndian(size);
    if (size === 1 ? n < 24 : n < 2 ** (4 * size)) throw this.#nonMinimal(start, n);
    return n;
  }

  #argument64(start: number): number {
    const high = this.#bigEndian(4);
    const low = this.#bigEndian(4);
    if (high === 0) throw this.#nonMinimal(start, low);
    return high > 0x1f_ffff ? WIDE : high * TWO_TO_32 + low;
  }

  #bigEndian(size: number): number {
    let n = 0;
    for (let i = 0; i < size; i++) n = n * 256 + (this.#bytes[this.#offset++] ?? 0);
    return n;
  }

  #badInformation(start: number, major: number, information: number): DecodeError {
    if (information === 31 && major >= 2 && major <= 5) {
      return new DecodeError('indefinite', start, `expected ${MAJOR_NAMES[major]} of definite length`);
    }
    return new DecodeError('malformed', start, `additional information ${information} is reserved here`);
  }

  #nonMinimal(start: number, n: number): DecodeError {
    return new DecodeError('non-minimal', start, `expected the shortest head for ${n}`);
  }

  #truncated(offset: number, missing: number): DecodeError {
    return new DecodeError('truncated', offset, `expected at least ${missing} more bytes`);
  }

  #unexpected(expected: string, initial: number): DecodeError {
    const got = initial === 0xf6 ? 'null' : initial === 0xf4 || initial === 0xf5 ? 'a boolean' : undefined;
    return new DecodeError(
      'unexpected-type',
      this.#offset,
      `expected ${expected}, got ${got ?? MAJOR_NAMES[initial >> 5]}`,
    );
  }

  #tooLarge(start: number, major: number, max: number, got: number): DecodeError {
    const unit = major < 4 ? 'bytes' : major === 4 ? 'items' : 'pairs';
    const shown = got === WIDE ? 'above 2^53-1' : got;
    return new DecodeError('too-large', start, `expected at most ${max} ${unit}, got ${shown}`);
  }

  #outOfRange(start: number, min: number, max: number, got: number, wide = got === WIDE): DecodeError {
    const shown = wide ? 'one beyond ±(2^53-1)' : got;
    return new DecodeError('out-of-range', start, `expected an integer in ${min}..${max}, got ${shown}`);
  }
}
