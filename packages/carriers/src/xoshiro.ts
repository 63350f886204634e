/**
 * xoshiro256** (Blackman and Vigna), seeded by SHA-256 as in BCR-2020-005: the public generator by which the
 * sender and the receiver of a UR part agree which fragments it mixes. Not for secrets.
 */
import { sha256 } from './sha256.ts';

const MASK_64 = 0xffff_ffff_ffff_ffffn;
const TWO_TO_64 = 2 ** 64;

const rotate = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK_64;

export class Xoshiro256 {
  #a: bigint;
  #b: bigint;
  #c: bigint;
  #d: bigint;

  /** The state is the SHA-256 of `seed`, as four integers, most significant byte first. */
  constructor(seed: Uint8Array) {
    const state = new DataView(sha256(seed).buffer);
    this.#a = state.getBigUint64(0);
    this.#b = state.getBigUint64(8);
    this.#c = state.getBigUint64(16);
    this.#d = state.getBigUint64(24);
  }

  /** The next 64 bits. */
  next(): bigint {
    const result = (rotate((this.#b * 5n) & MASK_64, 7n) * 9n) & MASK_64;
    const shifted = (this.#b << 17n) & MASK_64;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 45n);
    return result;
  }

  /** 0 … 1; 1 itself only where 64 bits round up to it, about once in 2^54. */
  nextDouble(): number {
    return Number(this.next()) / TWO_TO_64;
  }

  /**
   * `low` … `high`, both included, at most 2^53−1.
   *
   * Divergence: kept at `high` where the double rounds up to 1, because the reference leaves its range there.
   */
  nextInt(low: number, high: number): number {
    return Math.min(high, low + Math.floor(this.nextDouble() * (high - low + 1)));
  }
}
