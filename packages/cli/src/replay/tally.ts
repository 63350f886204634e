/** What happened in a world, counted as it happens: nothing here is computed from what should have happened. */
import type { Code } from '@duet/protocol/codes';

/** Sizes of offers, in bytes. */
export interface SizeRange {
  readonly p50: number;
  readonly max: number;
}

export class Tally {
  transfers = 0;
  /** Acceptances by payees. */
  paid = 0;
  loads = 0;
  syncs = 0;
  readonly #refused: Map<Code, number> = new Map();
  readonly #sizes: Map<number, number[]> = new Map();

  /** A payee accepted: money that had `depth` − 1 owners between its first one and this payee. */
  accepted(depth: number, offerBytes: number): void {
    this.paid += 1;
    const sizes = this.#sizes.get(depth) ?? [];
    sizes.push(offerBytes);
    this.#sizes.set(depth, sizes);
  }

  refuse(code: Code): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** By code, in the order of the alphabet. */
  refused(): Record<string, number> {
    return Object.fromEntries([...this.#refused].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Payments by provenance depth. */
  hops(): Record<string, number> {
    return Object.fromEntries(this.#byDepth().map(([depth, sizes]) => [String(depth), sizes.length]));
  }

  offerBytes(): Record<string, SizeRange> {
    return Object.fromEntries(this.#byDepth().map(([depth, sizes]) => [String(depth), rangeOf(sizes)]));
  }

  #byDepth(): [number, number[]][] {
    return [...this.#sizes].sort(([a], [b]) => a - b);
  }
}

function rangeOf(sizes: readonly number[]): SizeRange {
  const sorted = [...sizes].sort((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
