/** Makes coins and their serials for the registry. */
import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant, type PublicKey } from '@duet/protocol/brand';
import { concatBytes } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import type { Fen } from '@duet/protocol/money';
import { COIN, type Coin, SERIAL_BYTES, type Serial, serialField } from '@duet/protocol/objects/coin';
import type { Condition } from '@duet/protocol/objects/fields';
import { DEFAULT_UNIT } from '@duet/protocol/objects/request';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import { bucketOf } from '../core/bucket.ts';
import { binary, type Queryable } from '../sql/rows.ts';
import { type Authority, ISSUER_KEY } from './authority.ts';

export interface CoinOrder {
  readonly operator: number;
  readonly currency: number;
  readonly owner: PublicKey;
  readonly value: Fen;
  readonly serial: Serial;
  readonly status: number;
  readonly condition?: Condition;
  /** Account to which unspent value returns. */
  readonly homeOperator: number;
  readonly home: Uint8Array;
}

const serialOf = (raw: Uint8Array): Serial =>
  decodeBytes(serialField, encodeBytes(bytes({ length: SERIAL_BYTES }), raw), SERIAL_BYTES + 1);

/** A serial for loaded money: random. */
export const randomSerial = (crypto: SyncCrypto): Serial => serialOf(crypto.randomBytes(SERIAL_BYTES));

/** A serial for reissued money: the first 16 bytes of H(order id ‖ n), so that a resent order makes the same coin. */
export function reissueSerial(order: Uint8Array, n: number, crypto: SyncCrypto): Serial {
  const counter = new Uint8Array([n >>> 8, n & 0xff]);
  return serialOf(crypto.hash(1, concatBytes(order, counter)).subarray(0, SERIAL_BYTES));
}

const spendByOf = (policy: Policy, issuedAt: Day): Day => (issuedAt + Math.max(1, policy.spendDays)) as Day;

/** claimBy of a coin that is made now under a policy. */
export const claimByOf = (policy: Policy, now: Instant): Day =>
  (spendByOf(policy, dayOf(now)) + policy.claimDays) as Day;

/** Signs a coin under a policy. */
export function makeCoin(order: CoinOrder, policy: Policy, now: Instant, authority: Authority): Coin {
  const issuedAt = dayOf(now);
  const spendBy = spendByOf(policy, issuedAt);
  return authority.signAsIssuer(COIN, {
    issuerKey: ISSUER_KEY,
    operator: order.operator,
    currency: order.currency,
    unit: DEFAULT_UNIT,
    value: order.value,
    owner: order.owner,
    status: order.status,
    policy: policy.id,
    issuedAt,
    spendBy,
    claimBy: claimByOf(policy, now),
    serial: order.serial,
    ...(order.condition ? { condition: order.condition } : {}),
  });
}

export interface NewCoin {
  readonly coin: Coin;
  readonly homeOperator: number;
  readonly home: Uint8Array;
  /** Whether the registry made it; else it came from outside under a valid signature (SET-1). */
  readonly known: boolean;
}

/**
 * Stores coins; those that are there stay as they are. Call it under `lockOperators`, by which makers of coins take
 * turns: whether a key owns a coin already must not depend on who commits first.
 */
export async function storeCoins(queryable: Queryable, coins: readonly NewCoin[]): Promise<void> {
  if (coins.length === 0) return;
  await queryable.query(
    `INSERT INTO coin (bucket, coin_id, value, currency, operator, issuer_key, owner, status, policy, spend_by, claim_by,
       serial, conditional, home_operator, home, known, body)
     SELECT * FROM unnest($1::int[], $2::bytea[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::bytea[], $8::bigint[],
       $9::int[], $10::int[], $11::int[], $12::bytea[], $13::boolean[], $14::int[], $15::bytea[], $16::boolean[], $17::bytea[])
     ON CONFLICT DO NOTHING`,
    [
      coins.map(({ coin }) => bucketOf(coin.id)),
      coins.map(({ coin }) => binary(coin.id)),
      coins.map(({ coin }) => coin.body.value),
      coins.map(({ coin }) => coin.body.currency),
      coins.map(({ coin }) => coin.body.operator),
      coins.map(({ coin }) => coin.body.issuerKey),
      coins.map(({ coin }) => binary(coin.body.owner)),
      coins.map(({ coin }) => coin.body.status),
      coins.map(({ coin }) => coin.body.policy),
      coins.map(({ coin }) => coin.body.spendBy),
      coins.map(({ coin }) => coin.body.claimBy),
      coins.map(({ coin }) => binary(coin.body.serial)),
      coins.map(({ coin }) => coin.body.condition !== undefined),
      coins.map(({ homeOperator }) => homeOperator),
      coins.map(({ home }) => binary(home)),
      coins.map(({ known }) => known),
      coins.map(({ coin }) => binary(encodeSigned(COIN, coin))),
    ],
  );
  const several = await queryable.query<{ owner: Buffer }>(
    'SELECT owner FROM coin WHERE owner = ANY($1) GROUP BY owner HAVING count(*) > 1',
    [coins.map(({ coin }) => binary(coin.body.owner))],
  );
  if (several.rows.length === 0) return;
  await queryable.query('UPDATE coin SET shared = true WHERE owner = ANY($1) AND NOT shared', [
    several.rows.map(({ owner }) => owner),
  ]);
}
