/**
 * Guarantee funds and recovery (SET-5, SET-6): what is owed to innocent holders is paid at once within the caps;
 * culprits' accounts are set off against what they caused.
 *
 * A payout is one set: fund −, account +, owed −, recovery +. A recovery is one set: the culprit's account −,
 * fund +, receivable +, recovery −. Both can be stopped and repeated: they start from what is still due.
 */
import { randomBytes } from 'node:crypto';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { accountOf, fundOf, kindOf, owedTo, receivableFrom, recoveryOf, reserveOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { currentBalanceOf, deliverAll, type PostingLine, post } from '../sql/postings.ts';
import { binary, type Queryable } from '../sql/rows.ts';
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
}

/** Pays what is due, oldest case first; gives the sum paid. */
export async function payFunds(pool: pg.Pool, trust: TrustView): Promise<number> {
  await deliverAll(pool);
  const paid = await inTransaction(pool, (client) => payInside(client, trust), { attempts: 5 });
  if (paid > 0) await deliverAll(pool);
  return paid;
}

async function payInside(client: Queryable, trust: TrustView): Promise<number> {
  await client.query('SELECT 1 FROM operator ORDER BY operator FOR UPDATE');
  const due = await client.query<DueRow>(
    'SELECT due_id, coin_id, operator, account, account_operator, currency, policy, amount, paid, period FROM fund_due WHERE paid < amount ORDER BY due_id',
  );
  const left = new Map<string, Purse>();
  const lines: PostingLine[] = [];
  let total = 0;
  for (const row of due.rows) {
    const fundKey = `${row.operator}:${row.currency}`;
    const purse = left.get(fundKey) ?? (await purseOf(client, row.operator, row.currency));
    left.set(fundKey, purse);
    const wanted = Math.min(row.amount - row.paid, await capLeft(client, row, trust));
    const fromFund = Math.min(wanted, purse.fund);
    const fromReserve = Math.min(wanted - fromFund, purse.reserve);
    const amount = fromFund + fromReserve;
    if (amount < wanted)
      await client.query('UPDATE operator SET stopped = true WHERE operator = $1', [row.operator]);
    if (amount <= 0) continue;
    purse.fund -= fromFund;
    purse.reserve -= fromReserve;
    total += amount;
    await client.query('UPDATE fund_due SET paid = paid + $2 WHERE due_id = $1', [row.due_id, amount]);
    lines.push(...payoutLines(row, fromFund, fromReserve));
  }
  await post(client, 0, randomBytes(16), lines);
  return total;
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
    `SELECT coalesce(sum(paid) FILTER (WHERE period = $2 AND ${samePayee}), 0)::bigint AS payee,
            coalesce(sum(paid) FILTER (WHERE coin_id = $3), 0)::bigint AS coin
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

interface ReceivableRow {
  readonly account: string;
  readonly currency: number;
  readonly amount: number;
}

/** Sets culprits' accounts off against their receivables; gives the sum. */
export async function recover(pool: pg.Pool): Promise<number> {
  await deliverAll(pool);
  const recovered = await inTransaction(pool, recoverInside, { attempts: 5 });
  if (recovered > 0) await deliverAll(pool);
  return recovered;
}

async function recoverInside(client: Queryable): Promise<number> {
  await client.query('SELECT 1 FROM operator ORDER BY operator FOR UPDATE');
  const open = await client.query<ReceivableRow>(
    `SELECT account, currency, amount FROM balance WHERE account LIKE 'receivable:%' AND account NOT LIKE 'receivable:late:%' AND amount < 0 ORDER BY account`,
  );
  const lines: PostingLine[] = [];
  const advances = new Map<string, number>();
  let total = 0;
  for (const row of open.rows) {
    const [, operator = '0', handle = ''] = row.account.split(':');
    if (handle === '') continue;
    const number = Number(operator);
    const account = accountOf(number, Buffer.from(handle, 'hex'));
    // Only what a fund has paid out can be recovered into it.
    const key = `${number}:${row.currency}`;
    const advanced = advances.get(key) ?? (await currentBalanceOf(client, recoveryOf(number), row.currency));
    const owed = -(await currentBalanceOf(client, row.account, row.currency));
    const amount = Math.min(owed, await currentBalanceOf(client, account, row.currency), advanced);
    advances.set(key, advanced - Math.max(0, amount));
    if (amount <= 0) continue;
    total += amount;
    const line = (name: string, value: number): PostingLine => ({
      set: binary(Buffer.from(row.account)),
      account: name,
      currency: row.currency,
      amount: value,
    });
    lines.push(
      line(account, -amount),
      line(fundOf(number), amount),
      line(receivableFrom(number, Buffer.from(handle, 'hex')), amount),
      line(recoveryOf(number), -amount),
    );
  }
  await post(client, 0, randomBytes(16), lines);
  return total;
}
