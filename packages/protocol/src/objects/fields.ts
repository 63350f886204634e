/** Field codecs shared by the objects: brands are given here, once, after the checks. */
import type { Branded, Day, Instant, ObjectId, PublicKey, Signature } from '../brand.ts';
import { array, brandAs, bytes, type Codec, field, optional, record, refine, uint } from '../cbor/codec.ts';
import { MAX_CONDITION_ENTRIES, MAX_HANDLE_BYTES } from '../limits.ts';
import { type Fen, MAX_FEN } from '../money.ts';
import { ID_BYTES, isPublicKey, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../suite.ts';

/** An opaque account reference of one operator, 1 … 32 bytes. */
export type Handle = Branded<Uint8Array, 'Handle'>;

export const idField: Codec<ObjectId> = brandAs<ObjectId>(bytes({ length: ID_BYTES }));
export const keyField: Codec<PublicKey> = brandAs<PublicKey>(
  refine(bytes({ length: PUBLIC_KEY_BYTES }), (value) =>
    isPublicKey(value) ? undefined : 'not a suite byte and a compressed point',
  ),
);
export const signatureField: Codec<Signature> = brandAs<Signature>(bytes({ length: SIGNATURE_BYTES }));
export const handleField: Codec<Handle> = brandAs<Handle>(bytes({ min: 1, max: MAX_HANDLE_BYTES }));

/** Checks an account reference. @throws RangeError outside 1 … 32 bytes */
export function handle(bytes: Uint8Array): Handle {
  if (bytes.length < 1 || bytes.length > MAX_HANDLE_BYTES) {
    throw new RangeError(`handle: expected 1..${MAX_HANDLE_BYTES} bytes, got ${bytes.length}`);
  }
  return bytes as Handle;
}

/** An amount of money, 1 … 2^53−1 (MONEY-1). */
export const amountField: Codec<Fen> = brandAs<Fen>(uint(MAX_FEN, 1));
/** A coordinate on a coin's line, 0 … 2^53−1. */
export const coordinateField: Codec<Fen> = brandAs<Fen>(uint(MAX_FEN));
export const instantField: Codec<Instant> = brandAs<Instant>(uint(0xffff_ffff));
export const dayField: Codec<Day> = brandAs<Day>(uint(49_710));

/** Number of a key in the trust bundle. */
export const keyNumberField = uint(0xffff);
export const operatorField = uint(0xffff);
export const MAX_STATUS = 0xffff_ffff;
export const statusField = uint(MAX_STATUS);
export const policyField = uint(0xffff);
/** Sequence number of a Spend: 1 for the first of a key. */
export const seqField = uint(0xffff_ffff, 1);
/** Merchant category: ISO 18245, 0 … 9999. */
export const MAX_CATEGORY = 9_999;
export const categoryField = uint(MAX_CATEGORY);
/** Region: six-digit administrative code (GB/T 2260), or a deployment's own numbers. */
export const MAX_REGION = 999_999;
export const regionField = uint(MAX_REGION);
/** ISO 4217 numeric code, or a deployment's own from 1000 for closed currencies. */
export const currencyField = uint(0xffff, 1);
/** Number of minor digits. */
export const unitField = uint(6);

/** The half-open range [from, to) of a coin's line. */
export interface Range {
  readonly from: Fen;
  readonly to: Fen;
}

/** Where money may be spent (directed payout). Absent lists allow everything. */
export interface Condition {
  readonly categories?: readonly number[];
  readonly regions?: readonly number[];
  readonly notBefore?: Instant;
  readonly notAfter?: Instant;
}

const ascending = (values: readonly number[]): string | undefined =>
  values.every((value, i) => i === 0 || value > (values[i - 1] ?? -1)) ? undefined : 'not strictly ascending';

export const conditionField: Codec<Condition> = refine(
  record({
    categories: optional(
      field(1, refine(array(categoryField, { min: 1, max: MAX_CONDITION_ENTRIES }), ascending)),
    ),
    regions: optional(
      field(2, refine(array(regionField, { min: 1, max: MAX_CONDITION_ENTRIES }), ascending)),
    ),
    notBefore: optional(field(3, instantField)),
    notAfter: optional(field(4, instantField)),
  }),
  (condition) => (Object.keys(condition).length === 0 ? 'an empty condition is left out' : undefined),
);
