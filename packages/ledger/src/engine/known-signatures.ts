/**
 * Signatures that were found to hold, by id, key and signature together: an id alone would let a changed signature
 * pass, and without the key a Claim whose owner became known later would hold under a key that never signed it.
 * Bounded; the oldest half is forgotten at once.
 */
import type { IdText } from '@duet/protocol/brand';
import { concatBytes, equalBytes, idText } from '@duet/protocol/bytes';
import { RecentCache } from '@duet/protocol/recent-cache';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';

const MAX_ENTRIES = 200_000;

/** What is known of a signature. */
export type HeldSignature = Pick<SignatureCheck, 'id' | 'key' | 'signature'>;

export class KnownSignatures {
  readonly #held: RecentCache<IdText, Uint8Array> = new RecentCache(MAX_ENTRIES);
  readonly #verifier: Verifier<'sync'>;
  /** Signatures really verified. */
  verified = 0;

  constructor(verifier: Verifier<'sync'>) {
    this.#verifier = verifier;
  }

  has({ id, key, signature }: HeldSignature): boolean {
    const known = this.#held.get(idText(id));
    return (
      known !== undefined &&
      equalBytes(known.subarray(0, -key.length), signature) &&
      equalBytes(known.subarray(-key.length), key)
    );
  }

  add({ id, key, signature }: HeldSignature): void {
    // A copy: what came in is a view of a whole upload, which would stay in memory with it.
    this.#held.set(idText(id), concatBytes(signature, key));
  }

  holds(check: SignatureCheck): boolean {
    if (this.has(check)) return true;
    this.verified++;
    if (!this.#verifier.verify(check)) return false;
    this.add(check);
    return true;
  }
}
