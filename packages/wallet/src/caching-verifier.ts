/** A verifier that remembers which signatures held, by id and signature together: certificates and coins recur. */
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';

const DEFAULT_ENTRIES = 65_536;

/** Only signatures that held are remembered; the oldest half is forgotten when it is full. */
export class CachingVerifier implements Verifier<'sync'> {
  readonly #verifier: Verifier<'sync'>;
  readonly #entries: number;
  #recent: Set<string> = new Set();
  #older: Set<string> = new Set();

  constructor(verifier: Verifier<'sync'>, entries: number = DEFAULT_ENTRIES) {
    this.#verifier = verifier;
    this.#entries = entries;
  }

  verify(check: SignatureCheck): boolean {
    const name = `${text(check.key)}${text(check.id)}${text(check.signature)}`;
    if (this.#recent.has(name)) return true;
    const held = this.#older.has(name) || this.#verifier.verify(check);
    if (held) this.#remember(name);
    return held;
  }

  #remember(name: string): void {
    if (this.#recent.size * 2 >= this.#entries) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(name);
  }
}

/** Bytes as one character each. */
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
