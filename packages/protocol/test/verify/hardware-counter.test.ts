/** PAY-13: the counter of a hardware key rises from one Spend to the next, in an offer and over what a payee knows. */
import { describe, expect, it } from 'vitest';
import type { PublicKey } from '../../src/brand.ts';
import { equalBytes } from '../../src/bytes.ts';
import { Provenance } from '../../src/messages/provenance.ts';
import type { Spend } from '../../src/objects/spend.ts';
import { settle } from '../../src/verify/examination.ts';
import { type CounterReading, readingOf } from '../../src/verify/hardware-counter.ts';
import { NO_HISTORY } from '../../src/verify/history.ts';
import { examineOffer } from '../../src/verify/offer.ts';
import { examineUpload } from '../../src/verify/registry.ts';
import { cut, first, passOn, requestOf, type SpendOptions, spendOf, wholeOf } from '../helpers/payments.ts';
import { HASHES, type KeyPair, keyPair, VERIFIER } from '../helpers/signing.ts';
import { at, coinOf, listsWith, TRUST, terminal, wallet } from '../helpers/world.ts';

const shop = terminal('shop');
const key = keyPair('hardware');
const other = keyPair('other hardware');
const coin = coinOf(key, 'hardware coin', 1_000);
const otherCoin = coinOf(other, 'other hardware coin', 1_000);

/** A number of the key, and the counter of its assertion; no counter: an ordinary signature. */
type Mark = readonly [seq: number, counter?: number];

const optionsOf = ([seq, counter]: Mark): SpendOptions => ({
  seq,
  ...(counter === undefined ? {} : { hardware: { flags: 5, counter, template: 1 } }),
});

const pieceOf = (owner: KeyPair, place: number) =>
  cut(wholeOf(owner === key ? coin : otherCoin), place * 10, place * 10 + 10);

/** What payee and registry say of an offer of the marked Spends, each of them of one range. */
function judged(
  marks: readonly Mark[],
  options: { readonly known?: readonly CounterReading[]; readonly others?: readonly Mark[] } = {},
): { readonly payee: string; readonly registry: string } {
  const { known = [], others = [] } = options;
  const context = requestOf(shop, { amount: 10 * (marks.length + others.length) });
  const make = (owner: KeyPair, list: readonly Mark[]): Spend[] =>
    list.map((mark, i) => spendOf(owner, [pieceOf(owner, i)], context, optionsOf(mark)));
  const offer = {
    spends: [...make(key, marks), ...make(other, others)],
    provenance: Provenance.of(coin, otherCoin),
  };
  const history = {
    ...NO_HISTORY,
    countersOf: (asked: PublicKey) => (equalBytes(asked, key.publicKey) ? known : []),
  };
  const view = { trust: TRUST, lists: listsWith([], at(-7_200)), clock: at(20), history };
  const byPayee = settle(examineOffer(offer, context, view, HASHES), VERIFIER);
  const byRegistry = settle(examineUpload(offer, context, TRUST, HASHES), VERIFIER);
  return {
    payee: byPayee.ok ? 'accepted' : byPayee.rejection.code,
    registry: byRegistry.ok ? 'accepted' : byRegistry.rejection.code,
  };
}

const both = (code: string) => ({ payee: code, registry: code });

describe('PAY-13: in one offer, for payee and registry alike', () => {
  it.each<[string, readonly Mark[], string]>([
    [
      'rises',
      [
        [1, 7],
        [2, 8],
        [3, 20],
      ],
      'accepted',
    ],
    [
      'rises by the number of the Spend, not by its place in the offer',
      [
        [3, 20],
        [1, 7],
        [2, 8],
      ],
      'accepted',
    ],
    [
      'is never counted',
      [
        [1, 0],
        [2, 0],
      ],
      'accepted',
    ],
    [
      'is counted from some Spend on',
      [
        [1, 0],
        [2, 5],
      ],
      'accepted',
    ],
    [
      'is up to 2^32-1',
      [
        [1, 2 ** 31],
        [2, 2 ** 32 - 1],
      ],
      'accepted',
    ],
    [
      'stands still',
      [
        [1, 7],
        [2, 7],
      ],
      'counter-not-rising',
    ],
    [
      'falls',
      [
        [1, 7],
        [2, 6],
      ],
      'counter-not-rising',
    ],
    ['falls behind an ordinary Spend', [[1, 7], [2], [3, 6]], 'counter-not-rising'],
    [
      'falls between Spends that others stand between',
      [
        [1, 7],
        [2, 9],
        [3, 8],
      ],
      'counter-not-rising',
    ],
    [
      'is no longer counted',
      [
        [1, 7],
        [2, 0],
      ],
      'counter-not-rising',
    ],
    [
      'rises against the numbers',
      [
        [2, 7],
        [1, 8],
      ],
      'counter-not-rising',
    ],
  ])('%s', (_name, marks, code) => {
    expect(judged(marks)).toEqual(both(code));
  });

  it('each key counts for itself', () => {
    expect(judged([[1, 100]], { others: [[2, 3]] })).toEqual(both('accepted'));
    expect(
      judged([[1, 100]], {
        others: [
          [2, 3],
          [3, 3],
        ],
      }),
    ).toEqual(both('counter-not-rising'));
  });

  it('earlier owners are judged too', () => {
    const middle = wallet('middle');
    const paid = (range: number, mark: Mark, name: string) =>
      passOn(key, [pieceOf(key, range)], middle, { name, time: at(-600), ...optionsOf(mark) });
    const context = requestOf(shop, { amount: 20 });
    const offerOf = (second: Mark) => {
      const pieces = [first(paid(0, [1, 7], 'one').pieces), first(paid(1, second, 'two').pieces)];
      const provenance = new Provenance();
      for (const piece of pieces) provenance.merge(piece.provenance);
      return { spends: [spendOf(middle.key, pieces, context)], provenance };
    };
    const code = (second: Mark): string => {
      const result = settle(examineUpload(offerOf(second), context, TRUST, HASHES), VERIFIER);
      return result.ok ? 'accepted' : result.rejection.code;
    };
    expect([code([2, 8]), code([2, 7])]).toEqual(['accepted', 'counter-not-rising']);
  });
});

describe('PAY-13: against the Spends that the payee knows', () => {
  const seen = (...marks: readonly Mark[]): CounterReading[] =>
    marks.flatMap((mark) => {
      const context = requestOf(shop, { amount: 10, name: `earlier ${mark[0]}` });
      return readingOf(spendOf(key, [pieceOf(key, 50)], context, optionsOf(mark))) ?? [];
    });

  it.each<[string, readonly Mark[], string]>([
    ['lower before', [[4, 6]], 'accepted'],
    ['higher after', [[6, 8]], 'accepted'],
    [
      'between two',
      [
        [4, 6],
        [6, 8],
      ],
      'accepted',
    ],
    ['the same before', [[4, 7]], 'counter-not-rising'],
    ['higher before', [[4, 9]], 'counter-not-rising'],
    ['lower after', [[6, 5]], 'counter-not-rising'],
    ['not counted after', [[6, 0]], 'counter-not-rising'],
  ])('%s', (_name, known, code) => {
    expect(judged([[5, 7]], { known: seen(...known) })).toEqual({ payee: code, registry: 'accepted' });
  });

  it('the very same Spend is no other one, whatever the counter of its second assertion', () => {
    const context = requestOf(shop, { amount: 10 });
    const spend = spendOf(key, [pieceOf(key, 0)], context, optionsOf([5, 7]));
    const again = { spend: spend.id, seq: 5, counter: 8 };
    expect(judged([[5, 7]], { known: [again] }).payee).toBe('accepted');
  });

  it('is not asked about ordinary keys', () => {
    expect(judged([[5]], { known: seen([4, 9]) })).toEqual(both('accepted'));
  });
});

describe('PAY-13: two Spends of one number hide nothing behind them', () => {
  const known = (seq: number, counter: number): CounterReading => ({
    spend: otherCoin.id,
    seq,
    counter,
  });

  it.each<[string, readonly Mark[], CounterReading]>([
    [
      'one of them with a lower counter',
      [
        [1, 5],
        [2, 4],
      ],
      known(1, 3),
    ],
    [
      'one of them without a counter',
      [
        [1, 1],
        [2, 0],
      ],
      known(1, 0),
    ],
    [
      'a lower one after the next number',
      [
        [2, 4],
        [3, 9],
      ],
      known(1, 5),
    ],
  ])('%s', (_, marks, reading) => {
    expect(judged(marks, { known: [reading] }).payee).toBe('counter-not-rising');
  });

  it('and are not compared with each other', () => {
    expect(
      judged(
        [
          [1, 5],
          [2, 6],
        ],
        { known: [known(1, 3)] },
      ),
    ).toEqual(both('accepted'));
    expect(judged([[2, 6]], { known: [known(2, 6)] })).toEqual(both('accepted'));
  });
});
