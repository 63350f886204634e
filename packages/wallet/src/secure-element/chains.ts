/**
 * Chains that the device holds or held (PAY-5, last rule): what it received and what it signed, by ids alone.
 *
 * A chain that a longer one over the same points continues is dropped: every chain that is
 * prefix-comparable with the longer one is so with it. Steps are packed: one chain continues another where its
 * text begins with the other's.
 */
import type { ObjectId, PublicKey } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Range } from '@duet/protocol/objects/fields';
import { ID_BYTES } from '@duet/protocol/suite';
import { type CounterReading, readingOf } from '@duet/protocol/verify/hardware-counter';
import type { History, KnownChain, StepRef } from '@duet/protocol/verify/history';
import { type Packed, packParts, unpackId } from './packed.ts';
import type { Holding, SecureElementState } from './state.ts';

/** A chain as it is kept. */
export interface PackedChain extends Range {
  /** For each step the id of the Spend and a byte for its input. */
  readonly steps: Packed;
}

const STEP_BYTES = ID_BYTES + 1;
const NONE: readonly KnownChain[] = [];

/** The history as verification asks for it. */
export const historyOf = (state: Readonly<SecureElementState>): History => ({
  chainsOf: (coin, over) => {
    const entry = state.history.get(idText(coin));
    if (!entry) return NONE;
    const chains: KnownChain[] = [];
    for (const { from, to, steps } of entry.chains) {
      if (!over || (from < over.to && over.from < to)) chains.push({ coin, from, to, steps: stepsOf(steps) });
    }
    return chains;
  },
  countersOf: (key) => heldCounters(state, key),
});

/** Of the money that is still here: what was claimed or passed on took its Spends with it. */
function heldCounters(state: Readonly<SecureElementState>, key: PublicKey): readonly CounterReading[] {
  const readings: CounterReading[] = [];
  for (const provenance of new Set([...state.holdings.values()].map((holding) => holding.provenance))) {
    for (const spend of provenance.spends.values()) {
      const reading = readingOf(spend);
      const [input] = spend.body.inputs;
      const signer = reading && input && provenance.ownerOf(input);
      if (signer && equalBytes(signer, key)) readings.push(reading);
    }
  }
  return readings;
}

function packSteps(steps: readonly StepRef[]): Packed {
  const parts: Uint8Array[] = [];
  for (const { spend, index } of steps) parts.push(spend, new Uint8Array([index]));
  return packParts(parts);
}

function stepsOf(packed: Packed): readonly StepRef[] {
  const steps: StepRef[] = [];
  for (let at = 0; at < packed.length; at += STEP_BYTES) {
    steps.push({ spend: unpackId(packed, at), index: packed.charCodeAt(at + ID_BYTES) });
  }
  return steps;
}

/** Adds a chain and drops those that it continues. */
export function remember(
  state: SecureElementState,
  coin: Coin,
  range: Range,
  steps: readonly StepRef[],
): void {
  const key = idText(coin.id);
  const chain: PackedChain = { from: range.from, to: range.to, steps: packSteps(steps) };
  const entry = state.history.get(key);
  if (!entry) {
    state.history.set(key, { coin, chains: [chain] });
    return;
  }
  const { chains } = entry;
  if (chains.some((known) => continues(chain, known)))
    entry.chains = [...chains.filter((known) => !continues(chain, known)), chain];
  else chains.push(chain);
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

/** Whether the last step of a chain is an input of this Spend. */
export function endsWith({ steps }: PackedChain, spend: Packed): boolean {
  return steps.length > 0 && steps.startsWith(spend, steps.length - STEP_BYTES);
}

export const packId = (id: ObjectId): Packed => packParts([id]);

/** A freed Spend never existed: its chains go back to what was held before it. */
export function forgetSpend(state: SecureElementState, coin: ObjectId, spend: ObjectId): void {
  const entry = state.history.get(idText(coin));
  if (!entry) return;
  const gone = packId(spend);
  const kept: PackedChain[] = [];
  for (const chain of entry.chains) {
    if (!endsWith(chain, gone)) kept.push(chain);
    else if (chain.steps.length > STEP_BYTES)
      kept.push({ ...chain, steps: packSteps(stepsOf(chain.steps).slice(0, -1)) });
  }
  entry.chains = kept;
}

const continues = (chain: PackedChain, known: PackedChain): boolean =>
  chain.from <= known.from && known.to <= chain.to && chain.steps.startsWith(known.steps);
