/** The choice of money: conditional first, fewest bytes, earliest spendBy; any amount up to all there is. */
import { day, type ObjectId } from '@duet/protocol/brand';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { Provenance } from '@duet/protocol/messages/provenance';
import { fen, sum } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { idField } from '@duet/protocol/objects/fields';
import { decodeSigned } from '@duet/protocol/objects/signed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateOf, chooseInputs } from '../src/choose-inputs.ts';
import { totalLength, without, withRange } from '../src/secure-element/ranges.ts';
import type { Holding } from '../src/secure-element/state.ts';
import { World } from './helpers/world.ts';

const world = new World();
const key = () => world.crypto.generateKey(1, 'sign').publicKey;
const OWNERS = [key(), key(), key()];
const coin = decodeSigned(COIN, world.mint(OWNERS[0] ?? key(), fen(1)), world.crypto);
const idOf = (raw: Uint8Array): ObjectId => decodeBytes(idField, encodeBytes(bytes({ length: 32 }), raw), 40);

let made = 0;
function holding(
  amount: number,
  depth: number,
  options: { owner?: number; spendBy?: number; conditional?: boolean } = {},
): Holding {
  const id = idOf(new Uint8Array(32).fill(made % 251, 1).fill(Math.floor(made / 251), 0, 1));
  made += 1;
  const owner = OWNERS[options.owner ?? 0] ?? key();
  const body = {
    ...coin.body,
    owner,
    spendBy: day(options.spendBy ?? 30_000),
    ...(options.conditional ? { condition: { categories: [1] } } : {}),
  };
  const steps = Array.from({ length: depth }, () => ({ spend: id, index: 0 }));
  const parent = depth === 0 ? { id } : { id, index: 0 };
  const own = { ...coin, id, body };
  return {
    parent,
    coin: own,
    owner,
    document: own,
    steps,
    provenance: new Provenance(),
    free: [{ from: fen(0), to: fen(amount) }],
  };
}

const chosenFrom = (holdings: readonly Holding[], amount: number) =>
  chooseInputs(
    holdings.map((one) => candidateOf(one)),
    fen(amount),
    4,
    'fewest-bytes',
  )?.holdings.map((one) => holdings.indexOf(one));

describe('fewest bytes first', () => {
  it.each([
    [
      'one coin that is enough, before a nearer fit with more hops',
      [holding(900, 0), holding(100, 2)],
      100,
      [0],
    ],
    [
      'the earlier spendBy of two that cost the same',
      [holding(500, 1, { spendBy: 20 }), holding(500, 1, { spendBy: 10 })],
      300,
      [1],
    ],
    [
      'conditional money first, also when it is not enough',
      [holding(900, 0), holding(50, 0, { conditional: true })],
      100,
      [1, 0],
    ],
    [
      'no conditional money more than needed',
      [holding(80, 0, { conditional: true }), holding(900, 0)],
      80,
      [0],
    ],
    ['nothing that is not needed', [holding(60, 0), holding(50, 0), holding(45, 0)], 100, [0, 1]],
  ] as const)('%s', (_name, holdings, amount, expected) => {
    expect(chosenFrom(holdings, amount)).toEqual(expected);
  });

  it('covers any amount up to all, exactly, with at most 4 inputs in a Spend and one owner each', () => {
    const pieces = fc.array(
      fc.record({
        amount: fc.integer({ min: 1, max: 1_000 }),
        depth: fc.integer({ min: 0, max: 4 }),
        owner: fc.integer({ min: 0, max: 2 }),
        conditional: fc.boolean(),
      }),
      { minLength: 1, maxLength: 32 },
    );
    fc.assert(
      fc.property(
        pieces,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('fewest-bytes' as const, 'largest-first' as const),
        (given, part, order) => {
          const holdings = given.map(({ amount, depth, ...options }) => holding(amount, depth, options));
          const total = given.reduce((all, piece) => all + piece.amount, 0);
          const amount = Math.max(1, Math.floor(total * part));
          const choice = chooseInputs(
            holdings.map((one) => candidateOf(one)),
            fen(amount),
            4,
            order,
          );
          const inputs = choice?.spends.flatMap((spend) => spend.inputs) ?? [];
          expect(totalLength(inputs)).toBe(amount);
          for (const spend of choice?.spends ?? []) expect(spend.inputs.length).toBeLessThanOrEqual(4);
          expect(new Set(inputs.map((input) => input.parent)).size).toBe(inputs.length);
        },
      ),
    );
  });
});

describe('ranges', () => {
  it('taking away and giving back leaves what was there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 2 }),
        fc.integer({ min: 1, max: 20 }),
        ([a = 0, b = 0], length) => {
          const all = [{ from: fen(0), to: fen(100) }];
          const first = { from: fen(a), to: fen(a + length) };
          const left = without(all, first);
          expect(withRange(left, first)).toEqual(all);
          expect(sum(left.map((range) => fen(range.to - range.from)))).toBe(100 - length);
          const second = { from: fen(b), to: fen(b + length) };
          const overlaps = b < a + length && a < b + length;
          if (overlaps) expect(() => without(left, second)).toThrow('not free');
          else expect(withRange(withRange(without(left, second), first), second)).toEqual(all);
        },
      ),
    );
  });
});
