/**
 * Recovery (SET-6): culprits' accounts are set off against what they caused, whatever the fund has paid of it: an empty fund
 * pays the innocent with what comes in. One set: the culprit's account −, fund +, receivable +, recovery −. It can be
 * stopped and repeated: it starts from what is still open.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { accountOf, fundOf, receivableFrom, recoveryOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { currentBalanceOf, deliverAll, lockOperators, type PostingLine, post } from '../sql/postings.ts';
import { binary, type Queryable } from '../sql/rows.ts';

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
  await lockOperators(client);
  const open = await client.query<ReceivableRow>(
    `SELECT account, currency, amount FROM balance WHERE account LIKE 'receivable:%' AND account NOT LIKE 'receivable:late:%' AND amount < 0 ORDER BY account`,
  );
  const lines: PostingLine[] = [];
  let total = 0;
  for (const row of open.rows) {
    const [, operator = '0', handle = ''] = row.account.split(':');
    if (handle === '') continue;
    const number = Number(operator);
    const account = accountOf(number, Buffer.from(handle, 'hex'));
    const owed = -(await currentBalanceOf(client, row.account, row.currency));
    const amount = Math.min(owed, await currentBalanceOf(client, account, row.currency));
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
