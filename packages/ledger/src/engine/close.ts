/**
 * Close (SET-7): at claimBy + grace the walk gives what nobody claimed to its deepest owner by itself; what has
 * no spend goes to the account the coin was loaded from. One transaction a coin; a closed coin stays closed.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Day } from '@duet/protocol/brand';
import type { Hashes } from '@duet/protocol/suite';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import { bucketOfKey } from '../core/bucket.ts';
import { accountOf, HOLDING, outstandingOf, reserveOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { finishReview, lockLine, type NewCredit, writeCredits } from '../sql/lines.ts';
import { post, type PostingLine } from '../sql/postings.ts';
import { binary, type CoinRow, type Queryable, readLine } from '../sql/rows.ts';
import { outrunSpends } from './outrun.ts';
import { holderOf } from './proofs.ts';

export interface CloseReport {
  readonly coins: number;
  /** Given back to accounts because nobody claimed it. */
  readonly returnedFen: number;
}

/** Closes every coin that is due on a day. */
export async function closeCoins(pool: pg.Pool, trust: TrustView, hashes: Hashes, today: Day): Promise<CloseReport> {
  const due = await pool.query<{ bucket: number; coin_id: Buffer; claim_by: number; policy: number }>(
    'SELECT bucket, coin_id, claim_by, policy FROM coin WHERE state < 2 AND claim_by <= $1',
    [today],
  );
  let coins = 0;
  let returnedFen = 0;
  for (const row of due.rows) {
    if (row.claim_by + (trust.policy(row.policy)?.graceDays ?? 0) > today) continue;
    returnedFen += await inTransaction(pool, (client) => closeOne(client, row.bucket, row.coin_id, hashes), { attempts: 5 });
    coins++;
  }
  return { coins, returnedFen };
}

async function closeOne(client: Queryable, bucket: number, id: Buffer, hashes: Hashes): Promise<number> {
  await client.query('SELECT 1 FROM coin WHERE bucket = $1 AND coin_id = $2 FOR UPDATE', [bucket, id]);
  const rows = await readLine(client, bucket, id);
  const outrun = await outrunSpends(client, rows, hashes);
  const loaded = await lockLine(client, bucket, id, (row) => outrun.has(row.child_id.toString('hex')), rows);
  if (!loaded || loaded.coin.state === 2) return 0;
  const { coin, line, credits } = loaded;
  const lines: PostingLine[] = [];
  const closing: NewCredit[] = [];
  let total = 0;
  for (const [index, { from, to, owner }] of line.walk(credits).entries()) {
    const amount = to - from;
    total += amount;
    const target = await accountOfKey(client, Buffer.from(owner, 'hex'), coin);
    closing.push({ child: id.toString('hex') as NewCredit['child'], index, from, to, line: 0, source: 'close', ...(coin.known ? { account: target.account } : {}) });
    lines.push(...closeLines(coin, target, amount));
  }
  await writeCredits(client, coin, closing);
  await post(client, bucket, randomBytes(16), coin.known ? lines : []);
  await finishReview(client, coin, rows.filter((row) => row.kind === 0 && outrun.has(row.child_id.toString('hex'))), []);
  await client.query('UPDATE coin SET state = 2, review_due = false WHERE bucket = $1 AND coin_id = $2', [bucket, id]);
  return coin.known ? total : 0;
}

interface Target {
  readonly account: string;
  readonly operator: number;
}

/** The account of an owner: of the coin for its own key, else by certificate; the holding account for others. */
async function accountOfKey(client: Queryable, key: Buffer, coin: CoinRow): Promise<Target> {
  const own = coin.owner.equals(key);
  const certificate = own
    ? undefined
    : (
        await client.query<{ operator: number; handle: Buffer }>(
          'SELECT operator, handle FROM certificate WHERE bucket = $1 AND subject = $2',
          [bucketOfKey(key), binary(key)],
        )
      ).rows[0];
  const holder = own ? { operator: coin.home_operator, handle: coin.home } : (certificate ?? (await holderOf(client, key)));
  return holder && holder.operator !== 0
    ? { account: accountOf(holder.operator, holder.handle), operator: holder.operator }
    : { account: HOLDING, operator: coin.operator };
}

function closeLines(coin: CoinRow, { account, operator }: Target, amount: number): PostingLine[] {
  const line = (name: string, value: number): PostingLine => ({ set: coin.coin_id, account: name, currency: coin.currency, amount: value });
  const lines = [line(outstandingOf(coin.operator), -amount), line(account, amount)];
  if (operator !== coin.operator) lines.push(line(reserveOf(coin.operator), -amount), line(reserveOf(operator), amount));
  return lines;
}
