/**
 * One seq in two Spends of one key on money of different coins (FraudProof form 4): a copied or rolled-back key
 * that passes received money on. On one coin the review finds it; here the look-up goes by key.
 */
import type { FraudProof } from '@duet/protocol/objects/fraud-proof';
import { binary, type PieceRow, type Queryable } from '../sql/rows.ts';
import { holderOf, type NewCase } from './proofs.ts';

interface Twin {
  readonly signer: Buffer;
  readonly first: Buffer;
  readonly second: Buffer;
}

/** Cases of Spends that are stored already. A fan-out read on a sharded database. */
export async function sequenceCasesOf(queryable: Queryable, rows: readonly PieceRow[]): Promise<NewCase[]> {
  const passed = rows.filter((row) => row.kind === 0 && row.parentIndex >= 0 && row.seq !== undefined);
  if (passed.length === 0) return [];
  const twins = await queryable.query<Twin>(
    `SELECT DISTINCT ON (a.child_id, b.child_id) a.signer, a.body AS first, b.body AS second
     FROM unnest($1::bytea[], $2::bigint[]) AS u(signer, seq)
     JOIN piece a ON a.signer = u.signer AND a.seq = u.seq AND a.kind = 0 AND a.parent_index >= 0
     JOIN piece b ON b.signer = u.signer AND b.seq = u.seq AND b.kind = 0 AND b.parent_index >= 0
     WHERE a.child_id <> b.child_id AND (a.stored, a.child_id) < (b.stored, b.child_id)
     ORDER BY a.child_id, b.child_id`,
    [passed.map((row) => binary(row.signer)), passed.map((row) => row.seq ?? 0)],
  );
  const cases: NewCase[] = [];
  for (const { signer, first, second } of twins.rows) {
    const holder = await holderOf(queryable, signer);
    if (!holder) continue;
    const proof: FraudProof = { form: 4, evidence: [first, second], inputs: [], holder: holder.body };
    cases.push({ culprit: signer, proof });
  }
  return cases;
}
