/**
 * Close (SET-7): at claimBy + grace the walk gives what nobody claimed to its deepest owner by itself; what has
 * no spend goes to the account the coin was loaded from. One transaction a coin; a closed coin stays closed.
 */
import { randomBytes } from 'node:crypto';
import type { Day, IdText } from '@duet/protocol/brand';
import type pg from 'pg';
import { operatorOf, outstandingOf, reserveOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import {
  finishReview,
  lockLine,
  type NewCredit,
  idOf as textOf,
  writeCredits,
  writeReached,
} from '../sql/lines.ts';
import { type PostingLine, post } from '../sql/postings.ts';
import { type CoinRow, type LockedCoin, type Queryable, readLine } from '../sql/rows.ts';
import { answeredBranches } from './answered-branches.ts';
import { dueLines } from './dues.ts';
import { accountOfKey as ledgerAccountOf } from './late.ts';
import { outrunSpends } from './outrun.ts';
import { type ReviewContext, reviewCoin, unmarkedVoids } from './review.ts';

export interface CloseReport {
  readonly coins: number;
  /** Given back to accounts because nobody claimed it. */
  readonly returnedFen: number;
}

/** Closes every coin that is due on a day. */
export async function closeCoins(pool: pg.Pool, context: ReviewContext, today: Day): Promise<CloseReport> {
  const due = await pool.query<{ bucket: number; coin_id: Buffer; claim_by: number; policy: number }>(
    'SELECT bucket, coin_id, claim_by, policy FROM coin WHERE state < 2 AND claim_by <= $1',
    [today],
  );
  let coins = 0;
  let returnedFen = 0;
  for (const row of due.rows) {
    if (row.claim_by + (context.trust.policy(row.policy)?.graceDays ?? 0) > today) continue;
    returnedFen += await inTransaction(pool, (client) => closeOne(client, row.bucket, row.coin_id, context), {
      attempts: 5,
    });
    coins++;
  }
  return { coins, returnedFen };
}

async function closeOne(
  client: Queryable,
  bucket: number,
  id: Buffer,
  context: ReviewContext,
): Promise<number> {
  const locked = await client.query<{ review_due: boolean }>(
    'SELECT review_due FROM coin WHERE bucket = $1 AND coin_id = $2 FOR UPDATE',
    [bucket, id],
  );
  // Objects stored by the close count: also a Verdict after which a crash left the coin unmarked.
  const before = await readLine(client, bucket, id);
  const due = locked.rows[0]?.review_due || (await unmarkedVoids(client, before)).length > 0;
  if (due) await reviewCoin(client, bucket, id, context);
  const rows = due ? await readLine(client, bucket, id) : before;
  const outrun = await outrunSpends(client, rows, context.hashes);
  const loaded = await lockLine(client, bucket, id, (row) => outrun.has(row.child_id.toString('hex')), rows);
  if (!loaded || loaded.coin.state === 2) return 0;
  const { coin, line, credits } = loaded;
  const lines: PostingLine[] = [];
  const closing: NewCredit[] = [];
  const walked = line.walk(credits);
  for (const [index, { from, to, owner }] of walked.entries()) {
    const target = await accountOfKey(client, Buffer.from(owner, 'hex'), coin);
    const account = coin.known ? { account: target.account } : {};
    closing.push({ child: closeOf(coin), index, from, to, line: 0, source: 'close', ...account });
    if (coin.known) lines.push(...closeLines(coin, target, to - from));
  }
  for (const { part, row, account } of await answeredBranches(client, loaded, walked, closing)) {
    const { from, to, line: number = 1 } = part;
    const culprit = Buffer.from(part.culprit ?? '', 'hex');
    closing.push({
      child: closeOf(coin),
      index: row.child_index,
      from,
      to,
      line: number,
      source: 'close',
      account,
      culprit,
    });
    lines.push(...(await dueLines(client, coin, row, part, culprit, context)));
  }
  await writeCredits(client, coin, closing);
  await writeReached(client, coin, line.reached(credits, walked));
  await post(client, bucket, randomBytes(16), lines);
  const voided = rows.filter((row) => row.kind === 0 && outrun.has(row.child_id.toString('hex')));
  await finishReview(client, coin, voided, []);
  await client.query('UPDATE coin SET state = 2, review_due = false WHERE bucket = $1 AND coin_id = $2', [
    bucket,
    id,
  ]);
  return coin.known ? walked.reduce((sum, { from, to }) => sum + to - from, 0) : 0;
}

/** What the close credits stands under the coin's own id. */
const closeOf = (coin: CoinRow): IdText => textOf(coin.coin_id);

interface Target {
  readonly account: string;
  readonly operator: number;
}

/** The account of an owner, and its operator: the coin's where nobody is known. */
async function accountOfKey(client: Queryable, key: Buffer, coin: LockedCoin): Promise<Target> {
  const account = await ledgerAccountOf(client, key, coin);
  return { account, operator: operatorOf(account) ?? coin.operator };
}

function closeLines(coin: CoinRow, { account, operator }: Target, amount: number): PostingLine[] {
  const line = (name: string, value: number): PostingLine => ({
    set: coin.coin_id,
    account: name,
    currency: coin.currency,
    amount: value,
  });
  const lines = [line(outstandingOf(coin.operator), -amount), line(account, amount)];
  if (operator !== coin.operator)
    lines.push(line(reserveOf(coin.operator), -amount), line(reserveOf(operator), amount));
  return lines;
}
