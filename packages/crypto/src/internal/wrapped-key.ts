/**
 * The wrapped form of a private key, the same on every driver, 96 bytes:
 * version 1 ‖ purpose (1 sign, 2 seal) ‖ public key (34) ‖ nonce (12) ‖ scalar (32), encrypted ‖ tag (16).
 * Everything before the nonce is associated data, so neither key nor purpose can be exchanged.
 */
import type { PublicKey } from '@duet/protocol/brand';
import { concatBytes } from '@duet/protocol/bytes';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { isPublicKey, PUBLIC_KEY_BYTES, type Suite } from '@duet/protocol/suite';
import type { Purpose } from '../port.ts';
import { copyKey } from './curves.ts';

export const NONCE_BYTES = 12;
const VERSION = 1;
const HEAD_BYTES = 2 + PUBLIC_KEY_BYTES;
const WRAPPED_BYTES = HEAD_BYTES + NONCE_BYTES + 32 + 16;
const PURPOSES: readonly Purpose[] = ['sign', 'seal'];

export interface WrappedKey {
  readonly purpose: Purpose;
  readonly publicKey: PublicKey;
  readonly head: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The bytes before the nonce. */
export const wrappedHead = (purpose: Purpose, publicKey: PublicKey): Uint8Array =>
  concatBytes(Uint8Array.of(VERSION, 1 + PURPOSES.indexOf(purpose)), publicKey);

/** Takes the form apart. Rejections: `malformed`, `unsupported-version`, `unsupported-suite`. */
export function parseWrappedKey(suite: Suite, bytes: Uint8Array): Result<WrappedKey> {
  if (bytes.length !== WRAPPED_BYTES) {
    return reject('malformed', `a wrapped key of ${WRAPPED_BYTES} bytes`, `${bytes.length} bytes`);
  }
  if (bytes[0] !== VERSION)
    return reject('unsupported-version', 'wrapped key version 1', `version ${bytes[0]}`);
  const purpose = PURPOSES[(bytes[1] ?? 0) - 1];
  if (!purpose) return reject('malformed', 'purpose 1 (sign) or 2 (seal)', `purpose ${bytes[1]}`);
  const head = new Uint8Array(bytes.subarray(0, HEAD_BYTES));
  const key = head.subarray(2);
  if (key[0] !== suite) return reject('unsupported-suite', `a key of suite ${suite}`, `suite ${key[0]}`);
  if (!isPublicKey(key)) return reject('malformed', 'a public key', 'other bytes');
  return accept({
    purpose,
    publicKey: copyKey(key),
    head,
    nonce: bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES),
    sealed: bytes.subarray(HEAD_BYTES + NONCE_BYTES),
  });
}

/** The suite byte of a wrapped key; 0 when it is too short. */
export const suiteOfWrapped = (bytes: Uint8Array): number => bytes[2] ?? 0;

/** A key that another key-encryption key wrapped, or that was changed. */
export const unwrapRefused = (): Result<never> =>
  reject('backup-invalid', 'a key wrapped by this key-encryption key', 'one that does not authenticate');

/** A backup of another key, or a changed one. */
export const decryptRefused = (): Result<never> =>
  reject('backup-invalid', 'data encrypted by this key', 'data that does not authenticate');
