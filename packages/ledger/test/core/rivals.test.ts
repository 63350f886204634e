/** SET-2, SET-4: inputs of one batch that meet, against a comparison of every pair. */
import { equalBytes } from '@duet/protocol/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BatchInput, rivalCoins } from '../../src/core/rivals.ts';

function meet(a: BatchInput, b: BatchInput): boolean {
  const overlap = a.from < b.to && b.from < a.to;
  const oneParent = a.parentIndex === b.parentIndex && equalBytes(a.parent, b.parent);
  const oneNumber = a.seq !== undefined && a.seq === b.seq && equalBytes(a.signer, b.signer);
  return (
    (overlap && ((a.kind > 0 && b.kind > 0) || oneParent)) || (oneNumber && !equalBytes(a.child, b.child))
  );
}

const pairwise = (inputs: readonly BatchInput[]): Set<string> =>
  new Set(
    inputs.flatMap((a, i) =>
      inputs.slice(i + 1).flatMap((b) => (a.coinText === b.coinText && meet(a, b) ? [a.coinText] : [])),
    ),
  );

const name = (last: number): fc.Arbitrary<Uint8Array> =>
  fc.integer({ min: 0, max: last }).map((n) => Uint8Array.of(n));

const input: fc.Arbitrary<BatchInput> = fc
  .record({
    coinText: fc.constantFrom('a', 'b', 'c'),
    child: name(3),
    kind: fc.constantFrom(0, 0, 1, 2),
    parent: name(4),
    parentIndex: fc.integer({ min: -1, max: 1 }),
    from: fc.nat(60),
    size: fc.integer({ min: 1, max: 8 }),
    signer: name(4),
    seq: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  })
  .map(({ size, seq, ...rest }) => ({
    ...rest,
    to: rest.from + size,
    ...(seq === undefined ? {} : { seq }),
  }));

test('SET-2 SET-4 inputs of a batch meet on the coins on which a pair of them does', () => {
  let met = 0;
  let clean = 0;
  fc.assert(
    fc.property(fc.array(input, { maxLength: 12 }), (inputs) => {
      const expected = pairwise(inputs);
      if (expected.size > 0) met++;
      else clean++;
      expect([...rivalCoins(inputs)].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 2_000 },
  );
  expect(met).toBeGreaterThan(100);
  expect(clean).toBeGreaterThan(100);
});
