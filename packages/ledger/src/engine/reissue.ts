/**
 * Reissue: refresh and return into coins (SET-9). What a claim was credited stands on its clearing account; one
 * transaction turns it into the coins that the claim lists, in order, the last one cut; the rest, and what is
 * credited later, goes to the account of the handle. The same order again gives the same coins.
 */

import type { SyncCrypto } from '@duet/crypto/port';
import type { Instant } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import { type Fen, fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import type { Condition } from '@duet/protocol/objects/fields';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { bucketOf } from '../core/bucket.ts';
import { accountOf, clearingOf, HOLDING, outstandingOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { type CoinOrderRow, readCoinOrders, writeCoinOrders } from '../sql/coin-orders.ts';
import { type PostingLine, post } from '../sql/postings.ts';
import { binary, type CoinRow, type Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';
import {
  drawStatuses,
  ISSUER_AUTHORITY,
  lockIssue,
  makeCoin,
  type NewCoin,
  reissueSerial,
  storeCoins,
} from './coin-maker.ts';
import type { SettledOrder } from './intake.ts';
import { homeOfKey } from './proofs.ts';

export interface ReissueContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly trust: TrustView;
  readonly now: Instant;
}

/** COSE_Sign1 coins of each order that asks for coins, by order id in hex. */
export async function reissueAll(
  orders: readonly SettledOrder[],
  context: ReissueContext,
): Promise<Map<string, readonly Uint8Array[]>> {
  const wanted = new Map(
    orders
      .filter((order) => order.body.destination.kind === 'coins')
      .map((order) => [binary(order.id).toString('hex'), order]),
  );
  const made = new Map<string, readonly Uint8Array[]>();
  if (wanted.size === 0) return made;
  await inTransaction(
    context.pool,
    async (client) => {
      made.clear();
      await lockIssue(client);
      const known = await readCoinOrders(
        client,
        [...wanted.values()].map((order) => order.id),
      );
      const coins: NewCoin[] = [];
      const lines: PostingLine[] = [];
      const fresh: CoinOrderRow[] = [];
      for (const [id, order] of wanted) {
        const before = known.get(id);
        const total = order.inputs.reduce((sum, input) => sum + input.credited, 0);
        if (before) {
          made.set(id, before.coins);
          lines.push(...(await laterLines(client, order, total - totalOf(before))));
          continue;
        }
        if (total === 0 || !order.coin) continue;
        const one = await reissueOne(client, order, total, context);
        coins.push(...one.coins);
        lines.push(...one.lines);
        const bodies = one.coins.map(({ coin }) => encodeSigned(COIN, coin));
        const content = Buffer.alloc(8);
        content.writeBigInt64BE(BigInt(total));
        fresh.push({ id: order.id, content, coins: bodies });
        made.set(id, bodies);
      }
      await writeCoinOrders(client, fresh);
      await storeCoins(client, coins);
      await post(client, 0, context.crypto.randomBytes(16), lines);
    },
    { attempts: 5 },
  );
  return made;
}

/** What an order was credited when its coins were made, with what came later. */
const totalOf = (order: CoinOrderRow): number => Number(binary(order.content).readBigInt64BE(0));

async function isLocked(queryable: Queryable, holder: Home | undefined): Promise<boolean> {
  if (!holder) return false;
  const found = await queryable.query<{ restricted: boolean }>(
    'SELECT restricted FROM account WHERE operator = $1 AND handle = $2',
    [holder.operator, binary(holder.handle)],
  );
  return found.rows[0]?.restricted === true;
}

async function reissueOne(
  queryable: Queryable,
  order: SettledOrder,
  total: number,
  { crypto, authority, trust, now }: ReissueContext,
): Promise<{ coins: NewCoin[]; lines: PostingLine[] }> {
  const { destination, operator } = order.body;
  const source = order.coin;
  const policy = source && trust.policy(source.policy);
  if (destination.kind !== 'coins' || !source || !policy) return { coins: [], lines: [] };
  const holder = await homeOfKey(queryable, order.owner, source);
  // In other hands than its own owner's the money is free of it (PAY-10).
  const bound = source.conditional && equalBytes(source.owner, order.owner);
  const condition = bound ? await conditionOf(queryable, source, crypto) : undefined;
  const coins: NewCoin[] = [];
  const statuses = await drawStatuses(queryable, ISSUER_AUTHORITY, destination.outputs.length, crypto);
  let left = total;
  // A locked handle gets no new coins (SET-6): its money goes to the account, where it is set off.
  const locked = !condition && (await isLocked(queryable, holder));
  for (const [n, output] of destination.outputs.entries()) {
    if (left === 0 || locked) break;
    const value: Fen = fen(Math.min(left, output.amount));
    left -= value;
    const home = homeOf(holder);
    const coin = makeCoin(
      {
        operator,
        currency: source.currency,
        owner: output.owner,
        value,
        serial: reissueSerial(order.id, n, crypto),
        status: statuses[n] ?? 0,
        homeOperator: home.operator,
        home: home.handle,
        ...(condition ? { condition } : {}),
      },
      policy,
      now,
      authority,
    );
    coins.push({ coin, homeOperator: home.operator, home: home.handle, known: true });
  }
  const line = (account: string, amount: number): PostingLine => ({
    set: order.id,
    account,
    currency: source.currency,
    amount,
  });
  const lines = [line(clearingOf(order.id), -total)];
  if (left < total) lines.push(line(outstandingOf(operator), total - left));
  if (left > 0) lines.push(line(accountOrHolding(holder), left));
  return { coins, lines };
}

type Home = { readonly operator: number; readonly handle: Buffer };

const homeOf = (holder: Home | undefined): { operator: number; handle: Uint8Array } => ({
  operator: holder?.operator ?? 0,
  handle: holder?.handle ?? Buffer.from(HOLDING),
});

const accountOrHolding = (holder: Home | undefined): string =>
  holder && holder.operator !== 0 ? accountOf(holder.operator, holder.handle) : HOLDING;

/** The condition that directed money keeps when it is reissued (PAY-10). */
async function conditionOf(
  queryable: Queryable,
  coin: CoinRow,
  crypto: SyncCrypto,
): Promise<Condition | undefined> {
  const rows = await queryable.query<{ body: Buffer }>(
    'SELECT body FROM coin WHERE bucket = $1 AND coin_id = $2',
    [coin.bucket, coin.coin_id],
  );
  const body = rows.rows[0]?.body;
  return body && decodeSigned(COIN, body, crypto).body.condition;
}

/** What was credited after the coins were made goes to the account. */
async function laterLines(queryable: Queryable, order: SettledOrder, amount: number): Promise<PostingLine[]> {
  if (amount <= 0 || !order.coin) return [];
  const { currency } = order.coin;
  const holder = await homeOfKey(queryable, order.owner, order.coin);
  await queryable.query(
    `UPDATE coin_order SET content = int8send(('x' || encode(content, 'hex'))::bit(64)::bigint + $3) WHERE bucket = $1 AND order_id = $2`,
    [bucketOf(order.id), binary(order.id), amount],
  );
  return [
    { set: order.id, account: clearingOf(order.id), currency, amount: -amount },
    { set: order.id, account: accountOrHolding(holder), currency, amount },
  ];
}
