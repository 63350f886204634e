/**
 * Lateness is judged at the time of the IntakeNote (SET-7): where a claim or return reached the registry after the
 * close and an operator had taken it before claimBy, the operator that signed the note owes it, from the part of
 * its reserve above quota.
 *
 *   review writes the debt of the account that got the gap ── here it moves to the operator ── `debts.ts` pays it
 *
 * The note may also come after the debt: what of it is still open moves. A crash between the steps leaves the debt
 * where it was, and the same upload sent again moves it.
 */
import { randomBytes } from 'node:crypto';
import { dayOf } from '@duet/protocol/brand';
import { INTAKE_NOTE, type IntakeNote } from '@duet/protocol/objects/notes';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { type Result, reject } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import { examineIntakeNote } from '@duet/protocol/verify/intake-note';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { lateDebtOf, reserveOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { lockOperators, type PostingLine, post } from '../sql/postings.ts';
import { binary, type Queryable } from '../sql/rows.ts';
import type { SettledOrder } from './intake.ts';
import type { KnownSignatures } from './known-signatures.ts';

/** Judges the note that came with sealed bytes. */
export function readNote(
  bytes: Uint8Array,
  sealed: Uint8Array,
  trust: TrustView,
  hashes: Hashes,
  signatures: KnownSignatures,
): Result<IntakeNote> {
  const examined = examineIntakeNote(bytes, sealed, trust, hashes);
  if (!examined.ok) return examined;
  const holds = examined.value.checks.every((check) => signatures.holds(check));
  return holds ? examined.value.conclude() : reject('note-invalid', 'a signature that holds', 'another');
}

/** What became of an upload that an operator had noted. */
export interface NotedOrders {
  readonly note: Result<IntakeNote> | undefined;
  readonly orders: readonly SettledOrder[];
}

/** Makes operators the debtors of what they held back. */
export async function chargeOperators(pool: pg.Pool, uploads: readonly NotedOrders[]): Promise<void> {
  for (const { note, orders } of uploads) {
    const owed = orders.filter(({ inputs }) => inputs.some((input) => input.owed > 0));
    if (!note?.ok || owed.length === 0) continue;
    const ids = owed.map(({ id }) => binary(id));
    await inTransaction(pool, (client) => moveDebts(client, note.value, ids), { attempts: 5 });
  }
}

interface OpenDebt {
  readonly debt_id: Buffer;
  readonly debtor: string;
  readonly currency: number;
  readonly open: number;
}

/** A debt that an operator owes already stays with the one whose note came first. */
async function moveDebts(client: Queryable, note: IntakeNote, orders: readonly Buffer[]): Promise<void> {
  const { operator, time } = note.body;
  // Whoever pays debts holds this lock.
  await lockOperators(client);
  const debts = await client.query<OpenDebt>(
    `SELECT debt_id, debtor, currency, amount - paid AS open FROM debt
     WHERE child_id = ANY($1) AND claim_by > $2 AND note IS NULL AND paid < amount ORDER BY debt_id`,
    [orders, dayOf(time)],
  );
  const debtor = reserveOf(operator);
  const lines: PostingLine[] = [];
  for (const { debt_id: set, debtor: before, currency, open } of debts.rows) {
    await client.query('UPDATE debt SET debtor = $2, note = $3 WHERE debt_id = $1', [
      set,
      debtor,
      binary(encodeSigned(INTAKE_NOTE, note)),
    ]);
    lines.push(
      { set, account: lateDebtOf(before), currency, amount: open },
      { set, account: lateDebtOf(debtor), currency, amount: -open },
    );
  }
  await post(client, 0, randomBytes(16), lines);
}
