/**
 * Claims and Returns (PAY-2, PAY-8, SET-9): after a Claim over a range no Spend is signed over it, and the
 * other way round; a void range is named by a Return and by nothing else.
 */
import type { ObjectId } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import { sum } from '@duet/protocol/money';
import type { Claim, Output, Return } from '@duet/protocol/objects/claim';
import { compareInputs, inputsProblem } from '@duet/protocol/objects/spend';
import { accept, type Rejection, type Result, refusal, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import { holdingKey } from '../payment-id.ts';
import { continuityRule, type Decision, type ElementEnv, retiredRule } from './decision.ts';
import { covers, lengthOf } from './ranges.ts';
import type { WalletRecord } from './records.ts';
import {
  type Holding,
  isConditional,
  isRetired,
  openOrder,
  type SecureElementState,
  unsettledPayments,
  voidSpends,
} from './state.ts';

export interface SignClaim {
  readonly kind: 'sign-claim';
  readonly claim: Claim;
}

export function decideSignClaim(
  state: SecureElementState,
  { claim }: SignClaim,
  env: ElementEnv,
): Result<Decision> {
  const unknown = continuityRule(env);
  if (unknown) return { ok: false, rejection: unknown };
  const { inputs, destination } = claim.body;
  const problem = inputsProblem(inputs);
  if (problem || inputs.length === 0) return reject('range-overlap', problem ?? 'inputs', 'other inputs');
  let owner: Holding | undefined;
  for (const input of inputs) {
    const holding = state.holdings.get(holdingKey(input.parent));
    if (!holding) return reject('range-not-owned', 'a range that this device holds', 'an unknown parent');
    const retired = retiredRule(isRetired(state, holding.owner));
    if (retired) return { ok: false, rejection: retired };
    if (!covers(holding.free, input))
      return reject('range-spent', 'a free range', `[${input.from}, ${input.to})`);
    if (owner && !equalBytes(owner.owner, holding.owner))
      return reject('wrong-owner', 'inputs of one key', 'several keys');
    owner ??= holding;
    if (isConditional(holding) && destination.kind !== 'coins') {
      return reject(
        'condition-category',
        'new coins under the same condition',
        `a credit to ${destination.kind}`,
      );
    }
  }
  if (destination.kind === 'coins') {
    const rejection = outputsRule(state, destination.outputs, sum(inputs.map(lengthOf)));
    if (rejection) return { ok: false, rejection };
  }
  return accept({ records: [{ kind: 'claim-signed', claim }], effects: [] });
}

/** New keys are durable before the Claim is signed, and never used before (PAY-3, SET-9). */
function outputsRule(
  state: SecureElementState,
  outputs: readonly Output[],
  total: number,
): Rejection | undefined {
  for (const { owner } of outputs) {
    const key = state.keys.get(keyText(owner));
    if (key?.purpose !== 'coin' || key.seq > 0 || key.retired)
      return refusal('range-not-owned', 'new keys of this device', 'another key');
  }
  const stated = sum(outputs.map((output) => output.amount));
  return stated === total ? undefined : refusal('sum-mismatch', amountSaid(total), amountSaid(stated));
}

export interface SignReturn {
  readonly kind: 'sign-return';
  readonly object: Return;
}

export function decideSignReturn(
  state: SecureElementState,
  { object }: SignReturn,
  env: ElementEnv,
): Result<Decision> {
  const unknown = continuityRule(env);
  if (unknown) return { ok: false, rejection: unknown };
  const voided = unsettledPayments(state).flatMap(voidSpends);
  const named = object.body.spends.map((id) => voided.find((spend) => equalBytes(spend.id, id)));
  const [first] = named;
  if (!first) return reject('not-void', 'spends that a verdict voided', 'none');
  const retired = retiredRule(isRetired(state, first.owner));
  if (retired) return { ok: false, rejection: retired };
  for (const spend of named) {
    if (!spend) return reject('not-void', 'spends that a verdict voided, each once', 'another spend');
    if (!equalBytes(spend.owner, first.owner))
      return reject('wrong-owner', 'spends of one key', 'spends of several keys');
    if (spend.conditional && object.body.destination.kind !== 'coins') {
      return reject('condition-category', 'new coins under the same condition', 'a credit to an account');
    }
  }
  if (new Set(object.body.spends.map(idText)).size !== named.length)
    return reject('not-void', 'each spend once', 'one twice');
  return accept({ records: [{ kind: 'return-signed', object }], effects: [] });
}

export interface SignAgain {
  readonly kind: 'sign-again';
  readonly order: Claim | Return;
  readonly instead: ObjectId;
}

/** The money of an open order onto other new keys, where those that it named turned out to be somebody else's (SET-9). */
export function decideSignAgain(
  state: SecureElementState,
  { order, instead }: SignAgain,
  env: ElementEnv,
): Result<Decision> {
  const open = openOrder(state, instead);
  if (!open?.owner) return reject('range-not-owned', 'a range that this device holds', 'an unknown parent');
  const forbidden = continuityRule(env) ?? retiredRule(isRetired(state, open.owner));
  if (forbidden) return { ok: false, rejection: forbidden };
  const { destination } = order.body;
  const before = 'claim' in open ? open.claim : open.object;
  if (destination.kind !== 'coins' || before.body.destination.kind !== 'coins' || !isSameMoney(before, order))
    return reject('range-not-owned', 'a range that this device holds', 'an unknown parent');
  const rejection = outputsRule(state, destination.outputs, open.amount);
  if (rejection) return { ok: false, rejection };
  const record: WalletRecord =
    order.kind === 'claim'
      ? { kind: 'claim-signed', claim: order, instead }
      : { kind: 'return-signed', object: order, instead };
  return accept({ records: [record], effects: [] });
}

function isSameMoney(before: Claim | Return, order: Claim | Return): boolean {
  if (before.kind === 'claim' && order.kind === 'claim') {
    const [one, other] = [before.body.inputs, order.body.inputs];
    return (
      one.length === other.length && one.every((input, i) => other[i] && compareInputs(input, other[i]) === 0)
    );
  }
  if (before.kind === 'return' && order.kind === 'return') {
    const [one, other] = [before.body.spends, order.body.spends];
    return one.length === other.length && one.every((id, i) => other[i] && equalBytes(id, other[i]));
  }
  return false;
}
