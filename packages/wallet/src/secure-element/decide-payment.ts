/**
 * What the secure element signs for a payer (PAY-2, PAY-3, PAY-4, LIMIT-1): it chooses nothing, and refuses
 * everything that is not owned, free, disjoint, in policy, in date and within the limits of the device.
 */

import type { Signature } from '@duet/protocol/brand';
import { type Instant, later, plusSeconds, startOfDay } from '@duet/protocol/brand';
import { equalBytes, keyText } from '@duet/protocol/bytes';
import { MAX_HOPS, MAX_INPUTS } from '@duet/protocol/limits';
import { type DraftSpend, PROPOSED, stepPayer } from '@duet/protocol/machines/payer';
import { keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { add, type Fen, ZERO } from '@duet/protocol/money';
import { currencyOf, isStanding } from '@duet/protocol/objects/request';
import { type Input, inputsProblem } from '@duet/protocol/objects/spend';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import type { Verdict } from '@duet/protocol/objects/verdict';
import { accept, type Rejection, type Result, refusal, reject } from '@duet/protocol/rejection';
import { amountSaid, daySaid, timeSaid } from '@duet/protocol/said';
import { conditionRule } from '@duet/protocol/verify/chain';
import { inputsConflict } from '@duet/protocol/verify/fraud-proof';
import { staleRequest } from '@duet/protocol/verify/request';
import { holdingKey, paymentIdOf } from '../payment-id.ts';
import { continuityRule, type Decision, type ElementEnv, retiredRule } from './decision.ts';
import { covers, lengthOf } from './ranges.ts';
import type { PaymentRef } from './records.ts';
import { type Holding, isConditional, type OutgoingPayment, type SecureElementState } from './state.ts';

export interface RecordPayment {
  readonly kind: 'record-payment';
  readonly ref: PaymentRef;
  readonly message: RequestMessage;
  readonly bytes: Uint8Array;
  readonly drafts: readonly DraftSpend[];
  /** The holder confirmed by PIN, fingerprint or hardware key. */
  readonly confirmed: boolean;
}

/** Records all Spends of one request in one step, before the first is signed. */
export function decideRecordPayment(
  state: SecureElementState,
  command: RecordPayment,
  env: ElementEnv,
): Result<Decision> {
  const { ref, message, bytes, drafts, confirmed } = command;
  const known = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (known) return decideAgain(known, ref, env);
  if (state.archive.has(paymentIdOf(ref.request, ref.nonce)))
    return reject('already-paid', 'a new request', 'a settled one');
  const unknown = continuityRule(env);
  if (unknown) return { ok: false, rejection: unknown };
  const judged = judgePayment(state, command, env);
  if (!judged.ok) return judged;
  const step = stepPayer(PROPOSED, { kind: 'record', drafts }, ref);
  if (!step.ok) return step;
  const record = {
    kind: 'payment-recorded',
    ref,
    message,
    bytes,
    drafts,
    at: judged.value,
    confirmed,
  } as const;
  return accept({ records: [record], effects: [{ kind: 'sign-spends', ref, drafts }] });
}

/** The payer time, when everything holds. */
function judgePayment(state: SecureElementState, command: RecordPayment, env: ElementEnv): Result<Instant> {
  const { message, drafts, confirmed } = command;
  const first = drafts[0];
  if (!first || !state.trust) return reject('bundle-missing', 'a trust bundle and a spend', 'none');
  if (state.keys.has(keyText(keyOfDocument(message.payee)))) {
    return reject('paying-oneself', 'the key of somebody else', 'a key of this device');
  }
  const time = first.body.time;
  const amounts: { total: Fen } = { total: ZERO };
  const policies: Policy[] = [];
  const seqs = new Map<string, number>();
  const inputs: Input[] = [];
  for (const draft of drafts) {
    const rejection = judgeDraft(state, command, draft, { time, policies, seqs, inputs, amounts }, env);
    if (rejection) return { ok: false, rejection };
  }
  const rejection =
    overlapRule(inputs) ??
    amountRule(message, drafts, amounts.total, policies) ??
    freshRule(message, time, policies, env) ??
    limitRule(state, amounts.total, policies, confirmed, env);
  return rejection ? { ok: false, rejection } : accept(time);
}

interface Gathered {
  readonly time: Instant;
  readonly policies: Policy[];
  readonly seqs: Map<string, number>;
  readonly inputs: Input[];
  readonly amounts: { total: Fen };
}

function judgeDraft(
  state: SecureElementState,
  { ref, message }: RecordPayment,
  { body }: DraftSpend,
  gathered: Gathered,
  env: ElementEnv,
): Rejection | undefined {
  const problem = inputsProblem(body.inputs);
  if (problem || body.inputs.length === 0)
    return refusal('range-overlap', problem ?? 'inputs', 'other inputs');
  if (!equalBytes(body.request, ref.request) || !equalBytes(ref.request, message.request.id)) {
    return refusal('request-mismatch', 'spends of this request', 'spends of another one');
  }
  if (!equalBytes(body.payee, message.payee.id) || body.time !== gathered.time) {
    return refusal('request-mismatch', 'one payee and one time', 'another payee or time');
  }
  let owner: Holding | undefined;
  for (const input of body.inputs) {
    const holding = state.holdings.get(holdingKey(input.parent));
    if (!holding) return refusal('range-not-owned', 'a range that this device holds', 'an unknown parent');
    if (!covers(holding.free, input)) {
      return refusal('range-spent', 'a range that nothing was signed over', `[${input.from}, ${input.to})`);
    }
    if (owner && !equalBytes(owner.owner, holding.owner))
      return refusal('wrong-owner', 'inputs of one key', 'several keys');
    owner ??= holding;
    const rejection = judgeInput(state, message, body, holding, gathered, env);
    if (rejection) return rejection;
    gathered.inputs.push(input);
    gathered.amounts.total = add(gathered.amounts.total, lengthOf(input));
  }
  return owner ? seqRule(state, owner, body.seq, gathered) : undefined;
}

function judgeInput(
  state: SecureElementState,
  message: RequestMessage,
  body: DraftSpend['body'],
  holding: Holding,
  gathered: Gathered,
  env: ElementEnv,
): Rejection | undefined {
  const { coin, steps } = holding;
  const policy = state.trust?.view.policy(coin.body.policy);
  if (!policy) return refusal('policy-unknown', 'a policy of the trust bundle', `policy ${coin.body.policy}`);
  gathered.policies.push(policy);
  if (coin.body.currency !== currencyOf(message.request.body)) {
    return refusal(
      'currency-mismatch',
      `currency ${currencyOf(message.request.body)}`,
      `${coin.body.currency}`,
    );
  }
  const most = Math.min(policy.maxHops, MAX_HOPS) + (body.refundOf ? 1 : 0);
  if (steps.length > most)
    return refusal('too-many-hops', `at most ${most} earlier spends`, `${steps.length}`);
  if (body.seq > (policy.maxPayments ?? Number.MAX_SAFE_INTEGER)) {
    return refusal(
      'count-limit',
      `at most ${policy.maxPayments} payments of one key (maxPayments of policy ${policy.id}); a sync gives a new key`,
      `number ${body.seq}`,
    );
  }
  if (holding.time !== undefined && body.time < holding.time) {
    return refusal('time-goes-back', `not before ${timeSaid(holding.time)}`, timeSaid(body.time));
  }
  if (body.time > plusSeconds(env.now, policy.skew)) {
    return refusal(
      'time-ahead',
      `at most ${policy.skew} s ahead of this device's clock`,
      `${body.time - env.now} s`,
    );
  }
  if (body.time >= startOfDay(coin.body.spendBy))
    return refusal('coin-expired', `before ${daySaid(coin.body.spendBy)}`, timeSaid(body.time));
  const refunded = body.refundOf;
  if (
    refunded &&
    !(
      equalBytes(holding.parent.id, refunded) &&
      holding.payer &&
      equalBytes(holding.payer, keyOfDocument(message.payee))
    )
  ) {
    return refusal('refund-invalid', 'ranges of the payment refunded, to the key that paid', 'others');
  }
  const { condition } = coin.body;
  return condition && isConditional(holding) ? conditionRule(condition, message.payee, body.time) : undefined;
}

/** Each Spend of a key has the next number. */
function seqRule(
  state: SecureElementState,
  owner: Holding,
  seq: number,
  { seqs }: Gathered,
): Rejection | undefined {
  const name = keyText(owner.owner);
  const key = state.keys.get(name);
  if (!key) return refusal('range-not-owned', 'a key of this device', 'another key');
  const retired = retiredRule(key.retired);
  if (retired) return retired;
  const expected = (seqs.get(name) ?? key.seq) + 1;
  seqs.set(name, expected);
  return seq === expected
    ? undefined
    : refusal('range-not-owned', `spend number ${expected} of its key`, `${seq}`);
}

function overlapRule(inputs: readonly Input[]): Rejection | undefined {
  if (inputs.length > MAX_INPUTS)
    return refusal('too-fragmented', `at most ${MAX_INPUTS} inputs`, `${inputs.length}`);
  for (const [i, a] of inputs.entries()) {
    for (let j = i + 1; j < inputs.length; j++) {
      const b = inputs[j];
      if (b && inputsConflict(a, b)) return refusal('range-overlap', 'disjoint ranges', `two over ${a.from}`);
    }
  }
  return undefined;
}

function amountRule(
  message: RequestMessage,
  drafts: readonly DraftSpend[],
  total: Fen,
  policies: readonly Policy[],
): Rejection | undefined {
  const { body } = message.request;
  const standing = isStanding(body);
  for (const draft of drafts) {
    const stated = standing ? draft.body.standing?.total : body.amount;
    if (stated !== total || (draft.body.standing !== undefined) !== standing) {
      return refusal(
        'sum-mismatch',
        stated === undefined ? 'a stated total' : amountSaid(stated),
        amountSaid(total),
      );
    }
  }
  const most = Math.min(...policies.map((policy) => policy.maxPerPayment ?? Number.MAX_SAFE_INTEGER));
  return total > most
    ? refusal('amount-above-limit', `at most ${amountSaid(most)} in one payment`, amountSaid(total))
    : undefined;
}

function freshRule(
  message: RequestMessage,
  time: Instant,
  policies: readonly Policy[],
  env: ElementEnv,
): Rejection | undefined {
  const asked = message.request.body.time;
  if (asked === undefined) return undefined;
  const validity = Math.min(...policies.map((policy) => policy.requestValidity));
  const skew = Math.min(...policies.map((policy) => policy.skew));
  const now = later(env.now, time);
  return Math.abs(now - asked) > validity + skew ? staleRequest(now, asked, validity) : undefined;
}

/** Totals, counts and confirmation of this device since its last sync (LIMIT-1, PAY-1). */
function limitRule(
  state: SecureElementState,
  total: Fen,
  policies: readonly Policy[],
  confirmed: boolean,
  { limits }: ElementEnv,
): Rejection | undefined {
  const { counters } = state;
  const { maxPayments, maxTotal } = limits;
  if (maxPayments !== undefined && counters.count >= maxPayments) {
    return refusal(
      'count-limit',
      `at most ${maxPayments} payments of this device between two syncs; a complete sync starts a new count`,
      `number ${counters.count + 1}`,
    );
  }
  if (maxTotal !== undefined && counters.total + total > maxTotal) {
    return refusal(
      'amount-above-limit',
      `at most ${amountSaid(maxTotal)} in all payments of this device between two syncs; a complete sync starts anew`,
      amountSaid(counters.total + total),
      'device-total',
    );
  }
  return confirmed || !confirmationNeeded(state, total, policies)
    ? undefined
    : refusal('confirmation-required', 'a confirmation by the holder', 'none');
}

/** Above `pinAbove`, for one payment and for the sum since the last confirmation. */
export function confirmationNeeded(
  state: SecureElementState,
  total: Fen,
  policies: readonly Policy[],
): boolean {
  const most = Math.min(...policies.map((policy) => policy.pinAbove));
  return state.counters.sinceConfirmation + total > most;
}

/** The same request again: the same drafts to sign, or the same signed Spends. */
function decideAgain(payment: OutgoingPayment, ref: PaymentRef, env: ElementEnv): Result<Decision> {
  const forbidden = reservedRule(payment, env);
  if (forbidden) return { ok: false, rejection: forbidden };
  const step = stepPayer(payment.machine, { kind: 'ask-again' }, ref);
  if (!step.ok) return step;
  const { machine } = payment;
  if (machine.kind === 'recorded') {
    return accept({ records: [], effects: [{ kind: 'sign-spends', ref, drafts: machine.drafts }] });
  }
  return accept({ records: [], effects: [] });
}

/** What was recorded may have been signed, or freed, by a newer copy of the journal. */
export function reservedRule({ machine, waiting }: OutgoingPayment, env: ElementEnv): Rejection | undefined {
  if (machine.kind !== 'recorded') return undefined;
  return continuityRule(env) ?? retiredRule(waiting === true);
}

export interface SignPayment {
  readonly kind: 'sign-payment';
  readonly ref: PaymentRef;
  readonly signatures: readonly Signature[];
  readonly offerBytes: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Signatures, and the bytes that will leave, in one durable step before they do. */
export function decideSignPayment(
  state: SecureElementState,
  command: SignPayment,
  env: ElementEnv,
): Result<Decision> {
  const { ref, signatures, offerBytes, sealed } = command;
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) return reject('payment-unknown', 'a recorded payment', 'no such payment');
  const forbidden = reservedRule(payment, env);
  if (forbidden) return { ok: false, rejection: forbidden };
  const step = stepPayer(payment.machine, { kind: 'signed', signatures }, ref);
  if (!step.ok) return step;
  const signed = step.value.records.find((record) => record.kind === 'signed');
  if (!signed) return accept({ records: [], effects: [] });
  return accept({
    records: [{ kind: 'payment-signed', ref, spends: signed.spends, offerBytes, sealed }],
    effects: [{ kind: 'release', sealed }],
  });
}

export interface FreePayment {
  readonly kind: 'free-payment';
  readonly ref: PaymentRef;
}

/** A recorded payment whose signatures were never journaled may be freed (PAY-3). */
export function decideFreePayment(
  state: SecureElementState,
  { ref }: FreePayment,
  env: ElementEnv,
): Result<Decision> {
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) return reject('payment-unknown', 'a recorded payment', 'no such payment');
  const forbidden = reservedRule(payment, env);
  if (forbidden) return { ok: false, rejection: forbidden };
  const step = stepPayer(payment.machine, { kind: 'free' }, ref);
  return step.ok ? accept({ records: [{ kind: 'payment-freed', ref }], effects: [] }) : step;
}

export interface AnswerPayment {
  readonly kind: 'answer-payment';
  readonly ref: PaymentRef;
  /** Its signature was verified under the payee's key. */
  readonly verdict: Verdict;
}

export function decideAnswerPayment(
  state: SecureElementState,
  { ref, verdict }: AnswerPayment,
): Result<Decision> {
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) return reject('payment-unknown', 'a payment of this device', 'no such payment');
  const step = stepPayer(payment.machine, { kind: 'verdict', verdict }, ref);
  if (!step.ok) return step;
  const conflict = step.value.effects.find((effect) => effect.kind === 'keep-verdicts');
  if (conflict)
    return accept({ records: [], effects: [{ kind: 'keep-verdicts', ref, verdicts: conflict.verdicts }] });
  const fresh = step.value.records.length > 0;
  return accept({ records: fresh ? [{ kind: 'payment-answered', ref, verdict }] : [], effects: [] });
}

/** After an own sync: the registry has the payment, its Verdict is not known yet. */
export interface RegisterPayment {
  readonly kind: 'register-payment';
  readonly ref: PaymentRef;
}

export function decideRegisterPayment(state: SecureElementState, { ref }: RegisterPayment): Result<Decision> {
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) return reject('payment-unknown', 'a payment of this device', 'no such payment');
  const step = stepPayer(payment.machine, { kind: 'registered' }, ref);
  if (!step.ok) return step;
  return accept({
    records: step.value.records.length > 0 ? [{ kind: 'payment-registered', ref }] : [],
    effects: [],
  });
}
