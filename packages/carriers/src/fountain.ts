/**
 * The sending side of the fountain code (BCR-2020-005): a message as fragments of one length, and any number
 * of parts made of them. The first parts are the fragments in order; those after them mix several.
 */
import { crc32 } from './crc32.ts';
import type { FountainPart } from './fountain-part.ts';
import { FragmentChooser } from './fragment-choice.ts';
import { MAX_PART_NUMBER, MAX_PARTS, MAX_UR_BYTES } from './limits.ts';

export interface FragmentSizes {
  /** Data bytes in one part, at most. */
  readonly maxFragmentBytes: number;
  /** Fragments get no smaller than this to keep within `maxFragmentBytes`; 10 by default, as in the reference. */
  readonly minFragmentBytes?: number;
}

const DEFAULT_MIN_FRAGMENT_BYTES = 10;

/**
 * Length of each fragment: the message in as few equal pieces as keep to the maximum. Where the minimum
 * does not leave room for that, the most pieces that it allows.
 */
export function fragmentBytesOf(messageBytes: number, sizes: FragmentSizes): number {
  const { maxFragmentBytes, minFragmentBytes = DEFAULT_MIN_FRAGMENT_BYTES } = sizes;
  if (!(minFragmentBytes >= 1 && maxFragmentBytes >= minFragmentBytes && messageBytes >= 1)) {
    throw new RangeError('fountain: expected a message, and 1 <= minFragmentBytes <= maxFragmentBytes');
  }
  // Divergence: a message shorter than the minimum is one fragment, because the reference gives it none.
  const mostFragments = Math.max(1, Math.floor(messageBytes / minFragmentBytes));
  const fewestFragments = Math.ceil(messageBytes / maxFragmentBytes);
  return Math.ceil(messageBytes / Math.min(mostFragments, fewestFragments));
}

/** The message in fragments of one length, the last one filled up with zeros. */
export function fragmentsOf(message: Uint8Array, fragmentBytes: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(message.length / fragmentBytes) }, (_, index) => {
    const fragment = new Uint8Array(fragmentBytes);
    fragment.set(message.subarray(index * fragmentBytes, (index + 1) * fragmentBytes));
    return fragment;
  });
}

/** Makes the parts of one message, each from its number alone. */
export class FountainEncoder {
  readonly #fragments: readonly Uint8Array[];
  readonly #chooser: FragmentChooser;
  readonly #messageBytes: number;
  readonly #checksum: number;

  /** @throws RangeError for a message or a number of fragments outside of the limits */
  constructor(message: Uint8Array, sizes: FragmentSizes) {
    if (message.length > MAX_UR_BYTES) {
      throw new RangeError(`fountain: expected at most ${MAX_UR_BYTES} bytes, got ${message.length}`);
    }
    const fragmentBytes = fragmentBytesOf(message.length, sizes);
    this.#fragments = fragmentsOf(message, fragmentBytes);
    if (this.#fragments.length > MAX_PARTS) {
      throw new RangeError(`fountain: expected at most ${MAX_PARTS} parts, got ${this.#fragments.length}`);
    }
    this.#messageBytes = message.length;
    this.#checksum = crc32(message);
    this.#chooser = new FragmentChooser(this.#fragments.length, this.#checksum);
  }

  /** Parts without loss that carry the message: those numbered 1 … this. */
  get fragmentCount(): number {
    return this.#fragments.length;
  }

  /** Part `partNumber`: 1 … 2^32−1. @throws RangeError outside of that */
  part(partNumber: number): FountainPart {
    if (!Number.isSafeInteger(partNumber) || partNumber < 1 || partNumber > MAX_PART_NUMBER) {
      throw new RangeError(`fountain: expected a part number in 1..${MAX_PART_NUMBER}, got ${partNumber}`);
    }
    const data = new Uint8Array(this.#fragments[0]?.length ?? 0);
    for (const index of this.#chooser.choose(partNumber)) {
      const fragment = this.#fragments[index] ?? data;
      for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) ^ (fragment[i] ?? 0);
    }
    return {
      partNumber,
      fragmentCount: this.#fragments.length,
      messageBytes: this.#messageBytes,
      checksum: this.#checksum,
      data,
    };
  }
}
