/** Counts what a payment asks of its driver of cryptography. */
import type { Operations } from '@duet/crypto/bench/raw';
import type { SyncCrypto } from '@duet/crypto/port';

/** Counts calls; sealing is a new key, a key agreement and an encryption, opening the latter two. */
export class OperationCounter {
  #counts: { -readonly [K in Exclude<keyof Operations, 'import'>]: number } = {
    sign: 0,
    verify: 0,
    keygen: 0,
    ecdh: 0,
    aead: 0,
  };

  reset(): void {
    this.#counts = { sign: 0, verify: 0, keygen: 0, ecdh: 0, aead: 0 };
  }

  read(imports: number): Operations {
    return { ...this.#counts, import: imports };
  }

  /** The same driver, counted. */
  over(crypto: SyncCrypto): SyncCrypto {
    return {
      ...crypto,
      sign: (handle, message) => {
        this.#counts.sign++;
        return crypto.sign(handle, message);
      },
      verify: (check) => {
        this.#counts.verify++;
        return crypto.verify(check);
      },
      generateKey: (suite, purpose, wrapFor) => {
        this.#counts.keygen++;
        return crypto.generateKey(suite, purpose, wrapFor);
      },
      seal: (input) => {
        this.#counts.keygen++;
        this.#exchange();
        return crypto.seal(input);
      },
      open: (input) => {
        this.#exchange();
        return crypto.open(input);
      },
    };
  }

  #exchange(): void {
    this.#counts.ecdh++;
    this.#counts.aead++;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
