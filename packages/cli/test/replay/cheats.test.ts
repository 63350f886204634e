/** Draws of culprits: from the seed alone, each with a paid transfer of its own. */
import { describe, expect, it } from 'vitest';
import { planCheats } from '../../src/replay/cheats.ts';
import { playPlain, smallestInitial } from '../../src/replay/plain-ledger.ts';
import { drawnWorkload } from './workloads.ts';

const workload = drawnWorkload('draws', 12, 80);
const initial = smallestInitial(workload.transfers, workload.nodes.length);
const paid = initial.ok ? playPlain(workload.transfers, initial.value).paid : [];

const draw = (seed: string, cheats: number) => {
  const plan = planCheats({
    transfers: workload.transfers,
    paid,
    nodes: workload.nodes.length,
    cheats,
    seed,
  });
  if (!plan.ok) throw new Error(plan.rejection.got);
  return plan.value;
};

describe('cheats', () => {
  it('are different devices, each with a transfer that the plain ledger pays', () => {
    const plan = draw('1', 6);
    const culprits = [...plan.keys()].map((place) => workload.transfers[place]?.payer);
    expect(new Set(culprits).size).toBe(6);
    for (const [place, payees] of plan) {
      expect(paid[place]).toBe(true);
      expect(payees.length).toBeGreaterThan(0);
      expect(payees).not.toContain(workload.transfers[place]?.payee);
      for (const payee of payees) expect(culprits).not.toContain(payee);
    }
  });

  it('depend on the seed alone', () => {
    expect(draw('1', 4)).toEqual(draw('1', 4));
    expect(draw('1', 4)).not.toEqual(draw('2', 4));
  });

  it('are refused when there are not so many payers', () => {
    const plan = planCheats({ transfers: workload.transfers, paid, nodes: 12, cheats: 13, seed: '1' });
    expect(plan).toMatchObject({ ok: false, rejection: { code: 'file-invalid' } });
  });
});
