/**
 * The payee's answer as its payer takes it (PAY-7, PAY-8): once, and after that the same state again, also long
 * after the payment was settled. A second answer that differs is kept as evidence (FraudProof form 2).
 */
import { equalBytes } from '@duet/protocol/bytes';
import { voidedOf } from '@duet/protocol/machines/payer';
import { decodeRequest, keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { decodeVerdict, encodeVerdict } from '@duet/protocol/messages/verdict-message';
import type { Verdict } from '@duet/protocol/objects/verdict';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { suiteOf } from '@duet/protocol/suite';
import { checkOf } from '@duet/protocol/verify/signatures';
import type { WalletContext } from './context.ts';
import { keepVerdicts } from './evidence-keeping.ts';
import { type PaymentId, refOfPayment } from './payment-id.ts';
import { type ArchivedOutgoing, archivedOf } from './secure-element/archive.ts';
import type { OutgoingPayment } from './secure-element/state.ts';

export interface VerdictTaken {
  readonly paymentId: PaymentId;
  readonly state: 'paid' | 'not-paid';
}

/** Payments of one kind on which one verdict is tried. */
const MAX_TRIED = 64;

const UNKNOWN: Result<VerdictTaken> = reject(
  'payment-unknown',
  'a payment that waits for its verdict, or had it',
  'none',
);

/** Nothing in a Verdict says which payment it answers: what verifies under no payee of ours is for somebody else. */
const OF_OTHERS: Result<VerdictTaken> = reject(
  'payment-unknown',
  'a receipt of the payee of one of its payments',
  'a receipt for something else',
  'receipt-of-others',
);

/**
 * Takes the payee's answer. Without a reference it is tried on the payments that wait, newest first, then on those
 * that were answered.
 */
export function takeVerdict(
  context: WalletContext,
  message: Uint8Array,
  paymentId?: PaymentId,
): Result<VerdictTaken> {
  if (paymentId !== undefined) return takeAs(context, paymentId, message) ?? UNKNOWN;
  const { outgoing, archive, unsettled } = context.element.state;
  const waiting = [...unsettled].filter((id) => outgoing.get(id)?.machine.kind === 'signed').reverse();
  let fault: Result<VerdictTaken> | undefined;
  let isRead = false;
  for (const id of waiting.slice(0, MAX_TRIED)) {
    const taken = takeAs(context, id, message);
    if (taken?.ok) return taken;
    if (taken?.rejection.code === 'bad-signature') isRead = true;
    else fault ??= taken;
  }
  const answered = [...outgoing].flatMap(([id, { machine }]) => (machine.kind === 'answered' ? [id] : []));
  for (const id of [...answered, ...archive.keys()]) {
    const known = heldAnswer(context, id);
    if (known && equalBytes(known.message, message)) return accept({ paymentId: id, state: known.state });
  }
  const settled = [...archive.keys()].slice(-MAX_TRIED).reverse();
  for (const id of [...answered.slice(-MAX_TRIED).reverse(), ...settled]) {
    const taken = takeAs(context, id, message);
    if (taken?.ok) return taken;
  }
  return isRead ? OF_OTHERS : (fault ?? OF_OTHERS);
}

/** The answer that a payment has, as its message. */
function heldAnswer(
  { element }: WalletContext,
  paymentId: PaymentId,
): { readonly message: Uint8Array; readonly state: VerdictTaken['state'] } | undefined {
  const settled = archivedOf(element.state, paymentId);
  if (settled?.direction === 'out' && settled.verdict && settled.state !== 'freed')
    return { message: settled.verdict, state: settled.state };
  const payment = element.state.outgoing.get(paymentId);
  if (payment?.machine.kind !== 'answered') return undefined;
  const { verdict } = payment.machine;
  return { message: encodeVerdict(verdict, contextOf(paymentId, payment)), state: stateOf(payment) };
}

function contextOf(paymentId: PaymentId, { message, spends }: Pick<OutgoingPayment, 'message' | 'spends'>) {
  const payee = keyOfDocument(message.payee);
  return { ...refOfPayment(paymentId, message.request.id), payee, spends: spends.map((spend) => spend.id) };
}

const stateOf = ({ machine }: OutgoingPayment): VerdictTaken['state'] =>
  machine.kind === 'answered' && voidedOf(machine.spends, machine.verdict).length === 0 ? 'paid' : 'not-paid';

/** Takes a message as the answer to one payment; `undefined` for an unknown one. */
function takeAs(
  context: WalletContext,
  paymentId: PaymentId,
  message: Uint8Array,
): Result<VerdictTaken> | undefined {
  const { state } = context.element;
  const payment = state.outgoing.get(paymentId);
  if (payment) {
    const decoded = decodeVerdict(message, contextOf(paymentId, payment), context.crypto);
    return decoded.ok ? takeDecoded(context, paymentId, payment, decoded.value) : decoded;
  }
  const settled = archivedOf(state, paymentId);
  return settled?.direction === 'out' ? takeSettled(context, paymentId, settled, message) : undefined;
}

/** Takes a Verdict, from the payee or from the registry, after its signature was verified. */
export function takeDecoded(
  context: WalletContext,
  paymentId: PaymentId,
  payment: OutgoingPayment,
  verdict: Verdict,
): Result<VerdictTaken> {
  if (!isOfPayee(context, payment.message, verdict)) return badSignature();
  const ref = refOfPayment(paymentId, payment.message.request.id);
  const taken = context.element.run({ kind: 'answer-payment', ref, verdict });
  if (!taken.ok) return taken;
  for (const effect of taken.value.effects) {
    if (effect.kind === 'keep-verdicts') keepVerdicts(context, payment.message, effect.verdicts);
  }
  return accept({ paymentId, state: stateOf(payment) });
}

/** A settled payment keeps its first answer; another one accuses its payee. */
function takeSettled(
  context: WalletContext,
  paymentId: PaymentId,
  { state, requestBytes, verdict: held, spends }: ArchivedOutgoing,
  message: Uint8Array,
): Result<VerdictTaken> {
  if (state === 'freed' || !held)
    return reject('payment-unknown', 'a payment whose spends were signed', `a payment ${state}`);
  if (equalBytes(held, message)) return accept({ paymentId, state });
  const request = decodeRequest(requestBytes, context.crypto);
  if (!request.ok) return request;
  const { payee, request: asked } = request.value;
  const known = { ...refOfPayment(paymentId, asked.id), payee: keyOfDocument(payee), spends };
  const first = decodeVerdict(held, known, context.crypto);
  const second = decodeVerdict(message, known, context.crypto);
  if (!second.ok) return second;
  if (!first.ok) return first;
  if (!isOfPayee(context, request.value, second.value)) return badSignature();
  if (!equalBytes(first.value.id, second.value.id))
    keepVerdicts(context, request.value, [first.value, second.value]);
  return accept({ paymentId, state });
}

function isOfPayee({ verifier }: WalletContext, message: RequestMessage, verdict: Verdict): boolean {
  const payee = keyOfDocument(message.payee);
  return verdict.suite === suiteOf(payee) && verifier.verify(checkOf(verdict, payee));
}

const badSignature = (): Result<never> =>
  reject('bad-signature', 'a verdict signed by the payee', 'another signature');
