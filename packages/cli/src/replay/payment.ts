/** One offline payment between two devices, with every message that passes between them. */
import type { Fen } from '@duet/protocol/money';
import type { Rejection } from '@duet/protocol/rejection';
import type { PaymentId } from '@duet/wallet/payment-id';
import type { Purse } from './purse.ts';

export type PaymentEnd =
  | {
      readonly kind: 'paid';
      readonly paymentId: PaymentId;
      readonly depth: number;
      readonly offerBytes: number;
    }
  | { readonly kind: 'refused'; readonly by: 'payer' | 'payee'; readonly rejection: Rejection };

/** Request, offer, verdict. What is refused ends with a Verdict too, so that nothing stays open. */
export async function payOffline(
  payer: Purse,
  payee: Purse,
  amount: Fen,
  text?: string,
): Promise<PaymentEnd> {
  const request = await payee.request(text === undefined ? { amount } : { amount, text });
  if (!request.ok) return { kind: 'refused', by: 'payee', rejection: request.rejection };
  const { message, requestId } = request.value;
  const offer = await payer.pay(message, { confirmed: true });
  if (!offer.ok) {
    await payee.cancel(requestId);
    return { kind: 'refused', by: 'payer', rejection: offer.rejection };
  }
  const receipt = await payee.receive(offer.value.sealedOffer);
  if (!receipt.ok) {
    const closed = await payee.cancel(requestId);
    if (closed.ok) await payer.takeVerdict(closed.value.verdict, offer.value.paymentId);
    return { kind: 'refused', by: 'payee', rejection: receipt.rejection };
  }
  const taken = await payer.takeVerdict(receipt.value.verdict, offer.value.paymentId);
  if (!taken.ok || taken.value.state !== 'paid')
    throw new Error('payment: the payer does not take the verdict');
  const { depth, offerBytes } = receipt.value;
  return { kind: 'paid', paymentId: offer.value.paymentId, depth, offerBytes };
}
