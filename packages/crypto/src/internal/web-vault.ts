/** Key-encryption keys of Web Crypto: not extractable; wrapped keys and backups in the form of all drivers. */
import { concatBytes } from '@duet/protocol/bytes';
import { accept, type Result } from '@duet/protocol/rejection';
import type { Suite } from '@duet/protocol/suite';
import type { AsyncCrypto, KekHandle, RandomSource } from '../port.ts';
import { KekStore, type KeySecret } from './handles.ts';
import { checkKekBytes, KEK_BYTES, passphraseBytes } from './passphrase.ts';
import {
  decryptRefused,
  NONCE_BYTES,
  parseWrappedKey,
  unwrapRefused,
  type WrappedKey,
  wrappedHead,
} from './wrapped-key.ts';

const { subtle } = globalThis.crypto;

/** A key of Web Crypto, whatever the platform calls its type. */
export type WebKey = Awaited<ReturnType<typeof subtle.importKey>>;

const keks = new KekStore<WebKey>();

/** Web Crypto wants plain memory of its own. */
export const plain = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

export async function webGcmSeal(
  key: WebKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const parameters = { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad), tagLength: 128 };
  return new Uint8Array(await subtle.encrypt(parameters, key, plain(plaintext)));
}

/** `undefined` when the tag does not fit. */
export async function webGcmOpen(
  key: WebKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const parameters = { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad), tagLength: 128 };
  try {
    return new Uint8Array(await subtle.decrypt(parameters, key, plain(sealed)));
  } catch {
    return undefined;
  }
}

export const webGcmKey = (bytes: Uint8Array): Promise<WebKey> =>
  subtle.importKey('raw', plain(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);

export interface WebVault extends Pick<AsyncCrypto, 'importKek' | 'deriveKek' | 'encrypt' | 'decrypt'> {
  wrapScalar(
    secret: Pick<KeySecret<unknown>, 'purpose' | 'publicKey'>,
    scalar: Uint8Array,
    kek: KekHandle,
  ): Promise<Uint8Array>;
  unwrapScalar(
    suite: Suite,
    wrapped: Uint8Array,
    kek: KekHandle,
  ): Promise<Result<WrappedKey & { readonly scalar: Uint8Array }>>;
}

export function createWebVault(random: RandomSource): WebVault {
  return {
    async importKek(bytes) {
      checkKekBytes(bytes);
      return keks.issue(await webGcmKey(bytes));
    },
    async deriveKek(passphrase, salt, cost) {
      const input = passphraseBytes(passphrase, cost);
      const { scryptAsync } = await import('@noble/hashes/scrypt.js');
      const options = { N: 2 ** cost.logN, r: cost.blockSize, p: cost.parallelism, dkLen: KEK_BYTES };
      return keks.issue(await webGcmKey(await scryptAsync(input, salt, options)));
    },
    async encrypt(kek, plaintext, aad) {
      const nonce = random(NONCE_BYTES);
      return concatBytes(nonce, await webGcmSeal(keks.use(kek), nonce, aad, plaintext));
    },
    async decrypt(kek, encrypted, aad) {
      const key = keks.use(kek);
      if (encrypted.length < NONCE_BYTES) return decryptRefused();
      const body = encrypted.subarray(NONCE_BYTES);
      const plaintext = await webGcmOpen(key, encrypted.subarray(0, NONCE_BYTES), aad, body);
      return plaintext ? accept(plaintext) : decryptRefused();
    },
    async wrapScalar(secret, scalar, kek) {
      const head = wrappedHead(secret.purpose, secret.publicKey);
      const nonce = random(NONCE_BYTES);
      return concatBytes(head, nonce, await webGcmSeal(keks.use(kek), nonce, head, scalar));
    },
    async unwrapScalar(suite, wrapped, kek) {
      const key = keks.use(kek);
      const parsed = parseWrappedKey(suite, wrapped);
      if (!parsed.ok) return parsed;
      const { head, nonce, sealed } = parsed.value;
      const scalar = await webGcmOpen(key, nonce, head, sealed);
      return scalar ? accept({ ...parsed.value, scalar }) : unwrapRefused();
    },
  };
}
