/** What the secure element does for a payee (PAY-3, PAY-5, PAY-7, PAY-12): requests, acceptances, closes. */
import { type Instant, later } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import { MAX_OPEN_REQUESTS } from '@duet/protocol/limits';
import { NOT_ASKED, type PayeeState, stepPayee } from '@duet/protocol/machines/payee';
import type { Offer } from '@duet/protocol/messages/offer';
import { keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { sum } from '@duet/protocol/money';
import { isStanding } from '@duet/protocol/objects/request';
import type { Verdict } from '@duet/protocol/objects/verdict';
import { accept, type Rejection, type Result, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import { paymentIdOf } from '../payment-id.ts';
import { continuityRule, type Decision, type ElementEnv, retiredRule } from './decision.ts';
import { totalLength } from './ranges.ts';
import type { PaymentRef } from './records.ts';
import { isRetired, type SecureElementState } from './state.ts';

export interface OpenRequest {
  readonly kind: 'open-request';
  readonly message: RequestMessage;
  readonly bytes: Uint8Array;
  /** The sealing key, encrypted: durable before the request is shown. */
  readonly wrapped: Uint8Array;
}

export function decideOpenRequest(
  state: SecureElementState,
  { message, bytes, wrapped }: OpenRequest,
  env: ElementEnv,
): Result<Decision> {
  const { body, id } = message.request;
  const unknown = continuityRule(env);
  if (unknown) return { ok: false, rejection: unknown };
  const payee = state.keys.get(keyText(keyOfDocument(message.payee)));
  if (!payee) return reject('range-not-owned', 'a payee key of this device', 'another key');
  const retired = retiredRule(payee.retired);
  if (retired) return { ok: false, rejection: retired };
  const open = state.requests.size;
  if (open >= MAX_OPEN_REQUESTS)
    return reject('too-many-open', `at most ${MAX_OPEN_REQUESTS} open requests`, `${open}`);
  const { maxBalance } = env.limits;
  if (maxBalance !== undefined) {
    const held = sum([...state.holdings.values()].map((holding) => totalLength(holding.free)));
    const wanted = held + (body.amount ?? 0);
    if (wanted > maxBalance)
      return reject(
        'balance-limit',
        `at most ${amountSaid(maxBalance)} held by this wallet (maxBalance)`,
        amountSaid(wanted),
      );
  }
  const known = state.incoming.get(paymentIdOf(id))?.machine ?? NOT_ASKED;
  const step = stepPayee(known, { kind: 'open' }, { request: id });
  if (!step.ok) return step;
  return accept({ records: [{ kind: 'request-opened', message, bytes, wrapped, at: env.now }], effects: [] });
}

/** Verdicts are signed by keys in use, where continuity is shown. */
export function verdictRule(
  state: SecureElementState,
  { request, nonce }: PaymentRef,
  env: ElementEnv,
): Rejection | undefined {
  const message =
    state.incoming.get(paymentIdOf(request, nonce))?.message ?? state.requests.get(idText(request))?.message;
  const retired = message !== undefined && isRetired(state, keyOfDocument(message.payee));
  return continuityRule(env) ?? retiredRule(retired);
}

/** Where a payment to a request of this device stands. */
export function payeeState(state: SecureElementState, ref: PaymentRef): PayeeState {
  const id = paymentIdOf(ref.request, ref.nonce);
  const known = state.incoming.get(id);
  if (known) return known.machine;
  if (state.archive.has(id)) return NOT_ASKED;
  const own = state.requests.get(idText(ref.request));
  return own && isStanding(own.message.request.body) && ref.nonce ? { kind: 'open' } : NOT_ASKED;
}

export interface AcceptOffer {
  readonly kind: 'accept-offer';
  readonly ref: PaymentRef;
  /** Judged by PAY-5, or in a sync by the registry's rules. */
  readonly offer: Offer;
  readonly offerBytes: Uint8Array;
  readonly verdict: Verdict;
}

/** The money and its Verdict in one durable step, before the device says yes. */
export function decideAcceptOffer(
  state: SecureElementState,
  { ref, offer, offerBytes, verdict }: AcceptOffer,
  env: ElementEnv,
): Result<Decision> {
  const forbidden = verdictRule(state, ref, env);
  if (forbidden) return { ok: false, rejection: forbidden };
  const at = offer.spends.reduce<Instant>((time, spend) => later(time, spend.body.time), env.now);
  const listed = verdict.body.accepted;
  const same =
    listed.length === offer.spends.length &&
    offer.spends.every((spend) => listed.some((id) => equalBytes(id, spend.id)));
  if (!same)
    return reject('request-mismatch', 'a verdict that lists the spends of the offer', 'another list');
  const step = stepPayee(payeeState(state, ref), { kind: 'accept', verdict, at }, ref);
  if (!step.ok) return step;
  return accept({
    records: [{ kind: 'payment-accepted', ref, offer, offerBytes, verdict, at }],
    effects: [{ kind: 'answer', verdict, at, again: false }],
  });
}

export interface CloseRequest {
  readonly kind: 'close-request';
  readonly ref: PaymentRef;
  readonly verdict: Verdict;
}

export function decideCloseRequest(
  state: SecureElementState,
  { ref, verdict }: CloseRequest,
  env: ElementEnv,
): Result<Decision> {
  const forbidden = verdictRule(state, ref, env);
  if (forbidden) return { ok: false, rejection: forbidden };
  const step = stepPayee(payeeState(state, ref), { kind: 'close', verdict, at: env.now }, ref);
  if (!step.ok) return step;
  return accept({
    records: [{ kind: 'payment-closed', ref, verdict, at: env.now }],
    effects: [{ kind: 'answer', verdict, at: env.now, again: false }],
  });
}
