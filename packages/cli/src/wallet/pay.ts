/** `duet wallet pay`: the holder sees payee, amount and what remains, confirms, and only then is signed (PAY-1). */
import type { IdText } from '@duet/protocol/brand';
import { fromHex, idText } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import type { Situation } from '@duet/protocol/codes';
import { decodeRequest, type RequestMessage } from '@duet/protocol/messages/request-message';
import { type Fen, sum } from '@duet/protocol/money';
import { isStanding } from '@duet/protocol/objects/request';
import { NONCE_BYTES, type Nonce, nonceField } from '@duet/protocol/objects/spend';
import { accept, type Rejection, type Result, refusal, reject } from '@duet/protocol/rejection';
import type { PaidOut, PaymentProposal } from '@duet/wallet/paying';
import { asIdText } from '@duet/wallet/payment-id';
import type { Balance, PaymentView } from '@duet/wallet/views';
import type { Wallet } from '@duet/wallet/wallet';
import { parseAmount } from '../amount.ts';
import type { Context } from '../context.ts';
import { takeMessage } from '../io/incoming.ts';
import { checkOutgoing, giveMessage, messageJson } from '../io/outgoing.ts';
import { confirm } from '../io/prompt.ts';
import { done, type Outcome, UsageError } from '../outcome.ts';
import { instantText, printable, table, yuan } from '../text/format.ts';
import { type MessageKey, say } from '../text/messages.ts';
import type { PayOptions } from './commands.ts';
import { closeText } from './held.ts';
import { offerMessage, typeOf } from './message.ts';
import { type Mark, moneyOf, NOTHING_SIGNED, orUnknown, sayingMoney } from './money.ts';
import { withWallet } from './open-wallet.ts';
import { findPayment } from './reference.ts';

const ID = /^[0-9a-f]{64}$/;
const MAX_SHOWN_CHARACTERS = 64;

type Given = PayOptions & { readonly message: string | undefined };

export function pay(options: Given, context: Context): Promise<Result<Outcome>> {
  return sayingMoney(NOTHING_SIGNED, async (mark) => {
    checkOutgoing(options, context);
    if (options.again !== undefined) return showAgain(options.again, options, context, mark);
    const amount = options.amount === undefined ? undefined : parseAmount(options.amount);
    if (amount && !amount.ok) return amount;
    if (options.refundOf !== undefined && !ID.test(options.refundOf))
      throw new UsageError('refundOf', { given: printable(options.refundOf).slice(0, MAX_SHOWN_CHARACTERS) });
    const message = await takeMessage(options, context);
    if (!message.ok) return message;
    const type = typeOf(message.value, ['request']);
    if (!type.ok) return type;
    return withWallet(options, context, async ({ wallet, crypto }) => {
      const request = decodeRequest(message.value, crypto);
      if (!request.ok) return request;
      const isMade = isMadeFor(request.value);
      mark(moneyOf(wallet.payments().find(isMade)));
      const agreed = wallet.payments().some(isMade)
        ? sameAmount(request.value.request.body.amount, amount?.value)
        : await agree(wallet, message.value, amount?.value, options, context);
      if (!agreed.ok) return agreed;
      const { refundOf } = options;
      const wanted = {
        confirmed: true,
        ...(amount ? { amount: amount.value } : {}),
        ...(refundOf === undefined ? {} : { refundOf: asIdText(refundOf) }),
      };
      const paid = paying(wallet, idText(request.value.request.id), mark, () =>
        wallet.pay(message.value, wanted),
      );
      mark(moneyOf(wallet.payments().find(paid.ok ? isPayment(paid.value.paymentId) : isMade)));
      return paid.ok ? give(wallet, paid.value, options, context) : paid;
    });
  });
}

const isOut = ({ direction, requestId }: PaymentView, request: IdText): boolean =>
  direction === 'out' && requestId === request;

/** An ordinary request is paid once: its payment, if there is one, is the answer to it (PAY-4). */
const isMadeFor =
  ({ request }: RequestMessage) =>
  (payment: PaymentView): boolean =>
    !isStanding(request.body) && isOut(payment, idText(request.id));

const isPayment =
  (id: string) =>
  ({ paymentId }: PaymentView): boolean =>
    paymentId === id;

/** Where storing fails, what was recorded before stays: the same request goes on with it. */
function paying(wallet: Wallet, request: IdText, mark: Mark, work: () => Result<PaidOut>): Result<PaidOut> {
  try {
    return orUnknown(mark, 'pay-unknown', work);
  } catch (error) {
    const left = wallet.payments().find((payment) => isOut(payment, request) && payment.state === 'recorded');
    if (left) mark(moneyOf(left));
    throw error;
  }
}

function sameAmount(asked: Fen | undefined, given: Fen | undefined): Result<void> {
  if (asked === undefined || given === undefined || given === asked) return accept(undefined);
  return reject(
    'sum-mismatch',
    `the amount of the request, ${yuan(asked)} yuan`,
    `--amount ${yuan(given)}`,
    'amount-given',
  );
}

/** Shows what would be paid and asks. */
async function agree(
  wallet: Wallet,
  message: Uint8Array,
  amount: Fen | undefined,
  options: Given,
  context: Context,
): Promise<Result<void>> {
  const inspected = wallet.inspectRequest(message, amount);
  if (!inspected.ok) return inspected;
  const proposal = inspected.value;
  if (proposal.standing && proposal.amount === undefined) {
    throw new UsageError('standingAmount');
  }
  const same = proposal.standing ? accept(undefined) : sameAmount(proposal.amount, amount);
  if (!same.ok) return same;
  if (proposal.obstacle) return { ok: false, rejection: inYuan(proposal.obstacle, proposal, wallet) };
  for (const line of proposalLines(proposal, context)) context.note(line);
  return confirmed(proposal, options, context);
}

/** What is missing, and whether it is only somewhere else. */
function inYuan(obstacle: Rejection, { amount, remains }: PaymentProposal, wallet: Wallet): Rejection {
  if (obstacle.code !== 'insufficient-funds') return obstacle;
  const expected = `${yuan(amount ?? 0)} yuan that can be spent here`;
  const here = `${yuan(remains)} yuan in this wallet`;
  const closing = wallet.closing();
  const atClose = sum(closing.map((part) => part.amount));
  const situation = whereItIs((amount ?? 0) - remains, atClose, wallet.balance());
  const last = closing.at(-1)?.at;
  if (situation !== 'funds-at-close' || last === undefined)
    return refusal(obstacle.code, expected, here, situation);
  const got = `${here}, at most ${yuan(atClose)} yuan come to the account by ${closeText(last)}`;
  return refusal(obstacle.code, expected, got, situation);
}

/** The first place in which all that is missing may lie. Nothing of what comes at the close is on its way here. */
function whereItIs(missing: number, atClose: Fen, balance: Balance): Situation | undefined {
  const pending = balance.outgoing + balance.voided + balance.settling + balance.waiting;
  if (pending - atClose >= missing) return 'funds-on-the-way';
  if (pending + balance.refused >= missing) return 'funds-at-close';
  return balance.conditional >= missing ? 'funds-conditional' : undefined;
}

function proposalLines(proposal: PaymentProposal, { language }: Context): string[] {
  const label = (key: MessageKey): string => `  ${say(language, key)}`;
  return [
    ...table([
      [
        label('payee'),
        proposal.payeeName === undefined ? say(language, 'unnamed') : printable(proposal.payeeName),
      ],
      [label('amount'), yuan(proposal.amount ?? 0)],
      ...(proposal.text === undefined ? [] : [[label('note'), printable(proposal.text)]]),
      [label('remains'), yuan(proposal.remains)],
    ]),
    ...(proposal.refund ? [label('refundFlag')] : []),
  ];
}

async function confirmed(proposal: PaymentProposal, options: Given, context: Context): Promise<Result<void>> {
  if (options.yes) return accept(undefined);
  const question = say(context.language, 'confirmPay', { amount: yuan(proposal.amount ?? 0) });
  const answer = await confirm(question, context);
  if (answer) return accept(undefined);
  return answer === undefined
    ? reject('confirmation-required', 'a yes of the holder', 'nobody who could be asked', 'nobody-to-ask')
    : reject('confirmation-required', 'a yes of the holder', 'another answer', 'holder-declined');
}

async function give(
  wallet: Wallet,
  paid: PaidOut,
  options: Given,
  context: Context,
): Promise<Result<Outcome>> {
  const { paymentId, requestId, sealedOffer, amount, spends, depth, offerBytes, again } = paid;
  const message = offerMessage(sealedOffer);
  const at = wallet.payments().find((payment) => payment.paymentId === paymentId)?.at;
  context.note(
    again
      ? say(context.language, 'paidAgain', { time: at === undefined ? '' : instantText(at) })
      : say(context.language, 'paidOut', { amount: yuan(amount), bytes: message.length }),
  );
  await giveMessage(message, options, context);
  return done(
    {
      state: 'not-yet-known',
      again,
      paymentId,
      requestId,
      amountFen: amount,
      spends,
      depth,
      offerBytes,
      sealedOfferBytes: message.length,
      remainsFen: wallet.balance().spendable,
      message: messageJson(message, options),
    },
    [],
  );
}

/** The same bytes as the first time (PAY-4). */
function showAgain(
  reference: string,
  options: Given,
  context: Context,
  mark: Mark,
): Promise<Result<Outcome>> {
  return withWallet(options, context, async ({ wallet }) => {
    const found = findPayment(wallet.payments(), reference);
    if (!found.ok) return found;
    if (found.value.direction === 'out') mark(moneyOf(found.value));
    const payment = wallet.state.outgoing.get(found.value.paymentId);
    // Once answered there is nothing to show again: the payee has it, or never will.
    if (!payment && found.value.direction === 'out') {
      return reject(
        'already-paid',
        'a payment that waits for its answer',
        `one that is ${found.value.state}`,
        'payment-ended',
      );
    }
    if (!payment) return reject('payment-unknown', 'a payment that this wallet made', 'one that it received');
    const nonce = nonceOf(found.value.paymentId);
    const wanted = { confirmed: true, amount: payment.amount, ...(nonce ? { nonce } : {}) };
    const paid = paying(wallet, found.value.requestId, mark, () => wallet.pay(payment.requestBytes, wanted));
    mark(moneyOf(wallet.payments().find(isPayment(found.value.paymentId))));
    return paid.ok ? give(wallet, paid.value, options, context) : paid;
  });
}

/** The nonce behind the colon of a payment to a standing request. */
function nonceOf(paymentId: string): Nonce | undefined {
  const [, digits] = paymentId.split(':');
  if (digits === undefined) return undefined;
  const writer = new Writer();
  writer.bytes(fromHex(digits));
  return decodeBytes(nonceField, writer.finish(), NONCE_BYTES + 1);
}
