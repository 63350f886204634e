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
import type { IncomingPayment, OutgoingPayment, OutgoingSpend, SecureElementState } from './state.ts';

interface Archived {
  readonly request: ObjectId;
  readonly amount: Fen;
  readonly at: Instant;
  readonly depth: number;
  readonly payeeName?: string;
  readonly text?: string;
  readonly spends: readonly ObjectId[];
}

/** A payment that this device made. */
export interface ArchivedOutgoing extends Archived {
  readonly direction: 'out';
  readonly state: 'paid' | 'not-paid' | 'freed';
  /** From which a refund may be asked (PAY-10). */
  readonly paid: readonly OutgoingSpend[];
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
}: Pick<OutgoingPayment, 'message'>): Pick<Archived, 'request' | 'payeeName' | 'text'> {
  const name = message.payee.kind === 'certificate' ? message.payee.body.terminal?.name : undefined;
  const { text } = message.request.body;
  return {
    request: message.request.id,
    ...(name === undefined ? {} : { payeeName: name }),
    ...(text === undefined ? {} : { text }),
  };
}

function outgoingArchived(payment: OutgoingPayment): ArchivedOutgoing | undefined {
  const status = statusOf(payment.machine);
  if (status !== 'paid' && status !== 'not-paid' && status !== 'freed') return undefined;
  const { amount, at, depth, spends } = payment;
  const ids = spends.map((spend) => spend.id);
  const paid = status === 'paid' ? spends : [];
  return { direction: 'out', state: status, amount, at, depth, spends: ids, paid, ...described(payment) };
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
