/**
 * What a payee verifies before it says yes (PAY-5), each failure with its own code, in the order of
 * `codes.ts`. Decoding came before; the payee's journal has said that the request is open.
 */
import { type Instant, later, plusSeconds } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import type { Situation } from '../codes.ts';
import type { Offer } from '../messages/offer.ts';
import type { RequestMessage } from '../messages/request-message.ts';
import type { Fen } from '../money.ts';
import { currencyOf, isStanding } from '../objects/request.ts';
import type { Policy } from '../objects/trust-bundle.ts';
import { accept, foremost, type Rejection, type Result, refusal, reject } from '../rejection.ts';
import { amountSaid, timeSaid } from '../said.ts';
import type { Hashes } from '../suite.ts';
import {
  boundRules,
  type Chain,
  certificateRules,
  chainOf,
  coinRules,
  conditionRules,
  dateRules,
  documentsOf,
  policiesOf,
  rangeRules,
  refundRule,
  timeOrderRule,
  totalOf,
} from './chain.ts';
import { chainSignatures } from './chain-signatures.ts';
import type { Examination } from './examination.ts';
import { counterRule } from './hardware-counter.ts';
import { type Divergence, divergenceOf, type History } from './history.ts';
import { listRules } from './lists.ts';
import type { StatusView, TrustView } from './trust-view.ts';

/** What the payee knows when an offer arrives. */
export interface PayeeView {
  readonly trust: TrustView;
  readonly lists: StatusView;
  readonly history: History;
  /** The device's clock, unchecked; the newest authority time bounds it from below. */
  readonly clock: Instant;
}

/** An offer that may be accepted. */
export interface AcceptableOffer {
  readonly chain: Chain;
  readonly total: Fen;
  /** Codes that the holder is told of, but that do not refuse: `lists-stale`. */
  readonly warnings: readonly Rejection[];
}

/** A refusal because money was spent twice, with the pair that proves it. */
export interface ConflictRejection extends Rejection {
  readonly code: 'conflict';
  readonly divergence: Divergence;
}

export const isConflict = (rejection: Rejection): rejection is ConflictRejection => 'divergence' in rejection;

/** Judges an offer against its request. `context` is the payee's own: the document in it is not verified again. */
export function examineOffer(
  offer: Offer,
  context: RequestMessage,
  view: PayeeView,
  hashes: Hashes,
): Result<Examination<AcceptableOffer>> {
  const { trust } = view;
  const followed = chainOf(offer.spends, offer.provenance, context.payee);
  if (!followed.ok) return followed;
  const chain = followed.value;
  const answered = requestRules(chain, context);
  if (!answered.ok) return answered;
  const total = answered.value;
  const before = rangeRules(chain) ?? refundRule(chain);
  if (before) return { ok: false, rejection: before };
  const policies = policiesOf(chain, trust);
  if (!policies.ok) return policies;
  const rejection =
    boundRules(chain, policies.value) ??
    timeOrderRule(chain) ??
    foremost(lastTimes(chain, context, policies.value, view)) ??
    dateRules(chain, policies.value) ??
    bundleRule(view) ??
    coinRules(chain, trust) ??
    stopRules(chain, view) ??
    certificateRules(chain, trust) ??
    conditionRules(chain);
  if (rejection) return { ok: false, rejection };
  const listed = listRules(chain, policies.value, view.lists, view.clock);
  if (!listed.ok) return listed;
  const checks = chainSignatures(chain, trust, hashes, context.payee);
  if (!checks.ok) return checks;
  return accept({
    checks: checks.value,
    conclude: () => {
      const { history } = view;
      const seen = conflictRule(chain, history) ?? counterRule(chain, (key) => history.countersOf(key));
      if (seen) return { ok: false, rejection: seen };
      return accept({ chain, total, warnings: listed.value });
    },
  });
}

/** The spends answer this request, in its currency, with exactly its amount. */
function requestRules(chain: Chain, context: RequestMessage): Result<Fen> {
  const { request, payee } = context;
  const currency = currencyOf(request.body);
  for (const spend of chain.spends) {
    if (!equalBytes(spend.body.request, request.id) || !equalBytes(spend.body.payee, payee.id)) {
      return reject('request-mismatch', 'spends of this request', 'spends of another one');
    }
    if ((spend.body.standing !== undefined) !== isStanding(request.body)) {
      return reject('request-mismatch', 'a payment nonce exactly for a standing request', 'the other form');
    }
  }
  const other = chain.paths.find((path) => path.coin.body.currency !== currency);
  if (other) return reject('currency-mismatch', `currency ${currency}`, `${other.coin.body.currency}`);
  const stated = statedTotal(chain, context);
  const total = totalOf(chain);
  return stated !== undefined && stated === total
    ? accept(total)
    : reject(
        'sum-mismatch',
        stated === undefined ? 'one stated total' : amountSaid(stated),
        total === undefined ? 'more than there can be' : amountSaid(total),
      );
}

/** The amount asked for; for a standing request the total on which all its spends agree. */
export function statedTotal(chain: Chain, context: RequestMessage): Fen | undefined {
  if (context.request.body.amount !== undefined) return context.request.body.amount;
  const first = chain.spends[0]?.body.standing;
  const agreed = chain.spends.every(
    ({ body }) =>
      first &&
      body.standing &&
      body.standing.total === first.total &&
      equalBytes(body.standing.nonce, first.nonce),
  );
  return agreed ? first?.total : undefined;
}

/** The payee's clock, never before the newest time of root or issuer, bounds only the last payer time. */
function* lastTimes(
  chain: Chain,
  context: RequestMessage,
  policies: readonly Policy[],
  view: PayeeView,
): Generator<Rejection> {
  const now = later(view.clock, view.trust.authorityTime(view.lists));
  const skew = Math.min(...policies.map((policy) => policy.skew));
  const validity = Math.min(...policies.map((policy) => policy.requestValidity));
  const window = Math.min(...policies.map((policy) => policy.standingWindow));
  const asked = context.request.body.time;
  const earliest = asked === undefined ? plusSeconds(now, -window) : plusSeconds(asked, -skew);
  const latest = asked === undefined ? now : plusSeconds(asked, validity);
  for (const { body } of chain.spends) {
    if (body.time < earliest || body.time > plusSeconds(latest, skew)) {
      yield refusal(
        'request-stale',
        `paid from ${timeSaid(earliest)} to ${timeSaid(latest)}`,
        timeSaid(body.time),
        staleSituation(asked, body.time, earliest),
      );
    }
    if (body.time > plusSeconds(now, skew)) {
      yield refusal('time-ahead', `paid up to ${timeSaid(plusSeconds(now, skew))}`, timeSaid(body.time));
    }
  }
}

/** Why a payer time is outside its window: late to a standing request, or clocks apart; else it is just too late. */
function staleSituation(asked: Instant | undefined, paid: Instant, earliest: Instant): Situation | undefined {
  if (asked === undefined) return paid < earliest ? 'standing-late' : 'request-ahead';
  return paid < earliest ? 'request-ahead' : undefined;
}

/** The bundle is in date at the payee's clock. */
function bundleRule(view: PayeeView): Rejection | undefined {
  const now = later(view.clock, view.trust.authorityTime(view.lists));
  const { validUntil } = view.trust.bundle.body;
  return now >= validUntil
    ? refusal('bundle-expired', `before ${timeSaid(validUntil)}`, timeSaid(now))
    : undefined;
}

/** Withdrawn epochs and stop notices (LIMIT-4): judged by payees only, at their own time. */
function stopRules(chain: Chain, view: PayeeView): Rejection | undefined {
  const now = later(view.clock, view.trust.authorityTime(view.lists));
  const { trust } = view;
  const { coins, certificates } = documentsOf(chain);
  for (const { body } of coins) {
    if (trust.key(body.issuerKey, 'issuer')?.withdrawn) {
      return refusal('epoch-withdrawn', 'a coin of an epoch in force', `epoch ${body.issuerKey}`);
    }
  }
  for (const { body } of coins) {
    if (trust.isStopped('epoch', body.issuerKey, now))
      return refusal('offline-stopped', 'no stop', `epoch ${body.issuerKey}`);
    if (trust.isStopped('operator', body.operator, now))
      return refusal('offline-stopped', 'no stop', `operator ${body.operator}`);
  }
  for (const { body } of certificates) {
    if (trust.isStopped('operator', body.operator, now))
      return refusal('offline-stopped', 'no stop', `operator ${body.operator}`);
    if (body.role === 'wallet' && trust.isStopped('class', body.walletClass, now)) {
      return refusal('offline-stopped', 'no stop', `class ${body.walletClass}`);
    }
    if (body.terminal && trust.isStopped('region', body.terminal.region, now)) {
      return refusal('offline-stopped', 'no stop', `region ${body.terminal.region}`);
    }
  }
  return undefined;
}

function conflictRule(chain: Chain, history: History): ConflictRejection | undefined {
  for (const path of chain.paths) {
    const divergence = divergenceOf(path, history);
    if (divergence) {
      return {
        code: 'conflict',
        expected: 'one history of every range',
        got: 'two spends of one range',
        divergence,
      };
    }
  }
  return undefined;
}
