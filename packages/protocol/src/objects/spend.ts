/** Spend: one owner key signs ranges over to a payee's key. */
import type { Branded, Instant, ObjectId } from '../brand.ts';
import { compareBytes } from '../bytes.ts';
import { array, brandAs, bytes, type Codec, field, optional, record, refine } from '../cbor/codec.ts';
import { DecodeError } from '../cbor/reader.ts';
import { MAX_INPUTS } from '../limits.ts';
import type { Fen } from '../money.ts';
import { amountField, coordinateField, idField, instantField, type Range, seqField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

/** Where a range came from: a coin, or an input of the Spend by which the signer received it. */
export interface Parent {
  readonly id: ObjectId;
  /** Input of the parent Spend; absent when the parent is a coin. */
  readonly index?: number;
}

/** One range that leaves its owner, in coordinates of the coin's line. */
export interface Input extends Range {
  readonly parent: Parent;
}

/** 16 random bytes that tell payments to one standing request apart. */
export type Nonce = Branded<Uint8Array, 'Nonce'>;

/** Only in payments to a standing request (PAY-12). */
export interface Standing {
  readonly nonce: Nonce;
  /** Total of the payment over all its Spends. */
  readonly total: Fen;
}

export interface SpendBody {
  readonly inputs: readonly Input[];
  /** Id of the payee's certificate, or of the coin whose owner key is paid (refund). */
  readonly payee: ObjectId;
  readonly request: ObjectId;
  /** Counts the Spends of the signing key from 1 (LIMIT-1). */
  readonly seq: number;
  readonly time: Instant;
  readonly refundOf?: ObjectId;
  readonly standing?: Standing;
}

export type Spend = Signed<'spend', SpendBody>;

export const MAX_INPUT_INDEX = 0xff;
export const NONCE_BYTES = 16;
export const nonceField: Codec<Nonce> = brandAs<Nonce>(bytes({ length: NONCE_BYTES }));

/** `[parent, from, to]`, or `[parent, index, from, to]` when the parent is a Spend. */
const inputField: Codec<Input> = refine(
  {
    encode(writer, input) {
      writer.arrayHead(input.parent.index === undefined ? 3 : 4);
      idField.encode(writer, input.parent.id);
      if (input.parent.index !== undefined) writer.uint(input.parent.index);
      coordinateField.encode(writer, input.from);
      coordinateField.encode(writer, input.to);
    },
    decode(reader) {
      const length = reader.arrayHead(4);
      if (length < 3) throw new DecodeError('bad-value', reader.offset, 'input of 3 or 4 items');
      const id = idField.decode(reader);
      const parent = length === 4 ? { id, index: reader.uint(MAX_INPUT_INDEX) } : { id };
      return { parent, from: coordinateField.decode(reader), to: coordinateField.decode(reader) };
    },
  },
  (input) => (input.from < input.to ? undefined : 'from < to'),
);

/** Order of inputs inside one Spend or Claim: parent id, parent input, start. */
export function compareInputs(a: Input, b: Input): number {
  return (
    compareBytes(a.parent.id, b.parent.id) ||
    (a.parent.index ?? -1) - (b.parent.index ?? -1) ||
    a.from - b.from
  );
}

/** Inputs stand in order, and those of one parent neither overlap nor touch (touching ones are merged). */
export function inputsProblem(inputs: readonly Input[]): string | undefined {
  for (let i = 1; i < inputs.length; i++) {
    const [before, after] = [inputs[i - 1], inputs[i]];
    if (!before || !after) continue;
    const byParent =
      compareBytes(before.parent.id, after.parent.id) ||
      (before.parent.index ?? -1) - (after.parent.index ?? -1);
    if (byParent > 0) return 'inputs in ascending order';
    if (byParent === 0 && after.from <= before.to) return 'inputs of one parent ascending and apart';
  }
  return undefined;
}

/** 1 … `max` inputs in canonical order. */
export const inputsField = (max: number): Codec<readonly Input[]> =>
  refine(array(inputField, { min: 1, max }), inputsProblem);

/** The standing fields come together. */
export function standingOf(
  nonce: Nonce | undefined,
  total: Fen | undefined,
  offset: number,
): Standing | undefined {
  if ((nonce === undefined) !== (total === undefined)) {
    throw new DecodeError('missing-key', offset, 'nonce and total together');
  }
  return nonce !== undefined && total !== undefined ? { nonce, total } : undefined;
}

const wire = record({
  inputs: field(1, inputsField(MAX_INPUTS)),
  payee: field(2, idField),
  request: field(3, idField),
  seq: field(4, seqField),
  time: field(5, instantField),
  refundOf: optional(field(6, idField)),
  nonce: optional(field(7, nonceField)),
  total: optional(field(8, amountField)),
});

export const SPEND: ObjectType<'spend', SpendBody> = {
  kind: 'spend',
  typ: 'duet-spend',
  maxBytes: 4 * 1024,
  body: {
    encode(writer, { standing, ...rest }) {
      wire.encode(writer, { ...rest, ...standing });
    },
    decode(reader) {
      const { nonce, total, ...rest } = wire.decode(reader);
      const standing = standingOf(nonce, total, reader.offset);
      return standing ? { ...rest, standing } : rest;
    },
  },
};
