/** Orders that made coins (loads, refreshes, returns): the same order again gives the same coins. */
import { array, bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { type Code, codeOf } from '@duet/protocol/codes';
import { MAX_OUTPUTS } from '@duet/protocol/limits';
import { COIN } from '@duet/protocol/objects/coin';
import { bucketOf } from '../core/bucket.ts';
import { DatabaseError } from '../postgres/database-error.ts';
import { binary, type Queryable } from './rows.ts';

export interface CoinOrderRow {
  readonly id: Uint8Array;
  /** What tells a repeated order from another one under its number. */
  readonly content: Uint8Array;
  /** COSE_Sign1 Coins. */
  readonly coins: readonly Uint8Array[];
  /** Why there are fewer than the order lists. */
  readonly code?: Code;
}

const COINS = array(bytes({ min: 1, max: COIN.maxBytes }), { max: MAX_OUTPUTS });
const MAX_COINS_BYTES = MAX_OUTPUTS * (COIN.maxBytes + 3) + 3;

/** COSE_Sign1 Coins of a stored order. */
export const coinsInOrder = (coins: Uint8Array): readonly Uint8Array[] =>
  decodeBytes(COINS, coins, MAX_COINS_BYTES);

/** Orders by id in hex, locked; those that made nothing yet are missing. */
export async function readCoinOrders(
  queryable: Queryable,
  ids: readonly Uint8Array[],
): Promise<Map<string, CoinOrderRow>> {
  const result = await queryable.query<{
    order_id: Buffer;
    content: Buffer;
    coins: Buffer;
    code: string | null;
  }>(
    `SELECT order_id, content, coins, code FROM unnest($1::int[], $2::bytea[]) AS k(b, i)
     JOIN coin_order ON coin_order.bucket = k.b AND coin_order.order_id = k.i
     FOR UPDATE OF coin_order`,
    [ids.map(bucketOf), ids.map(binary)],
  );
  return new Map(
    result.rows.map((row) => [
      row.order_id.toString('hex'),
      {
        id: row.order_id,
        content: row.content,
        coins: coinsInOrder(row.coins),
        ...(row.code === null ? {} : { code: codeOf(row.code) }),
      },
    ]),
  );
}

/** Stores orders; one that is there already aborts the transaction, which then starts anew. */
export async function writeCoinOrders(queryable: Queryable, orders: readonly CoinOrderRow[]): Promise<void> {
  if (orders.length === 0) return;
  const written = await queryable.query<{ order_id: Buffer }>(
    `INSERT INTO coin_order (bucket, order_id, content, coins, code)
     SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[]) ON CONFLICT DO NOTHING RETURNING order_id`,
    [
      orders.map((order) => bucketOf(order.id)),
      orders.map((order) => binary(order.id)),
      orders.map((order) => binary(order.content)),
      orders.map((order) => binary(encodeBytes(COINS, order.coins))),
      orders.map((order) => order.code ?? null),
    ],
  );
  if (written.rows.length < orders.length) {
    throw new DatabaseError(
      'serialization-conflict',
      'safe',
      'database: another transaction made coins for this order: do it again',
    );
  }
}
