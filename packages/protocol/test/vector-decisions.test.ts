/** The checked-in vectors through the protocol: decisions on offers and proofs, and what decoders rebuild (PAY-5, SET-4). */
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { decodeBytes } from '../src/cbor/codec.ts';
import { decodeOffer, encodeOffer } from '../src/messages/offer.ts';
import { decodeRequest, encodeRequest } from '../src/messages/request-message.ts';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '../src/objects/fraud-proof.ts';
import { encodeSigned } from '../src/objects/signed.ts';
import { SPEND } from '../src/objects/spend.ts';
import type { Result } from '../src/rejection.ts';
import { settle } from '../src/verify/examination.ts';
import { examineProof } from '../src/verify/fraud-proof.ts';
import { examineOffer } from '../src/verify/offer.ts';
import { HASHES, VERIFIER } from './helpers/signing.ts';
import { decisions, proofVectors, readVector, trustOf, viewOf } from './helpers/vector-decisions.ts';
import { vectorFiles, vectorText } from './helpers/vector-files.ts';

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.rejection.code);
  return result.value;
};

describe('offers.json', () => {
  it.each(decisions())('$name', ({ request, offer, spends, context, decision }) => {
    const message = unwrap(decodeRequest(fromHex(request), HASHES));
    expect(toHex(encodeRequest(message))).toBe(request);
    const opened = decodeOffer(fromHex(offer), message, HASHES);
    const judged = opened.ok
      ? settle(examineOffer(opened.value, message, viewOf(context), HASHES), VERIFIER)
      : opened;
    const got = judged.ok
      ? { accepted: true, totalFen: judged.value.total }
      : { accepted: false, code: judged.rejection.code };
    expect(got).toEqual(decision);
    if (!opened.ok || !judged.ok) return;
    expect(toHex(encodeOffer(opened.value, message))).toBe(offer);
    expect(opened.value.spends.map((spend) => toHex(encodeSigned(SPEND, spend)))).toEqual(spends);
  });
});

describe('proofs.json', () => {
  const { bundle, proofs } = proofVectors();

  it.each(proofs)('$name', ({ proof, accepted }) => {
    const decoded = decodeBytes(FRAUD_PROOF, fromHex(proof), MAX_PROOF_BYTES);
    expect(settle(examineProof(decoded, trustOf(bundle), HASHES), VERIFIER).ok).toBe(accepted);
  });
});

it('the files are what the protocol gives today', () => {
  for (const [name, content] of Object.entries(vectorFiles()))
    expect(readVector(name) === vectorText(content), name).toBe(true);
});
