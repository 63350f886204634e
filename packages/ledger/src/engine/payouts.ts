/**
 * One run that pays what is owed now, in one transaction under the operators' lock:
 *
 *   debts → what funds and issuer owe → which operators are stopped
 *
 * Stops come last, when all that can be paid was paid: a debt that was written a moment ago, and that its operator has
 * the money for, stops nobody (SET-5, SET-7).
 */
import { type Fen, fen } from '@duet/protocol/money';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { inTransaction } from '../postgres/transaction.ts';
import { deliverAll, lockOperators } from '../sql/postings.ts';
import { binary, hexOf, type Queryable } from '../sql/rows.ts';
import { type Debtors, payDebts } from './debts.ts';
import { payDues } from './funds.ts';

export interface PaidOut {
  readonly debts: number;
  /** By funds, by reserves in their place, and by the issuer. */
  readonly dues: number;
}

/** Pays what debtors and funds can pay. */
export async function payOwed(pool: pg.Pool, trust: TrustView, debtors: Debtors): Promise<PaidOut> {
  await deliverAll(pool);
  const paid = await inTransaction(pool, (client) => payInside(client, trust, debtors), { attempts: 5 });
  if (paid.debts + paid.dues > 0) await deliverAll(pool);
  return paid;
}

/** What a review did. */
export interface Reviewed {
  readonly paidFen: Fen;
  /** Still owed for want of money: paid as soon as there is some. */
  readonly owedFen: Fen;
}

/**
 * After a review: pays what is still owed because of a key, whatever the caps, in its turn with all that is due. The key is
 * the culprit of a case, or the issuer key of an alarm. Done again, it pays what it could not before.
 */
export async function payReviewed(pool: pg.Pool, trust: TrustView, culprit: Uint8Array): Promise<Reviewed> {
  await deliverAll(pool);
  const key = binary(culprit);
  const reviewed = await inTransaction(
    pool,
    async (client): Promise<Reviewed> => {
      await lockOperators(client);
      await client.query('UPDATE fund_due SET reviewed = true WHERE culprit = $1 AND paid < amount', [key]);
      const { byCulprit } = await payInside(client, trust, 'operators');
      const open = await client.query<{ amount: number }>(
        'SELECT coalesce(sum(amount - paid), 0)::bigint AS amount FROM fund_due WHERE culprit = $1',
        [key],
      );
      return { paidFen: fen(byCulprit.get(hexOf(key)) ?? 0), owedFen: fen(open.rows[0]?.amount ?? 0) };
    },
    { attempts: 5 },
  );
  await deliverAll(pool);
  return reviewed;
}

async function payInside(
  client: Queryable,
  trust: TrustView,
  debtors: Debtors,
): Promise<PaidOut & { readonly byCulprit: ReadonlyMap<string, number> }> {
  await lockOperators(client);
  const debts = await payDebts(client, debtors);
  const { total: dues, byCulprit, short } = await payDues(client, trust);
  await settleStops(client, [...short]);
  return { debts, dues, byCulprit };
}

/**
 * An operator issues no more as long as its money does not do for what is to be paid now: for dues, or for what its reserve
 * owes. What waits above a cap for a review stops nobody.
 */
async function settleStops(client: Queryable, short: readonly number[]): Promise<void> {
  await client.query(
    `UPDATE operator o SET stopped = NOT o.stopped
     WHERE o.stopped <> (o.operator = ANY($1) OR EXISTS (
       SELECT 1 FROM debt d WHERE d.debtor = 'reserve:' || o.operator AND d.paid < d.amount))`,
    [short],
  );
}
