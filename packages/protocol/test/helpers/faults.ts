/** Minimal faults of the scenario, each with the code that it gives (PAY-5). */
import type { Code } from '../../src/codes.ts';
import { fen } from '../../src/money.ts';
import type { SpendBody } from '../../src/objects/spend.ts';
import { stopScopeNumber } from '../../src/objects/trust-bundle.ts';
import { daysFromNow, type Scenario } from './scenario.ts';
import { at, bytesOf, KEYS, TODAY, TRUSTED_KEYS } from './world.ts';

/** A change of the sound scenario. Two faults that share a slot cannot stand together. */
export interface Fault {
  readonly code: Code;
  readonly slot: string;
  readonly what: string;
  apply(scenario: Scenario): Scenario;
}

const otherRequest = bytesOf('another request', 32) as SpendBody['request'];

export const FAULTS: readonly Fault[] = [
  {
    code: 'malformed',
    slot: 'provenance',
    what: 'a coin is missing',
    apply: (s) => ({ ...s, missing: 'coin' }),
  },
  {
    code: 'malformed',
    slot: 'provenance',
    what: "an earlier payee's certificate is missing",
    apply: (s) => ({ ...s, missing: 'certificate' }),
  },
  {
    code: 'request-mismatch',
    slot: 'fromCoin.request',
    what: 'a spend of another request',
    apply: (s) => ({
      ...s,
      fromCoin: { ...s.fromCoin, changes: { ...s.fromCoin.changes, request: otherRequest } },
    }),
  },
  {
    code: 'currency-mismatch',
    slot: 'bobCoin.currency',
    what: 'a coin of another currency',
    apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, currency: 840 } }),
  },
  {
    code: 'sum-mismatch',
    slot: 'request.amount',
    what: 'a fen is missing',
    apply: (s) => ({ ...s, request: { ...s.request, amount: fen(1) } }),
  },
  {
    code: 'too-fragmented',
    slot: 'more',
    what: '33 inputs',
    apply: (s) => ({ ...s, more: Array.from({ length: 31 }, (_, i) => [500 + 2 * i, 501 + 2 * i] as const) }),
  },
  {
    code: 'range-outside-parent',
    slot: 'receivedRange',
    what: 'a range beyond what was received',
    apply: (s) => ({ ...s, receivedRange: [600, 1_200] }),
  },
  {
    code: 'range-overlap',
    slot: 'more',
    what: 'two spends of one range',
    apply: (s) => ({ ...s, more: [[300, 500]] }),
  },
  {
    code: 'wrong-owner',
    slot: 'foreignInput',
    what: 'inputs of two owners',
    apply: (s) => ({ ...s, foreignInput: true }),
  },
  {
    code: 'refund-invalid',
    slot: 'fromReceived.refundOf',
    what: 'a refund of nothing',
    apply: (s) => ({ ...s, fromReceived: { ...s.fromReceived, refundOf: otherRequest } }),
  },
  {
    code: 'policy-unknown',
    slot: 'bobCoin.policy',
    what: 'a coin under an unknown policy',
    apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, policy: 99 } }),
  },
  {
    code: 'too-many-hops',
    slot: 'policy.maxHops',
    what: 'no hop allowed',
    apply: (s) => ({ ...s, policy: { ...s.policy, maxHops: 0 } }),
  },
  {
    code: 'too-many-payments',
    slot: 'fromCoin.seq',
    what: 'the eleventh payment',
    apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, seq: 11 } }),
  },
  {
    code: 'amount-above-limit',
    slot: 'policy.maxPerPayment',
    what: 'more than one payment may be',
    apply: (s) => ({ ...s, policy: { ...s.policy, maxPerPayment: fen(10) } }),
  },
  {
    code: 'time-goes-back',
    slot: 'hop.time',
    what: 'spent before it was received',
    apply: (s) => ({ ...s, hop: { ...s.hop, time: at(30) } }),
  },
  {
    code: 'request-stale',
    slot: 'fromReceived.time',
    what: 'paid long after the request',
    apply: (s) => ({ ...s, fromReceived: { ...s.fromReceived, time: at(100_000) }, clock: at(100_000) }),
  },
  {
    code: 'time-ahead',
    slot: 'fromCoin.time',
    what: "paid after the payee's clock",
    apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, time: at(400) } }),
  },
  {
    code: 'coin-not-valid-yet',
    slot: 'bobCoin.issuedAt',
    what: 'a coin of tomorrow',
    apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, issuedAt: daysFromNow(1) } }),
  },
  {
    code: 'coin-expired',
    slot: 'aliceCoin.spendBy',
    what: 'a coin that ended today',
    apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, spendBy: TODAY } }),
  },
  {
    code: 'certificate-not-valid',
    slot: 'bobCertificate.validUntil',
    what: 'a certificate that ended today',
    apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, validUntil: TODAY } }),
  },
  {
    code: 'bundle-expired',
    slot: 'bundle.validUntil',
    what: 'an old bundle',
    apply: (s) => ({ ...s, bundle: { ...s.bundle, validUntil: at(0) } }),
  },
  {
    code: 'issuer-unknown',
    slot: 'aliceCoin.issuerKey',
    what: 'an unknown issuer',
    apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: 77 } }),
  },
  {
    code: 'issuer-unknown',
    slot: 'aliceCoin.issuerKey',
    what: 'an operator as issuer',
    apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: KEYS.operator1 } }),
  },
  {
    code: 'issuer-unknown',
    slot: 'aliceCoin.issuerKey',
    what: 'an issuer key of another suite',
    apply: (s) => ({ ...s, aliceCoin: { ...s.aliceCoin, issuerKey: KEYS.nationalIssuer } }),
  },
  {
    code: 'issuer-not-valid',
    slot: 'bobCoin.issuerKey',
    what: 'an issuer key whose days were over',
    apply: (s) => ({ ...s, bobCoin: { ...s.bobCoin, issuerKey: KEYS.oldIssuer } }),
  },
  {
    code: 'epoch-withdrawn',
    slot: 'bundle.keys',
    what: 'a withdrawn epoch',
    apply: (s) => ({
      ...s,
      bundle: {
        ...s.bundle,
        keys: TRUSTED_KEYS.map((key) =>
          [KEYS.issuer, KEYS.oldIssuer].some((number) => number === key.number)
            ? { ...key, withdrawn: true }
            : key,
        ),
      },
    }),
  },
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
      apply: (s) => ({
        ...s,
        bundle: { ...s.bundle, stops: [{ scope: stopScopeNumber(scope), value, until: at(3_600) }] },
      }),
    }),
  ),
  {
    code: 'certificate-untrusted',
    slot: 'bobCertificate.signerKey',
    what: 'a certificate of nobody',
    apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: 77 } }),
  },
  {
    code: 'certificate-untrusted',
    slot: 'bobCertificate.signerKey',
    what: "a wallet's certificate of an operator",
    apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: KEYS.operator1 } }),
  },
  {
    code: 'certificate-untrusted',
    slot: 'bobCertificate.signerKey',
    what: 'a key whose days were over',
    apply: (s) => ({ ...s, bobCertificate: { ...s.bobCertificate, signerKey: KEYS.oldIssuer } }),
  },
  {
    code: 'role-not-allowed',
    slot: 'payee',
    what: 'a gateway as payee',
    apply: (s) => ({ ...s, payee: { ...s.payee, role: 'gateway' } }),
  },
  {
    code: 'condition-category',
    slot: 'condition.categories',
    what: 'for another category',
    apply: (s) => withCondition(s, { categories: [1] }),
  },
  {
    code: 'condition-region',
    slot: 'condition.regions',
    what: 'for another region',
    apply: (s) => withCondition(s, { regions: [1] }),
  },
  {
    code: 'condition-period',
    slot: 'condition.notAfter',
    what: 'for an earlier time',
    apply: (s) => withCondition(s, { notAfter: at(-1) }),
  },
  {
    code: 'condition-period',
    slot: 'condition.notBefore',
    what: 'for a later time',
    apply: (s) => withCondition(s, { notBefore: at(1_000_000) }),
  },
  {
    code: 'lists-stale',
    slot: 'policy.lists',
    what: 'old lists',
    apply: (s) => ({ ...s, policy: { ...s.policy, listMaxAge: 60, refuseStrangersOnStaleLists: true } }),
  },
  {
    code: 'revoked',
    slot: 'revoked.bob',
    what: 'a revoked payer',
    apply: (s) => ({ ...s, revoked: [...s.revoked, 'bob'] }),
  },
  {
    code: 'sync-to-settle',
    slot: 'revoked.alice',
    what: 'a revoked earlier owner',
    apply: (s) => ({ ...s, revoked: [...s.revoked, 'alice'] }),
  },
  {
    code: 'hardware-assertion',
    slot: 'fromCoin.hardware',
    what: 'a hardware key without its user',
    apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 1, counter: 0, template: 1 } } }),
  },
  {
    code: 'hardware-assertion',
    slot: 'fromCoin.hardware',
    what: 'a hardware key that is backup-eligible',
    apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 13, counter: 0, template: 1 } } }),
  },
  {
    code: 'hardware-assertion',
    slot: 'fromCoin.hardware',
    what: 'client data of no template',
    apply: (s) => ({ ...s, fromCoin: { ...s.fromCoin, hardware: { flags: 5, counter: 0, template: 9 } } }),
  },
  {
    code: 'bad-signature',
    slot: 'brokenSignature',
    what: 'a signature that does not hold',
    apply: (s) => ({ ...s, brokenSignature: true }),
  },
  {
    code: 'conflict',
    slot: 'history',
    what: 'the same range by another way',
    apply: (s) => ({ ...s, history: true }),
  },
  {
    code: 'counter-not-rising',
    slot: 'counters',
    what: 'a hardware key whose counter stands still',
    apply: (s) => ({ ...s, counters: [9, 9], more: [[400, 500], ...s.more] }),
  },
];

/** Conditional money, in Bob's own coin. */
const withCondition = (s: Scenario, condition: NonNullable<Scenario['bobCoin']['condition']>): Scenario => ({
  ...s,
  bobCoin: { ...s.bobCoin, condition: { ...s.bobCoin.condition, ...condition } },
});
