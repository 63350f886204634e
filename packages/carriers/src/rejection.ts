/**
 * Why something pasted or scanned was not taken: values with stable codes, in the order in which checks
 * report. Nothing here depends on what the message says; that is judged by `@duet/protocol`.
 */
const TABLE = [
  ['empty-input', 'Paste or scan the whole message.'],
  ['input-too-large', 'Give one message only, of at most 64 KB.'],
  ['unknown-form', 'Give a text that starts with DUET: or ur:duet/, or the bytes of a message.'],
  ['bad-ur', 'Copy the whole part, from "ur:" to its last letter.'],
  ['wrong-ur-type', 'Scan the code that the other Duet device shows; this one belongs to another program.'],
  ['bad-sequence', 'Copy the part again; its part numbers are damaged.'],
  ['bad-character', 'Copy the text again; a character in it was changed.'],
  ['bad-length', 'Copy the text again; a piece is missing or added.'],
  ['bad-group', 'Copy the text again; a character in it was changed.'],
  ['bad-word', 'Copy the text again; a letter in it was changed.'],
  ['bad-checksum', 'Copy or scan it again; it was damaged on the way.'],
  ['bad-part', 'Update the device that shows the code; its parts are not encoded as the standard says.'],
  ['other-message', 'Finish or cancel the message begun, or scan only the parts of that one.'],
  ['part-conflict', 'Scan on; if it stays, start the scan again.'],
  ['message-damaged', 'Scan again from the beginning; one of the parts was forged or damaged.'],
  ['bad-payload', 'Update the device that shows the code; what it wrapped is not a Duet message.'],
] as const satisfies readonly (readonly [string, string])[];

export type CarrierCode = (typeof TABLE)[number][0];

export interface CarrierRejection {
  readonly code: CarrierCode;
  /** What was required, for a person. */
  readonly expected: string;
  /** What was there instead; never the content of the message. */
  readonly got: string;
}

export type CarrierResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: CarrierRejection };

/** All codes in precedence order, each with what to do about it. */
export const CARRIER_CODES: readonly { readonly code: CarrierCode; readonly todo: string }[] = TABLE.map(
  ([code, todo]) => ({ code, todo }),
);

const TODO: ReadonlyMap<CarrierCode, string> = new Map(TABLE);

/** What a person can do about a code. */
export const carrierTodoOf = (code: CarrierCode): string => TODO.get(code) ?? '';

export const accept = <T>(value: T): CarrierResult<T> => ({ ok: true, value });

export const refusal = (code: CarrierCode, expected: string, got: string): CarrierRejection => ({
  code,
  expected,
  got,
});

export const reject = (code: CarrierCode, expected: string, got: string): CarrierResult<never> => ({
  ok: false,
  rejection: refusal(code, expected, got),
});
