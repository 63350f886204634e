/**
 * Codecs: one value per message that gives its type, its encoder and its strict decoder.
 *
 * Decoding trusts nothing and throws {@link DecodeError}; encoding enforces the same limits and throws
 * RangeError, because a value that cannot be written is a bug of the caller. What `decode` takes,
 * `encode` gives back byte for byte: there is one encoding per content.
 *
 * This is one of the files that may cast: types are built from what was read and checked.
 */
import { type DecodeCode, DecodeError, Reader } from './reader.ts';
import { utf8Length } from './utf8.ts';
import { Writer } from './writer.ts';

export interface Codec<T> {
  /** @throws RangeError for a value outside of the codec's limits */
  encode(w: Writer, value: T): void;
  /** @throws DecodeError */
  decode(r: Reader): T;
}

/** The type of the values of a codec. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** What went wrong, as a value: see {@link DecodeCode}. `offset` counts from the first byte. */
export interface DecodeFailure {
  readonly code: DecodeCode;
  readonly offset: number;
  readonly message: string;
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DecodeFailure };

/** @throws RangeError for a value outside of the codec's limits */
export function encodeBytes<T>(codec: Codec<T>, value: T): Uint8Array {
  const w = new Writer();
  codec.encode(w, value);
  return w.finish();
}

/**
 * Decodes the whole of `bytes`. Byte strings in the result are views of `bytes`.
 *
 * @throws DecodeError, `too-large` before anything is read when there are more than `maxBytes`
 */
export function decodeBytes<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes: number): T {
  if (bytes.length > maxBytes) {
    throw new DecodeError('too-large', 0, `expected at most ${maxBytes} bytes, got ${bytes.length}`);
  }
  const r = new Reader(bytes);
  const value = codec.decode(r);
  r.end();
  return value;
}

/** {@link decodeBytes} with the failure as a value. */
export function tryDecode<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes: number): Decoded<T> {
  try {
    return { ok: true, value: decodeBytes(codec, bytes, maxBytes) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ok: false, error: { code: error.code, offset: error.offset, message: error.message } };
  }
}

/** An unsigned integer, `min` … `max` (by default 0 … 2^53−1). */
export function uint(max: number = Number.MAX_SAFE_INTEGER, min = 0): Codec<number> {
  return int(min, max);
}

/** An integer, `min` … `max`, both inside ±(2^53−1). */
export function int(
  min: number = -Number.MAX_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): Codec<number> {
  return {
    encode(w, value) {
      expect(
        Number.isSafeInteger(value) && value >= min && value <= max,
        `an integer in ${min}..${max}`,
        value,
      );
      w.int(value);
    },
    decode: min < 0 ? (r) => r.int(min, max) : min === 0 ? (r) => r.uint(max) : (r) => atLeast(r, min, max),
  };
}

/** A byte string of exactly `length`, or of `min` (by default 0) … `max` bytes. */
export function bytes(
  limits: { readonly length: number } | { readonly max: number; readonly min?: number },
): Codec<Uint8Array> {
  const min = 'length' in limits ? limits.length : (limits.min ?? 0);
  const max = 'length' in limits ? limits.length : limits.max;
  return {
    encode(w, value) {
      expect(value.length >= min && value.length <= max, `${min}..${max} bytes`, value.length);
      w.bytes(value);
    },
    decode: (r) => r.bytes(max, min),
  };
}

/** A text of at most `maxBytes` bytes of UTF-8. */
export function text(maxBytes: number): Codec<string> {
  return {
    encode(w, value) {
      const length = utf8Length(value);
      expect(length !== undefined && length <= maxBytes, `at most ${maxBytes} bytes of UTF-8`, length);
      w.text(value);
    },
    decode: (r) => r.text(maxBytes),
  };
}

/** An array of `min` (by default 0) … `max` items. */
export function array<T>(
  item: Codec<T>,
  limits: { readonly max: number; readonly min?: number },
): Codec<readonly T[]> {
  const { max, min = 0 } = limits;
  return {
    encode(w, values) {
      expect(values.length >= min && values.length <= max, `${min}..${max} items`, values.length);
      w.arrayHead(values.length);
      for (const value of values) item.encode(w, value);
    },
    decode(r) {
      const count = countedHead(r, min, max);
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(item.decode(r));
      return values;
    },
  };
}

/** An array with one codec for each place. */
export function tuple<const C extends readonly Codec<unknown>[]>(
  ...items: C
): Codec<{ readonly [I in keyof C]: Infer<C[I]> }> {
  type Values = { readonly [I in keyof C]: Infer<C[I]> };
  const arity = items.length;
  return {
    encode(w, values) {
      expect(values.length === arity, `${arity} items`, values.length);
      w.arrayHead(arity);
      for (let i = 0; i < arity; i++) items[i]?.encode(w, values[i]);
    },
    decode(r) {
      countedHead(r, arity, arity);
      const values: unknown[] = [];
      for (const item of items) values.push(item.decode(r));
      return values as unknown as Values;
    },
  };
}

/** One integer and no other. */
export function literal<const N extends number>(n: N): Codec<N> {
  return {
    encode(w, value) {
      expect(value === n, `${n}`, value);
      w.int(n);
    },
    decode(r) {
      const start = r.offset;
      const value = r.int();
      if (value !== n) throw new DecodeError('bad-value', start, `expected ${n}, got ${value}`);
      return n;
    },
  };
}

export const bool: Codec<boolean> = {
  encode: (w, value) => w.bool(value),
  decode: (r) => r.bool(),
};

/** A field of a {@link record}: its integer key and its codec. */
export interface Field<T, Required extends boolean = boolean> {
  readonly key: number;
  readonly codec: Codec<T>;
  readonly required: Required;
}

/** The codec of a field that may be absent; see {@link optional}. */
export interface OptionalCodec<T> {
  readonly optional: Codec<T>;
}

export function field<T>(key: number, codec: OptionalCodec<T>): Field<T, false>;
export function field<T>(key: number, codec: Codec<T>): Field<T, true>;
export function field<T>(key: number, codec: Codec<T> | OptionalCodec<T>): Field<T> {
  return 'optional' in codec
    ? { key, codec: codec.optional, required: false }
    : { key, codec, required: true };
}

/** A field that may be absent from its record: `optional(field(3, c))`, or `field(3, optional(c))`. */
export function optional<T>(required: Field<T, true>): Field<T, false>;
export function optional<T>(codec: Codec<T>): OptionalCodec<T>;
export function optional<T>(subject: Codec<T> | Field<T, true>): OptionalCodec<T> | Field<T, false> {
  return 'key' in subject ? { ...subject, required: false } : { optional: subject };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type FieldValue<F> = F extends Field<infer T> ? T : never;
type RequiredNames<F extends Fields> = { [K in keyof F]: F[K]['required'] extends true ? K : never }[keyof F];

/** The object of a record: optional fields are absent, never undefined. */
export type RecordOf<F extends Fields> = Flat<
  { readonly [K in RequiredNames<F>]: FieldValue<F[K]> } & {
    readonly [K in Exclude<keyof F, RequiredNames<F>>]?: FieldValue<F[K]>;
  }
>;

type Flat<T> = { [K in keyof T]: T[K] };

/**
 * A map with integer keys as an object with named fields. On the wire the keys stand in the bytewise order
 * of their encodings (0, 1, …, then −1, −2, …); unknown, missing, repeated and unsorted keys are refused.
 */
export function record<const F extends Fields>(fields: F): Codec<RecordOf<F>> {
  const layout = Object.entries(fields)
    .map(([name, { key, codec, required }]) => ({ name, key, codec, required, rank: wireRank(key) }))
    .sort((a, b) => a.rank - b.rank);
  const places = new Map(layout.map(({ key }, place) => [key, place]));
  expect(places.size === layout.length, 'record fields with different keys', layout.length);
  expect(!Object.hasOwn(fields, '__proto__'), 'a plain field name', '__proto__');

  return {
    encode(w, value) {
      const values = value as Readonly<Record<string, unknown>>;
      let count = 0;
      for (const { name, required } of layout) {
        if (values[name] !== undefined) count++;
        else expect(!required, `field ${name}`, undefined);
      }
      w.mapHead(count);
      for (const { name, key, codec } of layout) {
        const fieldValue = values[name];
        if (fieldValue === undefined) continue;
        w.int(key);
        codec.encode(w, fieldValue);
      }
    },
    decode(r) {
      const start = r.offset;
      // No limit of its own: keys rise and are known, so the loop ends after at most one more than all fields.
      const count = r.mapHead(Number.MAX_SAFE_INTEGER);
      const values: Record<string, unknown> = {};
      let next = 0;
      let found = 0;
      for (; found < count; found++) {
        const keyStart = r.offset;
        const place = fieldPlace(r, places);
        const entry = layout[place];
        if (entry === undefined || place < next) {
          const code = place === next - 1 ? 'duplicate-key' : 'unsorted-keys';
          throw new DecodeError(code, keyStart, `key ${entry?.key} after key ${layout[next - 1]?.key}`);
        }
        values[entry.name] = entry.codec.decode(r);
        next = place + 1;
      }
      if (found < layout.length) {
        const missing = layout.find(({ name, required }) => required && !Object.hasOwn(values, name));
        if (missing)
          throw new DecodeError('missing-key', start, `expected key ${missing.key} (${missing.name})`);
      }
      return values as RecordOf<F>;
    },
  };
}

/** `codec` with one more rule, in both directions. `check` says what is wrong, or nothing. */
export function refine<T>(codec: Codec<T>, check: (value: T) => string | undefined): Codec<T> {
  return {
    encode(w, value) {
      const problem = check(value);
      if (problem !== undefined) throw new RangeError(`cbor: ${problem}`);
      codec.encode(w, value);
    },
    decode(r) {
      const start = r.offset;
      const value = codec.decode(r);
      const problem = check(value);
      if (problem !== undefined) throw new DecodeError('bad-value', start, problem);
      return value;
    },
  };
}

/** The unbranded type below a branded one. */
type Underlying<B> = B extends Uint8Array
  ? Uint8Array
  : B extends number
    ? number
    : B extends string
      ? string
      : B extends boolean
        ? boolean
        : unknown;

/** Gives what `codec` checks its brand: `brandAs<ObjectId>(bytes({ length: 32 }))`. */
export function brandAs<B>(codec: Codec<Underlying<B>>): Codec<B> {
  return codec as Codec<unknown> as Codec<B>;
}

/**
 * One of two codecs, told apart by the major type (0 … 7) of the item: 0 and 1 integers, 2 bytes, 3 text,
 * 4 arrays, 5 maps, 6 tags, 7 booleans. When encoding, `isA` decides; without it the kind of the JavaScript
 * value does (number, Uint8Array, string, array, object, boolean).
 */
export function either<A, B>(
  codecA: Codec<A>,
  majorsA: readonly number[],
  codecB: Codec<B>,
  majorsB: readonly number[],
  isA?: (value: A | B) => boolean,
): Codec<A | B> {
  expect(!majorsA.some((major) => majorsB.includes(major)), 'disjoint major types', majorsA.join());
  return {
    encode(w, value) {
      const start = w.length;
      const first = isA ? isA(value) : majorsA.includes(majorOf(value));
      if (!first && !isA) expect(majorsB.includes(majorOf(value)), 'a value of a declared type', value);
      if (first) codecA.encode(w, value as A);
      else codecB.encode(w, value as B);
      const major = w.majorAt(start);
      expect((first ? majorsA : majorsB).includes(major), 'an item of a declared major type', major);
    },
    decode(r) {
      const major = r.peekMajor();
      if (majorsA.includes(major)) return codecA.decode(r);
      if (majorsB.includes(major)) return codecB.decode(r);
      const expected = [...majorsA, ...majorsB].join(', ');
      throw new DecodeError(
        'unexpected-type',
        r.offset,
        `expected a major type of ${expected}, got ${major}`,
      );
    },
  };
}

function majorOf(value: unknown): number {
  if (typeof value === 'number') return value < 0 ? 1 : 0;
  if (value instanceof Uint8Array) return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 4;
  return typeof value === 'boolean' || value === null ? 7 : 5;
}

/** Place of an integer key in the bytewise order of encoded keys: all unsigned ones before all negative ones. */
function wireRank(key: number): number {
  expect(Number.isSafeInteger(key) && Math.abs(key) < 2 ** 32, 'a record key within ±(2^32-1)', key);
  return key >= 0 ? key : 2 ** 32 - key;
}

function fieldPlace(r: Reader, places: ReadonlyMap<number, number>): number {
  const start = r.offset;
  if (r.peekMajor() > 1) throw new DecodeError('unknown-key', start, 'expected an integer key');
  const key = r.int();
  const place = places.get(key);
  if (place === undefined) throw new DecodeError('unknown-key', start, `key ${key} has no meaning here`);
  return place;
}

function countedHead(r: Reader, min: number, max: number): number {
  const start = r.offset;
  const count = r.arrayHead(max);
  if (count < min)
    throw new DecodeError('out-of-range', start, `expected at least ${min} items, got ${count}`);
  return count;
}

function atLeast(r: Reader, min: number, max: number): number {
  const start = r.offset;
  const n = r.uint(max);
  if (n < min)
    throw new DecodeError('out-of-range', start, `expected an integer in ${min}..${max}, got ${n}`);
  return n;
}

function expect(condition: boolean, expected: string, got: unknown): asserts condition {
  if (!condition) throw new RangeError(`cbor: expected ${expected}, got ${String(got)}`);
}
