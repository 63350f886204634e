/** Consistency: what a device holds or has held, against a new chain (PAY-5, last rule). */
import type { ObjectId, PublicKey } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import type { Path } from '../messages/provenance.ts';
import type { Range } from '../objects/fields.ts';
import type { CounterReading } from './hardware-counter.ts';

/** A step of a path by ids alone. */
export interface StepRef {
  readonly spend: ObjectId;
  readonly index: number;
}

/** A chain known from before: this range of this coin came, or went, by these steps. */
export interface KnownChain extends Range {
  readonly coin: ObjectId;
  readonly steps: readonly StepRef[];
}

/** What a device remembers until claimBy + grace of each coin. */
export interface History {
  /** `over`: chains that share no point with it need not be among them. */
  chainsOf(coin: ObjectId, over?: Range): readonly KnownChain[];
  /** Hardware Spends of a key (PAY-13); asked only where the new chain has one. */
  countersOf(key: PublicKey): readonly CounterReading[];
}

export const NO_HISTORY: History = { chainsOf: () => [], countersOf: () => [] };

/** Where two chains over one point part: two inputs of one key with one parent. */
export interface Divergence {
  readonly coin: ObjectId;
  readonly ours: StepRef;
  readonly theirs: StepRef;
}

export const stepRefs = (path: Path): StepRef[] =>
  path.steps.map(({ spend, index }) => ({ spend: spend.id, index }));

/** The first place where the new path and a known chain over a common point are not prefix-comparable. */
export function divergenceOf(path: Path, history: History): Divergence | undefined {
  const last = path.steps.at(-1);
  if (!last) return undefined;
  const steps = stepRefs(path);
  for (const known of history.chainsOf(path.coin.id, last.input)) {
    if (known.to <= last.input.from || known.from >= last.input.to) continue;
    for (let i = 0; i < Math.min(steps.length, known.steps.length); i++) {
      const [theirs, ours] = [steps[i], known.steps[i]];
      if (!theirs || !ours) continue;
      if (!equalBytes(theirs.spend, ours.spend) || theirs.index !== ours.index) {
        return { coin: path.coin.id, ours, theirs };
      }
    }
  }
  return undefined;
}
