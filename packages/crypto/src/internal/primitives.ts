/** The symmetric building blocks that a synchronous driver stands on: of Node, or pure. */
import type { RandomSource, ScryptCost } from '../port.ts';
import type { Hash } from './hkdf.ts';

/** Authenticated encryption with a 16-byte tag after the ciphertext. */
export interface Aead {
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** `undefined` when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export interface Primitives {
  readonly sm3: Hash;
  /** SM4 over a whole number of 16-byte blocks, each by itself. */
  sm4Blocks(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  /** AES-GCM; the length of the key chooses 128 or 256 bits. */
  readonly aesGcm: Aead;
  scrypt(passphrase: Uint8Array, salt: Uint8Array, cost: ScryptCost, length: number): Uint8Array;
  readonly random: RandomSource;
}
