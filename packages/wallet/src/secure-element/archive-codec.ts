/** Settled payments as bytes: a strict CBOR record. */
import {
  array,
  bool,
  bytes,
  decodeBytes,
  encodeBytes,
  field,
  type Infer,
  optional,
  record,
  text,
  uint,
} from '@duet/protocol/cbor/codec';
import { DecodeError } from '@duet/protocol/cbor/reader';
import {
  MAX_INPUTS,
  MAX_NAME_BYTES,
  MAX_OFFER_BYTES,
  MAX_REQUEST_BYTES,
  MAX_TEXT_BYTES,
  MAX_VERDICT_BYTES,
} from '@duet/protocol/limits';
import { amountField, coordinateField, idField, instantField } from '@duet/protocol/objects/fields';
import type { ArchivedIncoming, ArchivedOutgoing, ArchivedPayment } from './archive.ts';

export const MAX_ARCHIVED_BYTES = 8 * 1024;

const ARCHIVED = record({
  out: field(1, bool),
  state: field(2, uint(2)),
  amount: field(3, coordinateField),
  at: field(4, instantField),
  depth: field(5, uint(0xff)),
  spends: field(6, array(idField, { max: MAX_INPUTS })),
  paid: optional(
    field(
      7,
      array(record({ document: field(1, idField), amount: field(2, amountField) }), { max: MAX_INPUTS }),
    ),
  ),
  message: optional(field(8, bytes({ min: 1, max: MAX_REQUEST_BYTES }))),
  verdict: optional(field(9, bytes({ min: 1, max: MAX_VERDICT_BYTES }))),
  offerBytes: optional(field(10, uint(MAX_OFFER_BYTES))),
  payeeName: optional(field(11, text(MAX_NAME_BYTES))),
  text: optional(field(12, text(MAX_TEXT_BYTES))),
  waiting: optional(field(13, bool)),
  payerName: optional(field(14, text(MAX_NAME_BYTES))),
});

const OUT_STATES = ['paid', 'not-paid', 'freed'] as const;
const IN_STATES = ['paid', 'closed'] as const;

export function encodeArchived(archived: ArchivedPayment): Uint8Array {
  return archived.direction === 'out'
    ? encodeBytes(ARCHIVED, {
        ...archived,
        out: true,
        state: OUT_STATES.indexOf(archived.state),
        message: archived.requestBytes,
      })
    : encodeBytes(ARCHIVED, { ...archived, out: false, state: IN_STATES.indexOf(archived.state) });
}

/** @throws DecodeError */
export function decodeArchived(data: Uint8Array): ArchivedPayment {
  const { out, state, message, paid, verdict, offerBytes, waiting, payeeName, payerName, ...common } =
    decodeBytes(ARCHIVED, data, MAX_ARCHIVED_BYTES);
  const told = waiting ? { ...common, waiting } : common;
  // Older journals have the own name of the payee beside what it received: nobody is told that.
  return out
    ? outgoing(payeeName === undefined ? told : { ...told, payeeName }, state, message, paid, verdict)
    : incoming(payerName === undefined ? told : { ...told, payerName }, state, verdict, offerBytes);
}

type Wire = Infer<typeof ARCHIVED>;
type Told = Pick<ArchivedPayment, 'amount' | 'at' | 'depth' | 'spends' | 'text' | 'waiting'>;

function outgoing(
  told: Told & Pick<ArchivedOutgoing, 'payeeName'>,
  number: number,
  requestBytes: Wire['message'],
  paid: Wire['paid'],
  verdict: Wire['verdict'],
): ArchivedPayment {
  const state = OUT_STATES[number];
  if (!state || !requestBytes || !paid) throw new DecodeError('bad-value', 0, 'a settled payment');
  const base = { ...told, direction: 'out', state, paid, requestBytes } as const;
  return verdict ? { ...base, verdict } : base;
}

function incoming(
  told: Told & Pick<ArchivedIncoming, 'payerName'>,
  number: number,
  verdict: Wire['verdict'],
  offerBytes: Wire['offerBytes'],
): ArchivedPayment {
  const state = IN_STATES[number];
  if (!state || !verdict || offerBytes === undefined) throw new DecodeError('bad-value', 0, 'an answer');
  return { ...told, direction: 'in', state, verdict, offerBytes };
}
