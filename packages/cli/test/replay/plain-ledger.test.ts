/** The oracle: a plain account ledger, and the smallest balances with which everything goes through. */
import { fen } from '@duet/protocol/money';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playPlain, smallestInitial } from '../../src/replay/plain-ledger.ts';
import type { Transfer } from '../../src/replay/transfers.ts';

const NODES = 6;
const node = fc.integer({ min: 0, max: NODES - 1 });
const transfer: fc.Arbitrary<Transfer> = fc.record({
  payer: node,
  payee: node,
  amount: fc.integer({ min: 1, max: 500 }).map(fen),
  time: fc.constant(1),
});
const transfers = fc.array(transfer, { maxLength: 60 });
const initial = fc.array(fc.integer({ min: 0, max: 1_000 }).map(fen), { minLength: NODES, maxLength: NODES });
const total = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

function smallest(list: readonly Transfer[]) {
  const found = smallestInitial(list, NODES);
  if (!found.ok) throw new Error(found.rejection.got);
  return found.value;
}

describe('plain ledger', () => {
  it('makes and loses no money, and nobody owes', () => {
    fc.assert(
      fc.property(transfers, initial, (list, start) => {
        const { balances, paid } = playPlain(list, start);
        expect(total(balances)).toBe(total(start));
        expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
        expect(paid).toHaveLength(list.length);
        for (const [place, { payer, payee }] of list.entries())
          if (payer === payee) expect(paid[place]).toBe(false);
      }),
    );
  });

  it('refuses exactly what the funds do not cover', () => {
    fc.assert(
      fc.property(transfers, initial, (list, start) => {
        const held: number[] = [...start];
        const { paid } = playPlain(list, start);
        for (const [place, { payer, payee, amount }] of list.entries()) {
          const goes = payer !== payee && (held[payer] ?? 0) >= amount;
          expect(paid[place]).toBe(goes);
          if (!goes) continue;
          held[payer] = (held[payer] ?? 0) - amount;
          held[payee] = (held[payee] ?? 0) + amount;
        }
      }),
    );
  });

  it('finds balances with which everything between two nodes goes through, and no smaller ones', () => {
    fc.assert(
      fc.property(transfers, (list) => {
        const start = smallest(list);
        const isPaid = (list: readonly Transfer[], paid: readonly boolean[]): boolean =>
          list.every(({ payer, payee }, place) => payer === payee || paid[place] === true);
        expect(isPaid(list, playPlain(list, start).paid)).toBe(true);
        for (const [number, amount] of start.entries()) {
          if (amount === 0) continue;
          const less = start.map((own, place) => (place === number ? fen(own - 1) : own));
          expect(isPaid(list, playPlain(list, less).paid)).toBe(false);
        }
      }),
    );
  });

  it('refuses more money than an amount can say', () => {
    const huge = fen(Number.MAX_SAFE_INTEGER);
    const found = smallestInitial(
      [
        { payer: 0, payee: 1, amount: huge, time: 1 },
        { payer: 2, payee: 3, amount: fen(1), time: 1 },
      ],
      4,
    );
    expect(found).toMatchObject({ ok: false, rejection: { code: 'file-invalid' } });
  });
});
