/** A fraud case for a machine. */
import type { FraudCase } from '@duet/ledger/engine/reports';
import type { JsonValue } from '../outcome.ts';
import { instantJson } from '../text/format.ts';

/** The registry dates a case in microseconds. */
export const openedAt = (entry: FraudCase): number => Math.floor(entry.openedAt / 1_000_000);

export const caseJson = (entry: FraudCase): { [name: string]: JsonValue } => ({
  caseId: entry.caseId,
  form: entry.form,
  culprit: entry.culprit,
  operator: entry.operator ?? null,
  account: entry.handle ?? null,
  paidFen: entry.paidFen,
  owedFen: entry.owedFen,
  receivableFen: entry.receivableFen,
  openedAt: instantJson(openedAt(entry)),
  proofs: entry.proofs.length,
});
