/** Typed codecs: types, limits in both directions, maps in CDE order, and mutations of whole messages. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Branded } from '../../src/brand.ts';
import { fromHex, toHex } from '../../src/bytes.ts';
import {
  array,
  bool,
  brandAs,
  bytes,
  type Codec,
  decodeBytes,
  either,
  encodeBytes,
  field,
  type Infer,
  int,
  literal,
  optional,
  record,
  refine,
  text,
  tryDecode,
  tuple,
  uint,
} from '../../src/cbor/codec.ts';
import { DecodeError } from '../../src/cbor/reader.ts';
import { everyNearbyInput, refusedOrCanonical } from './arbitraries.ts';

type Serial = Branded<Uint8Array, 'Serial'>;
type Even = Branded<number, 'Even'>;

const even = brandAs<Even>(refine(uint(1000), (n) => (n % 2 === 0 ? undefined : 'an even number')));

const message = record({
  version: field(0, literal(1)),
  serial: field(1, brandAs<Serial>(bytes({ length: 4 }))),
  amount: field(2, uint(Number.MAX_SAFE_INTEGER, 1)),
  offset: field(24, int(-300, 300)),
  name: optional(field(5, text(8))),
  pairs: field(6, array(tuple(even, bool), { max: 3, min: 1 })),
  target: field(-1, either(bytes({ max: 3, min: 1 }), [2], array(uint(9), { max: 2 }), [4])),
  note: field(-25, optional(text(4))),
});
type Message = Infer<typeof message>;

const messages: fc.Arbitrary<Message> = fc
  .record(
    {
      version: fc.constant<1>(1),
      serial: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      amount: fc.oneof(
        fc.integer({ min: 1, max: 300 }),
        fc.maxSafeNat().map((n) => Math.max(1, n)),
      ),
      offset: fc.integer({ min: -300, max: 300 }),
      name: fc.string({ unit: 'grapheme-ascii', maxLength: 8 }),
      pairs: fc.array(
        fc.tuple(
          fc.nat({ max: 500 }).map((n) => 2 * n),
          fc.boolean(),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      target: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
      ),
      note: fc.constantFrom('', 'ü', '水', '𐅑'),
    },
    { requiredKeys: ['version', 'serial', 'amount', 'offset', 'pairs', 'target'] },
  )
  .map((plain) => plain as unknown as Message);

const codeOf = (codec: Codec<unknown>, hex: string) => {
  const result = tryDecode(codec, fromHex(hex.replaceAll(' ', '')), 1 << 20);
  return result.ok ? 'accepted' : result.error.code;
};

describe('types', () => {
  it('follow from the codec', () => {
    expectTypeOf<Message['version']>().toEqualTypeOf<1>();
    expectTypeOf<Message['serial']>().toEqualTypeOf<Serial>();
    expectTypeOf<Message['pairs']>().toEqualTypeOf<readonly (readonly [Even, boolean])[]>();
    expectTypeOf<Message['target']>().toEqualTypeOf<Uint8Array | readonly number[]>();
    expectTypeOf<Pick<Message, 'name'>>().toEqualTypeOf<{ readonly name?: string }>();
    expectTypeOf<Pick<Message, 'note'>>().toEqualTypeOf<{ readonly note?: string }>();
  });
});

describe('round trips', () => {
  it('a message decodes to itself', () => {
    fc.assert(
      fc.property(messages, (value) => {
        const encoded = encodeBytes(message, value);
        expect(decodeBytes(message, encoded, encoded.length)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('every change of one byte is refused or the one encoding of another message', () => {
    fc.assert(
      fc.property(messages, (value) => everyNearbyInput(message, encodeBytes(message, value))),
      { numRuns: 12 },
    );
  });

  it('any bytes are refused or canonical', () => {
    const small = record({
      a: field(0, optional(uint(30))),
      b: field(1, optional(text(2))),
      c: field(-1, optional(bool)),
    });
    let accepted = 0;
    const byte = fc.constantFrom(
      0xa0,
      0xa1,
      0xa2,
      0xa3,
      0,
      1,
      2,
      0x17,
      0x18,
      0x19,
      0x20,
      0x60,
      0x61,
      0x62,
      0xf4,
      0xf5,
      0xc3,
    );
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 8 }), (input) => {
        if (refusedOrCanonical(small, Uint8Array.from(input))) accepted++;
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('record', () => {
  const pair = record({ b: field(2, uint()), a: field(1, uint()), z: optional(field(-1, uint())) });
  const both = record({
    last: field(-2, bool),
    mid: field(-1, bool),
    big: field(256, bool),
    one: field(24, bool),
    zero: field(0, bool),
  });

  it('writes keys in the bytewise order of their encodings', () => {
    const encoded = encodeBytes(both, { zero: true, one: true, big: true, mid: true, last: true });
    expect(toHex(encoded)).toBe('a500f51818f5190100f520f521f5');
  });

  it('leaves out what is absent, and gives no undefined', () => {
    const encoded = encodeBytes(pair, { a: 1, b: 2 });
    expect(toHex(encoded)).toBe('a201010202');
    expect(Object.keys(decodeBytes(pair, encoded, 10))).toEqual(['a', 'b']);
    expect(toHex(encodeBytes(pair, { a: 1, b: 2, z: 0 }))).toBe('a3010102022000');
  });

  it.each([
    ['a201010202', 'accepted'],
    ['a3010102022000', 'accepted'],
    ['a0', 'missing-key'],
    ['a10101', 'missing-key'],
    ['a10202', 'missing-key'],
    ['a202020101', 'unsorted-keys'],
    ['a201010101', 'duplicate-key'],
    ['a3010102020101', 'unsorted-keys'],
    ['a3010102020202', 'duplicate-key'],
    ['a3200001010202', 'unsorted-keys'],
    ['a3010102020300', 'unknown-key'],
    ['a3000001010202', 'unknown-key'],
    ['a2010161 6102', 'unknown-key'],
    ['a201011802 02', 'non-minimal'],
    ['a2010102', 'truncated'],
    ['820101', 'unexpected-type'],
    ['bf01010202ff', 'indefinite'],
    ['b9ffff', 'truncated'],
    ['bbffffffffffffffff', 'too-large'],
    ['a20101f600', 'unknown-key'],
    ['a2010102f6', 'unexpected-type'],
  ])('%s: %s', (hex, code) => expect(codeOf(pair, hex)).toBe(code));

  it('keys and names are checked when it is made', () => {
    expect(() => record({ a: field(1, uint()), b: field(1, uint()) })).toThrow(RangeError);
    expect(() => record({ a: field(0.5, uint()) })).toThrow(RangeError);
    expect(() => record({ ['__proto__']: field(1, uint()) })).toThrow(RangeError);
  });

  it('a missing field is a bug of the encoder', () => {
    const incomplete = JSON.parse('{"a":1}');
    expect(() => encodeBytes(pair, incomplete)).toThrow(RangeError);
  });
});

describe('limits, in both directions', () => {
  const cases: readonly [name: string, codec: Codec<never>, hex: string, code: string, value: unknown][] = [
    ['uint max', uint(10), '0b', 'out-of-range', 11],
    ['uint min', uint(10, 5), '04', 'out-of-range', 4],
    ['uint sign', uint(), '20', 'unexpected-type', -1],
    ['uint 2^53', uint(), '1b0020000000000000', 'out-of-range', 2 ** 53],
    ['uint 2^64-1', uint(), '1bffffffffffffffff', 'out-of-range', 2 ** 64],
    ['int min', int(-5, 5), '25', 'out-of-range', -6],
    ['int max', int(-5, 5), '06', 'out-of-range', 6],
    ['int below -2^53+1', int(), '3b001fffffffffffff', 'out-of-range', -(2 ** 53)],
    ['int -2^64', int(), '3bffffffffffffffff', 'out-of-range', -(2 ** 64)],
    ['int fraction', int(), 'f93e00', 'unexpected-type', 1.5],
    ['bytes exact, shorter', bytes({ length: 2 }), '4100', 'out-of-range', new Uint8Array(1)],
    ['bytes exact, longer', bytes({ length: 2 }), '43000000', 'too-large', new Uint8Array(3)],
    ['bytes max', bytes({ max: 2 }), '43000000', 'too-large', new Uint8Array(3)],
    ['bytes min', bytes({ max: 2, min: 1 }), '40', 'out-of-range', new Uint8Array(0)],
    ['text max is in bytes', text(2), '63e6b0b4', 'too-large', '水'],
    ['text surrogate', text(8), '63eda080', 'bad-utf8', '\ud800'],
    ['array max', array(uint(), { max: 1 }), '820000', 'too-large', [0, 0]],
    ['array min', array(uint(), { max: 1, min: 1 }), '80', 'out-of-range', []],
    ['tuple longer', tuple(uint()), '820000', 'too-large', [0, 0]],
    ['tuple shorter', tuple(uint(), uint()), '8100', 'out-of-range', [0]],
    ['literal', literal(7), '08', 'bad-value', 8],
    ['negative literal', literal(-7), '06', 'bad-value', 6],
    ['refine', even, '01', 'bad-value', 1],
    ['either', either(uint(), [0], text(3), [3]), '40', 'unexpected-type', new Uint8Array(0)],
  ].map(
    ([name, codec, ...rest]) => [name, codec, ...rest] as [string, Codec<never>, string, string, unknown],
  );

  it.each(cases)('%s', (_name, codec, hex, code, value) => {
    expect(codeOf(codec as Codec<unknown>, hex)).toBe(code);
    expect(() => encodeBytes(codec as Codec<unknown>, value)).toThrow();
  });

  it('integers at the edges of their range', () => {
    for (const [n, hex] of [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [255, '18ff'],
      [256, '190100'],
      [65_535, '19ffff'],
      [65_536, '1a00010000'],
      [2 ** 32 - 1, '1affffffff'],
      [2 ** 32, '1b0000000100000000'],
      [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
      [-1, '20'],
      [-24, '37'],
      [-25, '3818'],
      [-(2 ** 32) - 1, '3b0000000100000000'],
      [Number.MIN_SAFE_INTEGER, '3b001ffffffffffffe'],
    ] as const) {
      expect(toHex(encodeBytes(int(), n))).toBe(hex);
      expect(decodeBytes(int(), fromHex(hex), 9)).toBe(n);
    }
  });

  it('hostile lengths of 2^32 and 2^53 are refused at their head', () => {
    const huge = { max: Number.MAX_SAFE_INTEGER };
    const codecs: readonly [Codec<unknown>, string][] = [
      [bytes(huge), '5'],
      [text(huge.max), '7'],
      [array(uint(), huge), '9'],
      [record({ a: field(0, uint()) }), 'b'],
    ];
    for (const [codec, major] of codecs) {
      expect(codeOf(codec, `${major}b0000000100000000`)).toBe('truncated');
      expect(codeOf(codec, `${major}b001fffffffffffff`)).toBe('truncated');
      expect(codeOf(codec, `${major}b0020000000000000`)).toBe('too-large');
    }
    expect(codeOf(bytes({ max: 8 }), '5b0000000100000000')).toBe('too-large');
    expect(codeOf(array(uint(), { max: 8 }), '9b0000000100000000')).toBe('too-large');
  });
});

describe('helpers', () => {
  it('the limit of the whole comes before the content, the end after it', () => {
    expect(tryDecode(uint(), fromHex('ff00'), 1)).toMatchObject({
      ok: false,
      error: { code: 'too-large', offset: 0 },
    });
    expect(tryDecode(uint(), fromHex('0000'), 2)).toMatchObject({
      ok: false,
      error: { code: 'trailing', offset: 1 },
    });
    expect(() => decodeBytes(uint(), fromHex('1801'), 2)).toThrow(DecodeError);
  });

  it('what is not a refusal is not caught', () => {
    const broken: Codec<number> = {
      encode: () => {},
      decode: () => {
        throw new TypeError('a bug');
      },
    };
    expect(() => tryDecode(broken, fromHex('00'), 1)).toThrow(TypeError);
  });

  it('byte strings are views of the input', () => {
    const input = fromHex('4401020304');
    expect(decodeBytes(bytes({ max: 4 }), input, 5).buffer).toBe(input.buffer);
  });

  it('either takes a rule of its own, and no codec outside of its major types', () => {
    const point = refine(tuple(uint(9), uint(9)), () => undefined);
    const named = record({ x: field(1, uint(9)) });
    const codec = either(point, [4], named, [5], (value) => Array.isArray(value));
    expect(toHex(encodeBytes(codec, { x: 1 }))).toBe('a10101');
    expect(toHex(encodeBytes(codec, [1, 2]))).toBe('820102');
    expect(() => either(uint(), [0], int(), [0, 1])).toThrow(RangeError);
    expect(() => encodeBytes(either(uint(), [3], named, [5]), { x: 10 })).toThrow(RangeError);
    expect(() => encodeBytes(either(uint(), [3], text(3), [0]), 'abc')).toThrow(RangeError);
  });
});
