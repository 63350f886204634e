/** The payee's side by hand: request, receive, cancel; and asking a payment back (PAY-5, PAY-7, PAY-10, PAY-12). */
import type { IdText } from '@duet/protocol/brand';
import { utf8Length } from '@duet/protocol/cbor/utf8';
import { MAX_TEXT_BYTES } from '@duet/protocol/limits';
import type { Fen } from '@duet/protocol/money';
import { type Rejection, type Result, reject } from '@duet/protocol/rejection';
import type { PaymentView } from '@duet/wallet/views';
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
  orUnknown,
  sayingMoney,
  UNCHANGED,
} from './money.ts';
import { type WalletChoice, withWallet } from './open-wallet.ts';
import { findPayment, findStanding } from './reference.ts';

export function request(
  given: string | undefined,
  options: RequestOptions,
  context: Context,
): Promise<Result<Outcome>> {
  return sayingMoney(UNCHANGED, async (mark) => {
    checkOutgoing(options, context);
    const standing = options.standing === true;
    if (standing === (given !== undefined)) {
      throw new UsageError(standing ? 'amountSuperfluous' : 'amountMissing');
    }
    checkText(options.text);
    const amount = given === undefined ? undefined : parseAmount(given);
    if (amount && !amount.ok) return amount;
    return withWallet(options, context, ({ wallet }) => ask(wallet, amount?.value, mark, options, context));
  });
}

async function ask(
  wallet: Wallet,
  amount: Fen | undefined,
  mark: Mark,
  options: RequestOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const { text } = options;
  const standing = amount === undefined;
  const asked = orUnknown(mark, 'store-unknown', () =>
    wallet.request({
      ...(standing ? { standing } : { amount }),
      ...(text === undefined || text === '' ? {} : { text }),
    }),
  );
  if (!asked.ok) return asked;
  const { message, requestId } = asked.value;
  mark({ key: 'requested', values: { reference: shortId(requestId) } });
  context.note(
    standing
      ? say(context.language, 'requestStanding')
      : say(context.language, 'requestShown', { amount: yuan(amount) }),
  );
  await giveMessage(message, options, context);
  return done({ requestId, amountFen: amount ?? null, standing, message: messageJson(message, options) }, []);
}

/** @throws UsageError */
function checkText(text: string | undefined): void {
  if (text !== undefined && (utf8Length(text) ?? MAX_TEXT_BYTES + 1) > MAX_TEXT_BYTES) {
    throw new UsageError('textTooLong', { most: MAX_TEXT_BYTES });
  }
}

/** An offer, or a receipt: the prefix of the message says which. */
export function receive(
  options: ReceiveOptions & { readonly message: string | undefined },
  context: Context,
): Promise<Result<Outcome>> {
  return sayingMoney(NOTHING_RECEIVED, async (mark) => {
    checkOutgoing(options, context);
    const message = await takeMessage(options, context);
    if (!message.ok) return message;
    const type = typeOf(message.value, ['offer', 'verdict']);
    if (!type.ok) return type;
    return withWallet(options, context, ({ wallet }) =>
      type.value === 'offer'
        ? takeOffer(wallet, message.value.subarray(1), mark, options, context)
        : takeReceipt(wallet, message.value, mark, context),
    );
  });
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

function takeReceipt(wallet: Wallet, message: Uint8Array, mark: Mark, context: Context): Result<Outcome> {
  mark(UNCHANGED);
  const taken = orUnknown(mark, 'store-unknown', () => wallet.takeVerdict(message));
  if (!taken.ok) return taken;
  const { paymentId, state } = taken.value;
  mark(moneyOf(wallet.payments().find((payment) => payment.paymentId === paymentId)));
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
  return sayingMoney(UNCHANGED, async (mark) => {
    checkOutgoing(options, context);
    return withWallet(options, context, async ({ wallet }) => {
      const payment = findPayment(wallet.payments(), reference);
      if (payment.ok && payment.value.direction === 'out') return free(wallet, payment.value, mark, context);
      const standing = findStanding(wallet.state.requests, reference);
      if (standing !== undefined) return close(wallet, standing, mark, options, context);
      if (!payment.ok) return payment;
      const { state, amount, requestId } = payment.value;
      if (state !== 'paid') return close(wallet, requestId, mark, options, context);
      mark({ key: 'kept', values: { amount: yuan(amount) } });
      return reject('already-paid', 'a request that is still open', 'one that was paid', 'paid-request');
    });
  });
}

async function close(
  wallet: Wallet,
  requestId: IdText,
  mark: Mark,
  options: OutgoingOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const closed = orUnknown(mark, 'store-unknown', () => wallet.cancel(requestId));
  if (!closed.ok) return closed;
  const { verdict } = closed.value;
  const isStanding = verdict.length === 0;
  mark({ key: isStanding ? 'closed-standing' : 'closed', values: { reference: shortId(requestId) } });
  context.note(say(context.language, 'cancelled'));
  if (isStanding) return done({ requestId, state: 'closed' }, []);
  await giveMessage(verdict, options, context);
  return done({ requestId, state: 'closed', message: messageJson(verdict, options) }, []);
}

function free(wallet: Wallet, payment: PaymentView, mark: Mark, context: Context): Result<Outcome> {
  const { paymentId } = payment;
  mark(moneyOf(payment));
  const freed = orUnknown(mark, 'store-unknown', () => wallet.free(paymentId));
  if (!freed.ok) return freed;
  mark(NOTHING_SIGNED);
  context.note(say(context.language, 'freed'));
  return done({ paymentId, state: 'freed' }, []);
}

/** One request for each Spend of the payment (PAY-10): most payments are one. */
export function refund(
  reference: string,
  options: WalletChoice & OutgoingOptions,
  context: Context,
): Promise<Result<Outcome>> {
  return sayingMoney(NOTHING_RECEIVED, async (mark) => {
    checkOutgoing(options, context);
    return withWallet(options, context, async ({ wallet }) => {
      const payment = findPayment(wallet.payments(), reference);
      if (!payment.ok) return payment;
      const { paymentId } = payment.value;
      const asked = orUnknown(mark, 'store-unknown', () => wallet.requestRefund(paymentId));
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
