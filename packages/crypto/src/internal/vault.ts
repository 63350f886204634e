/** Key-encryption keys, wrapped private keys and encrypted backups of the synchronous drivers. */
import { concatBytes } from '@duet/protocol/bytes';
import { accept, type Result } from '@duet/protocol/rejection';
import type { Suite } from '@duet/protocol/suite';
import type { KekHandle, SyncCrypto } from '../port.ts';
import { KekStore, type KeySecret } from './handles.ts';
import { checkKekBytes, KEK_BYTES, passphraseBytes } from './passphrase.ts';
import type { Primitives } from './primitives.ts';
import {
  decryptRefused,
  NONCE_BYTES,
  parseWrappedKey,
  unwrapRefused,
  type WrappedKey,
  wrappedHead,
} from './wrapped-key.ts';

/** One store for all synchronous drivers: a combined driver uses one key with both suites. */
const keks = new KekStore<Uint8Array>();

export interface Vault extends Pick<SyncCrypto, 'importKek' | 'deriveKek' | 'encrypt' | 'decrypt'> {
  wrapScalar(
    secret: Pick<KeySecret<unknown>, 'purpose' | 'publicKey'>,
    scalar: Uint8Array,
    kek: KekHandle,
  ): Uint8Array;
  unwrapScalar(
    suite: Suite,
    wrapped: Uint8Array,
    kek: KekHandle,
  ): Result<WrappedKey & { readonly scalar: Uint8Array }>;
}

export function createVault({
  aesGcm,
  scrypt,
  random,
}: Pick<Primitives, 'aesGcm' | 'scrypt' | 'random'>): Vault {
  return {
    importKek(bytes) {
      checkKekBytes(bytes);
      return keks.issue(new Uint8Array(bytes));
    },
    deriveKek: (passphrase, salt, cost) =>
      keks.issue(scrypt(passphraseBytes(passphrase, cost), salt, cost, KEK_BYTES)),
    encrypt(kek, plaintext, aad) {
      const nonce = random(NONCE_BYTES);
      return concatBytes(nonce, aesGcm.seal(keks.use(kek), nonce, aad, plaintext));
    },
    decrypt(kek, encrypted, aad) {
      const key = keks.use(kek);
      if (encrypted.length < NONCE_BYTES) return decryptRefused();
      const nonce = encrypted.subarray(0, NONCE_BYTES);
      const plaintext = aesGcm.open(key, nonce, aad, encrypted.subarray(NONCE_BYTES));
      return plaintext ? accept(plaintext) : decryptRefused();
    },
    wrapScalar(secret, scalar, kek) {
      const head = wrappedHead(secret.purpose, secret.publicKey);
      const nonce = random(NONCE_BYTES);
      return concatBytes(head, nonce, aesGcm.seal(keks.use(kek), nonce, head, scalar));
    },
    unwrapScalar(suite, wrapped, kek) {
      const key = keks.use(kek);
      const parsed = parseWrappedKey(suite, wrapped);
      if (!parsed.ok) return parsed;
      const { head, nonce, sealed } = parsed.value;
      const scalar = aesGcm.open(key, nonce, head, sealed);
      return scalar ? accept({ ...parsed.value, scalar }) : unwrapRefused();
    },
  };
}
