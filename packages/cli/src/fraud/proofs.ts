/** The proofs that a case holds. */
import type { FraudCase } from '@duet/ledger/engine/reports';
import { tryDecode } from '@duet/protocol/cbor/codec';
import { FRAUD_PROOF, MAX_PROOF_BYTES, type ProofForm } from '@duet/protocol/objects/fraud-proof';

export interface CaseProof {
  readonly form: ProofForm;
  readonly bytes: Uint8Array;
}

/** The one that weighs most first: a culprit may leave several, and overlapping ranges (form 1) make the debt. */
export const proofsOf = ({ proofs }: Pick<FraudCase, 'proofs'>): CaseProof[] =>
  proofs
    .flatMap((bytes) => {
      const proof = tryDecode(FRAUD_PROOF, bytes, MAX_PROOF_BYTES);
      return proof.ok ? [{ form: proof.value.form, bytes }] : [];
    })
    .sort((a, b) => a.form - b.form);
