/** What the end of `duet wallet pay` and its like means for the money, read from the wallet itself (PAY-3, PAY-8). */
import type { Result } from '@duet/protocol/rejection';
import { StorageError } from '@duet/wallet/node/storage-error';
import type { PaymentState, PaymentView } from '@duet/wallet/views';
import { MoneyError, type Outcome, RefusedError, refusalOf } from '../outcome.ts';
import { shortId, yuan } from '../text/format.ts';
import type { MoneyKey, MoneySaid } from '../text/money.ts';

/** Says from now on something else. */
export type Mark = (money: MoneySaid) => void;

/** Runs a command on money: whatever ends it, a refusal or an error, says `money`, or what was marked last. */
export async function sayingMoney(
  first: MoneySaid,
  work: (mark: Mark) => Promise<Result<Outcome>>,
): Promise<Result<Outcome>> {
  let money = first;
  const outcome = await orSaying(
    () => money,
    () =>
      work((said) => {
        money = said;
      }),
  );
  return { ok: true, value: { ...outcome, money } };
}

/** Runs a part of a command; where it does not come to its end, that says `money`. */
async function orSaying<T>(money: () => MoneySaid, work: () => Promise<Result<T>> | Result<T>): Promise<T> {
  try {
    const result = await work();
    if (result.ok) return result.value;
    throw new RefusedError(refusalOf(result.rejection));
  } catch (error) {
    throw new MoneyError(money(), error);
  }
}

const BY_STATE: Readonly<Partial<Record<PaymentState, MoneyKey>>> = {
  recorded: 'recorded',
  'not-yet-known': 'signed',
  'recorded-not-yet-known': 'signed',
  paid: 'paid',
  'not-paid': 'not-paid',
  'paid-at-close': 'paid',
  'returned-at-close': 'returned',
};

export const NOTHING_SIGNED: MoneySaid = { key: 'nothing-signed', values: {} };
export const NOTHING_RECEIVED: MoneySaid = { key: 'nothing-received', values: {} };
export const UNCHANGED: MoneySaid = { key: 'unchanged', values: {} };

/** Of a payment that this wallet made, or did not make. */
export function moneyOf(payment: PaymentView | undefined): MoneySaid {
  const key = payment && BY_STATE[payment.state];
  if (!key) return NOTHING_SIGNED;
  return { key, values: { amount: yuan(payment.amount), reference: shortId(payment.paymentId) } };
}

/** Does something durable; where nobody knows whether it was stored, that is what is said. */
export function orUnknown<T>(mark: Mark, key: MoneyKey, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StorageError && error.retry === 'unknown-outcome') mark({ key, values: {} });
    throw error;
  }
}
