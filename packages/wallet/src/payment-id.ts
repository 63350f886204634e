/** Names of payments, holdings and ids as texts: the keys of the wallet's maps. This file gives the brands. */
import type { Branded, IdText, ObjectId } from '@duet/protocol/brand';
import { fromHex, idText, toHex } from '@duet/protocol/bytes';
import type { Nonce, Parent } from '@duet/protocol/objects/spend';

/** A payment: the request id in hexadecimal, for a standing request followed by `:` and the nonce. */
export type PaymentId = Branded<string, 'PaymentId'>;

/** Where a range came from: the coin id, or the Spend id followed by `:` and the input. */
export type HoldingKey = Branded<string, 'HoldingKey'>;

export const paymentIdOf = (request: ObjectId, nonce?: Nonce): PaymentId =>
  (nonce ? `${idText(request)}:${toHex(nonce)}` : idText(request)) as string as PaymentId;

/** The request that a payment answers. */
export const requestOf = (paymentId: PaymentId): IdText => paymentId.split(':')[0] as string as IdText;

/** Which payment to a standing request it is; `undefined` for others. */
export function nonceOf(paymentId: PaymentId): Nonce | undefined {
  const [, nonce] = paymentId.split(':');
  return nonce === undefined ? undefined : (fromHex(nonce) as Nonce);
}

/** What a payment's name says beside its request: for a standing one the nonce. */
export function refOfPayment(paymentId: PaymentId, request: ObjectId): { request: ObjectId; nonce?: Nonce } {
  const nonce = nonceOf(paymentId);
  return nonce === undefined ? { request } : { request, nonce };
}

/** A text that a person or program gave back; unknown ones are refused where they are looked up. */
export const asPaymentId = (text: string): PaymentId => text as PaymentId;

export const asIdText = (text: string): IdText => text as IdText;

export const holdingKey = ({ id, index }: Parent): HoldingKey =>
  (index === undefined ? idText(id) : `${idText(id)}:${index}`) as string as HoldingKey;
