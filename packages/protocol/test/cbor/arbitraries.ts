/** Generators of CBOR trees, and what every decoder of deterministic bytes must satisfy. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { type Codec, decodeBytes, encodeBytes, tryDecode } from '../../src/cbor/codec.ts';
import { type CborValue, cborValue } from '../../src/cbor/value.ts';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const collapse = (n: bigint): number | bigint => (n >= -MAX_SAFE && n <= MAX_SAFE ? Number(n) : n);

/** Integers of all widths: around each boundary of a head, and anywhere. */
const wideInteger: fc.Arbitrary<number | bigint> = fc
  .oneof(
    fc.integer({ min: -30, max: 30 }).map(BigInt),
    fc
      .tuple(fc.constantFrom(5n, 8n, 16n, 32n, 53n, 63n), fc.integer({ min: -2, max: 2 }), fc.boolean())
      .map(([bits, off, minus]) => (minus ? -1n : 1n) * (2n ** bits + BigInt(off))),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
  )
  .map(collapse);

const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  wideInteger.map((value): CborValue => ({ kind: 'int', value })),
  fc.uint8Array({ maxLength: 30 }).map((value): CborValue => ({ kind: 'bytes', value })),
  fc.string({ unit: 'binary', maxLength: 12 }).map((value): CborValue => ({ kind: 'text', value })),
  fc.boolean().map((value): CborValue => ({ kind: 'bool', value })),
  fc.constant<CborValue>({ kind: 'null' }),
);

const wireKey = (key: CborValue): string => toHex(encodeBytes(cborValue, key));

/** A tree at most a few levels deep; entries of maps in random order, keys of every kind. */
export const tree: fc.Arbitrary<CborValue> = fc.letrec<{ tree: CborValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }).map((items): CborValue => ({ kind: 'array', items })),
    fc
      .uniqueArray(fc.record({ key: tie('tree'), value: tie('tree') }), {
        maxLength: 4,
        selector: ({ key }) => wireKey(key),
      })
      .map((entries): CborValue => ({ kind: 'map', entries })),
    fc
      .record({
        tag: fc.oneof(fc.nat({ max: 300 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
        content: tie('tree'),
      })
      .map(({ tag, content }) => ({ tag: collapse(BigInt(tag)), content }))
      .filter(({ tag }) => tag !== 2 && tag !== 3)
      .map(({ tag, content }): CborValue => ({ kind: 'tag', tag, content })),
  ),
})).tree;

/** Either refused, or one encoding for the content: the value encodes to exactly these bytes. */
export function refusedOrCanonical<T>(codec: Codec<T>, bytes: Uint8Array): boolean {
  const result = tryDecode(codec, bytes, bytes.length);
  if (!result.ok) {
    expect(result.error.offset).toBeGreaterThanOrEqual(0);
    expect(result.error.offset).toBeLessThanOrEqual(bytes.length);
    return false;
  }
  const again = encodeBytes(codec, result.value);
  if (toHex(again) !== toHex(bytes)) expect(toHex(again)).toBe(toHex(bytes));
  return true;
}

/** Every change of one byte, every cut and one more byte: refused or canonical; cuts and longer ones refused. */
export function everyNearbyInput<T>(codec: Codec<T>, encoded: Uint8Array): void {
  expect(toHex(encodeBytes(codec, decodeBytes(codec, encoded, encoded.length)))).toBe(toHex(encoded));
  for (let length = 0; length < encoded.length; length++) {
    expect(tryDecode(codec, encoded.slice(0, length), encoded.length).ok).toBe(false);
  }
  expect(tryDecode(codec, new Uint8Array([...encoded, 0]), encoded.length + 1)).toMatchObject({
    error: { code: 'trailing', offset: encoded.length },
  });
  const changed = encoded.slice();
  for (let at = 0; at < encoded.length; at++) {
    const original = encoded[at] ?? 0;
    for (let byte = 0; byte < 256; byte++) {
      if (byte === original) continue;
      changed[at] = byte;
      refusedOrCanonical(codec, changed);
    }
    changed[at] = original;
  }
}
