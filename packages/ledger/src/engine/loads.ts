/** Loads (account to coins, 圈存) within balance and quota (SET-11), in batches; each order once. */

import type { SyncCrypto } from '@duet/crypto/port';
import type { Instant } from '@duet/protocol/brand';
import { concatBytes, equalBytes } from '@duet/protocol/bytes';
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
import { binary, type Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';
import {
  drawStatuses,
  ISSUER_AUTHORITY,
  makeCoin,
  type NewCoin,
  randomSerial,
  storeCoins,
} from './coin-maker.ts';

export interface LoadContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly trust: TrustView;
  readonly now: Instant;
}

type Answer = Result<readonly Uint8Array[]>;

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
  readonly restricted: Map<string, boolean>;
}

async function loadInside(
  client: Queryable,
  orders: readonly LoadOrder[],
  context: LoadContext,
): Promise<Answer[]> {
  const money = await lockMoney(client, orders);
  const before = await readCoinOrders(
    client,
    orders.map((order) => order.order),
  );
  const outputs = orders.reduce((sum, order) => sum + order.outputs.length, 0);
  const statuses = await drawStatuses(client, ISSUER_AUTHORITY, outputs, context.crypto);
  const coins: NewCoin[] = [];
  const lines: PostingLine[] = [];
  const made: CoinOrderRow[] = [];
  const answers = orders.map((order): Answer => {
    const content = contentOf(order, context.crypto);
    const known = before.get(binary(order.order).toString('hex'));
    if (known) {
      return equalBytes(known.content, content)
        ? accept(known.coins)
        : reject('order-reused', 'a new order number', 'the number of another order');
    }
    const refused = refusalOf(order, money, context);
    if (refused) return refused;
    const total = order.outputs.reduce((sum, { amount }) => sum + amount, 0);
    const [account, outstanding] = [accountOf(order.operator, order.handle), outstandingOf(order.operator)];
    move(money.balances, `${account}:${order.currency}`, -total);
    move(money.balances, `${outstanding}:${order.currency}`, total);
    const line = (name: string, amount: number): PostingLine => ({
      set: order.order,
      account: name,
      currency: order.currency,
      amount,
    });
    lines.push(line(account, -total), line(outstanding, total));
    const row = { id: order.order, content, coins: coinsOf(order, context, statuses, coins) };
    made.push(row);
    before.set(binary(order.order).toString('hex'), row);
    return accept(row.coins);
  });
  await storeCoins(client, coins);
  await writeCoinOrders(client, made);
  await post(client, 0, context.crypto.randomBytes(16), lines);
  return answers;
}

const move = (balances: Map<string, number>, key: string, amount: number): unknown =>
  balances.set(key, (balances.get(key) ?? 0) + amount);

function refusalOf(order: LoadOrder, money: Money, { trust }: LoadContext): Answer | undefined {
  const account = accountOf(order.operator, order.handle);
  const total = order.outputs.reduce((sum, { amount }) => sum + amount, 0);
  const operator = money.operators.get(order.operator);
  const restricted = money.restricted.get(account);
  if (restricted === undefined || !operator)
    return reject('account-unknown', 'an account of the operator', 'none');
  if (restricted)
    return reject('revoked', 'an account without an open case', 'a locked account', 'account-locked');
  if (operator.stopped)
    return reject('operator-stopped', 'an operator in good standing', `operator ${order.operator}`);
  if (!trust.policy(order.policy))
    return reject('policy-unknown', 'a policy of the trust bundle', `policy ${order.policy}`);
  if (!Number.isSafeInteger(total) || total <= 0 || order.outputs.some(({ amount }) => amount <= 0)) {
    return reject('amount-invalid', 'amounts above 0', amountSaid(total));
  }
  const balance = money.balances.get(`${account}:${order.currency}`) ?? 0;
  if (balance < total)
    return reject('account-funds', `at least ${amountSaid(total)} in the account`, amountSaid(balance));
  const outstanding = (money.balances.get(`${outstandingOf(order.operator)}:${order.currency}`) ?? 0) + total;
  return outstanding > operator.quota
    ? reject('quota-exceeded', `at most ${amountSaid(operator.quota)} issued`, amountSaid(outstanding))
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
async function lockMoney(client: Queryable, orders: readonly LoadOrder[]): Promise<Money> {
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
  const known = await client.query<{ operator: number; handle: Buffer; restricted: boolean }>(
    `SELECT a.operator, a.handle, a.restricted FROM unnest($1::int[], $2::bytea[]) AS k(o, h)
     JOIN account a ON a.operator = k.o AND a.handle = k.h`,
    [orders.map((order) => order.operator), orders.map((order) => binary(order.handle))],
  );
  return {
    balances: new Map(sums.rows.map((row) => [`${row.account}:${row.currency}`, row.amount])),
    operators: new Map(operators.rows.map((row) => [row.operator, row])),
    restricted: new Map(known.rows.map((row) => [accountOf(row.operator, row.handle), row.restricted])),
  };
}
