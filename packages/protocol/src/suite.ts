/** The two cryptographic suites and the port that their drivers implement (SUITE-1, SUITE-2, ID-3). */
import type { ObjectId, PublicKey, Signature } from './brand.ts';

/** 1: ES256, SHA-256, HPKE over P-256. 2: SM2 with SM3, the same HPKE over SM2, HKDF-SM3, SM4-GCM. */
export type Suite = 1 | 2;

export const SUITES: readonly Suite[] = [1, 2];

/** COSE algorithm of each suite: ES256 (RFC 9053 §2.1), and a private-use number for SM2 with SM3. */
export const ALGORITHMS: Readonly<Record<Suite, number>> = { 1: -7, 2: -65_702 };

export const PUBLIC_KEY_BYTES = 34;
export const SIGNATURE_BYTES = 64;
export const ID_BYTES = 32;

/** The suite of a key: its first byte. */
export const suiteOf = (key: PublicKey): Suite => key[0] as Suite;

/** The SEC1 compressed point of a key, 33 bytes. */
export const pointOf = (key: PublicKey): Uint8Array => key.subarray(1);

/**
 * The form of a public key: 34 bytes, a known suite, a compressed point. Whether the point lies on the
 * curve is found by the driver that uses it (code `bad-key`).
 */
export function isPublicKey(bytes: Uint8Array): bytes is PublicKey {
  return (
    bytes.length === PUBLIC_KEY_BYTES &&
    (bytes[0] === 1 || bytes[0] === 2) &&
    (bytes[1] === 2 || bytes[1] === 3)
  );
}

/** Synchronous hash of a suite: SHA-256 or SM3, 32 bytes. A pure function, so machines may call it. */
export interface Hashes {
  hash(suite: Suite, data: Uint8Array): Uint8Array;
}

/** One signature to be verified. `id` is the hash of `message`; drivers may cache by id and signature together. */
export interface SignatureCheck {
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Signature;
  readonly id: ObjectId;
}

/** `T` now (Node) or later (Web Crypto). */
export type Awaitable<T> = T | Promise<T>;

/** Verifies signatures; a key that is not a point of its curve, or r or s outside 1 … n−1, is `false`. */
export interface Verifier<Mode extends 'sync' | 'async' = 'async'> {
  verify(check: SignatureCheck): Mode extends 'sync' ? boolean : Awaitable<boolean>;
}

/**
 * A private key that cannot be read: drivers keep the secret behind this object (WeakMap, KeyObject or
 * CryptoKey). It can sign or open, by purpose, never both.
 */
export interface KeyHandle {
  readonly publicKey: PublicKey;
  readonly purpose: 'sign' | 'seal';
}
