/**
 * Payments that are settled: answered, nothing to come back. What is kept of them answers the same question again
 * (PAY-4, PAY-7, PAY-8), proves a second answer that differs, and shows the history; their objects are let go,
 * and the rest is packed.
 */
import type { Instant, ObjectId } from '@duet/protocol/brand';
import { statusOf } from '@duet/protocol/machines/payer';
import { keyOfDocument, nameInDocument } from '@duet/protocol/messages/request-message';
import { encodeVerdict } from '@duet/protocol/messages/verdict-message';
import { type Fen, ZERO } from '@duet/protocol/money';
import type { Verdict } from '@duet/protocol/objects/verdict';
import { type PaymentId, refOfPayment } from '../payment-id.ts';
import { decodeArchived, encodeArchived } from './archive-codec.ts';
import { pack, unpack } from './packed.ts';
import type { IncomingPayment, OutgoingPayment, SecureElementState } from './state.ts';

interface Archived {
  readonly amount: Fen;
  readonly at: Instant;
  readonly depth: number;
  readonly text?: string;
  readonly spends: readonly ObjectId[];
  /** Money of it waits for the close of its coins (LIMIT-2). */
  readonly waiting?: true;
}

/** A Spend that its payee accepted: the coin or certificate is found by its id, among those of this device. */
export interface PaidSpend {
  readonly document: ObjectId;
  readonly amount: Fen;
}

/** A payment that this device made. */
export interface ArchivedOutgoing extends Archived {
  readonly direction: 'out';
  readonly payeeName?: string;
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
  readonly payerName?: string;
  readonly state: 'paid' | 'closed';
  /** The answer as it was given, to be given again (PAY-7). */
  readonly verdict: Uint8Array;
  readonly offerBytes: number;
}

export type ArchivedPayment = ArchivedOutgoing | ArchivedIncoming;

/** A settled payment, unpacked. */
export function archivedOf(
  state: Pick<SecureElementState, 'archive'>,
  id: PaymentId,
): ArchivedPayment | undefined {
  const packed = state.archive.get(id);
  return packed === undefined ? undefined : decodeArchived(unpack(packed));
}

export function setArchived(state: SecureElementState, id: PaymentId, archived: ArchivedPayment): void {
  state.archive.set(id, pack(encodeArchived(archived)));
}

/** Moves a payment into the archive when it is settled. */
export function archiveOutgoing(state: SecureElementState, id: PaymentId): void {
  const payment = state.outgoing.get(id);
  const archived = payment && !state.unsettled.has(id) ? outgoingArchived(id, payment) : undefined;
  if (!archived) return;
  setArchived(state, id, archived);
  state.outgoing.delete(id);
}

/** Puts an answered payment into the archive. */
export function archiveIncoming(state: SecureElementState, id: PaymentId, payment: IncomingPayment): void {
  const { machine, message, spends, payerName } = payment;
  if (machine.kind !== 'accepted' && machine.kind !== 'closed') throw new Error('journal: no answer');
  setArchived(state, id, {
    direction: 'in',
    state: machine.kind === 'accepted' ? 'paid' : 'closed',
    amount: payment.amount ?? ZERO,
    at: machine.at,
    depth: payment.depth ?? 0,
    spends,
    verdict: answerOf(id, message, spends, machine.verdict),
    offerBytes: payment.offerBytes ?? 0,
    ...(payerName === undefined ? {} : { payerName }),
    ...described(payment),
  });
  state.incoming.delete(id);
}

function described({
  message,
  waiting,
}: Pick<OutgoingPayment, 'message' | 'waiting'>): Pick<Archived, 'text' | 'waiting'> {
  const { text } = message.request.body;
  return {
    ...(text === undefined ? {} : { text }),
    ...(waiting ? { waiting } : {}),
  };
}

function outgoingArchived(id: PaymentId, payment: OutgoingPayment): ArchivedOutgoing | undefined {
  const { amount, at, depth, spends, machine, message, requestBytes } = payment;
  const status = statusOf(machine);
  if (status !== 'paid' && status !== 'not-paid' && status !== 'freed') return undefined;
  const ids = spends.map((spend) => spend.id);
  const paid = status === 'paid' ? spends : [];
  const payeeName = nameInDocument(message.payee);
  return {
    direction: 'out',
    state: status,
    amount,
    at,
    depth,
    spends: ids,
    paid: paid.map((spend) => ({ document: spend.document.id, amount: spend.amount })),
    requestBytes,
    ...(machine.kind === 'answered' ? { verdict: answerOf(id, message, ids, machine.verdict) } : {}),
    ...(payeeName === undefined ? {} : { payeeName }),
    ...described(payment),
  };
}

const answerOf = (
  id: PaymentId,
  { request, payee }: OutgoingPayment['message'],
  spends: readonly ObjectId[],
  verdict: Verdict,
): Uint8Array =>
  encodeVerdict(verdict, { ...refOfPayment(id, request.id), payee: keyOfDocument(payee), spends });
