/** What a proof shows, read from the proof itself: the part of a coin that one key signed away twice. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { FraudCase } from '@duet/ledger/engine/reports';
import { tryDecode } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import type { Input } from '@duet/protocol/objects/spend';
import { decodeAny } from '@duet/protocol/objects/types';

export interface ProofSaid {
  readonly bytes: number;
  /** Fen of the coin's line that both messages cover. */
  readonly from: number;
  readonly to: number;
}

/** The first proof of overlapping ranges (form 1) in a case. */
export function overlapOf({ proofs }: FraudCase): ProofSaid | undefined {
  for (const encoded of proofs) {
    const proof = tryDecode(FRAUD_PROOF, encoded, MAX_PROOF_BYTES);
    if (!proof.ok || proof.value.form !== 1) continue;
    const { evidence, inputs } = proof.value;
    const [first, second] = evidence.map((bytes, place) => inputOf(bytes, inputs[place]));
    if (!first || !second) continue;
    return {
      bytes: encoded.length,
      from: Math.max(first.from, second.from),
      to: Math.min(first.to, second.to),
    };
  }
  return undefined;
}

/** The input that a Spend or Claim of the evidence names. */
function inputOf(bytes: Uint8Array, place: number | undefined): Input | undefined {
  const read = reading(() => decodeAny(bytes, createNodeSuites()));
  if (!read.ok || place === undefined) return undefined;
  const { value } = read;
  return value.kind === 'spend' || value.kind === 'claim' ? value.body.inputs[place] : undefined;
}
