/** Private keys of suite 2, as numbers behind handles; one store for the process. */
import { equalBytes } from '@duet/protocol/bytes';
import { accept, type Result } from '@duet/protocol/rejection';
import type { KeyHandle } from '@duet/protocol/suite';
import type { Purpose, RandomSource } from '../port.ts';
import { drawScalar, isScalar, publicKeyOf } from './curves.ts';
import { KeyStore } from './handles.ts';
import { sm2PublicPoint, toBytes, toNumber } from './sm2.ts';
import { unwrapRefused, type WrappedKey } from './wrapped-key.ts';

export const nationalKeys = new KeyStore<bigint>();

export interface NationalPair {
  readonly scalar: bigint;
  /** 65 bytes. */
  readonly point: Uint8Array;
}

export function nationalPair(random: RandomSource): NationalPair {
  const scalar = toNumber(drawScalar(2, random));
  // 1 + d has no inverse for d = n − 1 (GB/T 32918.1 §6.1): such a key cannot sign. Chance 2^-256.
  return { scalar, point: sm2PublicPoint(scalar).toBytes(false) };
}

export function issueNational({ scalar, point }: NationalPair, purpose: Purpose): KeyHandle {
  return nationalKeys.issue({ purpose, publicKey: publicKeyOf(2, point), point, privateKey: scalar });
}

/** The scalar of a key, for wrapping only. */
export const nationalScalar = (handle: KeyHandle): Uint8Array => toBytes(nationalKeys.use(handle).privateKey);

/** The key of an unwrapped scalar. */
export function restoreNational(
  { publicKey, purpose }: Pick<WrappedKey, 'publicKey' | 'purpose'>,
  bytes: Uint8Array,
): Result<KeyHandle> {
  if (!isScalar(2, bytes)) return unwrapRefused();
  const scalar = toNumber(bytes);
  const point: Uint8Array = sm2PublicPoint(scalar).toBytes(false);
  if (!equalBytes(publicKeyOf(2, point), publicKey)) return unwrapRefused();
  return accept(issueNational({ scalar, point }, purpose));
}
