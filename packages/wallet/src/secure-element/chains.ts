/**
 * Chains that the device holds or held (PAY-5, last rule): what it received and what it signed, by ids alone.
 *
 * A chain that a longer one over the same points continues is dropped: every chain that is
 * prefix-comparable with the longer one is so with it.
 */
import type { ObjectId } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Range } from '@duet/protocol/objects/fields';
import type { History, KnownChain, StepRef } from '@duet/protocol/verify/history';
import type { Holding, SecureElementState } from './state.ts';

const NONE: readonly KnownChain[] = [];

/** The history as verification asks for it. */
export const historyOf = (state: SecureElementState): History => ({
  chainsOf: (coin) => state.history.get(idText(coin))?.chains ?? NONE,
});

/** Adds a chain and drops those that it continues. */
export function remember(
  state: SecureElementState,
  coin: Coin,
  range: Range,
  steps: readonly StepRef[],
): void {
  const key = idText(coin.id);
  const chain: KnownChain = { coin: coin.id, from: range.from, to: range.to, steps };
  const entry = state.history.get(key);
  if (!entry) {
    state.history.set(key, { coin, chains: [chain] });
    return;
  }
  entry.chains = [...entry.chains.filter((known) => !continues(chain, known)), chain];
}

/** What the device signed continues what it held. */
export function rememberSpent(
  state: SecureElementState,
  holding: Holding,
  step: StepRef,
  range: Range,
): void {
  remember(state, holding.coin, range, [...holding.steps, step]);
}

/**
 * A freed Spend never existed: its chains go back to what was held before it.
 */
export function forgetSpend(state: SecureElementState, coin: ObjectId, spend: ObjectId): void {
  const entry = state.history.get(idText(coin));
  if (!entry) return;
  const kept: KnownChain[] = [];
  for (const chain of entry.chains) {
    const last = chain.steps.at(-1);
    if (!last || !equalBytes(last.spend, spend)) kept.push(chain);
    else if (chain.steps.length > 1) kept.push({ ...chain, steps: chain.steps.slice(0, -1) });
  }
  entry.chains = kept;
}

function continues(chain: KnownChain, known: KnownChain): boolean {
  return (
    chain.from <= known.from &&
    known.to <= chain.to &&
    chain.steps.length >= known.steps.length &&
    known.steps.every((step, place) => {
      const other = chain.steps[place];
      return other !== undefined && other.index === step.index && equalBytes(other.spend, step.spend);
    })
  );
}
