/** Verdict on a carrier: the payer knows the request and its own Spends, so a bit for each is enough. */
import type { ObjectId, PublicKey, Signature } from '../brand.ts';
import { compareBytes, equalBytes } from '../bytes.ts';
import { array, either, refine, uint } from '../cbor/codec.ts';
import { DecodeError, Reader } from '../cbor/reader.ts';
import type { Writer } from '../cbor/writer.ts';
import { MAX_INPUTS, MAX_VERDICT_BYTES } from '../limits.ts';
import { idField } from '../objects/fields.ts';
import { rebuild } from '../objects/signed.ts';
import type { Nonce } from '../objects/spend.ts';
import { ascendingIds, VERDICT, type Verdict } from '../objects/verdict.ts';
import type { Result } from '../rejection.ts';
import { type Hashes, SIGNATURE_BYTES, suiteOf } from '../suite.ts';
import { decoding } from './decoding.ts';
import { framed, prefixOf } from './frame.ts';

/** What both sides know of the payment that a verdict answers. */
export interface VerdictContext {
  readonly request: ObjectId;
  readonly payee: PublicKey;
  /** The payer's Spends, in the order of the offer. */
  readonly spends: readonly ObjectId[];
  readonly nonce?: Nonce;
}

/** A bit mask of the payer's Spends, or the ids themselves where another payer's were accepted. */
const acceptedField = either(
  uint(2 ** MAX_INPUTS - 1),
  [0],
  refine(array(idField, { min: 1, max: MAX_INPUTS }), ascendingIds),
  [4],
);

const sorted = (ids: readonly ObjectId[]): readonly ObjectId[] => [...ids].sort(compareBytes);

/** The bit mask when all accepted Spends are the payer's, else `undefined`. */
function maskOf(accepted: readonly ObjectId[], spends: readonly ObjectId[]): number | undefined {
  let mask = 0;
  for (const id of accepted) {
    const place = spends.findIndex((spend) => equalBytes(spend, id));
    if (place < 0) return undefined;
    mask += 2 ** place;
  }
  return mask;
}

/** `[accepted, signature]`. */
export const encodeVerdict = (verdict: Verdict, context: VerdictContext): Uint8Array =>
  written(verdict, context).finish();

function written(verdict: Verdict, context: VerdictContext): Writer {
  const writer = framed('verdict');
  writer.arrayHead(2);
  acceptedField.encode(writer, maskOf(verdict.body.accepted, context.spends) ?? verdict.body.accepted);
  writer.bytes(verdict.signature);
  return writer;
}

/** Strict reading against the payment that it answers; the signature is verified by the caller. */
export function decodeVerdict(message: Uint8Array, context: VerdictContext, hashes: Hashes): Result<Verdict> {
  return decoding(message, MAX_VERDICT_BYTES, () => {
    if (message[0] !== prefixOf('verdict')) throw new DecodeError('unexpected-type', 0, 'a verdict');
    const reader = new Reader(message.subarray(1));
    if (reader.arrayHead(2) !== 2) throw new DecodeError('bad-value', 1, 'a verdict of 2 items');
    const wire = acceptedField.decode(reader);
    const signature = reader.bytes(SIGNATURE_BYTES, SIGNATURE_BYTES) as Signature;
    reader.end();
    const accepted = typeof wire === 'number' ? fromMask(wire, context.spends) : wire;
    const body = {
      request: context.request,
      accepted,
      ...(context.nonce ? { nonce: context.nonce } : {}),
    };
    const verdict = rebuild(VERDICT, suiteOf(context.payee), body, signature, hashes);
    if (!written(verdict, context).wrote(message)) {
      throw new DecodeError('non-minimal', 0, 'the canonical form of the verdict');
    }
    return verdict;
  });
}

function fromMask(mask: number, spends: readonly ObjectId[]): readonly ObjectId[] {
  if (mask >= 2 ** spends.length)
    throw new DecodeError('out-of-range', 1, 'a bit for each spend of the offer');
  return sorted(spends.filter((_, place) => Math.floor(mask / 2 ** place) % 2 === 1));
}
