/** New bundles and lists: monotonic versions, roll-over of the root, dates, authority (PAY-5, LIMIT-4, ID-3). */
import { describe, expect, it } from 'vitest';
import type { StatusListBody } from '../../src/objects/status-list.ts';
import type { Result } from '../../src/rejection.ts';
import { settle } from '../../src/verify/examination.ts';
import { type Anchor, examineBundle, examineStatusList } from '../../src/verify/trust-update.ts';
import { type KeyPair, keyPair, VERIFIER } from '../helpers/signing.ts';
import {
  at,
  BUNDLE,
  bundle,
  ISSUER,
  KEYS,
  NATIONAL_ISSUER,
  NOW,
  OPERATORS,
  ROOT,
  statusList,
  TRUST,
} from '../helpers/world.ts';

const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.rejection.code);
const first: Anchor = { root: ROOT.publicKey };
const held: Anchor = { root: ROOT.publicKey, bundle: BUNDLE };

describe('bundles', () => {
  const judged = (candidate: ReturnType<typeof bundle>, anchor: Anchor): Result<Anchor> =>
    settle(examineBundle(candidate, anchor, NOW), VERIFIER);

  it('are taken over when they are newer, and again when they are the same', () => {
    expect(judged(BUNDLE, first)).toEqual({ ok: true, value: held });
    expect(judged(BUNDLE, held)).toEqual({ ok: true, value: held });
    expect(codeOf(judged(bundle({ version: 8 }), held))).toBe('accepted');
  });

  it('move the root when they name the next one, and then the old root counts no more', () => {
    const next = keyPair('next root');
    const moved = judged(bundle({ version: 8, nextRoot: next.publicKey }), held);
    expect(moved.ok && moved.value.root).toEqual(next.publicKey);
    if (!moved.ok) throw new Error('moved');
    expect(codeOf(judged(bundle({ version: 9 }), moved.value))).toBe('bad-signature');
    expect(codeOf(judged(bundle({ version: 9 }, next), moved.value))).toBe('accepted');
  });

  it('give their codes, the earlier of two', () => {
    expect(codeOf(judged(bundle({ version: 6 }), held))).toBe('bundle-older');
    expect(codeOf(judged(bundle({ validUntil: at(100) }), held))).toBe('bundle-older');
    expect(codeOf(judged(bundle({ version: 8, validUntil: NOW }), held))).toBe('bundle-expired');
    expect(codeOf(judged(bundle({ version: 6, validUntil: NOW }), held))).toBe('bundle-expired');
    expect(codeOf(judged(bundle({ version: 8 }, keyPair('nobody')), held))).toBe('bad-signature');
    expect(codeOf(judged(bundle({ version: 6 }, keyPair('nobody')), held))).toBe('bundle-older');
    expect(codeOf(judged(bundle({ version: 8 }, keyPair('root', 2)), held))).toBe('bad-signature');
  });
});

describe('status lists', () => {
  const operatorList: Partial<StatusListBody> = {
    uri: 'https://operator1.example.org/status',
    signerKey: KEYS.operator1,
  };
  const judged = (
    changes: Partial<StatusListBody>,
    signer: KeyPair,
    operator = 0,
    newest?: typeof NOW,
  ): string =>
    codeOf(
      settle(examineStatusList(statusList([1], changes, signer), operator, TRUST, newest, NOW), VERIFIER),
    );

  it('are taken from their authority', () => {
    expect(judged({}, ISSUER)).toBe('accepted');
    expect(judged(operatorList, OPERATORS[0], 1)).toBe('accepted');
    expect(judged({}, ISSUER, 0, at(-7_200))).toBe('accepted');
  });

  it('are taken before their end, where they name one', () => {
    expect(judged({ expires: at(1) }, ISSUER)).toBe('accepted');
    expect(judged({ expires: at(0) }, ISSUER)).toBe('lists-stale');
    expect(judged({ expires: at(0) }, NATIONAL_ISSUER)).toBe('certificate-untrusted');
    expect(judged({ expires: at(0) }, keyPair('nobody'))).toBe('lists-stale');
  });

  it('give their codes, the earlier of two', () => {
    expect(judged({}, ISSUER, 0, at(-7_199))).toBe('bundle-older');
    expect(judged({ signerKey: KEYS.operator1 }, OPERATORS[0])).toBe('certificate-untrusted');
    expect(judged({ uri: 'https://elsewhere.example.org' }, ISSUER)).toBe('certificate-untrusted');
    expect(judged({ uri: 'https://elsewhere.example.org' }, ISSUER, 0, NOW)).toBe('bundle-older');
    expect(judged(operatorList, OPERATORS[0], 2)).toBe('certificate-untrusted');
    expect(judged({ ...operatorList, signerKey: KEYS.operator2 }, OPERATORS[1], 1)).toBe(
      'certificate-untrusted',
    );
    expect(judged({}, NATIONAL_ISSUER)).toBe('certificate-untrusted');
    expect(judged({}, keyPair('nobody'))).toBe('bad-signature');
  });
});
