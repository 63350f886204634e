/**
 * Reissue: refresh and return into coins (SET-9). What a claim was credited stands on its clearing account; one
 * transaction turns it into the coins that the claim lists, in order, the last one cut; the rest, what is credited
 * later, and what would be more live coins than a handle may have (LIMIT-1), goes to the account of the handle. The
 * same order again gives the same coins.
 */

import type { SyncCrypto } from '@duet/crypto/port';
import { dayOf, type Instant } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import { fen } from '@duet/protocol/money';
import type { Destination } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import type { Condition } from '@duet/protocol/objects/fields';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { bucketOf } from '../core/bucket.ts';
import { accountOf, clearingOf, HOLDING, outstandingOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { type CoinOrderRow, readCoinOrders, writeCoinOrders } from '../sql/coin-orders.ts';
import { lockOperators, type PostingLine, post } from '../sql/postings.ts';
import { binary, type CoinRow, hexOf, type Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';
import { claimByOf, makeCoin, type NewCoin, reissueSerial, storeCoins } from './coin-maker.ts';
import { type HandleLimits, holderKey, roomForCoins, standingsOf } from './handle-limits.ts';
import type { SettledOrder } from './intake.ts';
import { isForeign, type KeyOwners, lockKeyOwners } from './key-owners.ts';
import { homeOfKey } from './proofs.ts';
import { drawStatuses, ISSUER_AUTHORITY } from './status-indices.ts';

export interface ReissueContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly trust: TrustView;
  readonly limits: HandleLimits;
  readonly now: Instant;
}

export interface Reissued {
  /** COSE_Sign1 Coins. */
  readonly coins: readonly Uint8Array[];
  /** Why there are fewer than the order lists, when they were made. */
  readonly code?: Code;
}

/** What each order that asks for coins got, by order id in hex. */
export async function reissueAll(
  orders: readonly SettledOrder[],
  context: ReissueContext,
): Promise<Map<string, Reissued>> {
  const wanted = new Map(
    orders
      .filter((order) => order.body.destination.kind === 'coins')
      .map((order) => [hexOf(order.id), order]),
  );
  const made = new Map<string, Reissued>();
  if (wanted.size === 0) return made;
  await inTransaction(
    context.pool,
    async (client) => {
      made.clear();
      await lockOperators(client);
      const known = await readCoinOrders(
        client,
        [...wanted.values()].map((order) => order.id),
      );
      const coins: NewCoin[] = [];
      const lines: PostingLine[] = [];
      const fresh: CoinOrderRow[] = [];
      const given: Given = { coins: new Map(), owners: await ownersOfOutputs(client, wanted, known) };
      for (const [id, order] of wanted) {
        const before = known.get(id);
        const total = order.inputs.reduce((sum, input) => sum + input.credited, 0);
        if (before) {
          made.set(id, before);
          lines.push(...(await laterLines(client, order, total - totalOf(before))));
          continue;
        }
        if (total === 0 || !order.coin) continue;
        const one = await reissueOne(client, order, total, given, context);
        coins.push(...one.coins);
        lines.push(...one.lines);
        const bodies = one.coins.map(({ coin }) => encodeSigned(COIN, coin));
        const content = Buffer.alloc(8);
        content.writeBigInt64BE(BigInt(total));
        const row = { id: order.id, content, coins: bodies, ...(one.code ? { code: one.code } : {}) };
        fresh.push(row);
        made.set(id, row);
      }
      await writeCoinOrders(client, fresh);
      await storeCoins(client, coins);
      await post(client, 0, context.crypto.randomBytes(16), lines);
    },
    { attempts: 5 },
  );
  return made;
}

/** What the orders before in a batch leave for those after. */
interface Given {
  /** New coins by holder. */
  readonly coins: Map<string, number>;
  readonly owners: KeyOwners;
}

/** Again, with the keys locked: a key may have got an owner since its order was taken in. */
function ownersOfOutputs(
  queryable: Queryable,
  wanted: ReadonlyMap<string, SettledOrder>,
  known: ReadonlyMap<string, CoinOrderRow>,
): Promise<KeyOwners> {
  const fresh = [...wanted].flatMap(([id, { body }]) =>
    known.has(id) || body.destination.kind !== 'coins' ? [] : body.destination.outputs,
  );
  return lockKeyOwners(
    queryable,
    fresh.map(({ owner }) => owner),
  );
}

/** What an order was credited when its coins were made, with what came later. */
const totalOf = (order: CoinOrderRow): number => Number(binary(order.content).readBigInt64BE(0));

type Output = Extract<Destination, { kind: 'coins' }>['outputs'][number];

/** The coins that are made of an amount, in the order of the list, the last one cut. */
function fill(outputs: readonly Output[], total: number): Output[] {
  let left = total;
  return outputs.flatMap(({ owner, amount }) => {
    const value = Math.min(left, amount);
    left -= value;
    return value > 0 ? [{ owner, amount: fen(value) }] : [];
  });
}

interface Allowed {
  readonly outputs: readonly Output[];
  readonly code?: Code;
}

/**
 * Outputs that the holder may have. A locked handle gets none (SET-6), and one with too many coins none above the
 * bound (LIMIT-1): the money goes to the account. Conditional money may not, so what is above is made one coin.
 */
async function allowed(
  queryable: Queryable,
  outputs: readonly Output[],
  holder: Home | undefined,
  conditional: boolean,
  { coins: given }: Given,
  { limits, now }: ReissueContext,
): Promise<Allowed> {
  if (!holder) return { outputs };
  const key = holderKey(holder);
  const today = dayOf(now);
  const standing = (await standingsOf(queryable, [holder], today)).get(key);
  if (!standing) return { outputs };
  if (standing.restricted && !conditional) return { outputs: [] };
  const before = given.get(key) ?? 0;
  const wanted = before + outputs.length;
  const room = (await roomForCoins(queryable, holder, standing, wanted, limits, today)) - before;
  const fits = outputs.length <= room;
  const [first] = outputs;
  const merged = first
    ? [{ ...first, amount: fen(outputs.reduce((sum, { amount }) => sum + amount, 0)) }]
    : [];
  const cut = conditional ? merged : outputs.slice(0, Math.max(0, room));
  const made = fits ? outputs : cut;
  given.set(key, before + made.length);
  return fits ? { outputs } : { outputs: cut, code: 'too-many-coins' };
}

async function reissueOne(
  queryable: Queryable,
  order: SettledOrder,
  total: number,
  given: Given,
  context: ReissueContext,
): Promise<{ coins: NewCoin[]; lines: PostingLine[]; code?: Code }> {
  const { crypto, authority, trust, now } = context;
  const { destination, operator } = order.body;
  const source = order.coin;
  const policy = source && trust.policy(source.policy);
  if (destination.kind !== 'coins' || !source || !policy) return { coins: [], lines: [] };
  const holder = await homeOfKey(queryable, order.owner, source);
  // In other hands than its own owner's the money is free of it (PAY-10).
  const bound = source.conditional && equalBytes(source.owner, order.owner);
  const condition = bound ? await conditionOf(queryable, source, crypto) : undefined;
  const asked = fill(destination.outputs, total);
  const own = holder && holder.operator !== 0 ? holder : undefined;
  const free = asked.filter(({ owner }) => condition !== undefined || !isForeign(given.owners, owner, own));
  const permitted = await allowed(queryable, free, holder, condition !== undefined, given, context);
  const { outputs, code = free.length < asked.length ? ('key-certified' as const) : undefined } = permitted;
  if (own && !condition) for (const { owner } of outputs) given.owners.set(hexOf(owner), holderKey(own));
  const expires = claimByOf(policy, now);
  const statuses = await drawStatuses(queryable, ISSUER_AUTHORITY, outputs.length, expires, context);
  const home = homeOf(holder);
  const coins = outputs.map(({ owner, amount }, n): NewCoin => {
    const coin = makeCoin(
      {
        operator,
        currency: source.currency,
        owner,
        value: amount,
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
    return { coin, homeOperator: home.operator, home: home.handle, known: true };
  });
  const line = (account: string, amount: number): PostingLine => ({
    set: order.id,
    account,
    currency: source.currency,
    amount,
  });
  const made = outputs.reduce((sum, { amount }) => sum + amount, 0);
  const lines = [line(clearingOf(order.id), -total)];
  if (made > 0) lines.push(line(outstandingOf(operator), made));
  if (made < total) lines.push(line(accountOrHolding(holder), total - made));
  return { coins, lines, ...(code ? { code } : {}) };
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
