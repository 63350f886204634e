/**
 * What the payer's device checks before it asks its holder (PAY-1), and the signatures behind it: the payee's
 * document and the request.
 */
import { type Instant, later, plusSeconds } from '../brand.ts';
import { keyOfDocument, type RequestMessage } from '../messages/request-message.ts';
import { isStanding } from '../objects/request.ts';
import type { Policy } from '../objects/trust-bundle.ts';
import { accept, type Rejection, type Result, refusal, reject } from '../rejection.ts';
import { apartSaid, daySaid, timeSaid } from '../said.ts';
import { suiteOf } from '../suite.ts';
import { certificateTrust, coinTrust } from './chain.ts';
import { checkOfCertificate, checkOfCoin } from './chain-signatures.ts';
import type { Examination } from './examination.ts';
import { isRevoked } from './lists.ts';
import { checkOf } from './signatures.ts';
import { inDays, type StatusView, type TrustView } from './trust-view.ts';

/** What the payer knows when it reads a request. */
export interface PayerView {
  readonly trust: TrustView;
  readonly lists: StatusView;
  /** The device's clock; without one, the request's payee time. */
  readonly clock: Instant;
  /** Policy of the money that would be spent: the strictest where there are several. */
  readonly policy: Policy;
}

/** A payer's time (LIMIT-1): the latest of its clock, the newest authority time and its inputs' payer times. */
export function payerTime(view: PayerView, inputTimes: readonly Instant[]): Result<Instant> {
  const time = [view.trust.authorityTime(view.lists), ...inputTimes].reduce(later, view.clock);
  return time > plusSeconds(view.clock, view.policy.skew)
    ? reject(
        'time-ahead',
        `at most ${view.policy.skew} s ahead of this device's clock`,
        `${time - view.clock} s`,
      )
    : accept(time);
}

/** Judges a request before the holder sees it. */
export function examineRequest(
  message: RequestMessage,
  view: PayerView,
): Result<Examination<RequestMessage>> {
  const { request, payee } = message;
  const { trust, lists } = view;
  const now = later(view.clock, trust.authorityTime(lists));
  const rejection =
    formRule(message) ??
    freshRule(message, now, view.policy) ??
    dateRule(message, now, view) ??
    trustRule(message, now, trust) ??
    (isRevoked(payee, lists)
      ? refusal('revoked', 'a payee that is not on the hot list', 'a revoked payee')
      : undefined);
  if (rejection) return { ok: false, rejection };
  const document = payee.kind === 'coin' ? checkOfCoin(payee, trust) : checkOfCertificate(payee, trust);
  if (!document) return reject('certificate-untrusted', 'a signing key of the trust bundle', 'another key');
  return accept({
    checks: [document, checkOf(request, keyOfDocument(payee))],
    conclude: () => accept(message),
  });
}

/** A version that this device speaks, and the payee's own suite. */
function formRule({ request, payee }: RequestMessage): Rejection | undefined {
  if (request.body.version !== undefined) {
    return refusal('unsupported-version', 'version 1', `version ${request.body.version}`);
  }
  const suite = suiteOf(keyOfDocument(payee));
  return request.suite === suite
    ? undefined
    : refusal('wrong-owner', `suite ${suite}`, `suite ${request.suite}`);
}

/** A request is fresh within requestValidity of the payer's clock; a standing one as long as its certificate. */
function freshRule({ request }: RequestMessage, now: Instant, policy: Policy): Rejection | undefined {
  const asked = request.body.time;
  if (asked === undefined || isStanding(request.body)) return undefined;
  return Math.abs(now - asked) > policy.requestValidity + policy.skew
    ? staleRequest(now, asked, policy.requestValidity)
    : undefined;
}

/** Too old, or made by a clock that is ahead of this one: what helps differs. */
export const staleRequest = (now: Instant, asked: Instant, validity: number): Rejection =>
  refusal(
    'request-stale',
    `a request made within ${validity} s of now`,
    `one made ${apartSaid(now - asked)}`,
    asked > now ? 'request-ahead' : undefined,
  );

/** The payee's certificate and the bundle are in date. */
function dateRule(
  { payee }: RequestMessage,
  now: Instant,
  { trust, policy }: PayerView,
): Rejection | undefined {
  if (payee.kind === 'certificate') {
    const { validFrom, validUntil } = payee.body;
    if (!inDays(now, validFrom, validUntil, policy.skew)) {
      return refusal(
        'certificate-not-valid',
        `from ${daySaid(validFrom)}, before ${daySaid(validUntil)}`,
        timeSaid(now),
      );
    }
  }
  const { validUntil } = trust.bundle.body;
  return now >= validUntil
    ? refusal('bundle-expired', `before ${timeSaid(validUntil)}`, timeSaid(now))
    : undefined;
}

function trustRule({ payee }: RequestMessage, now: Instant, trust: TrustView): Rejection | undefined {
  const unknown = payee.kind === 'coin' ? coinTrust(payee, trust) : undefined;
  if (unknown) return unknown;
  const { operator } = payee.body;
  if (trust.isStopped('operator', operator, now))
    return refusal('offline-stopped', 'no stop', `operator ${operator}`);
  return payee.kind === 'certificate' ? certificateTrust(payee, trust) : undefined;
}
