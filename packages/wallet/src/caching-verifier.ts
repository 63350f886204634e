/** A verifier that remembers which signatures held, by id and signature together: certificates and coins recur. */
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';
import { type Packed, packParts } from './secure-element/packed.ts';

const DEFAULT_ENTRIES = 65_536;

/** Only signatures that held are remembered; the oldest half is forgotten when it is full. */
export class CachingVerifier implements Verifier<'sync'> {
  readonly #verifier: Verifier<'sync'>;
  readonly #entries: number;
  #recent: Map<Packed, Packed> = new Map();
  #older: Map<Packed, Packed> = new Map();

  constructor(verifier: Verifier<'sync'>, entries: number = DEFAULT_ENTRIES) {
    this.#verifier = verifier;
    this.#entries = entries;
  }

  /** The id stands for the message: it is its hash. What is kept is packed, so that no message stays in memory. */
  verify(check: SignatureCheck): boolean {
    const name = packParts([check.id]);
    const by = packParts([check.key, check.signature]);
    if (this.#recent.get(name) === by) return true;
    const held = this.#older.get(name) === by || this.#verifier.verify(check);
    if (held) this.#remember(name, by);
    return held;
  }

  #remember(name: Packed, by: Packed): void {
    if (this.#recent.size * 2 >= this.#entries) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, by);
  }
}
