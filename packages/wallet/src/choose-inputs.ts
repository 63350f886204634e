/**
 * Which money pays: conditional money first where it applies, then the fewest bytes, then a coin that no other
 * payee was paid from (PRIV-5), then the earliest spendBy.
 *
 * Pure. Where no choice fits the bounds of an offer (LIMIT-3), a second one takes the largest ranges first.
 */
import type { PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { MAX_INPUTS } from '@duet/protocol/limits';
import { type Fen, fen, min, ZERO } from '@duet/protocol/money';
import { compareInputs, type Input } from '@duet/protocol/objects/spend';
import { takeFront, totalLength } from './secure-element/ranges.ts';
import { type Holding, isConditional } from './secure-element/state.ts';

/** Compact sizes, in bytes: measured over wallets' and terminals' objects. */
const COIN_BYTES = 165;
const HOP_BYTES = 235;
const INPUT_BYTES = 48;

/** Money that may pay. */
export interface Candidate {
  readonly holding: Holding;
  readonly available: Fen;
  readonly bytes: number;
  readonly conditional: boolean;
  /** Whom its key paid: this payee alone, nobody, or others: only those connect two payees. */
  readonly usedWith: UsedWith;
}

export type UsedWith = 'this-payee' | 'nobody' | 'others';

const PREFERENCE: readonly UsedWith[] = ['this-payee', 'nobody', 'others'];

/** One Spend to be: inputs of one owner key in canonical order. */
export interface PlannedSpend {
  readonly owner: PublicKey;
  readonly inputs: readonly Input[];
}

export interface Choice {
  readonly spends: readonly PlannedSpend[];
  readonly holdings: readonly Holding[];
}

export const candidateOf = (holding: Holding, usedWith: UsedWith = 'nobody'): Candidate => ({
  holding,
  available: totalLength(holding.free),
  bytes: COIN_BYTES + holding.steps.length * HOP_BYTES + holding.free.length * INPUT_BYTES,
  conditional: isConditional(holding),
  usedWith,
});

export type Order = 'fewest-bytes' | 'largest-first';

/** Chooses money for an amount that the candidates cover; `undefined` when it takes more than 32 inputs. */
export function chooseInputs(
  candidates: readonly Candidate[],
  amount: Fen,
  inputsPerSpend: number,
  order: Order,
): Choice | undefined {
  const chosen =
    order === 'fewest-bytes' ? fewestBytes(candidates, amount) : covering(candidates, amount, byAmount);
  const inputs: { readonly holding: Holding; readonly input: Input }[] = [];
  let left: number = amount;
  for (const { holding, available } of chosen) {
    const taken = min(available, fen(left));
    left -= taken;
    for (const range of takeFront(holding.free, taken)) {
      inputs.push({ holding, input: { parent: holding.parent, ...range } });
    }
  }
  if (left > 0 || inputs.length > MAX_INPUTS) return undefined;
  return { spends: spendsOf(inputs, inputsPerSpend), holdings: chosen.map((candidate) => candidate.holding) };
}

/** One Spend for each owner key, cut where a Spend would carry too many siblings. */
function spendsOf(
  inputs: readonly { readonly holding: Holding; readonly input: Input }[],
  inputsPerSpend: number,
): PlannedSpend[] {
  const byOwner = new Map<string, { owner: PublicKey; inputs: Input[] }>();
  for (const { holding, input } of inputs) {
    const name = keyText(holding.owner);
    const group = byOwner.get(name) ?? { owner: holding.owner, inputs: [] };
    group.inputs.push(input);
    byOwner.set(name, group);
  }
  const spends: PlannedSpend[] = [];
  for (const { owner, inputs: owned } of byOwner.values()) {
    const sorted = owned.sort(compareInputs);
    for (let i = 0; i < sorted.length; i += inputsPerSpend) {
      spends.push({ owner, inputs: sorted.slice(i, i + inputsPerSpend) });
    }
  }
  return spends;
}

const byCost = (a: Candidate, b: Candidate): number =>
  a.bytes - b.bytes ||
  PREFERENCE.indexOf(a.usedWith) - PREFERENCE.indexOf(b.usedWith) ||
  a.holding.coin.body.spendBy - b.holding.coin.body.spendBy ||
  b.available - a.available;

const byAmount = (a: Candidate, b: Candidate): number => b.available - a.available || byCost(a, b);

/** Most money for each byte first. */
const byDensity = (a: Candidate, b: Candidate): number =>
  b.available / b.bytes - a.available / a.bytes || byCost(a, b);

function fewestBytes(candidates: readonly Candidate[], amount: Fen): readonly Candidate[] {
  const conditional = covering(
    candidates.filter((candidate) => candidate.conditional),
    amount,
    byCost,
  );
  const left = amount - sumOf(conditional);
  if (left <= 0) return conditional;
  const free = candidates.filter((candidate) => !candidate.conditional);
  const single = cheapestOver(free, left);
  return [...conditional, ...(single ? [single] : covering(free, fen(left), byDensity))];
}

function cheapestOver(candidates: readonly Candidate[], amount: number): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.available >= amount && (!best || byCost(candidate, best) < 0)) best = candidate;
  }
  return best;
}

const sumOf = (candidates: readonly Candidate[]): number =>
  candidates.reduce((total, candidate) => total + candidate.available, 0);

/** Takes in order until the amount is covered, the last one the cheapest that does; drops what is not needed. */
function covering(
  candidates: readonly Candidate[],
  amount: Fen,
  order: (a: Candidate, b: Candidate) => number,
): readonly Candidate[] {
  const sorted = [...candidates].sort(order);
  const chosen: Candidate[] = [];
  let left: number = amount;
  for (const candidate of sorted) {
    if (left <= 0) break;
    const last =
      candidate.available >= left
        ? cheapestOver(
            sorted.filter((c) => !chosen.includes(c)),
            left,
          )
        : undefined;
    chosen.push(last ?? candidate);
    left -= (last ?? candidate).available;
  }
  return withoutNeedless(chosen, amount);
}

function withoutNeedless(chosen: readonly Candidate[], amount: Fen): readonly Candidate[] {
  let total = sumOf(chosen);
  const kept: Candidate[] = [...chosen];
  for (const candidate of [...chosen].sort((a, b) => byCost(b, a))) {
    if (total - candidate.available < amount || amount === ZERO) continue;
    total -= candidate.available;
    kept.splice(kept.indexOf(candidate), 1);
  }
  return kept;
}
