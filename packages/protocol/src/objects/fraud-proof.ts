/**
 * FraudProof: messages that only a cheating key can have made, with what names the key.
 *
 * Not signed: anyone can build one, and it convinces by itself. Evidence is carried as whole COSE_Sign1
 * objects, so that a proof needs nothing but the trust bundle to be verified.
 */
import { array, bytes, type Codec, field, optional, record, refine, uint } from '../cbor/codec.ts';
import { DecodeError } from '../cbor/reader.ts';
import { MAX_CLAIM_BYTES } from '../limits.ts';

/**
 * 1: two inputs of one key, same parent, overlapping ranges, at least one in a Spend.
 * 2: two Verdicts of one request with different lists.
 * 3: a Verdict, a Spend of its request that it does not list, and a Spend or Claim on that Spend.
 * 4: two Spends of one key with one seq.
 * 5: two Coins that differ under one serial.
 *
 * Forms 2 and 3 are both form (2) of the specification; 4 and 5 are its forms (3) and (4).
 */
export type ProofForm = 1 | 2 | 3 | 4 | 5;

export interface FraudProof {
  readonly form: ProofForm;
  /** COSE_Sign1 objects: form 1 two of Spend or Claim; 2 two Verdicts; 3 Verdict, Spend, Spend or Claim; 4 two Spends; 5 two Coins. */
  readonly evidence: readonly Uint8Array[];
  /** Form 1: the input in each message. Form 3: the input of the last message that rests on the void Spend. */
  readonly inputs: readonly number[];
  /** Certificate or Coin that names the key; absent in form 5. */
  readonly holder?: Uint8Array;
  /** Forms 2 and 3: the Request. */
  readonly request?: Uint8Array;
}

const object = bytes({ min: 1, max: MAX_CLAIM_BYTES });

export const MAX_PROOF_BYTES = 3 * MAX_CLAIM_BYTES;

const shape: Readonly<Record<ProofForm, { evidence: number; inputs: number; request: boolean }>> = {
  1: { evidence: 2, inputs: 2, request: false },
  2: { evidence: 2, inputs: 0, request: true },
  3: { evidence: 3, inputs: 1, request: true },
  4: { evidence: 2, inputs: 0, request: false },
  5: { evidence: 2, inputs: 0, request: false },
};

const isForm = (form: number): form is ProofForm => form >= 1 && form <= 5;

const formField: Codec<ProofForm> = {
  encode: (writer, form) => writer.uint(form),
  decode: (reader) => {
    const form = reader.uint(5);
    if (!isForm(form)) throw new DecodeError('bad-value', reader.offset, 'form 1 to 5');
    return form;
  },
};

export const FRAUD_PROOF: Codec<FraudProof> = refine(
  record({
    form: field(1, formField),
    evidence: field(2, array(object, { min: 2, max: 3 })),
    inputs: field(3, array(uint(0xffff), { max: 2 })),
    holder: optional(field(4, object)),
    request: optional(field(5, object)),
  }),
  (proof) => {
    const wanted = shape[proof.form];
    const fits =
      proof.evidence.length === wanted.evidence &&
      proof.inputs.length === wanted.inputs &&
      (proof.request !== undefined) === wanted.request &&
      (proof.holder !== undefined) === (proof.form !== 5);
    return fits ? undefined : `the parts of form ${proof.form}`;
  },
);
