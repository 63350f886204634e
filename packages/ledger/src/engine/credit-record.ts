/**
 * The credit record (SET-6): what an account owes for double spends of its keys, and what was recovered of it, from the
 * postings alone. A debt stays in it when it is paid, as paid.
 */
import { type Fen, fen } from '@duet/protocol/money';
import type { Queryable } from '../sql/rows.ts';

export interface CreditEntry {
  readonly operator: number;
  /** Handle of the account in hex. */
  readonly handle: string;
  readonly currency: number;
  /** All that became receivable. */
  readonly debtFen: Fen;
  /** Recovered of it so far. */
  readonly paidFen: Fen;
  /** Microseconds since the epoch at which the first case of the account was opened. */
  readonly since: number;
}

interface EntryRow {
  readonly operator: number;
  readonly handle: Buffer;
  readonly currency: number;
  readonly debt: number;
  readonly paid: number;
  readonly since: number;
}

/** Accounts with a debt, the oldest first. */
export async function readCreditRecord(queryable: Queryable): Promise<CreditEntry[]> {
  const rows = await queryable.query<EntryRow>(
    `WITH debts AS (
       SELECT split_part(account, ':', 2)::int AS operator, decode(split_part(account, ':', 3), 'hex') AS handle, currency,
         coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint AS debt,
         coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS paid
       FROM posting WHERE account LIKE 'receivable:%' AND account NOT LIKE 'receivable:late:%'
       GROUP BY account, currency
     ), opened AS (
       SELECT operator, handle, min(opened_at) AS since FROM fraud_case WHERE handle IS NOT NULL GROUP BY operator, handle
     )
     SELECT operator, handle, currency, debt, paid, since FROM debts JOIN opened USING (operator, handle)
     ORDER BY since, operator, handle, currency`,
  );
  return rows.rows.map(({ operator, handle, currency, debt, paid, since }) => ({
    operator,
    handle: handle.toString('hex'),
    currency,
    debtFen: fen(debt),
    paidFen: fen(paid),
    since,
  }));
}
