/** Request: what a payee asks for, signed by the payee's key; its id names the payment. */
import type { Instant, ObjectId, PublicKey } from '../brand.ts';
import { field, optional, record, refine, text, uint } from '../cbor/codec.ts';
import { MAX_TEXT_BYTES } from '../limits.ts';
import type { Fen } from '../money.ts';
import { amountField, currencyField, idField, instantField, keyField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

export interface RequestBody {
  /** Id of the payee's certificate, or of the coin whose owner key is paid (refund). */
  readonly payee: ObjectId;
  /** Absent in a standing request (PAY-12). */
  readonly amount?: Fen;
  /** Payee time; absent in a standing request. */
  readonly time?: Instant;
  /** Fresh key to which the offer is sealed; it serves as the nonce. */
  readonly sealingKey: PublicKey;
  readonly text?: string;
  /** Currency asked for; absent means {@link DEFAULT_CURRENCY}. */
  readonly currency?: number;
  /** Highest protocol version taken; absent means 1. */
  readonly version?: number;
  /** Suites taken as a bit mask (1, 2, or 3 for both); absent means both. */
  readonly suites?: number;
}

export type Request = Signed<'request', RequestBody>;

/** Chinese yuan, ISO 4217. */
export const DEFAULT_CURRENCY = 156;
/** Minor digits of the default currency. */
export const DEFAULT_UNIT = 2;
export const PROTOCOL_VERSION = 1;
export const ALL_SUITES = 3;

/** Defaults are left out, and a request is standing in both fields or in none. */
export function requestProblem(body: Omit<RequestBody, 'payee' | 'sealingKey'>): string | undefined {
  if ((body.amount === undefined) !== (body.time === undefined))
    return 'amount and time together, or neither';
  if (body.currency === DEFAULT_CURRENCY) return 'the default currency is left out';
  if (body.version !== undefined && body.version <= PROTOCOL_VERSION) return 'version 1 is left out';
  if (body.suites === ALL_SUITES) return 'both suites are left out';
  return body.text === '' ? 'an empty text is left out' : undefined;
}

export const versionField = uint(0xff, 1);
export const suitesField = uint(ALL_SUITES, 1);
export const textField = text(MAX_TEXT_BYTES);

export const REQUEST: ObjectType<'request', RequestBody> = {
  kind: 'request',
  typ: 'duet-request',
  maxBytes: 512,
  body: refine(
    record({
      payee: field(1, idField),
      amount: optional(field(2, amountField)),
      time: optional(field(3, instantField)),
      sealingKey: field(4, keyField),
      text: optional(field(5, textField)),
      currency: optional(field(6, currencyField)),
      version: optional(field(7, versionField)),
      suites: optional(field(8, suitesField)),
    }),
    requestProblem,
  ),
};

/** The currency a request asks for. */
export const currencyOf = (request: RequestBody): number => request.currency ?? DEFAULT_CURRENCY;

export const isStanding = (request: RequestBody): boolean => request.amount === undefined;
