/** What a holder sees of a wallet: balance and payments. Read from the state, nothing is kept twice. */
import type { IdText, Instant } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import { type PayerStatus, statusOf } from '@duet/protocol/machines/payer';
import { add, type Fen, sum, ZERO } from '@duet/protocol/money';
import type { PaymentId } from './payment-id.ts';
import type { ArchivedPayment } from './secure-element/archive.ts';
import { totalLength } from './secure-element/ranges.ts';
import {
  type IncomingPayment,
  isConditional,
  type OutgoingPayment,
  type SecureElementState,
  unsettledPayments,
  voidSpends,
} from './secure-element/state.ts';

export interface Balance {
  /** Free of conditions. */
  readonly spendable: Fen;
  /** Bound to kinds of merchants, regions or periods. */
  readonly conditional: Fen;
  /** Paid, the answer is not yet known. */
  readonly outgoing: Fen;
  /** Not accepted by the payee: comes back at the next sync. */
  readonly voided: Fen;
  /** Claimed or returned, the registry's answer is not here yet. */
  readonly settling: Fen;
}

export type PaymentState = PayerStatus | 'open' | 'closed';

export interface PaymentView {
  readonly paymentId: PaymentId;
  readonly requestId: IdText;
  readonly direction: 'out' | 'in';
  readonly amount: Fen;
  readonly state: PaymentState;
  readonly at: Instant;
  readonly payeeName?: string;
  readonly text?: string;
  readonly spends: readonly IdText[];
  readonly depth: number;
}

export function balanceOf(state: Readonly<SecureElementState>): Balance {
  let spendable = ZERO;
  let conditional = ZERO;
  for (const holding of state.holdings.values()) {
    const free = totalLength(holding.free);
    if (isConditional(holding)) conditional = add(conditional, free);
    else spendable = add(spendable, free);
  }
  let outgoing = ZERO;
  let voided = ZERO;
  for (const payment of unsettledPayments(state)) {
    const { kind } = payment.machine;
    if (kind === 'recorded' || kind === 'signed') outgoing = add(outgoing, payment.amount);
    voided = add(voided, sum(voidSpends(payment).map((spend) => spend.amount)));
  }
  const claims = [...state.claims.values(), ...state.returns.values()];
  return { spendable, conditional, outgoing, voided, settling: sum(claims.map((claim) => claim.amount)) };
}

/** Every payment, oldest first. */
export function paymentsOf(state: Readonly<SecureElementState>): readonly PaymentView[] {
  const views: PaymentView[] = [];
  for (const [paymentId, payment] of state.outgoing) views.push(outgoingView(paymentId, payment));
  for (const [paymentId, payment] of state.incoming) views.push(incomingView(paymentId, payment));
  for (const [paymentId, archived] of state.archive) views.push(archivedView(paymentId, archived));
  return views.sort((a, b) => a.at - b.at);
}

function archivedView(paymentId: PaymentId, archived: ArchivedPayment): PaymentView {
  const { direction, amount, state, at, payeeName, text, depth } = archived;
  const requestId = idText(archived.request);
  const spends = archived.spends.map(idText);
  const told = { ...(payeeName === undefined ? {} : { payeeName }), ...(text === undefined ? {} : { text }) };
  return { paymentId, requestId, direction, amount, state, at, spends, depth, ...told };
}

function described({
  message,
}: Pick<OutgoingPayment, 'message'>): Pick<PaymentView, 'payeeName' | 'text' | 'requestId'> {
  const name = message.payee.kind === 'certificate' ? message.payee.body.terminal?.name : undefined;
  const { text } = message.request.body;
  return {
    requestId: idText(message.request.id),
    ...(name === undefined ? {} : { payeeName: name }),
    ...(text === undefined ? {} : { text }),
  };
}

function outgoingView(paymentId: PaymentId, payment: OutgoingPayment): PaymentView {
  return {
    paymentId,
    direction: 'out',
    amount: payment.amount,
    state: statusOf(payment.machine) ?? 'recorded',
    at: payment.at,
    spends: payment.spends.map((spend) => idText(spend.id)),
    depth: payment.depth,
    ...described(payment),
  };
}

function incomingView(paymentId: PaymentId, payment: IncomingPayment): PaymentView {
  const { machine } = payment;
  const answered = machine.kind === 'accepted' || machine.kind === 'closed';
  return {
    paymentId,
    direction: 'in',
    amount: payment.amount ?? ZERO,
    state: machine.kind === 'accepted' ? 'paid' : machine.kind === 'closed' ? 'closed' : 'open',
    at: answered ? machine.at : (payment.message.request.body.time ?? payment.openedAt),
    spends: payment.spends.map(idText),
    depth: payment.depth ?? 0,
    ...described(payment),
  };
}
