/**
 * The rules on chains that payee and registry share (PAY-5, PAY-9, PAY-10, LIMIT-1, LIMIT-3, SET-1), in the
 * order of the codes. Nothing of the input is trusted but the bundle.
 */

import type { PublicKey } from '../brand.ts';
import { type Instant, startOfDay } from '../brand.ts';
import { equalBytes, idText, keyText } from '../bytes.ts';
import { MAX_HOPS, MAX_INPUTS } from '../limits.ts';
import { type Path, type Provenance, pathOf, type Step } from '../messages/provenance.ts';
import { keyOfDocument, type PayeeDocument } from '../messages/request-message.ts';
import { type Fen, fen, MAX_FEN } from '../money.ts';
import type { Certificate } from '../objects/certificate.ts';
import type { Coin } from '../objects/coin.ts';
import type { Condition } from '../objects/fields.ts';
import type { Spend } from '../objects/spend.ts';
import type { Policy } from '../objects/trust-bundle.ts';
import { accept, foremost, type Rejection, type Result, refusal, reject } from '../rejection.ts';
import { amountSaid, daySaid, timeSaid } from '../said.ts';
import { inDays, type TrustView, validOnDay } from './trust-view.ts';

/** Spends to one payee with the way each of their ranges came. */
export interface Chain {
  readonly spends: readonly Spend[];
  /** One path per input, in the order of spends and inputs. */
  readonly paths: readonly Path[];
  readonly payee: PayeeDocument;
  readonly provenance: Provenance;
}

/** Follows every input of the spends back to its coin, through Spends whose payees are known. */
export function chainOf(
  spends: readonly Spend[],
  provenance: Provenance,
  payee: PayeeDocument,
): Result<Chain> {
  const paths: Path[] = [];
  for (const spend of spends) {
    for (const index of spend.body.inputs.keys()) {
      const path = pathOf(provenance, spend, index);
      if (!path)
        return reject('malformed', 'the whole way from the coin, within the hop limit', 'a missing object');
      paths.push(path);
    }
  }
  const chain = { spends, paths, payee, provenance };
  const documented = paths.every(({ steps }) =>
    steps.every((step) => payeeOfStep(chain, step) !== undefined),
  );
  return documented
    ? accept(chain)
    : reject('malformed', 'the document of every owner', 'a missing document');
}

/** The last step of a path: the input by which the money moves to the payee. */
function lastStep(path: Path): Step {
  const step = path.steps.at(-1);
  if (!step) throw new Error('a path has at least one step');
  return step;
}

/** Sum of all ranges that the spends move; `undefined` above 2^53−1, where no money is. */
export function totalOf(chain: Chain): Fen | undefined {
  let total = 0;
  for (const path of chain.paths) {
    const { from, to } = lastStep(path).input;
    total += to - from;
    if (total > MAX_FEN) return undefined;
  }
  return fen(total);
}

/** The document under which a step pays: for the last one the chain's payee. */
function payeeOfStep(chain: Chain, step: Step): PayeeDocument | undefined {
  return equalBytes(step.spend.body.payee, chain.payee.id)
    ? chain.payee
    : chain.provenance.payeeOf(step.spend);
}

/** Key that must have signed a step: the coin's owner, then the payee of the step before. */
export function signerOf(chain: Chain, path: Path, place: number): PublicKey | undefined {
  const before = path.steps[place - 1];
  if (!before) return path.coin.body.owner;
  const payee = payeeOfStep(chain, before);
  return payee && keyOfDocument(payee);
}

/** There are not too many inputs; ranges lie inside their parents and are disjoint per coin; a Spend has one owner. */
export function rangeRules(chain: Chain): Rejection | undefined {
  const inputs = chain.paths.length;
  if (inputs > MAX_INPUTS) return refusal('too-fragmented', `at most ${MAX_INPUTS} inputs`, `${inputs}`);
  for (const { coin, steps } of chain.paths) {
    let bounds: { from: number; to: number } = { from: 0, to: coin.body.value };
    for (const { input } of steps) {
      if (input.from < bounds.from || input.to > bounds.to) {
        return refusal(
          'range-outside-parent',
          `inside [${bounds.from}, ${bounds.to})`,
          `[${input.from}, ${input.to})`,
        );
      }
      bounds = input;
    }
  }
  return overlapRule(chain) ?? ownerRule(chain);
}

function overlapRule(chain: Chain): Rejection | undefined {
  const byCoin = new Map<string, Step[]>();
  for (const path of chain.paths) {
    const key = idText(path.coin.id);
    byCoin.set(key, [...(byCoin.get(key) ?? []), lastStep(path)]);
  }
  for (const steps of byCoin.values()) {
    steps.sort((a, b) => a.input.from - b.input.from);
    for (let i = 1; i < steps.length; i++) {
      const [before, after] = [steps[i - 1], steps[i]];
      if (before && after && after.input.from < before.input.to) {
        return refusal('range-overlap', 'disjoint ranges of one coin', `two ranges over ${after.input.from}`);
      }
    }
  }
  return undefined;
}

function ownerRule(chain: Chain): Rejection | undefined {
  const signers = new Map<string, PublicKey>();
  for (const path of chain.paths) {
    for (const [place, step] of path.steps.entries()) {
      const owner = signerOf(chain, path, place);
      if (!owner) continue;
      const key = idText(step.spend.id);
      const known = signers.get(key);
      if ((known && !equalBytes(known, owner)) || step.spend.suite !== owner[0]) {
        return refusal('wrong-owner', 'inputs that one key owns', 'inputs of several keys, or another suite');
      }
      signers.set(key, owner);
    }
  }
  return undefined;
}

/** PAY-10: a refund goes to the key that paid, from the very Spend that it refunds. */
export function refundRule(chain: Chain): Rejection | undefined {
  for (const path of chain.paths) {
    for (const [place, step] of path.steps.entries()) {
      const payee = payeeOfStep(chain, step);
      const { refundOf } = step.spend.body;
      if (!refundOf) {
        if (payee?.kind === 'coin')
          return refusal('refund-invalid', 'a certificate of the payee', 'a coin outside a refund');
        continue;
      }
      const payer = signerOf(chain, path, place - 1);
      const inOrder = place > 0 && equalBytes(step.input.parent.id, refundOf);
      if (!inOrder || !payer || !payee || keyText(payer) !== keyText(keyOfDocument(payee))) {
        return refusal(
          'refund-invalid',
          'a spend back to the key that paid, from the payment refunded',
          'another one',
        );
      }
    }
  }
  return undefined;
}

/** The policies of the chain's coins, by path. */
export function policiesOf(chain: Chain, trust: TrustView): Result<readonly Policy[]> {
  const policies: Policy[] = [];
  for (const { coin } of chain.paths) {
    const policy = trust.policy(coin.body.policy);
    if (!policy)
      return reject('policy-unknown', 'a policy of the trust bundle', `policy ${coin.body.policy}`);
    policies.push(policy);
  }
  return accept(policies);
}

/** Hops, counts and amounts (PAY-9, LIMIT-1, LIMIT-3). */
export function boundRules(chain: Chain, policies: readonly Policy[]): Rejection | undefined {
  for (const [i, path] of chain.paths.entries()) {
    const policy = policies[i];
    if (!policy) continue;
    const refund = lastStep(path).spend.body.refundOf ? 1 : 0;
    const hops = path.steps.length - 1;
    const most = Math.min(policy.maxHops, MAX_HOPS) + refund;
    if (hops > most) return refusal('too-many-hops', `at most ${most} earlier spends`, `${hops}`);
  }
  for (const [i, path] of chain.paths.entries()) {
    const most = policies[i]?.maxPayments ?? Number.MAX_SAFE_INTEGER;
    for (const { spend } of path.steps) {
      if (spend.body.seq > most)
        return refusal('too-many-payments', `at most ${most} of one key`, `number ${spend.body.seq}`);
    }
  }
  const total = totalOf(chain);
  const most = Math.min(...policies.map((policy) => policy.maxPerPayment ?? Number.MAX_SAFE_INTEGER));
  return total === undefined || total > most
    ? refusal(
        'amount-above-limit',
        `at most ${amountSaid(most)} in one payment`,
        total === undefined ? 'more than there can be' : amountSaid(total),
      )
    : undefined;
}

/** Payer times do not go backwards along a path (PAY-5). */
export function timeOrderRule(chain: Chain): Rejection | undefined {
  for (const { steps } of chain.paths) {
    for (let i = 1; i < steps.length; i++) {
      const [before, after] = [steps[i - 1], steps[i]];
      if (before && after && after.spend.body.time < before.spend.body.time) {
        return refusal(
          'time-goes-back',
          `not before ${timeSaid(before.spend.body.time)}`,
          timeSaid(after.spend.body.time),
        );
      }
    }
  }
  return undefined;
}

/** Every date in a provenance is judged at the payer time of the spend concerned (PAY-5). */
export const dateRules = (chain: Chain, policies: readonly Policy[]): Rejection | undefined =>
  foremost(coinDates(chain, policies)) ?? certificateDates(chain, policies);

function* coinDates(chain: Chain, policies: readonly Policy[]): Generator<Rejection> {
  for (const [i, { coin, steps }] of chain.paths.entries()) {
    const { issuedAt, spendBy } = coin.body;
    for (const { spend } of steps) {
      if (spend.body.time < startOfDay(issuedAt) - (policies[i]?.skew ?? 0)) {
        yield refusal('coin-not-valid-yet', `from ${daySaid(issuedAt)}`, timeSaid(spend.body.time));
      }
      if (spend.body.time >= startOfDay(spendBy)) {
        yield refusal('coin-expired', `before ${daySaid(spendBy)}`, timeSaid(spend.body.time));
      }
    }
  }
}

function certificateDates(chain: Chain, policies: readonly Policy[]): Rejection | undefined {
  for (const [i, path] of chain.paths.entries()) {
    for (const step of path.steps) {
      const payee = payeeOfStep(chain, step);
      if (payee?.kind !== 'certificate') continue;
      const { validFrom, validUntil } = payee.body;
      if (!inDays(step.spend.body.time, validFrom, validUntil, policies[i]?.skew ?? 0)) {
        return refusal(
          'certificate-not-valid',
          `from ${daySaid(validFrom)}, before ${daySaid(validUntil)}`,
          timeSaid(step.spend.body.time),
        );
      }
    }
  }
  return undefined;
}

/**
 * Every certificate and coin that the chain rests on, each once. The payee's own document may stand in the
 * provenance as well: then both copies are given, because their signatures may differ (ID-1), and a copy with a
 * bad one would strand whoever passes the money on.
 */
export function documentsOf(chain: Chain): { coins: Coin[]; certificates: Certificate[] } {
  const coins = new Set<Coin>();
  const certificates = new Set<Certificate>();
  const put = (document: PayeeDocument | undefined): void => {
    if (document?.kind === 'coin') coins.add(document);
    if (document?.kind === 'certificate') certificates.add(document);
  };
  for (const path of chain.paths) {
    put(path.coin);
    for (const step of path.steps) {
      put(payeeOfStep(chain, step));
      put(chain.provenance.payeeOf(step.spend));
    }
  }
  return { coins: [...coins], certificates: [...certificates] };
}

/** Coins under issuer keys. */
export const coinRules = (chain: Chain, trust: TrustView): Rejection | undefined =>
  foremost(documentsOf(chain).coins.map((coin) => coinTrust(coin, trust)));

/** Certificates under the keys that may sign them. */
export const certificateRules = (chain: Chain, trust: TrustView): Rejection | undefined =>
  foremost(documentsOf(chain).certificates.map((certificate) => certificateTrust(certificate, trust)));

/** Why the bundle has no key under which a coin could verify. */
export function coinTrust(coin: Coin, trust: TrustView): Rejection | undefined {
  const key = trust.key(coin.body.issuerKey, 'issuer');
  if (!key || key.key[0] !== coin.suite) {
    return refusal('issuer-unknown', 'an issuer key of the trust bundle', `key ${coin.body.issuerKey}`);
  }
  return validOnDay(key, coin.body.issuedAt)
    ? undefined
    : refusal(
        'issuer-not-valid',
        `key ${key.number} in its dates`,
        `a coin of ${daySaid(coin.body.issuedAt)}`,
      );
}

/** Why a certificate has no trusted key under which it must verify, or may not be paid. */
export function certificateTrust(certificate: Certificate, trust: TrustView): Rejection | undefined {
  const { signerKey, role, operator, validFrom } = certificate.body;
  const byOperator = role === 'terminal' || role === 'gateway';
  const key = trust.key(signerKey, byOperator ? 'operator' : 'issuer');
  if (!key || key.key[0] !== certificate.suite || (byOperator && key.operator !== operator)) {
    return refusal('certificate-untrusted', 'a signing key of the trust bundle', `key ${signerKey}`);
  }
  if (!validOnDay(key, validFrom)) {
    return refusal(
      'certificate-untrusted',
      `key ${signerKey} in its dates`,
      `a certificate of ${daySaid(validFrom)}`,
    );
  }
  return role === 'wallet' || role === 'terminal'
    ? undefined
    : refusal('role-not-allowed', 'a wallet or a terminal', role);
}

/** Directed money: wherever the coin's own owner key owned a range, it left only by an eligible spend. */
export const conditionRules = (chain: Chain): Rejection | undefined => foremost(brokenConditions(chain));

function* brokenConditions(chain: Chain): Generator<Rejection | undefined> {
  for (const path of chain.paths) {
    const { condition, owner } = path.coin.body;
    if (!condition) continue;
    for (const [place, step] of path.steps.entries()) {
      const signer = signerOf(chain, path, place);
      if (!signer || !equalBytes(signer, owner)) continue;
      yield conditionRule(condition, payeeOfStep(chain, step), step.spend.body.time);
    }
  }
}

/** Whether a payee may be paid with conditional money at a time. */
export function conditionRule(
  condition: Condition,
  payee: PayeeDocument | undefined,
  at: Instant,
): Rejection | undefined {
  const face = payee?.kind === 'certificate' ? payee.body.terminal : undefined;
  if (condition.categories && !(face && condition.categories.includes(face.category))) {
    return refusal(
      'condition-category',
      `categories ${condition.categories.join(', ')}`,
      `${face?.category ?? 'none'}`,
    );
  }
  if (condition.regions && !(face && condition.regions.includes(face.region))) {
    return refusal(
      'condition-region',
      `regions ${condition.regions.join(', ')}`,
      `${face?.region ?? 'none'}`,
    );
  }
  if (at < (condition.notBefore ?? 0) || at > (condition.notAfter ?? Number.MAX_SAFE_INTEGER)) {
    return refusal(
      'condition-period',
      `${condition.notBefore ?? 'any'} to ${condition.notAfter ?? 'any'}`,
      `${at}`,
    );
  }
  return undefined;
}
