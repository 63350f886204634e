/**
 * Every code of an offer by one minimal fault, and every pair of faults: the code that comes first in `codes.ts`
 * is given (PAY-5, PAY-9, PAY-10, LIMIT-1, LIMIT-3, LIMIT-4).
 */
import { describe, expect, it } from 'vitest';
import { CODES, type Code, precedenceOf } from '../../src/codes.ts';
import { fen } from '../../src/money.ts';
import { stopScopeNumber } from '../../src/objects/trust-bundle.ts';
import type { Result } from '../../src/rejection.ts';
import { settle } from '../../src/verify/examination.ts';
import { examineOffer } from '../../src/verify/offer.ts';
import { bytesOf, at, KEYS, TODAY, TRUSTED_KEYS } from '../helpers/world.ts';
import { HASHES, rememberingVerifier } from '../helpers/signing.ts';
import { build, daysFromNow, type Scenario, sound } from '../helpers/scenario.ts';
import type { SpendBody } from '../../src/objects/spend.ts';

/** A change of the sound scenario. Two faults that share a slot cannot stand together. */
interface Fault {
  readonly code: Code;
  readonly slot: string;
  readonly what: string;
  apply(scenario: Scenario): Scenario;
}

const otherRequest = bytesOf('another request', 32) as SpendBody['request'];

const FAULTS: readonly Fault[] = [
  { code: 'malformed', slot: 'provenance', what: 'a coin is missing', apply: (s) => ({ ...s, missing: 'coin' }) },
  { code: 'malformed', slot: 'provenance', what: "an earlier payee's certificate is missing", apply: (s) => ({ ...s, missing: 'certificate' }) },
  { code: 'request-mismatch', slot: 'fromCoin.request', what: 'a spend of another request', apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, changes: { ...s.fromCoin.changes, request: otherRequest } } }) },
  { code: 'currency-mismatch', slot: 'bobCoin.currency', what: 'a coin of another currency', apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, currency: 840 } }) },
  { code: 'sum-mismatch', slot: 'request.amount', what: 'a fen is missing', apply: (s) => ({ ...s, request: { ...s.request, amount: fen(1) } }) },
  { code: 'too-fragmented', slot: 'more', what: '33 inputs', apply: (s) => ({ ...s, more: Array.from({ length: 31 }, (_, i) => [500 + 2 * i, 501 + 2 * i] as const) }) },
  { code: 'range-outside-parent', slot: 'receivedRange', what: 'a range beyond what was received', apply: (s) => ({ ...s, receivedRange: [600, 1_200] }) },
  { code: 'range-overlap', slot: 'more', what: 'two spends of one range', apply: (s) => ({ ...s, more: [[300, 500]] }) },
  { code: 'wrong-owner', slot: 'foreignInput', what: 'inputs of two owners', apply: (s) => ({ ...s, foreignInput: true }) },
  { code: 'refund-invalid', slot: 'fromReceived.refundOf', what: 'a refund of nothing', apply: (s) => ({ ...s, fromReceived: { ...s.fromReceived, refundOf: otherRequest } }) },
  { code: 'policy-unknown', slot: 'bobCoin.policy', what: 'a coin under an unknown policy', apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, policy: 99 } }) },
  { code: 'too-many-hops', slot: 'policy.maxHops', what: 'no hop allowed', apply: (s) => ({ ...s, policy: { ...s.policy, maxHops: 0 } }) },
  { code: 'too-many-payments', slot: 'fromCoin.seq', what: 'the eleventh payment', apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, seq: 11 } }) },
  { code: 'amount-above-limit', slot: 'policy.maxPerPayment', what: 'more than one payment may be', apply: (s) => ({ ...s, policy: { ...s.policy, maxPerPayment: fen(10) } }) },
  { code: 'time-goes-back', slot: 'hop.time', what: 'spent before it was received', apply: (s) => ({ ...s, hop: { ...s.hop, time: at(30) } }) },
  { code: 'request-stale', slot: 'fromReceived.time', what: 'paid long after the request', apply: (s) => ({ ...s, fromReceived: { ...s.fromReceived, time: at(100_000) }, clock: at(100_000) }) },
  { code: 'time-ahead', slot: 'fromCoin.time', what: "paid after the payee's clock", apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, time: at(400) } }) },
  { code: 'coin-not-valid-yet', slot: 'bobCoin.issuedAt', what: 'a coin of tomorrow', apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, issuedAt: daysFromNow(1) } }) },
  { code: 'coin-expired', slot: 'aliceCoin.spendBy', what: 'a coin that ended today', apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, spendBy: TODAY } }) },
  { code: 'certificate-not-valid', slot: 'bobCertificate.validUntil', what: 'a certificate that ended today', apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, validUntil: TODAY } }) },
  { code: 'bundle-expired', slot: 'bundle.validUntil', what: 'an old bundle', apply: (s) => ({ ...s, bundle: { ...s.bundle, validUntil: at(0) } }) },
  { code: 'issuer-unknown', slot: 'aliceCoin.issuerKey', what: 'an unknown issuer', apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: 77 } }) },
  { code: 'issuer-unknown', slot: 'aliceCoin.issuerKey', what: 'an operator as issuer', apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: KEYS.operator1 } }) },
  { code: 'issuer-unknown', slot: 'aliceCoin.issuerKey', what: 'an issuer key of another suite', apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: KEYS.nationalIssuer } }) },
  { code: 'issuer-not-valid', slot: 'bobCoin.issuerKey', what: 'an issuer key whose days were over', apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, issuerKey: KEYS.oldIssuer } }) },
  { code: 'epoch-withdrawn', slot: 'bundle.keys', what: 'a withdrawn epoch', apply: (s) => ({ ...s, bundle: { ...s.bundle, keys: TRUSTED_KEYS.map((key) => ([KEYS.issuer, KEYS.oldIssuer].some((number) => number === key.number) ? { ...key, withdrawn: true } : key)) } }) },
  ...(
    [
      ['operator', 1],
      ['epoch', KEYS.issuer],
      ['region', 110_105],
      ['class', 4],
    ] as const
  ).map(
    ([scope, value]): Fault => ({
      code: 'offline-stopped',
      slot: scope === 'region' ? 'payee' : 'bundle.stops',
      what: `a stop of ${scope} ${value}`,
      apply: (s) => ({ ...s, bundle: { ...s.bundle, stops: [{ scope: stopScopeNumber(scope), value, until: at(3_600) }] } }),
    }),
  ),
  { code: 'certificate-untrusted', slot: 'bobCertificate.signerKey', what: 'a certificate of nobody', apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: 77 } }) },
  { code: 'certificate-untrusted', slot: 'bobCertificate.signerKey', what: "a wallet's certificate of an operator", apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: KEYS.operator1 } }) },
  { code: 'certificate-untrusted', slot: 'bobCertificate.signerKey', what: 'a key whose days were over', apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: KEYS.oldIssuer } }) },
  { code: 'role-not-allowed', slot: 'payee', what: 'a gateway as payee', apply: (s) => ({ ...s, payee: { ...s.payee, role: 'gateway' } }) },
  { code: 'condition-category', slot: 'condition.categories', what: 'for another category', apply: (s) => withCondition(s, { categories: [1] }) },
  { code: 'condition-region', slot: 'condition.regions', what: 'for another region', apply: (s) => withCondition(s, { regions: [1] }) },
  { code: 'condition-period', slot: 'condition.notAfter', what: 'for an earlier time', apply: (s) => withCondition(s, { notAfter: at(-1) }) },
  { code: 'condition-period', slot: 'condition.notBefore', what: 'for a later time', apply: (s) => withCondition(s, { notBefore: at(1_000_000) }) },
  { code: 'lists-stale', slot: 'policy.lists', what: 'old lists', apply: (s) => ({ ...s, policy: { ...s.policy, listMaxAge: 60, refuseStrangersOnStaleLists: true } }) },
  { code: 'revoked', slot: 'revoked.bob', what: 'a revoked payer', apply: (s) => ({ ...s, revoked: [...s.revoked, 'bob'] }) },
  { code: 'sync-to-settle', slot: 'revoked.alice', what: 'a revoked earlier owner', apply: (s) => ({ ...s, revoked: [...s.revoked, 'alice'] }) },
  { code: 'hardware-assertion', slot: 'fromCoin.hardware', what: 'a hardware key without its user', apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 1, counter: 0, template: 1 } } }) },
  { code: 'hardware-assertion', slot: 'fromCoin.hardware', what: 'a hardware key that is backup-eligible', apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 13, counter: 0, template: 1 } } }) },
  { code: 'hardware-assertion', slot: 'fromCoin.hardware', what: 'client data of no template', apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 5, counter: 0, template: 9 } } }) },
  { code: 'bad-signature', slot: 'brokenSignature', what: 'a signature that does not hold', apply: (s) => ({ ...s, brokenSignature: true }) },
  { code: 'conflict', slot: 'history', what: 'the same range by another way', apply: (s) => ({ ...s, history: true }) },
];

/** Conditional money, in Bob's own coin. */
const withCondition = (s: Scenario, condition: NonNullable<Scenario['bobCoin']['condition']>): Scenario => ({
  ...s,
  bobCoin: { ...s.bobCoin, condition: { ...s.bobCoin.condition, ...condition } },
});

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

it('every code up to conflict is reached, or has a reason not to be', () => {
  const reached = new Set([...FAULTS.map(({ code }) => code), ...Object.keys(NOT_OF_AN_OFFER)]);
  const groups = CODES.slice(0, precedenceOf('conflict') + 1).map(({ code }) => code);
  expect(groups.filter((code) => !reached.has(code))).toEqual([]);
  expect(FAULTS.filter(({ code }) => NOT_OF_AN_OFFER[code])).toEqual([]);
});

describe('of two faults the earlier code is given', () => {
  const exclude = (a: Fault, b: Fault): boolean =>
    a.slot === b.slot || EXCLUSIVE.some(([x, y]) => (a.slot === x && b.slot === y) || (a.slot === y && b.slot === x));

  it.each(FAULTS.map((fault, i) => ({ ...fault, i })))('$code: $what, with every other', ({ i, ...fault }) => {
    const wrong: string[] = [];
    let pairs = 0;
    for (const other of FAULTS.slice(i + 1)) {
      if (exclude(fault, other)) continue;
      pairs++;
      const expected = precedenceOf(fault.code) <= precedenceOf(other.code) ? fault.code : other.code;
      const got = judged(other.apply(fault.apply(sound())));
      if (got !== expected) wrong.push(`with ${other.code} (${other.what}): expected ${expected}, got ${got}`);
    }
    expect(wrong).toEqual([]);
    expect(pairs).toBeGreaterThanOrEqual(Math.min(1, FAULTS.length - 1 - i));
  });
});

it('nothing that a peer claims makes the examination throw: a sum above 2^53-1', () => {
  const huge = { ...sound(), more: [[500, Number.MAX_SAFE_INTEGER], [0, Number.MAX_SAFE_INTEGER]] as const };
  const scenario = { ...huge, request: { amount: fen(1_000) } };
  expect(judged(scenario)).toBe('sum-mismatch');
});

it('warns of old lists where the policy does not refuse', () => {
  const { offer, context, view } = build({ ...sound(), policy: { listMaxAge: 60 } });
  const result = settle(examineOffer(offer, context, view, HASHES), verifier);
  expect(result.ok && result.value.warnings.map(({ code }) => code)).toEqual(['lists-stale']);
});
