/**
 * One synchronous driver for both suites, chosen by the suite byte of the key (ID-3): a signature is judged
 * under the rules of its key's suite and no others. Every device verifies both; a deployment chooses what it
 * issues.
 */
import { type KeyHandle, SUITES, type Suite } from '@duet/protocol/suite';
import { suiteOfWrapped } from './internal/wrapped-key.ts';
import type { SyncCrypto } from './port.ts';

/** @throws TypeError unless the first serves suite 1 and the second suite 2 */
export function combine(first: SyncCrypto, second: SyncCrypto): SyncCrypto {
  if (first.suites[0] !== 1 || second.suites[0] !== 2) {
    throw new TypeError('combine: expected the drivers of suite 1 and suite 2, in this order');
  }
  const of = (suite: number | undefined): SyncCrypto => (suite === 2 ? second : first);
  const holder = (handle: KeyHandle): SyncCrypto => of(handle.publicKey[0]);

  return {
    suites: SUITES,
    hash: (suite: Suite, data) => of(suite).hash(suite, data),
    randomBytes: first.randomBytes,
    verify: (check) => of(check.key[0]).verify(check),
    generateKey: (suite, purpose) => of(suite).generateKey(suite, purpose),
    sign: (handle, message) => holder(handle).sign(handle, message),
    seal: (input) => of(input.recipient[0]).seal(input),
    open: (input) => holder(input.handle).open(input),
    importKek: first.importKek,
    deriveKek: first.deriveKek,
    encrypt: first.encrypt,
    decrypt: first.decrypt,
    wrapKey: (handle, kek) => holder(handle).wrapKey(handle, kek),
    unwrapKey: (wrapped, kek) => of(suiteOfWrapped(wrapped)).unwrapKey(wrapped, kek),
  };
}
