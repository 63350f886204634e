/**
 * Upload and its answer: one step of a sync (SET-13, SET-14), sealed to the registry (PRIV-2).
 *
 * Everything is idempotent: the same upload again changes nothing and gives the same answer. A device cuts
 * a long history into several uploads, each within {@link MAX_UPLOAD_BYTES}.
 */
import {
  array,
  bytes,
  type Codec,
  encodeBytes,
  field,
  type Infer,
  optional,
  record,
  text,
  uint,
} from '../cbor/codec.ts';
import {
  MAX_CLAIM_BYTES,
  MAX_CLAIM_INPUTS,
  MAX_OBJECT_BYTES,
  MAX_OFFER_BYTES,
  MAX_REQUEST_BYTES,
} from '../limits.ts';
import { idField } from '../objects/fields.ts';
import { MAX_PROOF_BYTES } from '../objects/fraud-proof.ts';
import { INQUIRY } from '../objects/inquiry.ts';
import type { Hashes } from '../suite.ts';

/** One upload before sealing. */
export const MAX_UPLOAD_BYTES = 1024 * 1024;
/** The same sealed: with the point and the tag of the seal. */
export const MAX_SEALED_UPLOAD_BYTES = MAX_UPLOAD_BYTES + 64;

/** Entries of each list in one upload. */
export const MAX_UPLOAD_ENTRIES = 1_024;

/**
 * Inputs of all Claims and Spends of all Returns in one upload, as many as one Claim may have: the credit note tells of
 * each in up to three items (what the coin, what a fund paid, what is owed) of about 65 bytes.
 */
export const MAX_ORDER_ENTRIES = MAX_CLAIM_INPUTS;

/** New coins that Claims and Returns of one upload ask for: what one answer holds. */
export const MAX_ORDER_OUTPUTS = 4 * MAX_UPLOAD_ENTRIES;

/** A payment as both sides know it: the request message, and the opened offer (absent: closed unpaid). */
export interface Exchange {
  readonly request: Uint8Array;
  readonly offer?: Uint8Array;
}

export const exchangeField: Codec<Exchange> = record({
  request: field(1, bytes({ min: 1, max: MAX_REQUEST_BYTES })),
  offer: optional(field(2, bytes({ min: 1, max: MAX_OFFER_BYTES }))),
});

const objects = array(bytes({ min: 1, max: MAX_CLAIM_BYTES }), { max: MAX_UPLOAD_ENTRIES });

/** What a device made and received since its last sync, and whose affairs it asks about. */
export const UPLOAD = record({
  exchanges: field(1, array(exchangeField, { max: MAX_UPLOAD_ENTRIES })),
  /** COSE_Sign1 Verdicts. */
  verdicts: field(2, objects),
  /** COSE_Sign1 Claims, judged after the exchanges of the same upload. */
  claims: field(3, objects),
  /** COSE_Sign1 Returns. */
  returns: field(4, objects),
  /** FraudProofs found by the device itself. */
  proofs: field(5, array(bytes({ min: 1, max: MAX_PROOF_BYTES }), { max: 64 })),
  /** COSE_Sign1 Inquiry: the answer holds recorded payments to its keys that have no Verdict yet. */
  inquiry: optional(field(6, bytes({ min: 1, max: INQUIRY.maxBytes }))),
  /** Spends that have no Verdict yet, by ids that only those know who handled them: the answer holds the Verdicts known by now. */
  openSpends: field(7, array(idField, { max: MAX_UPLOAD_ENTRIES })),
});

export type Upload = Infer<typeof UPLOAD>;

export const EMPTY_UPLOAD: Upload = {
  exchanges: [],
  verdicts: [],
  claims: [],
  returns: [],
  proofs: [],
  openSpends: [],
};

/** Payments recorded from their payers, which the payee has not answered (SET-13). */
const recordedField = array(exchangeField, { max: MAX_UPLOAD_ENTRIES });

/** What a CreditNote says of the recorded payments beside it: nothing is left out, added or changed on the way. */
export const recordedHash = (recorded: readonly Exchange[], hashes: Hashes): Uint8Array | undefined =>
  recorded.length === 0 ? undefined : hashes.hash(1, encodeBytes(recordedField, recorded));

const large = array(bytes({ min: 1, max: MAX_OBJECT_BYTES }), { max: MAX_ORDER_OUTPUTS });

/** The registry's answer to one upload. */
export const ANSWER = record({
  /** COSE_Sign1 CreditNote: what became of every claim input and return. */
  creditNote: field(1, bytes({ min: 1, max: MAX_OBJECT_BYTES })),
  recorded: field(2, recordedField),
  /** COSE_Sign1 Verdicts on the asked open Spends. */
  verdicts: field(3, large),
  /** COSE_Sign1 Coins made by refreshes and returns, also by earlier uploads of the same claim or return. */
  coins: field(4, large),
  /** Codes of refused entries of the upload: list number (0: the note that came with it), place, code. */
  refused: field(
    5,
    array(record({ list: field(1, uint(7)), place: field(2, uint(0xffff)), code: field(3, text(32)) }), {
      max: 8 * MAX_UPLOAD_ENTRIES,
    }),
  ),
});

export type Answer = Infer<typeof ANSWER>;

/** Info string of the seal to the registry (HPKE `info`). */
export const UPLOAD_INFO = 'duet-upload';
