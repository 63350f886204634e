/** The payee's side of a wallet: ask, judge offers, answer once, close (PAY-3, PAY-5, PAY-7, PAY-12). */
import { type IdText, type Instant, type ObjectId, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import { MAX_OFFER_BYTES } from '@duet/protocol/limits';
import { voidedOf } from '@duet/protocol/machines/payer';
import { decodeOffer, type Offer } from '@duet/protocol/messages/offer';
import {
  decodeRequest,
  encodeRequest,
  keyOfDocument,
  type PayeeDocument,
} from '@duet/protocol/messages/request-message';
import { encodeVerdict } from '@duet/protocol/messages/verdict-message';
import type { Fen } from '@duet/protocol/money';
import { DEFAULT_CURRENCY, isStanding } from '@duet/protocol/objects/request';
import { accept, type Rejection, type Result, reject } from '@duet/protocol/rejection';
import { settle } from '@duet/protocol/verify/examination';
import { type AcceptableOffer, examineOffer, isConflict } from '@duet/protocol/verify/offer';
import { payeeCertificate, trustOf, type WalletContext } from './context.ts';
import { keepDivergence } from './evidence-keeping.ts';
import { asPaymentId, type PaymentId, paymentIdOf } from './payment-id.ts';
import { type ArchivedIncoming, type ArchivedPayment, archivedOf } from './secure-element/archive.ts';
import { historyOf } from './secure-element/chains.ts';
import { payeeState } from './secure-element/decide-answer.ts';
import type { PaymentRef } from './secure-element/records.ts';
import { isRetired, type OwnRequest, type SecureElementState } from './secure-element/state.ts';

export interface Ask {
  /** Left out for a standing request. */
  readonly amount?: Fen;
  /** At most 64 bytes of UTF-8. */
  readonly text?: string;
  readonly standing?: boolean;
}

export interface Asked {
  readonly message: Uint8Array;
  readonly requestId: IdText;
}

/** A payment that was accepted, now or before. */
export interface Receipt {
  readonly paymentId: PaymentId;
  readonly requestId: IdText;
  readonly amount: Fen;
  /** The signed answer, to be shown to the payer. */
  readonly verdict: Uint8Array;
  /** It was paid before, at `at`: shown as already paid, never as paid anew. */
  readonly again: boolean;
  readonly at: Instant;
  /** Spends from the coin to this one, itself included. */
  readonly depth: number;
  readonly offerBytes: number;
  /** Codes that the holder is told of, but that do not refuse. */
  readonly warnings: readonly Rejection[];
}

/** Asks for money under the payee key in use. */
export function ask(context: WalletContext, wanted: Ask): Result<Asked> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const certificate = payeeCertificate(context);
  if (!certificate) return reject('sync-required', 'a certificate of this device', 'none');
  const policy = trust.value.view.policy(context.policy);
  const away = context.clock() - (context.element.state.lastSync ?? 0);
  const ticket = (policy?.offlineTicketDays ?? 0) * SECONDS_PER_DAY;
  if (certificate.body.role === 'terminal' && away > ticket) {
    return reject(
      'sync-required',
      `a sync within ${policy?.offlineTicketDays ?? 0} days`,
      `the last one ${away} s ago`,
    );
  }
  return askUnder(context, certificate, wanted);
}

/** Asks under a document of this device: its certificate, or the one of a key that is to be refunded. */
function askUnder(context: WalletContext, payee: PayeeDocument, wanted: Ask): Result<Asked> {
  const standing = wanted.standing === true;
  if (standing !== (wanted.amount === undefined) || wanted.amount === 0) {
    return reject('amount-invalid', 'an amount, or a standing request', standing ? 'both' : 'neither');
  }
  const dated = wanted.amount === undefined ? {} : { amount: wanted.amount, time: timeNow(context) };
  const body = {
    ...dated,
    ...(wanted.text ? { text: wanted.text } : {}),
    ...(context.currency === DEFAULT_CURRENCY ? {} : { currency: context.currency }),
  };
  let message: Uint8Array = NO_DATA;
  const opened = context.element.openRequest(payee, body, (request) => {
    message = encodeRequest({ request, payee });
    return message;
  });
  return opened.ok ? accept({ message, requestId: idText(opened.value.id) }) : opened;
}

const NO_DATA = new Uint8Array(0);

/** A device's clock is never before the newest time of root or issuer. */
function timeNow({ element, clock }: WalletContext): Instant {
  const { trust } = element.state;
  const now = clock();
  const authority = trust?.view.authorityTime(trust.lists);
  return authority !== undefined && authority > now ? authority : now;
}

/** Opens a sealed offer with the requests that may be answered: open ones first, newest first. */
export function receive(context: WalletContext, sealed: Uint8Array): Result<Receipt> {
  if (sealed.length > MAX_OFFER_BYTES + 64) {
    return reject('too-large', `at most ${MAX_OFFER_BYTES} bytes`, `${sealed.length} bytes`);
  }
  const { element } = context;
  let last: Rejection | undefined;
  for (const own of triedRequests(context)) {
    const opened = element.open(own, sealed);
    if (opened.ok) return judge(context, own, opened.value);
    last = opened.rejection;
  }
  return last ? { ok: false, rejection: last } : reject('request-unknown', 'an open request', 'none');
}

/** A request whose offers can be opened. */
type TriedRequest = Pick<OwnRequest, 'message' | 'wrapped' | 'standing'>;

/** Both are bounded: at most 64 open ones, and the 64 answered last. */
function* triedRequests({ element, crypto }: WalletContext): Iterable<TriedRequest> {
  const { requests, answered } = element.state;
  yield* [...requests.values()].reverse();
  for (const { requestBytes, wrapped } of [...answered.values()].reverse()) {
    const message = decodeRequest(requestBytes, crypto);
    if (message.ok) yield { message: message.value, wrapped, standing: false };
  }
}

function judge(context: WalletContext, own: TriedRequest, bytes: Uint8Array): Result<Receipt> {
  const decoded = decodeOffer(bytes, own.message, context.crypto);
  if (!decoded.ok) return decoded;
  const offer = decoded.value;
  const ref = refOfOffer(own, offer);
  if (!ref.ok) return ref;
  const { state } = context.element;
  const settled = archivedOf(state, paymentIdOf(ref.value.request, ref.value.nonce));
  if (settled) return settledAnswer(settled, ref.value, offer);
  const machine = payeeState(state, ref.value);
  if (machine.kind !== 'open')
    return reject('request-unknown', 'an open request', `a request ${machine.kind}`);
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const { view, lists } = trust.value;
  const payeeView = { trust: view, lists, history: historyOf(state), clock: context.clock() };
  const judged = settle(examineOffer(offer, own.message, payeeView, context.crypto), context.verifier);
  if (!judged.ok) {
    const { rejection } = judged;
    if (isConflict(rejection)) keepDivergence(context, own.message, offer, rejection.divergence);
    return judged;
  }
  return acceptJudged(context, own, ref.value, offer, bytes, judged.value);
}

/** PAY-7: the same spends again get the same answer; other spends of an answered request get their refusal. */
function settledAnswer(settled: ArchivedPayment, ref: PaymentRef, offer: Offer): Result<Receipt> {
  const same =
    settled.direction === 'in' &&
    settled.state === 'paid' &&
    settled.spends.length === offer.spends.length &&
    offer.spends.every((spend) => settled.spends.some((id) => equalBytes(id, spend.id)));
  return same
    ? accept(receiptOf(settled, ref, true, []))
    : reject('request-closed', 'an open request', `a request answered at ${settled.at}`);
}

function receiptOf(
  { amount, verdict, at, depth, offerBytes }: ArchivedIncoming,
  ref: PaymentRef,
  again: boolean,
  warnings: readonly Rejection[],
): Receipt {
  const paymentId = paymentIdOf(ref.request, ref.nonce);
  const requestId = idText(ref.request);
  return { paymentId, requestId, amount, verdict, again, at, depth, offerBytes, warnings };
}

function acceptJudged(
  context: WalletContext,
  own: TriedRequest,
  ref: PaymentRef,
  offer: Offer,
  bytes: Uint8Array,
  { warnings }: Pick<AcceptableOffer, 'warnings'>,
): Result<Receipt> {
  context.trustCache.objects.share(offer, own.message.payee);
  const accepted = context.element.acceptOffer(own, ref, offer, bytes);
  if (!accepted.ok) return accepted;
  const settled = archivedOf(context.element.state, paymentIdOf(ref.request, ref.nonce));
  if (settled?.direction !== 'in') throw new Error('wallet: an accepted payment is gone');
  return accept(receiptOf(settled, ref, false, warnings));
}

/** Which payment an offer is: for a standing request its nonce says. */
export function refOfOffer(own: Pick<OwnRequest, 'message' | 'standing'>, offer: Offer): Result<PaymentRef> {
  const request = own.message.request.id;
  if (!own.standing) return accept({ request });
  const nonce = offer.spends[0]?.body.standing?.nonce;
  return nonce
    ? accept({ request, nonce })
    : reject('request-mismatch', 'a payment nonce for a standing request', 'none');
}

/** The payee's final answer to a request, closing it when it is still open. */
export function cancel(context: WalletContext, requestId: IdText): Result<{ readonly verdict: Uint8Array }> {
  const { element } = context;
  const settled = archivedOf(element.state, asPaymentId(requestId));
  if (settled?.direction === 'in') return accept({ verdict: settled.verdict });
  const own = element.state.requests.get(requestId) ?? element.state.incoming.get(asPaymentId(requestId));
  if (!own) return reject('request-unknown', 'a request of this wallet', 'another reference');
  const { request, payee } = own.message;
  if (isStanding(request.body)) {
    element.note({ kind: 'request-forgotten', request: request.id });
    return accept({ verdict: NO_DATA });
  }
  const ref = { request: request.id };
  const closed = element.closeRequest(own, ref);
  if (!closed.ok) return closed;
  return accept({
    verdict: encodeVerdict(closed.value, { ...ref, payee: keyOfDocument(payee), spends: [] }),
  });
}

/** Closes requests that no payer can answer any more (PAY-7). */
export function expire(context: WalletContext): readonly IdText[] {
  const { element, clock } = context;
  const { trust } = element.state;
  const policies = trust?.bundle.bundle.body.policies ?? [];
  const longest = Math.max(0, ...policies.map((policy) => policy.requestValidity + 2 * policy.skew));
  const expired: IdText[] = [];
  for (const [id, own] of element.state.requests) {
    const asked = own.message.request.body.time;
    if (asked === undefined || clock() <= asked + longest) continue;
    if (payeeState(element.state, { request: own.message.request.id }).kind === 'open') expired.push(id);
  }
  return expired.filter((id) => cancel(context, id).ok);
}

/**
 * Asks for a refund of a payment, one Request for each Spend, under the document of the key that paid (PAY-10).
 */
export function askRefund(
  context: WalletContext,
  paymentId: PaymentId,
): Result<readonly (Asked & { readonly amount: Fen })[]> {
  const spends = acceptedSpends(context, paymentId);
  if (!spends) return reject('payment-unknown', 'a payment of this wallet', 'another reference');
  if (spends.length === 0)
    return reject('not-refundable', 'a payment that was accepted', 'one without a receipt', 'no-receipt');
  const asked: (Asked & { readonly amount: Fen })[] = [];
  for (const { document, amount } of spends) {
    if (!document || isRetired(context.element.state, keyOfDocument(document)))
      return reject('not-refundable', 'a key in use', 'a retired key, or one whose coin is closed');
    const request = askUnder(context, document, { amount });
    if (!request.ok) return request;
    asked.push({ ...request.value, amount });
  }
  return accept(asked);
}

interface Refundable {
  readonly document: PayeeDocument | undefined;
  readonly amount: Fen;
}

/** Spends of a payment that its payee accepted; `undefined` for an unknown payment. */
function acceptedSpends({ element }: WalletContext, paymentId: PaymentId): readonly Refundable[] | undefined {
  const { state } = element;
  const settled = archivedOf(state, paymentId);
  if (settled?.direction === 'out')
    return settled.paid.map(({ document, amount }) => ({ document: ownDocument(state, document), amount }));
  const payment = state.outgoing.get(paymentId);
  if (!payment) return undefined;
  const { machine } = payment;
  const paid = machine.kind === 'answered' && voidedOf(machine.spends, machine.verdict).length === 0;
  return paid ? payment.spends : [];
}

/** The coin or certificate of a key of this device, as long as it is kept. */
function ownDocument(state: Readonly<SecureElementState>, id: ObjectId): PayeeDocument | undefined {
  const coin = state.history.get(idText(id))?.coin;
  if (coin) return coin;
  for (const certificate of state.certificates.values())
    if (equalBytes(certificate.id, id)) return certificate;
  return undefined;
}
