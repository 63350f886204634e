/** Two wallets, many payments: request, pay, receive, verdict, pass on (PAY-4, PAY-7, PAY-9, PAY-11, SET-13). */
import { fen } from '@duet/protocol/money';
import { describe, expect, it } from 'vitest';
import { codeOf, payment, value, World } from './helpers/world.ts';

describe('a payment between two wallets', () => {
  it('PAY-9: is accepted, answered and passed on at once', async () => {
    const world = new World();
    const [anna, ben, cara] = [await world.person('anna', 10_000), await world.person('ben'), await world.person('cara')];
    const first = payment(anna, ben, 2_500);
    expect(first.taken.state).toBe('paid');
    expect(first.receipt).toMatchObject({ amount: 2_500, again: false, depth: 1 });
    expect(anna.balance()).toMatchObject({ spendable: 7_500, outgoing: 0 });
    expect(ben.balance().spendable).toBe(2_500);
    const second = payment(ben, cara, 1_000);
    expect(second.receipt.depth).toBe(2);
    const third = payment(cara, anna, 600);
    expect(third.receipt.depth).toBe(3);
    expect(anna.balance().spendable).toBe(8_100);
    const all = payment(anna, ben, 8_100);
    expect(all.paid.spends).toHaveLength(2);
    expect(all.receipt.depth).toBe(4);
    expect(anna.balance().spendable).toBe(0);
    expect(ben.balance().spendable).toBe(9_600);
  });
});
