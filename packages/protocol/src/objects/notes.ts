/** IntakeNote and CreditNote: the answers of operator and registry to what was uploaded. */
import type { Instant, ObjectId } from '../brand.ts';
import { array, bytes, field, optional, record, text, uint } from '../cbor/codec.ts';
import { MAX_OBJECT_BYTES } from '../limits.ts';
import type { Fen } from '../money.ts';
import { amountField, idField, instantField, keyNumberField, operatorField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

/** An operator took sealed bytes at a time: it makes a claim in time (SET-7). */
export interface IntakeNoteBody {
  readonly signerKey: number;
  readonly operator: number;
  /** Hash of the sealed bytes, under the suite of the note. */
  readonly upload: Uint8Array;
  readonly time: Instant;
}

/** What became of one input of a claim, or of one Spend of a return. */
export type Outcome = 'credited' | 'pending' | 'owed' | 'refused';

const OUTCOMES: readonly Outcome[] = ['credited', 'pending', 'owed', 'refused'];

export interface CreditItem {
  /** Claim, return or spend that the item is about. */
  readonly object: ObjectId;
  /** Input of the claim; absent for other objects. */
  readonly index?: number;
  readonly outcome: number;
  readonly amount?: Fen;
  /** Rejection code when refused. */
  readonly code?: string;
}

/** A Spend that waits for a Verdict no more, since its coins are closed (SET-7). */
export interface SpendEnd {
  readonly spend: ObjectId;
  /** What of it came back to the account of its signer, where any did; the rest reached its payee or those after. */
  readonly returned?: Fen;
}

export interface CreditNoteBody {
  readonly signerKey: number;
  readonly upload: Uint8Array;
  readonly time: Instant;
  readonly items: readonly CreditItem[];
  /** SHA-256 of the recorded payments in the answer, as a list; absent where it has none. */
  readonly recorded?: Uint8Array;
  /** Of the open Spends that were asked about; absent where none ended. */
  readonly ends?: readonly SpendEnd[];
}

export type IntakeNote = Signed<'intake-note', IntakeNoteBody>;
export type CreditNote = Signed<'credit-note', CreditNoteBody>;

export const outcomeNumber = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);
export const outcomeOf = (number: number): Outcome => OUTCOMES[number] ?? 'refused';

/** As many open Spends as an upload asks about. */
const MAX_SPEND_ENDS = 1_024;

const hashField = bytes({ length: 32 });

export const INTAKE_NOTE: ObjectType<'intake-note', IntakeNoteBody> = {
  kind: 'intake-note',
  typ: 'duet-intake-note',
  maxBytes: 256,
  body: record({
    signerKey: field(1, keyNumberField),
    operator: field(2, operatorField),
    upload: field(3, hashField),
    time: field(4, instantField),
  }),
};

export const CREDIT_NOTE: ObjectType<'credit-note', CreditNoteBody> = {
  kind: 'credit-note',
  typ: 'duet-credit-note',
  maxBytes: MAX_OBJECT_BYTES,
  body: record({
    signerKey: field(1, keyNumberField),
    upload: field(2, hashField),
    time: field(3, instantField),
    items: field(
      4,
      array(
        record({
          object: field(1, idField),
          index: optional(field(2, uint(0xffff))),
          outcome: field(3, uint(OUTCOMES.length - 1)),
          amount: optional(field(4, amountField)),
          code: optional(field(5, text(32))),
        }),
        { max: 4_096 },
      ),
    ),
    recorded: optional(field(5, hashField)),
    ends: optional(
      field(
        6,
        array(record({ spend: field(1, idField), returned: optional(field(2, amountField)) }), {
          min: 1,
          max: MAX_SPEND_ENDS,
        }),
      ),
    ),
  }),
};
