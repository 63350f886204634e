/**
 * Guarantee funds (SET-5): what is owed to innocent holders is paid at once within the caps, and what is above them
 * after a review, which lifts the caps for everything that one key caused. The issuer, which owes what is beyond
 * `lossCap` of an epoch (SET-1), pays after a review alone.
 *
 * A payout is one set: fund −, account +, owed −, recovery +; of the issuer: loss −, account +, owed −, receivable +.
 * It can be stopped and repeated: it starts from what is still due.
 */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '@duet/protocol/bytes';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import { fundOf, kindOf, lossOf, owedTo, receivableFrom, recoveryOf, reserveOf } from '../core/chart.ts';
import { currentBalanceOf, type PostingLine, post } from '../sql/postings.ts';
import { hexOf, type Queryable } from '../sql/rows.ts';
import { ISSUER } from './dues.ts';
import { capOf } from './policies.ts';

interface DueRow {
  readonly due_id: Buffer;
  readonly coin_id: Buffer;
  readonly operator: number;
  readonly account: string;
  readonly account_operator: number;
  readonly currency: number;
  readonly policy: number;
  readonly amount: number;
  readonly paid: number;
  readonly period: number;
  readonly culprit: Buffer;
  readonly reviewed: boolean;
}

export interface PaidDues {
  readonly total: number;
  /** By the key that caused them, in hexadecimal. */
  readonly byCulprit: ReadonlyMap<string, number>;
  /** Operators whose money did not do for what is to be paid now. */
  readonly short: ReadonlySet<number>;
}

/** Pays what is due, the claim that arrived first before all others. The caller holds the operators' lock, to the end. */
export async function payDues(client: Queryable, trust: TrustView): Promise<PaidDues> {
  const due = await client.query<DueRow>(
    `SELECT due_id, coin_id, operator, account, account_operator, currency, policy, amount, paid, period, culprit, reviewed
     FROM fund_due WHERE paid < amount AND (operator <> $1 OR reviewed)
     ORDER BY stored, due_id`,
    [ISSUER],
  );
  const left = new Map<string, Purse>();
  const lines: PostingLine[] = [];
  const short = new Set<number>();
  const byCulprit = new Map<string, number>();
  let total = 0;
  const paid = async (row: DueRow, amount: number): Promise<void> => {
    await markPaid(client, row, amount);
    total += amount;
    const key = hexOf(row.culprit);
    byCulprit.set(key, (byCulprit.get(key) ?? 0) + amount);
  };
  for (const row of due.rows) {
    if (row.operator === ISSUER) {
      const owed = issuerLines(row, trust);
      if (owed.length === 0) continue;
      await paid(row, row.amount - row.paid);
      lines.push(...owed);
      continue;
    }
    const fundKey = `${row.operator}:${row.currency}`;
    const purse = left.get(fundKey) ?? (await purseOf(client, row.operator, row.currency));
    left.set(fundKey, purse);
    const cap = row.reviewed ? Number.MAX_SAFE_INTEGER : await capLeft(client, row, trust);
    const wanted = Math.min(row.amount - row.paid, cap);
    const fromFund = Math.min(wanted, purse.fund);
    const fromReserve = Math.min(wanted - fromFund, purse.reserve);
    const amount = fromFund + fromReserve;
    if (amount < wanted) short.add(row.operator);
    if (amount <= 0) continue;
    purse.fund -= fromFund;
    purse.reserve -= fromReserve;
    await paid(row, amount);
    lines.push(...payoutLines(row, fromFund, fromReserve));
  }
  await post(client, 0, randomBytes(16), lines);
  return { total, byCulprit, short };
}

async function markPaid(client: Queryable, { due_id: id, reviewed }: DueRow, amount: number): Promise<void> {
  await client.query(
    'UPDATE fund_due SET paid = paid + $2, paid_reviewed = paid_reviewed + $3 WHERE due_id = $1',
    [id, amount, reviewed ? amount : 0],
  );
}

/** What an operator can pay: its fund, then the part of its reserve above quota (SET-5). */
interface Purse {
  fund: number;
  reserve: number;
}

async function purseOf(client: Queryable, operator: number, currency: number): Promise<Purse> {
  const fund = await currentBalanceOf(client, fundOf(operator), currency);
  return { fund: Math.max(0, fund), reserve: await freeReserveOf(client, operator, currency) };
}

/** The part of a reserve above quota; exact while the operators are locked. */
export async function freeReserveOf(client: Queryable, operator: number, currency: number): Promise<number> {
  const reserve = await currentBalanceOf(client, reserveOf(operator), currency);
  const quota = await client.query<{ quota: number }>('SELECT quota FROM operator WHERE operator = $1', [
    operator,
  ]);
  return Math.max(0, reserve - (quota.rows[0]?.quota ?? 0));
}

/** What the caps per payee and per coin leave. */
async function capLeft(client: Queryable, row: DueRow, trust: TrustView): Promise<number> {
  const policy = trust.policy(row.policy);
  // Payees without an account share one cap for each operator that vouched for them.
  const samePayee =
    kindOf(row.account) === 'ticket' ? "account LIKE 'ticket:%' AND account_operator = $4" : 'account = $1';
  const sums = await client.query<{ payee: number; coin: number }>(
    `SELECT coalesce(sum(paid - paid_reviewed) FILTER (WHERE period = $2 AND ${samePayee}), 0)::bigint AS payee,
            coalesce(sum(paid - paid_reviewed) FILTER (WHERE coin_id = $3), 0)::bigint AS coin
     FROM fund_due WHERE account = $1 OR account_operator = $4 OR coin_id = $3`,
    [row.account, row.period, row.coin_id, row.account_operator],
  );
  const spent = sums.rows[0] ?? { payee: 0, coin: 0 };
  return Math.max(
    0,
    Math.min(capOf(policy?.fundPerPayee) - spent.payee, capOf(policy?.fundPerCoin) - spent.coin),
  );
}

function payoutLines(row: DueRow, fromFund: number, fromReserve: number): PostingLine[] {
  const line = (account: string, amount: number): PostingLine => ({
    set: row.due_id,
    account,
    currency: row.currency,
    amount,
  });
  const amount = fromFund + fromReserve;
  return [
    line(row.account, amount),
    line(owedTo(row.account), -amount),
    line(recoveryOf(row.operator), amount),
    ...(fromFund > 0 ? [line(fundOf(row.operator), -fromFund)] : []),
    ...(fromReserve > 0 ? [line(reserveOf(row.operator), -fromReserve)] : []),
  ];
}

/** From the loss account of the epoch, whatever `lossCap` says; nothing where the bundle no longer has its key. */
function issuerLines(row: DueRow, trust: TrustView): PostingLine[] {
  const key = trust.bundle.body.keys.find((known) => equalBytes(known.key, row.culprit));
  if (!key) return [];
  const amount = row.amount - row.paid;
  const line = (account: string, value: number): PostingLine => ({
    set: row.due_id,
    account,
    currency: row.currency,
    amount: value,
  });
  return [
    line(lossOf(key.number), -amount),
    line(row.account, amount),
    line(owedTo(row.account), -amount),
    line(receivableFrom(ISSUER, undefined), amount),
  ];
}
