/** Builds FraudProofs from what is stored (SET-4). */
import { compareBytes, equalBytes } from '@duet/protocol/bytes';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { FRAUD_PROOF, type FraudProof } from '@duet/protocol/objects/fraud-proof';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned } from '@duet/protocol/objects/signed';
import type { Hashes } from '@duet/protocol/suite';
import type pg from 'pg';
import { bucketOf, bucketOfKey } from '../core/bucket.ts';
import { inTransaction } from '../postgres/transaction.ts';
import {
  binary,
  type CoinRow,
  hexOf,
  type LockedCoin,
  type Queryable,
  type StoredPiece,
} from '../sql/rows.ts';

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

/**
 * The document that names a key: its certificate, or the coin that it owns. Known coins of one key are all of one account
 * (`key-owners.ts`); one that the registry does not know comes last.
 */
export async function holderOf(
  queryable: Queryable,
  key: Uint8Array,
  line?: LockedCoin,
): Promise<Holder | undefined> {
  if (line && line.home_operator !== NOBODY && equalBytes(line.owner, key))
    return { body: line.body, operator: line.home_operator, handle: line.home };
  const certificate = await queryable.query<Holder>(
    'SELECT body, operator, handle FROM certificate WHERE bucket = $1 AND subject = $2',
    [bucketOfKey(key), binary(key)],
  );
  if (certificate.rows[0]) return certificate.rows[0];
  const coin = await queryable.query<Holder>(
    'SELECT body, home_operator AS operator, home AS handle FROM coin WHERE owner = $1 ORDER BY home_operator DESC LIMIT 1',
    [binary(key)],
  );
  return coin.rows[0];
}

/** The document that a request names: what shows whose Verdict it is, where a key has several. */
export async function holderOfRequest(
  queryable: Queryable,
  request: Uint8Array,
  key: Uint8Array,
  hashes: Hashes,
): Promise<Holder | undefined> {
  const { payee } = decodeSigned(REQUEST, request, hashes).body;
  const certificate = await queryable.query<Holder>(
    'SELECT body, operator, handle FROM certificate WHERE bucket = $1 AND subject = $2 AND certificate_id = $3',
    [bucketOfKey(key), binary(key), binary(payee)],
  );
  if (certificate.rows[0]) return certificate.rows[0];
  const coin = await queryable.query<Holder>(
    'SELECT body, home_operator AS operator, home AS handle FROM coin WHERE bucket = $1 AND coin_id = $2',
    [bucketOf(payee), binary(payee)],
  );
  return coin.rows[0];
}

/** Operator and handle behind a key: of the coin for its own owner, else by certificate, else by another coin. */
export async function homeOfKey(
  queryable: Queryable,
  key: Uint8Array,
  coin: CoinRow,
): Promise<{ operator: number; handle: Buffer } | undefined> {
  return equalBytes(coin.owner, key)
    ? { operator: coin.home_operator, handle: coin.home }
    : holderOf(queryable, key);
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
const caseIdOf = (culprit: Uint8Array, hashes: Hashes): Uint8Array => hashes.hash(1, culprit);

/**
 * Opens cases and stores proofs, in one order everywhere; what is there already stays. Gives how many are new.
 * Revocation follows in {@link revokeDue}: it locks other coins, which a review that holds one must not.
 */
export async function openCases(
  queryable: Queryable,
  cases: readonly NewCase[],
  stored: number,
  hashes: Hashes,
): Promise<number> {
  const fresh = await notStored(queryable, cases, hashes);
  for (const { culprit, proof, coin, body, proofId } of fresh) {
    const id = caseIdOf(culprit, hashes);
    const holder = proof.form === 5 ? undefined : await holderOf(queryable, culprit, coin);
    await queryable.query(
      `INSERT INTO fraud_case (case_id, culprit, form, operator, handle, opened_at) VALUES ($1,$2,$3,$4,$5,$6)
       ON CONFLICT (case_id) DO UPDATE SET form = least(fraud_case.form, excluded.form)`,
      [binary(id), binary(culprit), proof.form, holder?.operator ?? null, holder?.handle ?? null, stored],
    );
    await queryable.query(
      'INSERT INTO fraud_proof (proof_id, case_id, coin_id, body, stored) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING',
      [binary(proofId), binary(id), coin?.coin_id ?? null, binary(body), stored],
    );
  }
  return fresh.length;
}

interface CaseRow {
  readonly case_id: Buffer;
  readonly culprit: Buffer;
  readonly operator: number | null;
  readonly handle: Buffer | null;
  readonly opened_at: number;
}

/** Revokes what cases name (SET-6), one transaction each; gives whether anything was. A crash leaves it to the sweep. */
export async function revokeDue(pool: pg.Pool): Promise<boolean> {
  const due = await pool.query<CaseRow>(
    'SELECT case_id, culprit, operator, handle, opened_at FROM fraud_case WHERE NOT revoked ORDER BY case_id',
  );
  for (const { case_id: id, culprit, operator, handle, opened_at: openedAt } of due.rows) {
    await inTransaction(
      pool,
      async (client) => {
        if (operator !== null && handle) await revokeHandle(client, operator, handle, culprit, openedAt, id);
        await client.query('UPDATE fraud_case SET revoked = true WHERE case_id = $1', [id]);
      },
      { attempts: 5 },
    );
  }
  return due.rows.length > 0;
}

interface EncodedCase extends NewCase {
  readonly body: Uint8Array;
  readonly proofId: Uint8Array;
}

async function notStored(
  queryable: Queryable,
  cases: readonly NewCase[],
  hashes: Hashes,
): Promise<EncodedCase[]> {
  if (cases.length === 0) return [];
  const encoded = cases.map((one): EncodedCase => {
    const body = encodeBytes(FRAUD_PROOF, one.proof);
    return { ...one, body, proofId: hashes.hash(1, body) };
  });
  const known = await queryable.query<{ proof_id: Buffer }>(
    'SELECT proof_id FROM fraud_proof WHERE proof_id = ANY($1)',
    [encoded.map(({ proofId }) => binary(proofId))],
  );
  const stored = new Set(known.rows.map((row) => row.proof_id.toString('hex')));
  return encoded
    .filter(({ proofId }) => !stored.has(hexOf(proofId)))
    .sort((a, b) => compareBytes(a.culprit, b.culprit) || compareBytes(a.proofId, b.proofId));
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
    await queryable.query(
      'UPDATE coin SET revoked = true WHERE home_operator = $1 AND home = $2 AND owner = $3 AND NOT revoked',
      [operator, handle, binary(culprit)],
    );
    return;
  }
  // First, so that whoever issues to the handle either sees it or is seen below.
  await queryable.query('UPDATE account SET restricted = true WHERE operator = $1 AND handle = $2', [
    operator,
    handle,
  ]);
  // Coins are locked in the order of settle_batch.
  await queryable.query(
    'SELECT 1 FROM coin WHERE home_operator = $1 AND home = $2 ORDER BY bucket, coin_id FOR UPDATE',
    [operator, handle],
  );
  await queryable.query(
    'UPDATE certificate SET revoked = true WHERE operator = $1 AND handle = $2 AND NOT revoked',
    [operator, handle],
  );
  await queryable.query(
    'UPDATE coin SET revoked = true WHERE home_operator = $1 AND home = $2 AND NOT revoked',
    [operator, handle],
  );
  await queryable.query(
    'INSERT INTO opening (case_id, culprit, opened_at) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING',
    [binary(caseId), binary(culprit), stored],
  );
}
