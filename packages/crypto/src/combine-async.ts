/**
 * One asynchronous driver for both suites: Web Crypto for suite 1, and the synchronous driver of suite 2
 * behind the same key-encryption keys (ID-3).
 */
import { type KeyHandle, SUITES } from '@duet/protocol/suite';
import { nationalKeys, nationalScalar, restoreNational } from './internal/national-keys.ts';
import { createWebVault } from './internal/web-vault.ts';
import { suiteOfWrapped } from './internal/wrapped-key.ts';
import type { AsyncCrypto, SyncCrypto } from './port.ts';

/** @throws TypeError unless the first serves suite 1 and the second suite 2 */
export function combineAsync(first: AsyncCrypto, second: SyncCrypto): AsyncCrypto {
  if (first.suites[0] !== 1 || second.suites[0] !== 2) {
    throw new TypeError('combine: expected the drivers of suite 1 and suite 2, in this order');
  }
  const vault = createWebVault(first.randomBytes);
  const isNational = (handle: KeyHandle): boolean => nationalKeys.has(handle);

  return {
    suites: SUITES,
    hash: (suite, data) => (suite === 2 ? second : first).hash(suite, data),
    randomBytes: first.randomBytes,
    verify: (check) => (check.key[0] === 2 ? second : first).verify(check),
    generateKey: async (suite, purpose, wrapFor) =>
      suite === 2 ? second.generateKey(suite, purpose) : first.generateKey(suite, purpose, wrapFor),
    sign: async (handle, message) => (isNational(handle) ? second : first).sign(handle, message),
    seal: async (input) => (input.recipient[0] === 2 ? second : first).seal(input),
    open: async (input) => (isNational(input.handle) ? second : first).open(input),
    importKek: first.importKek,
    deriveKek: first.deriveKek,
    encrypt: first.encrypt,
    decrypt: first.decrypt,
    async wrapKey(handle, kek) {
      if (!isNational(handle)) return first.wrapKey(handle, kek);
      const scalar = nationalScalar(handle);
      const wrapped = await vault.wrapScalar(nationalKeys.use(handle), scalar, kek);
      scalar.fill(0);
      return wrapped;
    },
    async unwrapKey(wrapped, kek) {
      if (suiteOfWrapped(wrapped) !== 2) return first.unwrapKey(wrapped, kek);
      const unwrapped = await vault.unwrapScalar(2, wrapped, kek);
      if (!unwrapped.ok) return unwrapped;
      const restored = restoreNational(unwrapped.value, unwrapped.value.scalar);
      unwrapped.value.scalar.fill(0);
      return restored;
    },
  };
}
