/** The payee's side by hand: request, receive, cancel; and asking a payment back (PAY-5, PAY-7, PAY-10, PAY-12). */
import { utf8Length } from '@duet/protocol/cbor/utf8';
import { MAX_TEXT_BYTES } from '@duet/protocol/limits';
import type { Fen } from '@duet/protocol/money';
import { type Rejection, type Result, reject } from '@duet/protocol/rejection';
import { asIdText } from '@duet/wallet/payment-id';
import type { Wallet } from '@duet/wallet/wallet';
import { parseAmount } from '../amount.ts';
import type { Context } from '../context.ts';
import { takeMessage } from '../io/incoming.ts';
import { checkOutgoing, giveMessage, messageJson, type OutgoingOptions } from '../io/outgoing.ts';
import { done, type Outcome, UsageError } from '../outcome.ts';
import { adviceOf } from '../text/advice.ts';
import { instantJson, instantText, shortId, yuan } from '../text/format.ts';
import { type Language, pick, say } from '../text/messages.ts';
import { phraseIn } from '../text/refusal.ts';
import type { ReceiveOptions, RequestOptions } from './commands.ts';
import { typeOf } from './message.ts';
import {
  type Mark,
  moneyOf,
  NOTHING_RECEIVED,
  NOTHING_SIGNED,
  orSaying,
  orUnknown,
  sayingMoney,
} from './money.ts';
import { type WalletChoice, withWallet } from './open-wallet.ts';
import { findPayment } from './reference.ts';

export async function request(
  given: string | undefined,
  options: RequestOptions,
  context: Context,
): Promise<Result<Outcome>> {
  checkOutgoing(options, context);
  const standing = options.standing === true;
  if (standing === (given !== undefined)) {
    throw new UsageError(standing ? 'amountSuperfluous' : 'amountMissing');
  }
  checkText(options.text);
  const amount = given === undefined ? undefined : parseAmount(given);
  if (amount && !amount.ok) return amount;
  return withWallet(options, context, ({ wallet }) => ask(wallet, amount?.value, options, context));
}

async function ask(
  wallet: Wallet,
  amount: Fen | undefined,
  options: RequestOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const { text } = options;
  const standing = amount === undefined;
  const asked = wallet.request({
    ...(standing ? { standing } : { amount }),
    ...(text === undefined || text === '' ? {} : { text }),
  });
  if (!asked.ok) return asked;
  const { message, requestId } = asked.value;
  return sayingMoney({ key: 'requested', values: { reference: shortId(requestId) } }, async () => {
    context.note(
      standing
        ? say(context.language, 'requestStanding')
        : say(context.language, 'requestShown', { amount: yuan(amount) }),
    );
    await giveMessage(message, options, context);
    return done(
      { requestId, amountFen: amount ?? null, standing, message: messageJson(message, options) },
      [],
    );
  });
}

/** @throws UsageError */
function checkText(text: string | undefined): void {
  if (text !== undefined && (utf8Length(text) ?? MAX_TEXT_BYTES + 1) > MAX_TEXT_BYTES) {
    throw new UsageError('textTooLong', { most: MAX_TEXT_BYTES });
  }
}

/** An offer, or a receipt: the prefix of the message says which. */
export async function receive(
  options: ReceiveOptions & { readonly message: string | undefined },
  context: Context,
): Promise<Result<Outcome>> {
  checkOutgoing(options, context);
  const message = await orSaying(
    () => NOTHING_RECEIVED,
    () => takeMessage(options, context),
  );
  const type = await orSaying(
    () => NOTHING_RECEIVED,
    () => typeOf(message, ['offer', 'verdict']),
  );
  return withWallet(options, context, ({ wallet }) =>
    type === 'offer'
      ? sayingMoney(NOTHING_RECEIVED, (mark) =>
          takeOffer(wallet, message.subarray(1), mark, options, context),
        )
      : takeReceipt(wallet, message, context),
  );
}

async function takeOffer(
  wallet: Wallet,
  sealed: Uint8Array,
  mark: Mark,
  options: OutgoingOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const received = orUnknown(mark, 'receive-unknown', () => wallet.receive(sealed));
  if (!received.ok) return received;
  const { amount, again, at, verdict, warnings, paymentId, requestId, depth, offerBytes } = received.value;
  mark({ key: 'received', values: { amount: yuan(amount) } });
  const { language, paint } = context;
  const shown = { amount: yuan(amount), time: instantText(at) };
  context.note(
    again
      ? paint.yellow(say(language, 'receivedAgain', shown))
      : paint.green(say(language, 'received', shown)),
  );
  for (const warning of warnings) context.note(paint.yellow(warningLine(warning, language)));
  context.note(say(language, 'verdictShow'));
  await giveMessage(verdict, options, context);
  return done(
    {
      state: 'paid',
      again,
      amountFen: amount,
      paymentId,
      requestId,
      at: instantJson(at),
      depth,
      offerBytes,
      warnings: warnings.map(({ code }) => code),
      message: messageJson(verdict, options),
    },
    [],
  );
}

/** What a payee is told beside being paid. */
function warningLine({ code, expected, got }: Rejection, language: Language): string {
  const { what, todo } = adviceOf(code);
  const [wanted, found] = [expected, got].map((english) => phraseIn(language, english));
  return `${code}: ${pick(language, what)} (${wanted}; ${found}). ${pick(language, todo)}`;
}

function takeReceipt(wallet: Wallet, message: Uint8Array, context: Context): Result<Outcome> {
  const taken = wallet.takeVerdict(message);
  if (!taken.ok) return taken;
  const { paymentId, state } = taken.value;
  const { language, paint } = context;
  context.note(
    state === 'paid'
      ? paint.green(say(language, 'verdictPaid'))
      : paint.yellow(say(language, 'verdictNotPaid')),
  );
  return done({ state, paymentId }, []);
}

export function cancel(
  reference: string,
  options: WalletChoice & OutgoingOptions,
  context: Context,
): Promise<Result<Outcome>> {
  checkOutgoing(options, context);
  return withWallet(options, context, async ({ wallet }) => {
    const payment = findPayment(wallet.payments(), reference);
    if (payment.ok && payment.value.direction === 'out') {
      const { paymentId } = payment.value;
      return sayingMoney(moneyOf(payment.value), async (mark) => {
        const freed = wallet.free(paymentId);
        if (!freed.ok) return freed;
        mark(NOTHING_SIGNED);
        context.note(say(context.language, 'freed'));
        return done({ paymentId, state: 'freed' }, []);
      });
    }
    const standing = [...wallet.state.requests.keys()].filter((id) => id.startsWith(reference));
    const requestId = payment.ok ? payment.value.requestId : standing.length === 1 ? standing[0] : undefined;
    if (requestId === undefined)
      return payment.ok ? reject('payment-unknown', 'one request', 'several') : payment;
    const closed = wallet.cancel(asIdText(requestId));
    if (!closed.ok) return closed;
    const { verdict } = closed.value;
    const isPaid = wallet.payments().some((entry) => entry.requestId === requestId && entry.state === 'paid');
    if (isPaid)
      return reject('already-paid', 'a request that is still open', 'one that was paid', 'paid-request');
    context.note(say(context.language, 'cancelled'));
    if (verdict.length === 0) return done({ requestId, state: 'closed' }, []);
    return sayingMoney({ key: 'closed', values: { reference: shortId(requestId) } }, async () => {
      await giveMessage(verdict, options, context);
      return done({ requestId, state: 'closed', message: messageJson(verdict, options) }, []);
    });
  });
}

/** One request for each Spend of the payment (PAY-10): most payments are one. */
export function refund(
  reference: string,
  options: WalletChoice & OutgoingOptions,
  context: Context,
): Promise<Result<Outcome>> {
  checkOutgoing(options, context);
  return withWallet(options, context, async ({ wallet }) => {
    return sayingMoney(NOTHING_RECEIVED, async (mark) => {
      const payment = findPayment(wallet.payments(), reference);
      if (!payment.ok) return payment;
      const asked = wallet.requestRefund(payment.value.paymentId);
      if (!asked.ok) return asked;
      for (const [place, { message, requestId, amount }] of asked.value.entries()) {
        mark({ key: 'requested', values: { reference: shortId(requestId) } });
        context.note(say(context.language, 'refundAsked', { amount: yuan(amount) }));
        await giveMessage(message, partOf(options, place), context);
      }
      return done(
        asked.value.map(({ message, requestId, amount }, place) => ({
          requestId,
          amountFen: amount satisfies Fen,
          message: messageJson(message, partOf(options, place)),
        })),
        [],
      );
    });
  });
}

/** The second and later messages go to files of their own. */
const partOf = (options: OutgoingOptions, place: number): OutgoingOptions =>
  options.out === undefined || place === 0 ? options : { ...options, out: `${options.out}.${place + 1}` };
