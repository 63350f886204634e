/**
 * Loads (account to coins, 圈存) within balance, quota (SET-11) and the live coins of a handle (LIMIT-1), in batches;
 * each order once.
 */

import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, day, dayOf, type Instant } from '@duet/protocol/brand';
import { concatBytes, equalBytes } from '@duet/protocol/bytes';
import { MAX_OUTPUTS } from '@duet/protocol/limits';
import { COIN } from '@duet/protocol/objects/coin';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import type { LoadOrder } from '@duet/protocol/settlement-port';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { accountOf, outstandingOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { type CoinOrderRow, readCoinOrders, writeCoinOrders } from '../sql/coin-orders.ts';
import { deliverAll, type PostingLine, post } from '../sql/postings.ts';
import { hexOf, type Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';
import { claimByOf, makeCoin, type NewCoin, randomSerial, storeCoins } from './coin-maker.ts';
import { type HandleLimits, holderKey, roomForCoins, type Standing, standingsOf } from './handle-limits.ts';
import { isForeign, type KeyOwners, lockKeyOwners } from './key-owners.ts';
import { drawStatuses, ISSUER_AUTHORITY } from './status-indices.ts';

export interface LoadContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly trust: TrustView;
  readonly limits: HandleLimits;
  readonly now: Instant;
}

type Answer = Result<readonly Uint8Array[]>;

/** Bytes of an order number. */
const ORDER_BYTES = 16;

/** What an order asks, as bytes: the same order number with another content is refused. */
const contentOf = (order: LoadOrder, crypto: SyncCrypto): Uint8Array =>
  crypto.hash(
    1,
    concatBytes(
      Buffer.from(
        JSON.stringify([
          order.operator,
          order.currency,
          order.policy,
          order.outputs.map(({ amount }) => amount),
          order.condition ?? null,
        ]),
      ),
      order.handle,
      ...order.outputs.map(({ owner }) => owner),
    ),
  );

/** Answers each order; refused ones change nothing. */
export async function loadAll(orders: readonly LoadOrder[], context: LoadContext): Promise<Answer[]> {
  await deliverAll(context.pool);
  return inTransaction(context.pool, (client) => loadInside(client, orders, context), { attempts: 5 });
}

interface Money {
  readonly balances: Map<string, number>;
  readonly operators: Map<number, { quota: number; stopped: boolean }>;
  readonly standings: ReadonlyMap<string, Standing>;
  /** Coins that each account may still get. */
  readonly room: Map<string, number>;
  readonly owners: KeyOwners;
}

/** An order that is taken: its coins are made when the whole batch is judged. */
interface Taken {
  readonly order: LoadOrder;
  readonly content: Uint8Array;
}

const orderKey = ({ order }: LoadOrder): string => hexOf(order);

async function loadInside(
  client: Queryable,
  orders: readonly LoadOrder[],
  context: LoadContext,
): Promise<Answer[]> {
  const money = await lockMoney(client, orders, context);
  const before = await readCoinOrders(
    client,
    orders.map((order) => order.order),
  );
  const taken = new Map<string, Taken>();
  const refused = orders.map((order): Answer | undefined => {
    const content = contentOf(order, context.crypto);
    const known = before.get(orderKey(order)) ?? taken.get(orderKey(order));
    if (known) {
      return equalBytes(known.content, content)
        ? undefined
        : reject('order-reused', 'a new order number', 'the number of another order');
    }
    const refusal = refusalOf(order, money, context);
    if (!refusal) take(order, money);
    if (!refusal) taken.set(orderKey(order), { order, content });
    return refusal;
  });
  const made = await makeAll(client, [...taken.values()], context);
  return orders.map((order, i): Answer => {
    const coins = made.get(orderKey(order)) ?? before.get(orderKey(order))?.coins ?? [];
    return refused[i] ?? accept(coins);
  });
}

/** What a taken order leaves for those after it. */
function take(order: LoadOrder, money: Money): void {
  const total = totalOf(order);
  move(money.balances, `${accountOf(order.operator, order.handle)}:${order.currency}`, -total);
  move(money.balances, `${outstandingOf(order.operator)}:${order.currency}`, total);
  move(money.room, holderKey(order), -order.outputs.length);
  for (const { owner } of order.outputs) money.owners.set(hexOf(owner), holderKey(order));
}

/** Makes, stores and posts the coins of orders; gives them by order. */
async function makeAll(
  client: Queryable,
  taken: readonly Taken[],
  context: LoadContext,
): Promise<Map<string, readonly Uint8Array[]>> {
  const count = taken.reduce((sum, { order }) => sum + order.outputs.length, 0);
  const statuses = await drawStatuses(
    client,
    ISSUER_AUTHORITY,
    count,
    latestClaimBy(taken, context),
    context,
  );
  const coins: NewCoin[] = [];
  const rows: CoinOrderRow[] = [];
  const lines = taken.flatMap(({ order, content }): PostingLine[] => {
    rows.push({ id: order.order, content, coins: coinsOf(order, context, statuses, coins) });
    const { currency } = order;
    const total = totalOf(order);
    return [
      { set: order.order, account: accountOf(order.operator, order.handle), currency, amount: -total },
      { set: order.order, account: outstandingOf(order.operator), currency, amount: total },
    ];
  });
  await storeCoins(client, coins);
  await writeCoinOrders(client, rows);
  await post(client, 0, context.crypto.randomBytes(16), lines);
  return new Map(rows.map(({ id, coins: made }) => [hexOf(id), made]));
}

/** The day on which the last coin of these orders ends. */
function latestClaimBy(taken: readonly Taken[], { trust, now }: LoadContext): Day {
  const days = taken.flatMap(({ order }) => {
    const policy = trust.policy(order.policy);
    return policy ? [claimByOf(policy, now)] : [];
  });
  return day(Math.max(dayOf(now), ...days));
}

const totalOf = ({ outputs }: LoadOrder): number => outputs.reduce((sum, { amount }) => sum + amount, 0);

const move = (balances: Map<string, number>, key: string, amount: number): unknown =>
  balances.set(key, (balances.get(key) ?? 0) + amount);

function refusalOf(order: LoadOrder, money: Money, { trust, limits }: LoadContext): Answer | undefined {
  const account = accountOf(order.operator, order.handle);
  const total = totalOf(order);
  // Refreshes and Returns stand in the same table under their ids of 32 bytes.
  if (order.order.length !== ORDER_BYTES)
    return reject('malformed', `an order number of ${ORDER_BYTES} bytes`, `${order.order.length}`);
  const operator = money.operators.get(order.operator);
  const standing = money.standings.get(holderKey(order));
  if (!standing || !operator) return reject('account-unknown', 'an account of the operator', 'none');
  if (standing.restricted)
    return reject('revoked', 'an account without an open case', 'a locked account', 'account-locked');
  if (operator.stopped)
    return reject('operator-stopped', 'an operator in good standing', `operator ${order.operator}`);
  if (!trust.policy(order.policy))
    return reject('policy-unknown', 'a policy of the trust bundle', `policy ${order.policy}`);
  if (order.outputs.length > MAX_OUTPUTS)
    return reject('too-large', `at most ${MAX_OUTPUTS} coins of one order`, `${order.outputs.length}`);
  if (!Number.isSafeInteger(total) || total <= 0 || order.outputs.some(({ amount }) => amount <= 0)) {
    return reject('amount-invalid', 'amounts above 0', amountSaid(total));
  }
  const balance = money.balances.get(`${account}:${order.currency}`) ?? 0;
  if (balance < total)
    return reject('account-funds', `at least ${amountSaid(total)} in the account`, amountSaid(balance));
  const outstanding = (money.balances.get(`${outstandingOf(order.operator)}:${order.currency}`) ?? 0) + total;
  if (outstanding > operator.quota)
    return reject(
      'quota-exceeded',
      `at most ${amountSaid(operator.quota)} in coins of the operator (its quota)`,
      amountSaid(outstanding),
    );
  if (order.outputs.some(({ owner }) => isForeign(money.owners, owner, order)))
    return reject('key-certified', 'keys of the account, or new ones', 'a key of another account');
  const room = money.room.get(holderKey(order)) ?? 0;
  return order.outputs.length > room
    ? reject(
        'too-many-coins',
        `at most ${limits.coins} live coins of one handle`,
        `${order.outputs.length} more, room for ${room}`,
      )
    : undefined;
}

function coinsOf(order: LoadOrder, context: LoadContext, statuses: number[], coins: NewCoin[]): Uint8Array[] {
  const policy = context.trust.policy(order.policy);
  if (!policy) return [];
  return order.outputs.map(({ owner, amount }) => {
    const coin = makeCoin(
      {
        operator: order.operator,
        currency: order.currency,
        owner,
        value: amount,
        serial: randomSerial(context.crypto),
        status: statuses.pop() ?? 0,
        homeOperator: order.operator,
        home: order.handle,
        ...(order.condition ? { condition: order.condition } : {}),
      },
      policy,
      context.now,
      context.authority,
    );
    coins.push({ coin, homeOperator: order.operator, home: order.handle, known: true });
    return encodeSigned(COIN, coin);
  });
}

/** Loads take turns by the operators' rows; then the balances are read. */
async function lockMoney(
  client: Queryable,
  orders: readonly LoadOrder[],
  { limits, now }: LoadContext,
): Promise<Money> {
  const operators = await client.query<{ operator: number; quota: number; stopped: boolean }>(
    'SELECT operator, quota, stopped FROM operator ORDER BY operator FOR UPDATE',
  );
  // One statement, so one snapshot: a sum is either delivered or still in the outbox, never neither.
  const accounts = [
    ...new Set(
      orders.flatMap((order) => [accountOf(order.operator, order.handle), outstandingOf(order.operator)]),
    ),
  ];
  const sums = await client.query<{ account: string; currency: number; amount: number }>(
    `SELECT account, currency, sum(amount)::bigint AS amount FROM (
       SELECT account, currency, amount FROM balance WHERE account = ANY($1)
       UNION ALL
       SELECT u.account, u.currency, u.amount FROM outbox, unnest(accounts, currencies, amounts) AS u(account, currency, amount)
       WHERE NOT delivered AND u.account = ANY($1)) t
     GROUP BY account, currency`,
    [accounts],
  );
  const owners = await lockKeyOwners(
    client,
    orders.flatMap(({ outputs }) => outputs.map(({ owner }) => owner)),
  );
  const standings = await standingsOf(client, orders, dayOf(now));
  const wanted = new Map<string, LoadOrder[]>();
  for (const order of orders) wanted.set(holderKey(order), [...(wanted.get(holderKey(order)) ?? []), order]);
  const room = new Map<string, number>();
  for (const [key, own] of wanted) {
    const standing = standings.get(key);
    const [holder] = own;
    if (!standing || !holder) continue;
    const count = own.reduce((sum, { outputs }) => sum + outputs.length, 0);
    room.set(key, await roomForCoins(client, holder, standing, count, limits, dayOf(now)));
  }
  return {
    balances: new Map(sums.rows.map((row) => [`${row.account}:${row.currency}`, row.amount])),
    operators: new Map(operators.rows.map((row) => [row.operator, row])),
    standings,
    room,
    owners,
  };
}
