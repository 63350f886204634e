/** A verifier that remembers which signatures held, by id and signature together: certificates and coins recur. */
import { concatBytes, equalBytes, idText } from '@duet/protocol/bytes';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';

const DEFAULT_ENTRIES = 65_536;

/** Only signatures that held are remembered; the oldest half is forgotten when it is full. */
export class CachingVerifier implements Verifier<'sync'> {
  readonly #verifier: Verifier<'sync'>;
  readonly #entries: number;
  #recent: Map<string, Uint8Array> = new Map();
  #older: Map<string, Uint8Array> = new Map();

  constructor(verifier: Verifier<'sync'>, entries: number = DEFAULT_ENTRIES) {
    this.#verifier = verifier;
    this.#entries = entries;
  }

  verify(check: SignatureCheck): boolean {
    const name = idText(check.id);
    if (same(this.#recent.get(name), check)) return true;
    const held = same(this.#older.get(name), check) || this.#verifier.verify(check);
    if (held) this.#remember(name, check);
    return held;
  }

  #remember(name: string, { key, signature }: SignatureCheck): void {
    if (this.#recent.size * 2 >= this.#entries) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, concatBytes(key, signature));
  }
}

/** The id stands for the message: it is its hash. What is kept is a copy, so that no message stays in memory. */
const same = (known: Uint8Array | undefined, { key, signature }: SignatureCheck): boolean =>
  known !== undefined &&
  equalBytes(known.subarray(0, key.length), key) &&
  equalBytes(known.subarray(key.length), signature);
