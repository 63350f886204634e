/**
 * Where one advice does not fit every case of a code, the rejection says which case it is (PAY-5, PAY-12, LIMIT-1):
 * a request that is too old, and clocks that differ, are not mended in the same way.
 */
import { describe, expect, it } from 'vitest';
import { instant } from '../../src/brand.ts';
import { CODES, SITUATIONS, todoOf } from '../../src/codes.ts';
import { reject } from '../../src/rejection.ts';
import { settle } from '../../src/verify/examination.ts';
import { examineOffer } from '../../src/verify/offer.ts';
import { staleRequest } from '../../src/verify/request.ts';
import { build, type Scenario, sound } from '../helpers/scenario.ts';
import { HASHES, rememberingVerifier } from '../helpers/signing.ts';

const NOW = instant(1_772_438_400);
const at = (seconds: number) => instant(NOW + seconds);

describe('a request outside its time, as its payer sees it', () => {
  it('is too old: a new one helps', () => {
    expect(staleRequest(NOW, at(-7_300), 600)).toEqual({
      code: 'request-stale',
      expected: 'a request made within 600 s of now',
      got: 'one made 7300 s ago',
    });
  });

  it('is from the future: the clocks differ', () => {
    expect(staleRequest(NOW, at(7_300), 600)).toMatchObject({
      situation: 'request-ahead',
      got: 'one made 7300 s in the future',
    });
  });
});

describe('an offer outside the time of its request, as its payee sees it', () => {
  const verifier = rememberingVerifier();
  const judged = (change: (scenario: Scenario) => Scenario) => {
    const { offer, context, view } = build(change(sound()));
    const result = settle(examineOffer(offer, context, view, HASHES), verifier);
    if (result.ok) throw new Error('expected a rejection');
    return result.rejection;
  };
  const paidAfter = (seconds: number) => (scenario: Scenario) => {
    const time = instant(scenario.clock + seconds);
    return { ...scenario, fromReceived: { ...scenario.fromReceived, time }, clock: time };
  };

  it('came too late: a new request helps', () => {
    const rejection = judged(paidAfter(100_000));
    expect(rejection).toMatchObject({ code: 'request-stale', got: expect.stringMatching(/^\d{4}-.* UTC$/) });
    expect(rejection).not.toHaveProperty('situation');
  });

  it('was paid before it was asked for: the clocks differ', () => {
    const rejection = judged((scenario) => {
      const time = instant(scenario.clock + 1_000);
      return { ...scenario, request: { time }, clock: time };
    });
    expect(rejection).toMatchObject({ code: 'request-stale', situation: 'request-ahead' });
  });
});

describe('advice', () => {
  it('is that of the situation, else that of the code', () => {
    expect(todoOf('request-stale')).toBe('Show a new request.');
    expect(todoOf('request-stale', 'request-ahead')).toMatch(/clocks of both devices/);
    expect(reject('revoked', 'a', 'b', 'account-locked')).toEqual({
      ok: false,
      rejection: { code: 'revoked', expected: 'a', got: 'b', situation: 'account-locked' },
    });
  });

  it('of every situation belongs to one code that there is', () => {
    const codes = new Set<string>(CODES.map(({ code }) => code));
    for (const { code } of SITUATIONS) expect(codes.has(code)).toBe(true);
    expect(new Set(SITUATIONS.map(({ situation }) => situation)).size).toBe(SITUATIONS.length);
  });
});
