/**
 * Signatures that were found to hold, by id and signature together: an id alone would let a changed signature
 * pass. Bounded; the oldest half is forgotten at once.
 */
import type { IdText } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';

const MAX_ENTRIES = 200_000;

export class KnownSignatures {
  #newer: Map<IdText, Uint8Array> = new Map();
  #older: Map<IdText, Uint8Array> = new Map();
  readonly #verifier: Verifier<'sync'>;
  /** Signatures really verified. */
  verified = 0;

  constructor(verifier: Verifier<'sync'>) {
    this.#verifier = verifier;
  }

  has(check: Pick<SignatureCheck, 'id' | 'signature'>): boolean {
    const key = idText(check.id);
    const known = this.#newer.get(key) ?? this.#older.get(key);
    return known !== undefined && equalBytes(known, check.signature);
  }

  add(check: Pick<SignatureCheck, 'id' | 'signature'>): void {
    if (this.#newer.size >= MAX_ENTRIES / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    // A copy: what came in is a view of a whole upload, which would stay in memory with it.
    this.#newer.set(idText(check.id), check.signature.slice());
  }

  holds(check: SignatureCheck): boolean {
    if (this.has(check)) return true;
    this.verified++;
    if (!this.#verifier.verify(check)) return false;
    this.add(check);
    return true;
  }
}
