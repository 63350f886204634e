/** What the loop asks of a target, and what its oracles say. */

export interface Target {
  /** What the loop starts from. */
  seeds(): Iterable<Uint8Array>;
  /** Runs one input. What it throws is a fault. */
  run(input: Uint8Array): void;
  /** Memory that an input may take, in bytes, beside {@link BYTES_PER_INPUT_BYTE} for each of its own. */
  readonly mayAllocate: number;
  /** Longest input that is worth a try, in bytes. */
  readonly maxInputBytes: number;
}

/** Copies of what was given, re-encodings and what stands about them. */
export const BYTES_PER_INPUT_BYTE = 64;

/** An oracle's word: the code did not throw, and is wrong. */
class WrongError extends Error {
  override readonly name = 'WrongError';
}

export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new WrongError(otherwise);
}

/** One encoding for each content: what was accepted is written the same way. */
export function mustBeSame(again: Uint8Array, given: Uint8Array, what: string): void {
  must(Buffer.compare(again, given) === 0, `${what}: accepted, and encodes to other bytes`);
}
