/** What a payer refuses of a request, every code and every pair of faults in precedence order (PAY-1, PAY-12, LIMIT-1, LIMIT-4). */
import { describe, expect, it } from 'vitest';
import { type Code, precedenceOf } from '../../src/codes.ts';
import type { RequestMessage } from '../../src/messages/request-message.ts';
import type { CertificateBody } from '../../src/objects/certificate.ts';
import type { CoinBody } from '../../src/objects/coin.ts';
import type { RequestBody } from '../../src/objects/request.ts';
import { stopScopeNumber, type TrustBundleBody } from '../../src/objects/trust-bundle.ts';
import { settle, settleLater } from '../../src/verify/examination.ts';
import { examineRequest, type PayerView, payerTime } from '../../src/verify/request.ts';
import { TrustView } from '../../src/verify/trust-view.ts';
import { requestTo } from '../helpers/payments.ts';
import { keyPair, VERIFIER } from '../helpers/signing.ts';
import {
  at,
  bundle,
  certificateOf,
  coinOf,
  FACE,
  KEYS,
  listsWith,
  NOW,
  OPERATORS,
  POLICY,
  TODAY,
} from '../helpers/world.ts';

interface Scenario {
  readonly request: Partial<RequestBody>;
  readonly certificate: Partial<CertificateBody>;
  readonly coin: Partial<CoinBody>;
  readonly bundle: Partial<TrustBundleBody>;
  readonly standing: boolean;
  readonly revoked: boolean;
  readonly otherSuite: boolean;
  readonly forged: boolean;
}

const SOUND: Scenario = {
  request: {},
  certificate: {},
  coin: {},
  bundle: {},
  standing: false,
  revoked: false,
  otherSuite: false,
  forged: false,
};

interface Fault {
  readonly code: Code;
  readonly slot: string;
  apply(scenario: Scenario): Scenario;
}

const COMMON: readonly Fault[] = [
  {
    code: 'unsupported-version',
    slot: 'version',
    apply: (s) => ({ ...s, request: { ...s.request, version: 2 } }),
  },
  { code: 'wrong-owner', slot: 'suite', apply: (s) => ({ ...s, otherSuite: true }) },
  {
    code: 'request-stale',
    slot: 'time',
    apply: (s) => ({ ...s, request: { ...s.request, time: at(-500) } }),
  },
  { code: 'request-stale', slot: 'time', apply: (s) => ({ ...s, request: { ...s.request, time: at(500) } }) },
  {
    code: 'bundle-expired',
    slot: 'bundle',
    apply: (s) => ({ ...s, bundle: { ...s.bundle, validUntil: NOW } }),
  },
  {
    code: 'offline-stopped',
    slot: 'stops',
    apply: (s) => ({
      ...s,
      bundle: { ...s.bundle, stops: [{ scope: stopScopeNumber('operator'), value: 1, until: at(60) }] },
    }),
  },
  { code: 'revoked', slot: 'revoked', apply: (s) => ({ ...s, revoked: true }) },
  { code: 'bad-signature', slot: 'forged', apply: (s) => ({ ...s, forged: true }) },
];

const OF_CERTIFICATES: readonly Fault[] = [
  {
    code: 'certificate-not-valid',
    slot: 'dates',
    apply: (s) => ({ ...s, certificate: { ...s.certificate, validUntil: TODAY } }),
  },
  {
    code: 'certificate-untrusted',
    slot: 'signer',
    apply: (s) => ({ ...s, certificate: { ...s.certificate, signerKey: KEYS.operator2 } }),
  },
  {
    code: 'role-not-allowed',
    slot: 'role',
    apply: (s) => ({ ...s, certificate: { ...s.certificate, role: 'gateway' } }),
  },
];

const OF_COINS: readonly Fault[] = [
  { code: 'issuer-unknown', slot: 'issuer', apply: (s) => ({ ...s, coin: { ...s.coin, issuerKey: 77 } }) },
  {
    code: 'issuer-not-valid',
    slot: 'issuer',
    apply: (s) => ({ ...s, coin: { ...s.coin, issuerKey: KEYS.oldIssuer } }),
  },
];

const shopKey = keyPair('shop');
const coinKey = keyPair('coin owner');

function build(
  scenario: Scenario,
  kind: 'certificate' | 'coin',
): { message: RequestMessage; view: PayerView } {
  const { certificate, coin } = scenario;
  const face = certificate.role ? {} : { terminal: FACE };
  const payee =
    kind === 'coin'
      ? coinOf(coinKey, 'refunded', 900, coin)
      : certificateOf(
          shopKey.publicKey,
          'shop',
          { signerKey: KEYS.operator1, role: 'terminal', walletClass: 0, ...face, ...certificate },
          OPERATORS[0],
        );
  const key = kind === 'coin' ? coinKey : shopKey;
  const signer = scenario.forged ? keyPair('somebody else') : key;
  const message = requestTo({ ...signer, suite: scenario.otherSuite ? 2 : 1 }, payee, {
    changes: scenario.request,
    standing: scenario.standing,
  });
  const lists = scenario.revoked ? { ...listsWith(), statusOf: () => 'revoked' as const } : listsWith();
  return {
    message,
    view: { trust: new TrustView(bundle(scenario.bundle)), lists, clock: NOW, policy: POLICY },
  };
}

function judged(scenario: Scenario, kind: 'certificate' | 'coin'): Code | 'accepted' {
  const { message, view } = build(scenario, kind);
  const result = settle(examineRequest(message, view), VERIFIER);
  return result.ok ? 'accepted' : result.rejection.code;
}

describe.each([
  { kind: 'certificate', faults: [...COMMON, ...OF_CERTIFICATES] },
  { kind: 'coin', faults: [...COMMON, ...OF_COINS] },
] as const)('a request under a $kind', ({ kind, faults }) => {
  it('is accepted when nothing is wrong', () => {
    expect(judged(SOUND, kind)).toBe('accepted');
  });

  it.each(faults)('gives $code', ({ code, apply }) => {
    expect(judged(apply(SOUND), kind)).toBe(code);
  });

  it('gives the earlier code of every two', () => {
    const wrong: string[] = [];
    for (const [i, a] of faults.entries()) {
      for (const b of faults.slice(i + 1)) {
        if (a.slot === b.slot) continue;
        const expected = precedenceOf(a.code) <= precedenceOf(b.code) ? a.code : b.code;
        const got = judged(b.apply(a.apply(SOUND)), kind);
        if (got !== expected) wrong.push(`${a.code} with ${b.code}: got ${got}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

it('a standing request is as fresh as its certificate (PAY-12)', () => {
  expect(judged({ ...SOUND, standing: true }, 'certificate')).toBe('accepted');
  expect(judged({ ...SOUND, standing: true, certificate: { validUntil: TODAY } }, 'certificate')).toBe(
    'certificate-not-valid',
  );
});

it('an asynchronous verifier gives the same answers', async () => {
  const later = { verify: async (check: Parameters<typeof VERIFIER.verify>[0]) => VERIFIER.verify(check) };
  const { message, view } = build(SOUND, 'certificate');
  expect((await settleLater(examineRequest(message, view), later)).ok).toBe(true);
  const forged = build({ ...SOUND, forged: true }, 'certificate');
  const result = await settleLater(examineRequest(forged.message, forged.view), later);
  expect(!result.ok && result.rejection.code).toBe('bad-signature');
  const stale = build({ ...SOUND, request: { time: at(-500) } }, 'certificate');
  const refused = await settleLater(examineRequest(stale.message, stale.view), later);
  expect(!refused.ok && refused.rejection.code).toBe('request-stale');
});

describe("a payer's time (LIMIT-1)", () => {
  const { view } = build(SOUND, 'certificate');
  it('is the latest of clock, authority and inputs', () => {
    expect(payerTime(view, [])).toEqual({ ok: true, value: NOW });
    expect(payerTime(view, [at(-5), at(200), at(100)])).toEqual({ ok: true, value: at(200) });
    const behind = { ...view, clock: at(-7_300) };
    expect(payerTime(behind, [])).toEqual({ ok: true, value: at(-7_200) });
  });

  it('is refused more than skew ahead of the clock', () => {
    expect(payerTime(view, [at(POLICY.skew)]).ok).toBe(true);
    const ahead = payerTime(view, [at(POLICY.skew + 1)]);
    expect(!ahead.ok && ahead.rejection.code).toBe('time-ahead');
  });
});
