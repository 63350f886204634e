/** The payer's side of a wallet: read a request, choose money, record, sign, seal, release (PAY-1 to PAY-4). */
import { type IdText, type Instant, later, type ObjectId } from '@duet/protocol/brand';
import { fromHex, idText, keyText } from '@duet/protocol/bytes';
import { bytes, type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import type { DraftSpend } from '@duet/protocol/machines/payer';
import { voidedOf } from '@duet/protocol/machines/payer';
import { encodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import {
  decodeRequest,
  keyOfDocument,
  nameInDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import type { Fen } from '@duet/protocol/money';
import { idField, signatureField } from '@duet/protocol/objects/fields';
import { isStanding } from '@duet/protocol/objects/request';
import { draft, withSignature } from '@duet/protocol/objects/signed';
import { NONCE_BYTES, type Nonce, nonceField, SPEND, type Standing } from '@duet/protocol/objects/spend';
import { accept, type Rejection, type Result, reject } from '@duet/protocol/rejection';
import { SIGNATURE_BYTES, suiteOf } from '@duet/protocol/suite';
import { settle } from '@duet/protocol/verify/examination';
import { examineRequest, payerTime } from '@duet/protocol/verify/request';
import type { Choice } from './choose-inputs.ts';
import { strictest, trustOf, type WalletContext } from './context.ts';
import { type PaymentId, paymentIdOf, refOfPayment } from './payment-id.ts';
import { isRefundRequest, type PaymentPlan, planPayment, refundSources } from './plan-payment.ts';
import { archivedOf } from './secure-element/archive.ts';
import { confirmationNeeded } from './secure-element/decide-payment.ts';
import { totalLength } from './secure-element/ranges.ts';
import type { PaymentRef } from './secure-element/records.ts';
import type { Holding, OutgoingPayment } from './secure-element/state.ts';

/** What the holder sees before anything is signed (PAY-1). */
export interface PaymentProposal {
  readonly requestId: IdText;
  /** Certified name; absent for payees without one, who are shown as such. */
  readonly payeeName?: string;
  /** Absent in a standing request: the holder says how much. */
  readonly amount?: Fen;
  readonly text?: string;
  readonly standing: boolean;
  /** Money goes back to the key that paid. */
  readonly refund: boolean;
  /** What remains to be spent afterwards. */
  readonly remains: number;
  /** PIN, fingerprint or hardware key is asked for. */
  readonly confirmation: boolean;
  /** Why it cannot be paid now. */
  readonly obstacle?: Rejection;
}

export interface PayOptions {
  readonly confirmed: boolean;
  /** For a standing request. */
  readonly amount?: Fen;
  /** For a standing request: the payment that is asked again. */
  readonly nonce?: Nonce;
  /** Id of the received Spend that is paid back; found by itself when the request names a coin. */
  readonly refundOf?: IdText;
}

/** What leaves the payer's device. */
export interface PaidOut {
  readonly paymentId: PaymentId;
  readonly requestId: IdText;
  readonly sealedOffer: Uint8Array;
  readonly amount: Fen;
  readonly spends: readonly IdText[];
  /** Spends from the coin to this payment, itself included; the longest path counts. */
  readonly depth: number;
  /** Size of the offer before sealing. */
  readonly offerBytes: number;
  /** The same request was paid before: these are the same bytes. */
  readonly again: boolean;
}

const NO_DATA = new Uint8Array(0);
const ZERO_SIGNATURE = decodeBytes(
  signatureField,
  encodeBytes(bytes({ length: SIGNATURE_BYTES }), new Uint8Array(SIGNATURE_BYTES)),
  SIGNATURE_BYTES + 2,
);

/** Reads a request and judges everything that can be judged before the holder sees it. */
export function inspectRequest(
  context: WalletContext,
  message: Uint8Array,
  amount?: Fen,
): Result<PaymentProposal> {
  const judged = judgeRequest(context, message);
  if (!judged.ok) return judged;
  const { request, payee } = judged.value;
  const { body } = request;
  const { state } = context.element;
  const asked = body.amount ?? amount;
  const planned = asked === undefined ? undefined : planFor(context, judged.value, asked, {});
  const held = [...state.holdings.values()].reduce((total, holding) => total + totalLength(holding.free), 0);
  const name = nameInDocument(payee);
  const confirmation =
    planned?.ok && asked !== undefined ? confirmationNeeded(state, asked, planned.value.policies) : false;
  return accept({
    requestId: idText(request.id),
    standing: isStanding(body),
    refund: isRefundRequest(judged.value),
    remains: held - (planned?.ok ? (asked ?? 0) : 0),
    confirmation,
    ...(name === undefined ? {} : { payeeName: name }),
    ...(asked === undefined ? {} : { amount: asked }),
    ...(body.text === undefined ? {} : { text: body.text }),
    ...(planned && !planned.ok ? { obstacle: planned.rejection } : {}),
  });
}

function judgeRequest(context: WalletContext, message: Uint8Array): Result<RequestMessage> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const decoded = decodeRequest(message, context.crypto);
  return decoded.ok ? judgeDecoded(context, decoded.value) : decoded;
}

function judgeDecoded(context: WalletContext, message: RequestMessage): Result<RequestMessage> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const { element, clock, policy, verifier } = context;
  if (element.state.keys.has(keyText(keyOfDocument(message.payee)))) {
    return reject('paying-oneself', 'the key of somebody else', 'a key of this device');
  }
  const { view, lists } = trust.value;
  const policies = [
    ...new Set([...element.state.holdings.values()].map((holding) => holding.coin.body.policy)),
  ];
  const strict = strictest([...policies, policy].flatMap((id) => view.policy(id) ?? []));
  if (!strict) return reject('policy-unknown', 'a policy of the trust bundle', `policy ${policy}`);
  return settle(examineRequest(message, { trust: view, lists, clock: clock(), policy: strict }), verifier);
}

interface PlanOptions {
  readonly refundOf?: ObjectId;
  readonly standing?: Standing;
}

/** The money for a request; a refund is tried from each payment of that key that has enough left. */
function planFor(
  context: WalletContext,
  message: RequestMessage,
  amount: Fen,
  options: PlanOptions,
): Result<PaymentPlan & { readonly refundOf?: ObjectId }> {
  const { state } = context.element;
  const now = baseTime(context);
  const plan = (refundOf?: ObjectId): Result<PaymentPlan> => {
    const measure = (choice: Choice): number =>
      measureOffer(context, message, choice, { ...options, ...(refundOf ? { refundOf } : {}) });
    return planPayment(state, { message, amount, now, measure, ...(refundOf ? { refundOf } : {}) });
  };
  if (!isRefundRequest(message) && !options.refundOf) return plan();
  const sources = options.refundOf ? [options.refundOf] : refundSources(state, message);
  for (const source of sources) {
    const planned = plan(source);
    if (planned.ok) return accept({ ...planned.value, refundOf: source });
  }
  return reject('not-refundable', 'the money of the payment, still here', 'claimed, passed on or unknown');
}

/** The device's time without its inputs: the later of its clock and the newest authority time. */
function baseTime({ element, clock }: WalletContext): Instant {
  const { trust } = element.state;
  const now = clock();
  const authority = trust?.view.authorityTime(trust.lists) ?? now;
  return later(authority, now);
}

/** Pays a request: the same request again gives the same bytes (PAY-4). */
export function pay(context: WalletContext, message: Uint8Array, options: PayOptions): Result<PaidOut> {
  const decoded = decodeRequest(message, context.crypto);
  if (!decoded.ok) return decoded;
  const { request } = decoded.value;
  const standing = isStanding(request.body);
  const known = context.element.state.outgoing.get(
    paymentIdOf(request.id, standing ? options.nonce : undefined),
  );
  if (known) return payAgain(context, known, options.nonce);
  const settled = archivedOf(
    context.element.state,
    paymentIdOf(request.id, standing ? options.nonce : undefined),
  );
  if (settled) return endedPayment(settled.state === 'paid');
  const judged = judgeDecoded(context, decoded.value);
  if (!judged.ok) return judged;
  const amount = request.body.amount ?? options.amount;
  if (amount === undefined) return reject('amount-invalid', 'an amount for a standing request', 'none');
  const refundOf = options.refundOf ? idOf(options.refundOf) : undefined;
  const nonce = standing ? (options.nonce ?? nonceOf(context.crypto.randomBytes(NONCE_BYTES))) : undefined;
  const extras: PlanOptions = {
    ...(refundOf ? { refundOf } : {}),
    ...(nonce ? { standing: { nonce, total: amount } } : {}),
  };
  const planned = planFor(context, decoded.value, amount, extras);
  if (!planned.ok) return planned;
  return record(context, decoded.value, message, planned.value, extras, options.confirmed);
}

const endedPayment = (paid: boolean): Result<never> =>
  paid
    ? reject('already-paid', 'a request that was not paid', 'one that was paid')
    : reject('request-closed', 'an open request', 'one that ended without payment');

function record(
  context: WalletContext,
  message: RequestMessage,
  bytes: Uint8Array,
  plan: PaymentPlan & { readonly refundOf?: ObjectId },
  extras: PlanOptions,
  confirmed: boolean,
): Result<PaidOut> {
  const time = timeOf(context, plan);
  if (!time.ok) return time;
  const details = { ...extras, ...(plan.refundOf ? { refundOf: plan.refundOf } : {}) };
  const drafts = draftsOf(context, message, plan, time.value, details);
  const nonce = extras.standing?.nonce;
  const ref = nonce ? { request: message.request.id, nonce } : { request: message.request.id };
  const provenance = provenanceOf(plan.holdings);
  const recorded = context.element.run({ kind: 'record-payment', ref, message, bytes, drafts, confirmed });
  return recorded.ok ? sign(context, ref, drafts, provenance, false) : recorded;
}

function timeOf(context: WalletContext, plan: PaymentPlan): Result<Instant> {
  const trust = trustOf(context);
  const policy = strictest(plan.policies);
  if (!trust.ok) return trust;
  if (!policy) return reject('policy-unknown', 'a policy of the trust bundle', 'none');
  const { view, lists } = trust.value;
  const times = plan.holdings.flatMap((holding) => holding.time ?? []);
  return payerTime({ trust: view, lists, clock: context.clock(), policy }, times);
}

function draftsOf(
  { element, crypto }: WalletContext,
  { request, payee }: RequestMessage,
  { spends }: Choice,
  time: Instant,
  { refundOf, standing }: PlanOptions,
): readonly DraftSpend[] {
  const seqs = new Map<string, number>();
  return spends.map(({ owner, inputs }) => {
    const name = keyText(owner);
    const seq = (seqs.get(name) ?? element.state.keys.get(name)?.seq ?? 0) + 1;
    seqs.set(name, seq);
    const body = {
      inputs,
      payee: payee.id,
      request: request.id,
      seq,
      time,
      ...(refundOf ? { refundOf } : {}),
      ...(standing ? { standing } : {}),
    };
    return draft(SPEND, suiteOf(owner), body, crypto);
  });
}

/** What the payee needs to follow every input; shared where one holding has it all. */
function provenanceOf(holdings: readonly Holding[]): Provenance {
  const distinct = new Set(holdings.map((holding) => holding.provenance));
  const [first] = distinct;
  if (first && distinct.size === 1) return first;
  const merged = new Provenance();
  for (const provenance of distinct) merged.merge(provenance);
  return merged;
}

function measureOffer(
  context: WalletContext,
  message: RequestMessage,
  choice: Choice,
  options: PlanOptions,
): number {
  const drafts = draftsOf(context, message, choice, context.clock(), options);
  const spends = drafts.map((entry) => withSignature(entry, ZERO_SIGNATURE));
  return encodeOffer({ spends, provenance: provenanceOf(choice.holdings) }, message).length;
}

/** Signs what was recorded, makes the signatures and the sealed bytes durable, then releases them. */
function sign(
  context: WalletContext,
  ref: PaymentRef,
  drafts: readonly DraftSpend[],
  provenance: Provenance,
  again: boolean,
): Result<PaidOut> {
  const { element, crypto } = context;
  const paymentId = paymentIdOf(ref.request, ref.nonce);
  const payment = element.state.outgoing.get(paymentId);
  if (!payment) throw new Error('wallet: a payment that was recorded is gone');
  const signatures = element.signDrafts(drafts);
  if (!signatures.ok) return signatures;
  const spends = drafts.flatMap((entry, place) => {
    const signature = signatures.value[place];
    return signature ? [withSignature(entry, signature)] : [];
  });
  const offer: Offer = { spends, provenance };
  const offerBytes = encodeOffer(offer, payment.message);
  const { request } = payment.message;
  const sealed = crypto.seal({
    recipient: request.body.sealingKey,
    info: request.id,
    aad: NO_DATA,
    plaintext: offerBytes,
  });
  if (!sealed.ok) {
    const freed = element.run({ kind: 'free-payment', ref });
    return freed.ok ? sealed : freed;
  }
  const signed = element.run({
    kind: 'sign-payment',
    ref,
    signatures: signatures.value,
    offerBytes,
    sealed: sealed.value,
  });
  return signed.ok ? released(paymentId, payment, again) : signed;
}

function released(paymentId: PaymentId, payment: OutgoingPayment, again: boolean): Result<PaidOut> {
  const { sealed, amount, spends, depth, offerBytes, message } = payment;
  if (!sealed)
    return reject('payment-unknown', 'a payment that waits for its verdict', 'one that is answered or freed');
  return accept({
    paymentId,
    requestId: idText(message.request.id),
    sealedOffer: sealed,
    amount,
    spends: spends.map((spend) => idText(spend.id)),
    depth,
    offerBytes: offerBytes ?? 0,
    again,
  });
}

function payAgain(
  context: WalletContext,
  payment: OutgoingPayment,
  nonce: Nonce | undefined,
): Result<PaidOut> {
  const request = payment.message.request.id;
  const ref = nonce ? { request, nonce } : { request };
  const { machine } = payment;
  if (machine.kind === 'recorded') {
    const holdings = payment.spends.flatMap((spend) => spend.ranges.map((range) => range.holding));
    return sign(context, ref, machine.drafts, provenanceOf(holdings), true);
  }
  if (machine.kind === 'answered' && voidedOf(machine.spends, machine.verdict).length === 0) {
    return endedPayment(true);
  }
  return machine.kind === 'signed'
    ? released(paymentIdOf(request, nonce), payment, true)
    : endedPayment(false);
}

/** Frees a payment that was recorded and never signed. */
export function freePayment(
  context: WalletContext,
  paymentId: PaymentId,
): Result<{ readonly paymentId: PaymentId }> {
  const { state } = context.element;
  const settled = archivedOf(state, paymentId);
  if (settled?.direction === 'out')
    return reject(
      'range-spent',
      'a payment that was recorded and never signed',
      `a payment ${settled.state}`,
    );
  const payment = state.outgoing.get(paymentId);
  if (!payment) return reject('payment-unknown', 'a payment of this wallet', 'another reference');
  const ref = refOfPayment(paymentId, payment.message.request.id);
  const freed = context.element.run({ kind: 'free-payment', ref });
  return freed.ok ? accept({ paymentId }) : freed;
}

const branded = <T>(codec: Codec<T>, raw: Uint8Array): T =>
  decodeBytes(codec, encodeBytes(bytes({ max: 64 }), raw), raw.length + 3);

const nonceOf = (raw: Uint8Array): Nonce => branded(nonceField, raw);

/** @throws DecodeError for a text that is not the hexadecimal of an id */
const idOf = (text: IdText): ObjectId => branded(idField, fromHex(text));
