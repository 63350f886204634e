/**
 * One seq in two Spends of one key on money of different coins (FraudProof form 4): a copied or rolled-back key
 * that passes received money on, or that owns several coins. On one coin the review finds it; here the look-up
 * goes by key. A key that owns one coin, as wallets make them, costs nothing.
 */
import type { FraudProof } from '@duet/protocol/objects/fraud-proof';
import { binary, type PieceRow, type Queryable } from '../sql/rows.ts';
import { holderOf, type NewCase } from './proofs.ts';

interface Twin {
  readonly signer: Buffer;
  readonly first: Buffer;
  readonly second: Buffer;
}

/** Where the Spends of a key and seq stand: received money by its index, own coins by the coins of the key. */
const RECEIVED =
  'SELECT p.* FROM piece p WHERE p.signer = u.signer AND p.seq = u.seq AND p.kind = 0 AND p.parent_index >= 0';
const OWN = `SELECT p.* FROM coin c JOIN piece p ON p.bucket = c.bucket AND p.coin_id = c.coin_id
  WHERE c.owner = u.signer AND p.signer = u.signer AND p.seq = u.seq AND p.kind = 0`;

/**
 * Cases of Spends that are stored already. `isShared`: whether the owner key of the coin may own another one. A
 * fan-out read on a sharded database.
 */
export async function sequenceCasesOf(
  queryable: Queryable,
  rows: readonly PieceRow[],
  isShared: (row: PieceRow) => boolean,
): Promise<NewCase[]> {
  const spends = rows.filter((row) => row.kind === 0 && row.seq !== undefined);
  const received = spends.filter((row) => row.parentIndex >= 0);
  const own = spends.filter((row) => row.parentIndex < 0 && isShared(row));
  const twins = [
    ...(await twinsAmong(queryable, received, RECEIVED)),
    ...(await twinsAmong(queryable, own, OWN)),
  ];
  const cases: NewCase[] = [];
  for (const { signer, first, second } of twins) {
    const holder = await holderOf(queryable, signer);
    if (!holder) continue;
    const proof: FraudProof = { form: 4, evidence: [first, second], inputs: [], holder: holder.body };
    cases.push({ culprit: signer, proof });
  }
  return cases;
}

async function twinsAmong(queryable: Queryable, rows: readonly PieceRow[], places: string): Promise<Twin[]> {
  if (rows.length === 0) return [];
  const twins = await queryable.query<Twin>(
    `SELECT DISTINCT ON (a.child_id, b.child_id) a.signer, a.body AS first, b.body AS second
     FROM unnest($1::bytea[], $2::bigint[]) AS u(signer, seq), LATERAL (${places}) a, LATERAL (${places}) b
     WHERE a.child_id <> b.child_id AND (a.stored, a.child_id) < (b.stored, b.child_id)
     ORDER BY a.child_id, b.child_id`,
    [rows.map((row) => binary(row.signer)), rows.map((row) => row.seq ?? 0)],
  );
  return twins.rows;
}
