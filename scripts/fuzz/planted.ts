/**
 * Bugs that the loop must find: each breaks one rule of a decoder. They are edits of a source while it is loaded
 * (`instrument.ts`), so that the product never holds them.
 */

export interface PlantedBug {
  /** Path in the repository. */
  readonly file: string;
  /** What stands there once, and what is put in its place. */
  readonly sound: string;
  readonly broken: string;
  /** The target that must find it, and what its oracle says then. */
  readonly target: string;
  readonly found: RegExp;
}

export const PLANTED: Readonly<Record<string, PlantedBug>> = {
  /** A 64-bit head for a 32-bit number: one content has two encodings. */
  'wide-head': {
    file: 'packages/protocol/src/cbor/reader.ts',
    sound: 'if (high === 0) throw this.#nonMinimal(start, low);',
    broken: 'if (high === 0) return low;',
    target: 'cbor',
    found: /encodes to other bytes/,
  },
  /** Memory is taken for a length that nobody has held against what is left. */
  'early-buffer': {
    file: 'packages/protocol/src/cbor/reader.ts',
    sound: 'if (length === WIDE || length > max) throw',
    broken:
      'new Uint8Array(Math.max(0, Math.min(length, 2 ** 24))); if (length === WIDE || length > max) throw',
    target: 'objects',
    found: /bytes of memory/,
  },
  /** A range that ends above 2^53−1: the arithmetic of money throws, and the decoder with it. */
  'long-range': {
    file: 'packages/protocol/src/messages/offer.ts',
    sound: "if (from + length > MAX_FEN) throw this.#problem('a range up to 2^53-1');",
    broken: '',
    target: 'messages',
    found: /minor unit/,
  },
};
