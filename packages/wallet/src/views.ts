/** What a holder sees of a wallet: balance and payments. Read from the state, nothing is kept twice. */
import type { IdText, Instant } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import { type PayerStatus, statusOf } from '@duet/protocol/machines/payer';
import { nameInDocument } from '@duet/protocol/messages/request-message';
import { add, type Fen, sum, ZERO } from '@duet/protocol/money';
import { type PaymentId, requestOf } from './payment-id.ts';
import { type ArchivedPayment, archivedOf } from './secure-element/archive.ts';
import { totalLength } from './secure-element/ranges.ts';
import {
  type CoinPart,
  type IncomingPayment,
  isConditional,
  isRetired,
  type OutgoingPayment,
  type SecureElementState,
  unsettledPayments,
  voidSpends,
} from './secure-element/state.ts';
import { closeOf, partsOfSpend } from './secure-element/waiting.ts';

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
  /** Claimed or returned, and refused as a whole: goes up again at each sync, and comes to the account at the close. */
  readonly refused: Fen;
  /** Of keys that were retired: at most this much comes back to the account, at the close of its coins (LIMIT-2). */
  readonly waiting: Fen;
}

/** Money of one Claim or Return that was refused as a whole. */
export interface RefusedMoney {
  readonly amount: Fen;
  /** Why, at the last sync. */
  readonly code: Code;
}

/** Money of one coin that waits for its close. */
export interface WaitingMoney {
  readonly coinId: IdText;
  /** At most: a newer copy of this wallet may have spent some of it. */
  readonly amount: Fen;
  /** When the registry gives it to the account; absent while the coin's policy is not known. */
  readonly at?: Instant;
}

export type PaymentState = PayerStatus | 'open' | 'closed' | 'paid-at-close' | 'returned-at-close';

export interface PaymentView {
  readonly paymentId: PaymentId;
  readonly requestId: IdText;
  readonly direction: 'out' | 'in';
  readonly amount: Fen;
  readonly state: PaymentState;
  readonly at: Instant;
  /** The till that was paid, of a payment out. */
  readonly payeeName?: string;
  /** The till that paid, of a payment in, where it paid on what it received; else nobody knows. */
  readonly payerName?: string;
  readonly text?: string;
  readonly spends: readonly IdText[];
  readonly depth: number;
  /** Its money, or its answer, is left to the close of its coins (LIMIT-2, SET-7). */
  readonly waiting?: true;
  /** What of it came back to the account at the close of its coins. */
  readonly returned?: Fen;
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
    if ((kind === 'recorded' && !payment.waiting) || (kind === 'signed' && payment.returned === undefined))
      outgoing = add(outgoing, payment.amount);
    voided = add(voided, sum(voidSpends(payment).map((spend) => spend.amount)));
  }
  const orders = [...state.claims.values(), ...state.returns.values()];
  const amountOf = (held: boolean): Fen =>
    sum(orders.filter(({ refused: code }) => (code !== undefined) === held).map(({ amount }) => amount));
  const [settling, refused] = [amountOf(false), amountOf(true)];
  const waiting = sum([...state.waiting.values()].map((part) => part.amount));
  return { spendable, conditional, outgoing, voided, settling, refused, waiting };
}

/** Claims and Returns that were refused as a whole. */
export const refusedOf = ({ claims, returns }: Readonly<SecureElementState>): readonly RefusedMoney[] =>
  [...claims.values(), ...returns.values()].flatMap(({ amount, refused: code }) =>
    code === undefined ? [] : [{ amount, code }],
  );

/** What waits for the close of its coins, the earliest first. */
export function waitingOf(state: Readonly<SecureElementState>): readonly WaitingMoney[] {
  return closesOf(state, [...state.waiting.values()]);
}

function closesOf(state: Readonly<SecureElementState>, parts: readonly CoinPart[]): readonly WaitingMoney[] {
  const views = parts.map(({ coin, amount }): WaitingMoney => {
    const [coinId, at] = [idText(coin.id), closeOf(state, coin)];
    return at === undefined ? { coinId, amount } : { coinId, amount, at };
  });
  return views.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

/**
 * What may come to the account at the close of its coins and cannot come back before, the earliest first: what waits,
 * and what retired keys paid that has no answer here yet.
 */
export function closingOf(state: Readonly<SecureElementState>): readonly WaitingMoney[] {
  const unanswered = unsettledPayments(state)
    .filter(({ machine, returned }) => machine.kind === 'signed' && returned === undefined)
    .flatMap(({ spends }) => spends)
    .filter(({ owner }) => isRetired(state, owner))
    .flatMap((spend) => partsOfSpend(state, spend));
  return closesOf(state, [...state.waiting.values(), ...unanswered]);
}

/** Every payment, oldest first. */
export function paymentsOf(state: Readonly<SecureElementState>): readonly PaymentView[] {
  const views: PaymentView[] = [];
  const closing = state.waiting.size > 0;
  for (const paymentId of state.archive.keys()) {
    const archived = archivedOf(state, paymentId);
    if (archived) views.push(archivedView(paymentId, archived));
  }
  for (const [paymentId, payment] of state.outgoing) views.push(outgoingView(paymentId, payment));
  for (const [paymentId, payment] of state.incoming) views.push(incomingView(paymentId, payment));
  return views.map((view) => (closing ? view : withoutWaiting(view))).sort((a, b) => a.at - b.at);
}

/** Once nothing waits any more, nothing is said about it. */
function withoutWaiting({ waiting: _, ...view }: PaymentView): PaymentView {
  return view;
}

function archivedView(paymentId: PaymentId, archived: ArchivedPayment): PaymentView {
  const { direction, amount, state, at, text, depth } = archived;
  const requestId = requestOf(paymentId);
  const spends = archived.spends.map(idText);
  const told = {
    ...namesOf(archived),
    ...(text === undefined ? {} : { text }),
    ...(archived.waiting ? { waiting: true as const } : {}),
  };
  return { paymentId, requestId, direction, amount, state, at, spends, depth, ...told };
}

/** The name of the other side alone: the holder knows the own one. */
function namesOf(archived: ArchivedPayment): Pick<PaymentView, 'payeeName' | 'payerName'> {
  if (archived.direction === 'out')
    return archived.payeeName === undefined ? {} : { payeeName: archived.payeeName };
  return archived.payerName === undefined ? {} : { payerName: archived.payerName };
}

function described({
  message,
  waiting,
}: Pick<OutgoingPayment, 'message' | 'waiting'>): Pick<PaymentView, 'text' | 'requestId' | 'waiting'> {
  const { text } = message.request.body;
  return {
    requestId: idText(message.request.id),
    ...(text === undefined ? {} : { text }),
    ...(waiting ? { waiting } : {}),
  };
}

function outgoingView(paymentId: PaymentId, payment: OutgoingPayment): PaymentView {
  const payeeName = nameInDocument(payment.message.payee);
  return {
    paymentId,
    direction: 'out',
    amount: payment.amount,
    state: outgoingState(payment),
    at: payment.at,
    spends: payment.spends.map((spend) => idText(spend.id)),
    depth: payment.depth,
    ...(payeeName === undefined ? {} : { payeeName }),
    ...(payment.returned ? { returned: payment.returned } : {}),
    ...described(payment),
  };
}

function outgoingState({ machine, returned }: OutgoingPayment): PaymentState {
  if (returned === undefined) return statusOf(machine) ?? 'recorded';
  return returned > 0 ? 'returned-at-close' : 'paid-at-close';
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
