/**
 * Whose a key is: of the account for which it was certified, or from which coins were loaded onto it. A key belongs to one
 * account. Else anybody could load a fen onto a key of somebody else, and what is paid, told, returned or laid to the charge of
 * that key would be his (SET-6, SET-7, SET-13).
 */
import { bucketOfKey } from '../core/bucket.ts';
import { binary, hexOf, type Queryable } from '../sql/rows.ts';
import { KEY_LOCK_PARTS } from '../sql/schema.ts';
import { type Holder, holderKey } from './handle-limits.ts';

/** Accounts by `holderKey`, of the keys that belong to any; keys in hex. A fan-out read on a sharded database. */
export type KeyOwners = Map<string, string>;

export async function keyOwners(queryable: Queryable, keys: readonly Uint8Array[]): Promise<KeyOwners> {
  if (keys.length === 0) return new Map();
  const rows = await queryable.query<{ key: Buffer; operator: number; handle: Buffer }>(
    `SELECT owner AS key, home_operator AS operator, home AS handle FROM coin WHERE owner = ANY($1) AND home_operator <> 0
     UNION SELECT subject, operator, handle FROM unnest($2::int[], $1::bytea[]) AS k(b, s)
       JOIN certificate ON certificate.bucket = k.b AND certificate.subject = k.s`,
    [keys.map(binary), keys.map(bucketOfKey)],
  );
  return new Map(rows.rows.map((row) => [row.key.toString('hex'), holderKey(row)]));
}

/**
 * Their owners, which nobody changes until the transaction ends: whoever gives keys to accounts locks these keys first, after
 * the operators and before accounts. Rows stand for many keys each, so that there is one to lock before a key is known.
 */
export async function lockKeyOwners(client: Queryable, keys: readonly Uint8Array[]): Promise<KeyOwners> {
  if (keys.length === 0) return new Map();
  await client.query(
    `SELECT 1 FROM key_lock WHERE (bucket, part) IN (SELECT * FROM unnest($1::int[], $2::int[]))
     ORDER BY bucket, part FOR UPDATE`,
    [keys.map(bucketOfKey), keys.map((key) => (key[4] ?? 0) % KEY_LOCK_PARTS)],
  );
  return keyOwners(client, keys);
}

/** Whether a key belongs to another account than this one; `undefined` stands for nobody's. */
export function isForeign(owners: KeyOwners, key: Uint8Array, holder: Holder | undefined): boolean {
  const owner = owners.get(hexOf(key));
  return owner !== undefined && owner !== (holder && holderKey(holder));
}
