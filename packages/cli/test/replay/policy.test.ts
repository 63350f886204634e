/** Policy files: amounts in yuan, unknown fields refused. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_REPLAY_POLICY, readPolicy } from '../../src/replay/policy.ts';

const read = (value: unknown) =>
  readPolicy(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));

describe('policy file', () => {
  it('limits nothing but hops by default', () => {
    const { policy, limits } = DEFAULT_REPLAY_POLICY;
    expect(policy.maxHops).toBe(8);
    for (const name of [
      'maxPayments',
      'maxPerPayment',
      'maxBalance',
      'fundPerPayee',
      'fundPerCoin',
      'lossCap',
    ] as const) {
      expect(policy[name]).toBeUndefined();
    }
    expect(limits).toEqual({});
    expect(read({})).toEqual({ ok: true, value: DEFAULT_REPLAY_POLICY });
  });

  it('sets limits of coins and of devices', () => {
    const file = {
      maxPayments: 10,
      maxPerPayment: '50.50',
      maxTotal: 500,
      maxBalance: null,
      maxHops: 0,
      pinAbove: 0,
      refuseStrangersOnStaleLists: true,
    };
    const found = read(file);
    expect(found).toMatchObject({
      ok: true,
      value: {
        policy: {
          maxPayments: 10,
          maxPerPayment: 5_050,
          maxHops: 0,
          pinAbove: 0,
          refuseStrangersOnStaleLists: true,
        },
        limits: { maxPayments: 10, maxTotal: 50_000 },
      },
    });
    if (found.ok) expect(found.value.policy.maxBalance).toBeUndefined();
  });

  it.each([
    ['text that is not JSON', '{', 'not JSON'],
    ['a list', [], 'another JSON value'],
    ['an unknown field', { maxHop: 3 }, 'field "maxHop"'],
    ['an inherited name', '{"__proto__": 1}', 'field "__proto__"'],
    ['a fraction of a count', { maxHops: 1.5 }, 'maxHops'],
    ['more hops than any policy has', { maxHops: 17 }, 'maxHops "17"'],
    ['a negative count', { maxPayments: -1 }, 'maxPayments'],
    ['a fractional fen', { maxPerPayment: 0.001 }, 'maxPerPayment'],
    ['a negative amount', { maxPerPayment: '-1' }, 'maxPerPayment'],
    ['no value for what must be there', { maxHops: null }, 'maxHops'],
    ['a text for a flag', { refuseStrangersOnStaleLists: 'yes' }, 'refuseStrangersOnStaleLists'],
    ['a claim period below the offline ticket', { claimDays: 3 }, 'claimDays 3'],
    ['a file that is too large', `{"maxHops":${' '.repeat(70_000)}3}`, 'bytes'],
  ])('refuses %s', (_what, value, got) => {
    const found = read(value);
    expect(found).toMatchObject({ ok: false, rejection: { code: 'file-invalid' } });
    if (!found.ok) expect(found.rejection.got).toContain(got);
  });
});
