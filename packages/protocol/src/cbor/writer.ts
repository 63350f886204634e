/**
 * Writes deterministic CBOR (RFC 8949 §4.2.1): shortest heads, definite lengths.
 *
 * The writer cannot see the order of map keys: whoever calls {@link Writer.mapHead} writes the pairs
 * in the bytewise order of their encoded keys. Bad arguments are bugs and throw RangeError.
 */
import { equalBytes } from '../bytes.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';

const INITIAL_BYTES = 512;
/** Working buffers are used again: making one costs more than what is written into it. */
const MAX_SPARE_BUFFERS = 8;
const MAX_SPARE_BYTES = 64 * 1024;
const spare: Uint8Array[] = [];
const NOTHING = new Uint8Array(0);
/** The longest head of a byte string that fits into a buffer. */
const NESTED_HEAD_BYTES = 5;
const TWO_TO_32 = 0x1_0000_0000;
const MAX_ARGUMENT = 0xffff_ffff_ffff_ffffn;

export class Writer {
  #buffer: Uint8Array = spare.pop() ?? new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Bytes written up to now. */
  get length(): number {
    return this.#length;
  }

  /** An unsigned integer, 0 … 2^53−1. */
  uint(n: number): void {
    this.#head(0, n);
  }

  /** An integer, −(2^53−1) … 2^53−1. */
  int(n: number): void {
    // -1 - n alone would let -2^53 through, which is not a safe integer.
    if (n < 0) this.#head(1, Number.isSafeInteger(n) ? -1 - n : Number.NaN);
    else this.#head(0, n);
  }

  bytes(b: Uint8Array): void {
    this.#head(2, b.length);
    this.raw(b);
  }

  /** One byte string of several parts. */
  joined(...parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#head(2, length);
    for (const part of parts) this.raw(part);
  }

  /** A byte string of what `write` puts down, without a copy of it. */
  nested(write: (w: Writer) => void): void {
    this.#reserve(NESTED_HEAD_BYTES);
    const start = this.#length;
    const content = start + NESTED_HEAD_BYTES;
    this.#length = content;
    write(this);
    const end = this.#length;
    this.#length = start;
    this.#head(2, end - content);
    this.#buffer.copyWithin(this.#length, content, end);
    this.#length += end - content;
  }

  /** @throws RangeError when `s` holds a lone surrogate */
  text(s: string): void {
    const length = utf8Length(s);
    if (length === undefined) throw new RangeError('cbor text: a lone surrogate has no UTF-8 form');
    this.#head(3, length);
    this.#reserve(length);
    writeUtf8(s, this.#buffer, this.#length);
    this.#length += length;
  }

  /** The head of an array; its `n` items follow. */
  arrayHead(n: number): void {
    this.#head(4, n);
  }

  /** The head of a map; its `n` pairs follow, in the bytewise order of the encoded keys. */
  mapHead(n: number): void {
    this.#head(5, n);
  }

  /** The head of a tag; the tagged item follows. */
  tagHead(n: number): void {
    this.#head(6, n);
  }

  /** One byte as it is: what stands before an item, and is none itself. */
  octet(byte: number): void {
    this.#byte(byte);
  }

  bool(b: boolean): void {
    this.#byte(b ? 0xf5 : 0xf4);
  }

  null(): void {
    this.#byte(0xf6);
  }

  /** Bytes that are CBOR already. */
  raw(b: Uint8Array): void {
    this.#reserve(b.length);
    this.#buffer.set(b, this.#length);
    this.#length += b.length;
  }

  /** A head whose argument may take all 64 bits: major type 0 … 6, `argument` 0 … 2^64−1. */
  wideHead(major: number, argument: number | bigint): void {
    if (typeof argument === 'number') {
      this.#head(major, argument);
    } else if (argument <= Number.MAX_SAFE_INTEGER) {
      this.#head(major, Number(argument));
    } else {
      if (argument > MAX_ARGUMENT) throw new RangeError(`cbor: ${argument} does not fit into 64 bits`);
      this.#byte((major << 5) | 27);
      this.#bigEndian(Number(argument >> 32n), 4);
      this.#bigEndian(Number(argument & 0xffff_ffffn), 4);
    }
  }

  /** Major type of the item head that was written at `offset`. */
  majorAt(offset: number): number {
    if (!(offset >= 0 && offset < this.#length))
      throw new RangeError(`cbor: nothing was written at ${offset}`);
    return (this.#buffer[offset] ?? 0) >> 5;
  }

  /** The bytes written, in a buffer of their own; the writer starts anew. */
  finish(): Uint8Array {
    const out = this.#buffer.slice(0, this.#length);
    this.#release();
    return out;
  }

  /** Was exactly this written? The writer starts anew. */
  wrote(expected: Uint8Array): boolean {
    const same = equalBytes(this.#buffer.subarray(0, this.#length), expected);
    this.#release();
    return same;
  }

  #release(): void {
    if (this.#buffer.length <= MAX_SPARE_BYTES && spare.length < MAX_SPARE_BUFFERS) spare.push(this.#buffer);
    this.#buffer = NOTHING;
    this.#length = 0;
  }

  #head(major: number, n: number): void {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new RangeError('cbor: expected an integer within its range, at most ±(2^53-1)');
    }
    const type = major << 5;
    if (n < 24) {
      this.#byte(type | n);
    } else if (n < 0x100) {
      this.#byte(type | 24);
      this.#byte(n);
    } else if (n < 0x1_0000) {
      this.#byte(type | 25);
      this.#bigEndian(n, 2);
    } else if (n < TWO_TO_32) {
      this.#byte(type | 26);
      this.#bigEndian(n, 4);
    } else {
      this.#byte(type | 27);
      this.#bigEndian(Math.floor(n / TWO_TO_32), 4);
      this.#bigEndian(n % TWO_TO_32, 4);
    }
  }

  #bigEndian(n: number, size: number): void {
    this.#reserve(size);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.#buffer[this.#length++] = n >>> shift;
  }

  #byte(byte: number): void {
    if (this.#length === this.#buffer.length) this.#grow(this.#length + 1);
    this.#buffer[this.#length++] = byte;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length, INITIAL_BYTES));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
