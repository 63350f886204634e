/**
 * Payments that are settled for good: answered, uploaded, nothing to come back. What is kept of them answers
 * the same question again and shows the history; their objects are let go.
 */
import type { Instant, ObjectId } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import { statusOf } from '@duet/protocol/machines/payer';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import { encodeVerdict } from '@duet/protocol/messages/verdict-message';
import { type Fen, ZERO } from '@duet/protocol/money';
import type { PaymentId } from '../payment-id.ts';
import type { IncomingPayment, OutgoingPayment, SecureElementState } from './state.ts';

interface Archived {
  readonly amount: Fen;
  readonly at: Instant;
  readonly depth: number;
  readonly payeeName?: string;
  readonly text?: string;
  readonly spends: readonly ObjectId[];
  /** Money of it waits for the close of its coins (LIMIT-2). */
  waiting?: true;
}

/** A Spend that its payee accepted: the coin or certificate is found by its id, among those of this device. */
export interface PaidSpend {
  readonly document: ObjectId;
  readonly amount: Fen;
}

/** A payment that this device made. */
export interface ArchivedOutgoing extends Archived {
  readonly direction: 'out';
  readonly state: 'paid' | 'not-paid' | 'freed';
  /** Of each Spend: what names the key that paid it. From these a refund may be asked (PAY-10). */
  readonly paid: readonly PaidSpend[];
  readonly requestBytes: Uint8Array;
  /** The answer as a message; absent where there was none. */
  readonly verdict?: Uint8Array;
}

/** A payment to this device. */
export interface ArchivedIncoming extends Archived {
  readonly direction: 'in';
  readonly state: 'paid' | 'closed';
  /** The answer as it was given, to be given again (PAY-7). */
  readonly verdict: Uint8Array;
  readonly offerBytes: number;
}

export type ArchivedPayment = ArchivedOutgoing | ArchivedIncoming;

/** Moves what is settled into the archive. */
export function archiveSettled(state: SecureElementState): void {
  const waiting = new Set<PaymentId>();
  for (const item of state.outbox.values())
    if (item.kind === 'exchange' && item.payment) waiting.add(item.payment);
  for (const [id, payment] of state.outgoing) {
    if (waiting.has(id) || state.unsettled.has(id)) continue;
    const archived = outgoingArchived(payment);
    if (!archived) continue;
    state.archive.set(id, archived);
    state.outgoing.delete(id);
  }
  for (const [id, payment] of state.incoming) {
    if (waiting.has(id) || state.answered.has(idText(payment.message.request.id))) continue;
    const archived = incomingArchived(payment);
    if (!archived) continue;
    state.archive.set(id, archived);
    state.incoming.delete(id);
  }
}

function described({
  message,
  waiting,
}: Pick<OutgoingPayment, 'message' | 'waiting'>): Pick<Archived, 'payeeName' | 'text' | 'waiting'> {
  const name = message.payee.kind === 'certificate' ? message.payee.body.terminal?.name : undefined;
  const { text } = message.request.body;
  return {
    ...(name === undefined ? {} : { payeeName: name }),
    ...(text === undefined ? {} : { text }),
    ...(waiting ? { waiting } : {}),
  };
}

function outgoingArchived(payment: OutgoingPayment): ArchivedOutgoing | undefined {
  const status = statusOf(payment.machine);
  if (status !== 'paid' && status !== 'not-paid' && status !== 'freed') return undefined;
  const { amount, at, depth, spends } = payment;
  const ids = spends.map((spend) => spend.id);
  const paid =
    status === 'paid'
      ? spends.map(({ document, amount: part }) => ({ document: document.id, amount: part }))
      : [];
  return {
    direction: 'out',
    state: status,
    amount,
    at,
    depth,
    spends: ids,
    paid,
    requestBytes: payment.requestBytes,
    ...verdictOf(payment, ids),
    ...described(payment),
  };
}

function verdictOf(
  { machine, message }: OutgoingPayment,
  spends: readonly ObjectId[],
): Pick<ArchivedOutgoing, 'verdict'> {
  if (machine.kind !== 'answered') return {};
  const { nonce } = machine.verdict.body;
  const context = { request: message.request.id, payee: keyOfDocument(message.payee), spends };
  return { verdict: encodeVerdict(machine.verdict, nonce ? { ...context, nonce } : context) };
}

function incomingArchived(payment: IncomingPayment): ArchivedIncoming | undefined {
  const { machine, message, spends } = payment;
  if (machine.kind !== 'accepted' && machine.kind !== 'closed') return undefined;
  const { nonce } = machine.verdict.body;
  const context = { request: message.request.id, payee: keyOfDocument(message.payee), spends };
  return {
    direction: 'in',
    state: machine.kind === 'accepted' ? 'paid' : 'closed',
    amount: payment.amount ?? ZERO,
    at: machine.at,
    depth: payment.depth ?? 0,
    spends,
    verdict: encodeVerdict(machine.verdict, nonce ? { ...context, nonce } : context),
    offerBytes: payment.offerBytes ?? 0,
    ...described(payment),
  };
}
