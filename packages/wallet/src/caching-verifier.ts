/** A verifier that remembers which signatures held, by id and signature together: certificates and coins recur. */
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';

const DEFAULT_ENTRIES = 65_536;

/** Only signatures that held are remembered; the oldest half is forgotten when it is full. */
export class CachingVerifier implements Verifier<'sync'> {
  readonly #verifier: Verifier<'sync'>;
  readonly #entries: number;
  #recent: Map<string, SignatureCheck> = new Map();
  #older: Map<string, SignatureCheck> = new Map();

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

  #remember(name: string, { key, signature, id }: SignatureCheck): void {
    if (this.#recent.size * 2 >= this.#entries) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, { key, message: NO_MESSAGE, signature, id });
  }
}

/** The id stands for the message: it is its hash. */
const NO_MESSAGE = new Uint8Array(0);

const same = (known: SignatureCheck | undefined, { key, signature }: SignatureCheck): boolean =>
  known !== undefined && equalBytes(known.signature, signature) && equalBytes(known.key, key);
