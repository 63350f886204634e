/** A fraud case for a machine. */
import type { FraudCase } from '@duet/ledger/engine/reports';
import type { JsonValue } from '../outcome.ts';
import { instantJson } from '../text/format.ts';

/** The registry dates cases in microseconds. */
export const secondsOf = (microseconds: number): number => Math.floor(microseconds / 1_000_000);
export const openedAt = (entry: FraudCase): number => secondsOf(entry.openedAt);

export const caseJson = (entry: FraudCase): { [name: string]: JsonValue } => ({
  caseId: entry.caseId,
  form: entry.form,
  culprit: entry.culprit,
  operator: entry.operator ?? null,
  account: entry.handle ?? null,
  paidFen: entry.paidFen,
  owedFen: entry.owedFen,
  receivableFen: entry.receivableFen,
  credit: entry.credit.map(({ debtFen, paidFen, since }) => ({
    debtFen,
    recoveredFen: paidFen,
    since: instantJson(secondsOf(since)),
  })),
  openedAt: instantJson(openedAt(entry)),
  proofs: entry.proofs.length,
});
