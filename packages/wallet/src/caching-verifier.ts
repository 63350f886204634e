/** A verifier that remembers which signatures held, by id and signature together: certificates and coins recur. */
import { RecentCache } from '@duet/protocol/recent-cache';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';
import { type Packed, packParts } from './secure-element/packed.ts';

const DEFAULT_ENTRIES = 65_536;

/** Only signatures that held are remembered; the oldest half is forgotten when it is full. */
export class CachingVerifier implements Verifier<'sync'> {
  readonly #verifier: Verifier<'sync'>;
  readonly #held: RecentCache<Packed, Packed>;

  constructor(verifier: Verifier<'sync'>, entries: number = DEFAULT_ENTRIES) {
    this.#verifier = verifier;
    this.#held = new RecentCache(entries);
  }

  /** The id stands for the message: it is its hash. What is kept is packed, so that no message stays in memory. */
  verify(check: SignatureCheck): boolean {
    const name = packParts([check.id]);
    const by = packParts([check.key, check.signature]);
    if (this.#held.get(name) === by) return true;
    const held = this.#verifier.verify(check);
    if (held) this.#held.set(name, by);
    return held;
  }
}
