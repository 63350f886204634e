/**
 * Opaque handles: frozen objects that name a secret kept in a WeakMap of the module that made them.
 *
 * The public key of a handle is a copy of its own, in memory of exactly its size: a view into a shared pool
 * would show whatever else lies in that pool. Callers may overwrite that copy; drivers never read it.
 */
import type { PublicKey } from '@duet/protocol/brand';
import { type KeyHandle, type Suite, suiteOf } from '@duet/protocol/suite';
import type { KekHandle, Purpose } from '../port.ts';
import { copyKey } from './curves.ts';

/** What a driver keeps of a key. */
export interface KeySecret<PrivateKey> {
  readonly purpose: Purpose;
  readonly publicKey: PublicKey;
  /** The public point uncompressed, 65 bytes: it enters the context of what is opened. */
  readonly point: Uint8Array;
  readonly privateKey: PrivateKey;
}

/** The keys of one driver module. */
export class KeyStore<PrivateKey> {
  readonly #secrets = new WeakMap<KeyHandle, KeySecret<PrivateKey>>();

  issue(secret: KeySecret<PrivateKey>): KeyHandle {
    const handle: KeyHandle = Object.freeze({
      publicKey: copyKey(secret.publicKey),
      purpose: secret.purpose,
    });
    this.#secrets.set(handle, secret);
    return handle;
  }

  has(handle: KeyHandle): boolean {
    return this.#secrets.has(handle);
  }

  /** @throws TypeError when the handle is not of this driver, or of another purpose */
  use(handle: KeyHandle, purpose?: Purpose): KeySecret<PrivateKey> {
    const secret = this.#secrets.get(handle);
    if (!secret) throw new TypeError('key handle: not made by this driver in this process');
    if (purpose !== undefined && secret.purpose !== purpose) {
      throw new TypeError(`key handle: expected a key to ${purpose}, got a key to ${secret.purpose}`);
    }
    return secret;
  }
}

/** The key-encryption keys of one kind of driver. */
export class KekStore<Key> {
  readonly #keys = new WeakMap<KekHandle, Key>();

  issue(key: Key): KekHandle {
    const handle: KekHandle = Object.freeze({ kind: 'kek' });
    this.#keys.set(handle, key);
    return handle;
  }

  /** @throws TypeError when the handle is not of this kind of driver */
  use(handle: KekHandle): Key {
    const key = this.#keys.get(handle);
    if (key === undefined) throw new TypeError('kek handle: not made by this kind of driver in this process');
    return key;
  }
}

/** @throws TypeError when a driver is asked for a suite that it does not serve */
export function assertServed(served: Suite, asked: Suite): void {
  if (asked !== served) throw new TypeError(`suite: this driver serves ${served}, asked for ${asked}`);
}

/** Is it a key of this suite? */
export const isOfSuite = (suite: Suite, key: PublicKey): boolean =>
  key.length === 34 && suiteOf(key) === suite;
