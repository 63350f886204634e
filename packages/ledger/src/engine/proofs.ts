/** Builds FraudProofs from what is stored (SET-4). */
import { equalBytes } from '@duet/protocol/bytes';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { FRAUD_PROOF, type FraudProof } from '@duet/protocol/objects/fraud-proof';
import type { Hashes } from '@duet/protocol/suite';
import { bucketOf, bucketOfKey } from '../core/bucket.ts';
import { binary, type CoinRow, type LockedCoin, type Queryable, type StoredPiece } from '../sql/rows.ts';

export interface NewCase {
  readonly culprit: Uint8Array;
  readonly proof: FraudProof;
  readonly coin?: LockedCoin;
}

export interface Holder {
  readonly body: Buffer;
  readonly operator: number;
  readonly handle: Buffer;
}

/** The document that names a key: its certificate, or the coin that it owns. */
export async function holderOf(queryable: Queryable, key: Uint8Array, line?: LockedCoin): Promise<Holder | undefined> {
  if (line && equalBytes(line.owner, key)) return { body: line.body, operator: line.home_operator, handle: line.home };
  const certificate = await queryable.query<Holder>(
    'SELECT body, operator, handle FROM certificate WHERE bucket = $1 AND subject = $2',
    [bucketOfKey(key), binary(key)],
  );
  if (certificate.rows[0]) return certificate.rows[0];
  const coin = await queryable.query<Holder>(
    'SELECT body, home_operator AS operator, home AS handle FROM coin WHERE owner = $1 LIMIT 1',
    [binary(key)],
  );
  return coin.rows[0];
}

/** Operator and handle behind a key: of the coin for its own owner, else by certificate, else by another coin. */
export async function homeOfKey(
  queryable: Queryable,
  key: Uint8Array,
  coin: CoinRow,
): Promise<{ operator: number; handle: Buffer } | undefined> {
  return equalBytes(coin.owner, key) ? { operator: coin.home_operator, handle: coin.home } : holderOf(queryable, key);
}

/** The message of a stored piece. */
export async function messageOf(queryable: Queryable, row: StoredPiece): Promise<Buffer | undefined> {
  if (row.body) return row.body;
  const claim = await queryable.query<{ body: Buffer }>(
    'SELECT body FROM claim_message WHERE bucket = $1 AND claim_id = $2',
    [bucketOf(row.child_id), row.child_id],
  );
  return claim.rows[0]?.body;
}

/** Case of a key: one for all that it did; proofs are added to it. */
export const caseIdOf = (culprit: Uint8Array, hashes: Hashes): Uint8Array => hashes.hash(1, culprit);

/** Opens cases and stores proofs; what is there already stays. Revocation follows in the same transaction (SET-6). */
export async function openCases(
  queryable: Queryable,
  cases: readonly NewCase[],
  stored: number,
  hashes: Hashes,
): Promise<void> {
  for (const { culprit, proof, coin } of cases) {
    const id = caseIdOf(culprit, hashes);
    const holder = proof.form === 5 ? undefined : await holderOf(queryable, culprit, coin);
    await queryable.query(
      `INSERT INTO fraud_case (case_id, culprit, form, operator, handle, opened_at) VALUES ($1,$2,$3,$4,$5,$6)
       ON CONFLICT DO NOTHING`,
      [binary(id), binary(culprit), proof.form, holder?.operator ?? null, holder?.handle ?? null, stored],
    );
    const body = encodeBytes(FRAUD_PROOF, proof);
    await queryable.query(
      'INSERT INTO fraud_proof (proof_id, case_id, coin_id, body, stored) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING',
      [binary(hashes.hash(1, body)), binary(id), coin?.coin_id ?? null, binary(body), stored],
    );
    if (holder) await revokeHandle(queryable, holder.operator, holder.handle, culprit, stored, id);
  }
}

/** Operator of coins whose home is the holding account. */
const NOBODY = 0;

/** Every live key and coin of the culprit's handle is revoked; the opening of the pseudonym is logged. */
async function revokeHandle(
  queryable: Queryable,
  operator: number,
  handle: Buffer,
  culprit: Uint8Array,
  stored: number,
  caseId: Uint8Array,
): Promise<void> {
  if (operator === NOBODY) {
    // No handle is known: the holding account is not a person, so this key alone.
    await queryable.query('UPDATE coin SET revoked = true WHERE home_operator = $1 AND home = $2 AND owner = $3 AND NOT revoked', [operator, handle, binary(culprit)]);
    return;
  }
  await queryable.query('UPDATE certificate SET revoked = true WHERE operator = $1 AND handle = $2 AND NOT revoked', [operator, handle]);
  await queryable.query('UPDATE coin SET revoked = true WHERE home_operator = $1 AND home = $2 AND NOT revoked', [operator, handle]);
  await queryable.query('UPDATE account SET restricted = true WHERE operator = $1 AND handle = $2', [operator, handle]);
  await queryable.query('INSERT INTO opening (case_id, culprit, opened_at) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING', [
    binary(caseId),
    binary(culprit),
    stored,
  ]);
}
