/**
 * Which fragments a part of a fountain code mixes (BCR-2020-005): the same answer at sender and receiver,
 * from the part's number, the number of fragments and the checksum of the message alone.
 */
import { Xoshiro256 } from './xoshiro.ts';

/** Draws an index by weight (alias method of Walker and Vose), two doubles for each. */
export class WeightedSampler {
  readonly #probabilities: Float64Array;
  readonly #aliases: Uint32Array;

  /** @param weights at least one, none negative, not all 0 */
  constructor(weights: readonly number[]) {
    const count = weights.length;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0) || weights.some((weight) => weight < 0)) {
      throw new RangeError('sampler: expected weights of at least 0 with a sum above 0');
    }
    const scaled = Float64Array.from(weights, (weight) => (weight * count) / sum);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = count - 1; i >= 0; i--) ((scaled[i] ?? 0) < 1 ? small : large).push(i);
    // What is in neither list at the end keeps probability 1: it is its own alias.
    this.#probabilities = new Float64Array(count).fill(1);
    this.#aliases = new Uint32Array(count);
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() ?? 0;
      const more = large.pop() ?? 0;
      const share = scaled[less] ?? 0;
      this.#probabilities[less] = share;
      this.#aliases[less] = more;
      const rest = (scaled[more] ?? 0) + (share - 1);
      scaled[more] = rest;
      (rest < 1 ? small : large).push(more);
    }
  }

  /** An index of the weights. */
  next(random: Xoshiro256): number {
    const column = random.nextDouble();
    const height = random.nextDouble();
    const last = this.#probabilities.length - 1;
    const index = Math.min(last, Math.floor(column * this.#probabilities.length));
    return height < (this.#probabilities[index] ?? 1) ? index : (this.#aliases[index] ?? index);
  }
}

/** The first `count` items of a Fisher-Yates shuffle (all of them by default). */
export function shuffled<T>(items: readonly T[], random: Xoshiro256, count: number = items.length): T[] {
  const remaining = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && remaining.length > 0) {
    drawn.push(...remaining.splice(random.nextInt(0, remaining.length - 1), 1));
  }
  return drawn;
}

/** Chooses how many fragments a part mixes, degree d with a weight of 1/d, and which. */
export class FragmentChooser {
  readonly #fragments: readonly number[];
  readonly #checksum: number;
  #degrees: WeightedSampler | undefined;

  /** @param checksum CRC-32 of the message */
  constructor(fragmentCount: number, checksum: number) {
    this.#fragments = Array.from({ length: fragmentCount }, (_, index) => index);
    this.#checksum = checksum;
  }

  /** Number of fragments in a mixed part: 1 … their count. */
  degree(random: Xoshiro256): number {
    this.#degrees ??= new WeightedSampler(this.#fragments.map((index) => 1 / (index + 1)));
    return this.#degrees.next(random) + 1;
  }

  /** Indexes of the fragments in part `partNumber` (from 1), in the order drawn. */
  choose(partNumber: number): readonly number[] {
    if (partNumber <= this.#fragments.length) return [partNumber - 1];
    const seed = new Uint8Array(8);
    const view = new DataView(seed.buffer);
    view.setUint32(0, partNumber);
    view.setUint32(4, this.#checksum);
    const random = new Xoshiro256(seed);
    return shuffled(this.#fragments, random, this.degree(random));
  }
}
