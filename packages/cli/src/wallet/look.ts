/** `duet wallet balance|history`: what is held and what was paid. */
import { dayOf } from '@duet/protocol/brand';
import type { Result } from '@duet/protocol/rejection';
import type { PaymentView } from '@duet/wallet/views';
import type { Context } from '../context.ts';
import { done, type JsonValue, type Outcome } from '../outcome.ts';
import { dayText, instantJson, instantText, printable, shortId, table, yuan } from '../text/format.ts';
import { type Language, type MessageKey, PAYMENT_STATES, pick, say, type Values } from '../text/messages.ts';
import { type WalletChoice, withWallet } from './open-wallet.ts';

export function balance(options: WalletChoice, context: Context): Promise<Result<Outcome>> {
  return withWallet(options, context, ({ wallet }) => {
    const { spendable, conditional, outgoing, voided, settling, refused, waiting } = wallet.balance();
    const row = (key: MessageKey, amount: number, always = false, values: Values = {}): string[][] =>
      always || amount > 0 ? [[say(context.language, key, values), yuan(amount)]] : [];
    // A newer copy of the wallet may have spent some of it.
    const atClose = (key: MessageKey, values: Values): string[][] =>
      waiting > 0
        ? [[say(context.language, key, values), say(context.language, 'atMost', { amount: yuan(waiting) })]]
        : [];
    const last = wallet.waiting().at(-1)?.at;
    const day = last === undefined ? undefined : dayText(dayOf(last));
    const rows = [
      ...row('spendable', spendable, true),
      ...row('conditional', conditional),
      ...row('outgoing', outgoing),
      ...row('voided', voided),
      ...row('settling', settling),
      ...wallet.refused().flatMap(({ amount, code }) => row('refusedSoFar', amount, false, { code })),
      ...(day === undefined ? atClose('atSomeClose', {}) : atClose('atClose', { day })),
    ];
    return done(
      {
        spendableFen: spendable,
        conditionalFen: conditional,
        outgoingFen: outgoing,
        voidedFen: voided,
        settlingFen: settling,
        refusedFen: refused,
        refused: wallet.refused().map(({ amount, code }) => ({ code, amountFen: amount })),
        waitingFen: waiting,
        waitingUntil: day ?? null,
      },
      table(rows, ['left', 'right']),
    );
  });
}

export function history(options: WalletChoice, context: Context): Promise<Result<Outcome>> {
  return withWallet(options, context, ({ wallet }) => {
    const payments = wallet.payments();
    return done(
      payments.map(paymentJson),
      payments.length === 0
        ? [say(context.language, 'noPayments')]
        : table(
            payments.map((payment) => rowOf(payment, context.language)),
            ['left', 'left', 'right'],
          ),
    );
  });
}

function rowOf(payment: PaymentView, language: Language): string[] {
  const { direction, amount, state, at, payeeName, payerName, text, paymentId, returned = 0 } = payment;
  const sign = direction === 'out' ? '-' : '+';
  const about = [payeeName ?? payerName, text]
    .filter((part) => part !== undefined)
    .map((part) => printable(part));
  return [
    shortId(paymentId),
    instantText(at),
    amount === 0 ? '' : `${sign}${yuan(amount)}`,
    `${pick(language, PAYMENT_STATES[state])}${returned > 0 && returned < amount ? ` (${yuan(returned)})` : ''}`,
    about.join(': '),
  ];
}

const paymentJson = ({ amount, at, spends, returned, ...rest }: PaymentView): JsonValue => ({
  ...rest,
  ...(returned === undefined ? {} : { returnedFen: returned }),
  amountFen: amount,
  at: instantJson(at),
  spends: [...spends],
});
