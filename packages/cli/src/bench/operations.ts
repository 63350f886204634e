/** Counts what a payment asks of its driver of cryptography, and what those operations cost by themselves. */
import { type RawCosts, rawCosts } from '@duet/crypto/bench/raw';
import type { SyncCrypto } from '@duet/crypto/port';
import type { Suite } from '@duet/protocol/suite';

/** Operations of docs/spec/limits.md. */
export interface Operations {
  readonly sign: number;
  readonly verify: number;
  readonly keygen: number;
  readonly ecdh: number;
  readonly aead: number;
  /** Foreign keys that were new: one import each. */
  readonly import: number;
}

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

/** Raw costs measured in turns with payments: medians over all turns. */
export class RawMeter {
  readonly #suite: Suite;
  readonly #turns: RawCosts[] = [];

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  measure(): void {
    this.#turns.push(rawCosts(this.#suite, { iterations: this.#suite === 1 ? 60 : 2, rounds: 1 }));
  }

  /** Milliseconds of these operations. */
  costOf(operations: Operations): number {
    const micros = (name: Exclude<keyof RawCosts, 'suite'>): number =>
      median(this.#turns.map((turn) => turn[name]));
    const total =
      operations.sign * micros('signMicros') +
      operations.verify * micros('verifyMicros') +
      operations.keygen * micros('keygenMicros') +
      operations.ecdh * micros('ecdhMicros') +
      operations.aead * micros('aeadMicros') +
      operations.import * micros('importMicros');
    return total / 1_000;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
