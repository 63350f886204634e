/** References to payments as a person gives them: an id, or its beginning. */
import type { IdText } from '@duet/protocol/brand';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { PaymentView } from '@duet/wallet/views';
import type { Wallet } from '@duet/wallet/wallet';
import { MIN_ID_CHARACTERS } from '../limits.ts';
import { printable } from '../text/format.ts';

const FORM = /^[0-9a-f]+(:[0-9a-f]*)?$/;
const MAX_SHOWN_CHARACTERS = 40;

/** The one payment that a reference names. Rejection `payment-unknown`. */
export function findPayment(payments: readonly PaymentView[], reference: string): Result<PaymentView> {
  const shown = printable(reference).slice(0, MAX_SHOWN_CHARACTERS);
  if (reference.length < MIN_ID_CHARACTERS || !FORM.test(reference)) {
    return reject(
      'payment-unknown',
      `at least ${MIN_ID_CHARACTERS} characters of a reference`,
      shown === '' ? 'nothing' : shown,
      'reference-form',
    );
  }
  const found = payments.filter(({ paymentId }) => isNamedBy(paymentId, reference));
  const [payment] = found;
  return payment && found.length === 1
    ? accept(payment)
    : reject(
        'payment-unknown',
        'the reference of one payment',
        `${found.length} that begin with ${shown}`,
        found.length > 1 ? 'reference-unclear' : undefined,
      );
}

/** The one standing request that a reference names: its payments have references of their own. */
export function findStanding(requests: Wallet['state']['requests'], reference: string): IdText | undefined {
  if (reference.length < MIN_ID_CHARACTERS) return undefined;
  const found = [...requests].filter(([id, { standing }]) => standing && id.startsWith(reference));
  return found.length === 1 ? found[0]?.[0] : undefined;
}

/** The beginning of the id, and after a colon that of the random bytes of a standing payment. */
function isNamedBy(paymentId: string, reference: string): boolean {
  const [request = '', nonce = ''] = paymentId.split(':');
  const [requestStart = '', nonceStart = ''] = reference.split(':');
  return request.startsWith(requestStart) && nonce.startsWith(nonceStart);
}
