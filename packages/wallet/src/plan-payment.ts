/**
 * Which of the held money may pay a request, and with which Spends (PAY-1, PAY-9, LIMIT-1, LIMIT-3). Refusals
 * say what keeps enough money from being spent, so that the holder knows what a sync would change.
 */

import type { ObjectId } from '@duet/protocol/brand';
import { type Instant, plusSeconds, startOfDay } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import {
  MAX_HOPS,
  MAX_INPUTS,
  MAX_INPUTS_PER_SPEND,
  MAX_OBJECTS,
  MAX_OFFER_BYTES,
} from '@duet/protocol/limits';
import { keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { type Fen, MAX_FEN } from '@duet/protocol/money';
import { ALL_SUITES, currencyOf } from '@duet/protocol/objects/request';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import { suiteOf } from '@duet/protocol/suite';
import { conditionRule } from '@duet/protocol/verify/chain';
import {
  type Candidate,
  type Choice,
  candidateOf,
  chooseInputs,
  type Order,
  type UsedWith,
} from './choose-inputs.ts';
import type { OwnKey, SecureElementState } from './secure-element/state.ts';

export interface PaymentPlan extends Choice {
  readonly policies: readonly Policy[];
}

export interface PlanRequest {
  readonly message: RequestMessage;
  readonly amount: Fen;
  /** The device's time, before the times of the inputs are known. */
  readonly now: Instant;
  /** Pay from the ranges of this Spend alone (PAY-10). */
  readonly refundOf?: ObjectId;
  /** Size of the offer that a choice leads to; asked only where an estimate does not settle it. */
  readonly measure: (choice: Choice) => number;
}

interface Filter {
  readonly code: Code;
  readonly expected: string;
  readonly keep: (candidate: Candidate, policy: Policy) => boolean;
}

/** Upper bounds of the parts of a compact offer: where their sum fits, nothing is measured. */
const MOST_HOP_BYTES = 520;
const MOST_COIN_BYTES = 420;
const MOST_INPUT_BYTES = 64;

/** The choice that a request is paid with. */
export function planPayment(state: Readonly<SecureElementState>, plan: PlanRequest): Result<PaymentPlan> {
  const { trust } = state;
  if (!trust) return reject('bundle-missing', 'a first sync', 'no trust bundle');
  const policyOf = (candidate: Candidate): Policy | undefined =>
    trust.view.policy(candidate.holding.coin.body.policy);
  const payee = plan.message.payee.id;
  let left: readonly Candidate[] = [...state.holdings.values()].map((holding) =>
    candidateOf(holding, usedWith(state.keys.get(keyText(holding.owner)), payee)),
  );
  for (const { code, expected, keep } of filtersOf(state, plan)) {
    left = left.filter((candidate) => {
      const policy = policyOf(candidate);
      return policy ? keep(candidate, policy) : false;
    });
    const total = totalOf(left);
    if (total < plan.amount)
      return reject(code, expected, `${amountSaid(total)} of ${amountSaid(plan.amount)}`);
  }
  const allowed = left.filter((candidate) => plan.amount <= (policyOf(candidate)?.maxPerPayment ?? MAX_FEN));
  return totalOf(allowed) < plan.amount
    ? aboveLimit(
        left.flatMap((candidate) => policyOf(candidate) ?? []),
        plan.amount,
      )
    : choose(state, allowed, plan, (holding) => trust.view.policy(holding.coin.body.policy));
}

const totalOf = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, candidate) => sum + candidate.available, 0);

/** Names the limit of the policy that allows the most (LIMIT-1). */
function aboveLimit(policies: readonly Policy[], amount: Fen): Result<never> {
  const limits = policies.flatMap(({ id, maxPerPayment: most }) =>
    most === undefined ? [] : [{ id, most }],
  );
  const [widest] = limits.sort((a, b) => b.most - a.most);
  if (!widest) throw new Error('wallet: a limit that no policy sets refused a payment');
  return reject(
    'amount-above-limit',
    `at most ${amountSaid(widest.most)} in one payment (maxPerPayment of policy ${widest.id})`,
    amountSaid(amount),
  );
}

function usedWith(key: OwnKey | undefined, payee: ObjectId): UsedWith {
  const paidTo = key?.paidTo;
  if (paidTo === undefined) return 'nobody';
  return paidTo !== 'several' && equalBytes(paidTo, payee) ? 'this-payee' : 'others';
}

/** From the most lasting reason to the one that a sync removes; after them comes the limit of one payment. */
function filtersOf(state: Readonly<SecureElementState>, plan: PlanRequest): readonly Filter[] {
  const { message, now, refundOf } = plan;
  const { body } = message.request;
  const suites = body.suites ?? ALL_SUITES;
  return [
    {
      code: 'insufficient-funds',
      expected: 'enough money of the requested currency',
      keep: ({ holding }) =>
        holding.coin.body.currency === currencyOf(body) &&
        (!refundOf || equalBytes(holding.parent.id, refundOf)),
    },
    {
      code: 'insufficient-funds',
      expected: 'enough money whose condition this payee meets',
      keep: ({ holding, conditional }) => {
        const { condition } = holding.coin.body;
        return !condition || !conditional || conditionRule(condition, message.payee, now) === undefined;
      },
    },
    {
      code: 'unsupported-suite',
      expected: 'enough money of a suite that the payee takes',
      keep: ({ holding }) => (suites & holding.coin.suite) !== 0 && (suites & suiteOf(holding.owner)) !== 0,
    },
    {
      code: 'coin-expired',
      expected: 'enough money before its spendBy',
      keep: ({ holding }) => now < startOfDay(holding.coin.body.spendBy),
    },
    {
      code: 'time-ahead',
      expected: 'enough money whose times this clock has reached',
      keep: ({ holding }, policy) => (holding.time ?? 0) <= plusSeconds(now, policy.skew),
    },
    {
      code: 'epoch-withdrawn',
      expected: 'enough money of epochs in force',
      keep: ({ holding }) => state.trust?.view.key(holding.coin.body.issuerKey, 'issuer')?.withdrawn !== true,
    },
    {
      code: 'too-many-hops',
      expected: 'enough money that may be passed on once more',
      keep: ({ holding }, policy) =>
        holding.steps.length <= Math.min(policy.maxHops, MAX_HOPS) + (refundOf ? 1 : 0),
    },
    {
      code: 'count-limit',
      expected:
        'enough money of keys with payments left (maxPayments of their policy); a sync gives new keys',
      keep: ({ holding }, policy) =>
        (state.keys.get(keyText(holding.owner))?.seq ?? 0) < (policy.maxPayments ?? Number.POSITIVE_INFINITY),
    },
  ];
}

const ORDERS: readonly Order[] = ['fewest-bytes', 'largest-first'];

function choose(
  state: Readonly<SecureElementState>,
  candidates: readonly Candidate[],
  { amount, message, measure }: PlanRequest,
  policyOf: (holding: Candidate['holding']) => Policy | undefined,
): Result<PaymentPlan> {
  const passesOn = message.payee.kind === 'coin' || message.payee.body.role === 'wallet';
  let counted = false;
  for (const order of ORDERS) {
    const choice = chooseInputs(candidates, amount, passesOn ? MAX_INPUTS_PER_SPEND : MAX_INPUTS, order);
    if (!choice || !fits(choice, measure)) continue;
    const policies = choice.holdings.flatMap((holding) => policyOf(holding) ?? []);
    if (countsFit(state, choice, policies)) return accept({ ...choice, policies });
    counted = true;
  }
  return counted
    ? reject(
        'count-limit',
        'keys with payments left for every spend (maxPayments of their policy); a sync gives new keys',
        'more spends than are left',
      )
    : reject(
        'too-fragmented',
        `at most ${MAX_INPUTS} inputs and ${MAX_OFFER_BYTES} bytes`,
        'money in more or longer pieces',
      );
}

/** Several Spends of one key each take a number. */
function countsFit(
  state: Readonly<SecureElementState>,
  { spends }: Choice,
  policies: readonly Policy[],
): boolean {
  const most = Math.min(...policies.map((policy) => policy.maxPayments ?? Number.POSITIVE_INFINITY));
  const seqs = new Map<string, number>();
  for (const { owner } of spends) {
    const name = keyText(owner);
    const seq = (seqs.get(name) ?? state.keys.get(name)?.seq ?? 0) + 1;
    if (seq > most) return false;
    seqs.set(name, seq);
  }
  return true;
}

/** Within LIMIT-3. Objects that paths share are counted once; each Spend brings a certificate at most. */
function fits(choice: Choice, measure: (choice: Choice) => number): boolean {
  const { holdings, spends } = choice;
  const seen = new Set<string>();
  let objects = 0;
  let bytes = 0;
  for (const { coin, steps, provenance } of holdings) {
    const coinName = idText(coin.id);
    if (!seen.has(coinName)) {
      seen.add(coinName);
      objects += 1;
      bytes += MOST_COIN_BYTES;
    }
    for (const step of steps) {
      const name = idText(step.spend);
      if (seen.has(name)) continue;
      seen.add(name);
      objects += 2;
      bytes += sizeOfHop(provenance.spend(step.spend)?.body.inputs.length ?? MAX_INPUTS);
    }
  }
  for (const { inputs } of spends) bytes += 2 * MOST_INPUT_BYTES + inputs.length * MOST_INPUT_BYTES;
  return objects <= MAX_OBJECTS && (bytes <= MAX_OFFER_BYTES || measure(choice) <= MAX_OFFER_BYTES);
}

const sizeOfHop = (inputs: number): number => MOST_HOP_BYTES - MOST_INPUT_BYTES + inputs * MOST_INPUT_BYTES;

/** Whether a request pays money back to a key that paid: its document is a coin. */
export const isRefundRequest = (message: RequestMessage): boolean => message.payee.kind === 'coin';

/** The received Spends from which a refund to the key of a request may be paid (PAY-10). */
export function refundSources(
  state: Readonly<SecureElementState>,
  message: RequestMessage,
): readonly ObjectId[] {
  const payer = keyOfDocument(message.payee);
  const sources = new Map<string, { id: ObjectId; total: number }>();
  for (const holding of state.holdings.values()) {
    if (!holding.payer || !equalBytes(holding.payer, payer)) continue;
    const { id } = holding.parent;
    const name = idText(id);
    const known = sources.get(name) ?? { id, total: 0 };
    known.total += holding.free.reduce((sum, range) => sum + range.to - range.from, 0);
    sources.set(name, known);
  }
  const wanted = message.request.body.amount ?? 0;
  return [...sources.values()]
    .filter((source) => source.total >= wanted)
    .sort((a, b) => a.total - b.total)
    .map((source) => source.id);
}
