/**
 * Numbers drawn from a seed, the same on every machine: SHA-256 of the seed and a counter. What is drawn under one
 * label does not move what is drawn under another: leaving an event out of a run leaves the draws of all others alone.
 */
import { hash } from 'node:crypto';

const DRAWS = 8;
const RANGE = 2 ** 32;

export class SeededRandom {
  readonly #seed: string;
  #counter = 0;
  #ready: Buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A source of its own. */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.#seed}\n${label}`);
  }

  /** An integer in 0 … below − 1, each equally likely; `below` is at most 2^32. */
  below(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1 || below > RANGE)
      throw new RangeError(`random: below ${below}`);
    const fair = RANGE - (RANGE % below);
    for (;;) {
      const draw = this.#next();
      if (draw < fair) return draw % below;
    }
  }

  /** An integer in `from` … `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True in `share` of all draws. */
  chance(share: number): boolean {
    return this.#next() < share * RANGE;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('random: nothing to pick from');
    return item;
  }

  /** `count` different items, in the order drawn. */
  sample<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const drawn: T[] = [];
    while (drawn.length < count && left.length > 0) {
      const place = this.below(left.length);
      const [item] = left.splice(place, 1);
      if (item !== undefined) drawn.push(item);
    }
    return drawn;
  }

  /** As the source of a driver of cryptography. */
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let place = 0; place < length; place += 4) {
      const draw = this.#next();
      for (let i = 0; i < 4 && place + i < length; i++) out[place + i] = (draw >>> (8 * i)) & 0xff;
    }
    return out;
  }

  #next(): number {
    if (this.#offset === this.#ready.length) {
      this.#ready = hash('sha256', `${this.#seed}\n${this.#counter++}`, 'buffer').subarray(0, DRAWS * 4);
      this.#offset = 0;
    }
    const draw = this.#ready.readUInt32BE(this.#offset);
    this.#offset += 4;
    return draw;
  }
}
