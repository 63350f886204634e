/**
 * Every code of an offer by one minimal fault, and every pair of faults: the code that comes first in `codes.ts`
 * is given (PAY-5, PAY-9, PAY-10, LIMIT-1, LIMIT-3, LIMIT-4).
 */
import { describe, expect, it } from 'vitest';
import { CODES, type Code, precedenceOf } from '../../src/codes.ts';
import { fen } from '../../src/money.ts';
import type { Result } from '../../src/rejection.ts';
import { settle } from '../../src/verify/examination.ts';
import { examineOffer } from '../../src/verify/offer.ts';
import { FAULTS, type Fault } from '../helpers/faults.ts';
import { build, type Scenario, sound } from '../helpers/scenario.ts';
import { HASHES, rememberingVerifier } from '../helpers/signing.ts';

/** Faults that cannot stand together although their slots differ. */
const EXCLUSIVE: readonly (readonly [string, string, string])[] = [
  ['fromReceived.time', 'fromCoin.time', 'a clock after the late payment is after both'],
  ['fromReceived.time', 'hop.time', 'the hop comes before the late payment again'],
];

/** Codes of the groups from form to memory that no single offer can have, with the reason. */
const NOT_OF_AN_OFFER: Readonly<Partial<Record<Code, string>>> = {
  'too-large': 'the decoder: messages/strictness.test.ts',
  'unsupported-version': 'the decoder and examineRequest',
  'unsupported-suite': "the payer's choice of coins, and drivers that serve one suite",
  'not-canonical': 'the decoder: messages/strictness.test.ts',
  'bad-key': 'drivers that import the point of a key',
  'cannot-open': 'drivers that open a seal',
  'request-unknown': "the payee's journal, before an offer is opened",
  'request-closed': "the payee's journal",
  'already-paid': "the payee's journal",
  'bundle-missing': 'a device before its first sync has no view to judge with',
  'bundle-older': 'examineBundle and examineStatusList: trust-update.test.ts',
};

const verifier = rememberingVerifier();

function judged(scenario: Scenario): Code | 'accepted' {
  const { offer, context, view } = build(scenario);
  const result: Result<unknown> = settle(examineOffer(offer, context, view, HASHES), verifier);
  return result.ok ? 'accepted' : result.rejection.code;
}

it('the scenario is acceptable', () => {
  expect(judged(sound())).toBe('accepted');
});

describe('one fault gives its code', () => {
  it.each(FAULTS)('$code: $what', ({ code, apply }) => {
    expect(judged(apply(sound()))).toBe(code);
  });
});

it('every code up to the memory of the payee is reached, or has a reason not to be', () => {
  const reached = new Set([...FAULTS.map(({ code }) => code), ...Object.keys(NOT_OF_AN_OFFER)]);
  const groups = CODES.slice(0, precedenceOf('counter-not-rising') + 1).map(({ code }) => code);
  expect(groups.filter((code) => !reached.has(code))).toEqual([]);
  expect(FAULTS.filter(({ code }) => NOT_OF_AN_OFFER[code])).toEqual([]);
});

describe('of two faults the earlier code is given', () => {
  const exclude = (a: Fault, b: Fault): boolean =>
    a.slot === b.slot ||
    EXCLUSIVE.some(([x, y]) => (a.slot === x && b.slot === y) || (a.slot === y && b.slot === x));

  it.each(FAULTS.map((fault, i) => ({ ...fault, i })))(
    '$code: $what, with every other',
    ({ i, ...fault }) => {
      const wrong: string[] = [];
      let pairs = 0;
      for (const other of FAULTS.slice(i + 1)) {
        if (exclude(fault, other)) continue;
        pairs++;
        const expected = precedenceOf(fault.code) <= precedenceOf(other.code) ? fault.code : other.code;
        const got = judged(other.apply(fault.apply(sound())));
        if (got !== expected)
          wrong.push(`with ${other.code} (${other.what}): expected ${expected}, got ${got}`);
      }
      expect(wrong).toEqual([]);
      expect(pairs).toBeGreaterThanOrEqual(Math.min(1, FAULTS.length - 1 - i));
    },
  );
});

it('nothing that a peer claims makes the examination throw: a sum above 2^53-1', () => {
  const huge = {
    ...sound(),
    more: [
      [500, Number.MAX_SAFE_INTEGER],
      [0, Number.MAX_SAFE_INTEGER],
    ] as const,
  };
  const scenario = { ...huge, request: { amount: fen(1_000) } };
  expect(judged(scenario)).toBe('sum-mismatch');
});

it('warns of old lists where the policy does not refuse', () => {
  const { offer, context, view } = build({ ...sound(), policy: { listMaxAge: 60 } });
  const result = settle(examineOffer(offer, context, view, HASHES), verifier);
  expect(result.ok && result.value.warnings.map(({ code }) => code)).toEqual(['lists-stale']);
});
