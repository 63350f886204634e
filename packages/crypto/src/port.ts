/**
 * The cryptography port: what wallets, terminals and ledgers ask of a driver (SUITE-1, SUITE-2, ID-3).
 *
 * Drivers: `node` (suite 1, synchronous), `web` (suite 1, Web Crypto), `national` (suite 2); `combine` makes
 * one driver of two. Private keys and key-encryption keys are opaque handles: no method returns their bytes,
 * and nothing that can be reached from a handle holds them. Bytes from a peer never throw: verification
 * answers `false`, opening and sealing answer a rejection. What throws is a caller's mistake: a handle of
 * another driver or purpose, a suite that the driver does not serve (`TypeError`), a cost or length outside
 * its bounds (`RangeError`).
 */
import type { PublicKey, Signature } from '@duet/protocol/brand';
import type { Result } from '@duet/protocol/rejection';
import type { Hashes, KeyHandle, Suite, Verifier } from '@duet/protocol/suite';

/** What a private key may do; a key never does both. */
export type Purpose = KeyHandle['purpose'];

/** Compressed point before the ciphertext of a sealed message, in bytes (SUITE-1). */
export const ENC_BYTES = 33;

/** Authentication tag of every AEAD here, in bytes. */
export const TAG_BYTES = 16;

/** A key-encryption key that cannot be read: it wraps private keys and encrypts backups (AES-256-GCM). */
export interface KekHandle {
  readonly kind: 'kek';
}

/** Cost of deriving a key from a passphrase by scrypt (RFC 7914): N = 2^logN. */
export interface ScryptCost {
  /** 1 … 20 */
  readonly logN: number;
  /** r, 1 … 8 */
  readonly blockSize: number;
  /** p, 1 … 4 */
  readonly parallelism: number;
}

/** 128 MB and about half a second on a small machine. */
export const DEFAULT_SCRYPT_COST: ScryptCost = { logN: 17, blockSize: 8, parallelism: 1 };

export interface SealInput {
  readonly recipient: PublicKey;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

export interface OpenInput {
  /** A handle of purpose `seal`. */
  readonly handle: KeyHandle;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  /** `enc` (33 bytes, compressed) ‖ ciphertext ‖ tag (16 bytes). */
  readonly sealed: Uint8Array;
}

/** `T` at once, or a promise of it. */
type In<Mode extends 'sync' | 'async', T> = Mode extends 'sync' ? T : Promise<T>;

/** The port in one of its two modes. Hashing and randomness are synchronous in both. */
interface Crypto<Mode extends 'sync' | 'async'> extends Hashes, Verifier<Mode> {
  /** The suites that this driver serves. */
  readonly suites: readonly Suite[];

  /** Unpredictable bytes (or those of the injected source). */
  randomBytes(length: number): Uint8Array;

  /**
   * A new key. Web drivers make keys that cannot be extracted: `wrapFor` names the one key-encryption key
   * that the new key can be wrapped with later; the other drivers do not need it.
   */
  generateKey(suite: Suite, purpose: Purpose, wrapFor?: KekHandle): In<Mode, KeyHandle>;

  /** Signs a message (not its hash). @throws TypeError for a handle that is not a signing key of this driver */
  sign(handle: KeyHandle, message: Uint8Array): In<Mode, Signature>;

  /** HPKE base mode, one message: `enc ‖ ciphertext ‖ tag`. Rejections: `unsupported-suite`, `bad-key`. */
  seal(input: SealInput): In<Mode, Result<Uint8Array>>;

  /** Rejections: `malformed` (too short), `bad-key` (`enc` is no point of the curve), `cannot-open`. */
  open(input: OpenInput): In<Mode, Result<Uint8Array>>;

  /** A key-encryption key from 32 bytes, which the caller wipes. @throws RangeError for another length */
  importKek(bytes: Uint8Array): In<Mode, KekHandle>;

  /** A key-encryption key from a passphrase (Unicode NFKC). @throws RangeError for a cost out of bounds */
  deriveKek(passphrase: string, salt: Uint8Array, cost: ScryptCost): In<Mode, KekHandle>;

  /** The private key, encrypted; the same 96 bytes on every driver. Purpose and public key are bound to it. */
  wrapKey(handle: KeyHandle, kek: KekHandle): In<Mode, Uint8Array>;

  /** Rejections: `malformed`, `unsupported-suite`, `backup-invalid` (another key, or changed bytes). */
  unwrapKey(wrapped: Uint8Array, kek: KekHandle): In<Mode, Result<KeyHandle>>;

  /** Nonce (12 bytes, random) ‖ ciphertext ‖ tag: for backups. */
  encrypt(kek: KekHandle, plaintext: Uint8Array, aad: Uint8Array): In<Mode, Uint8Array>;

  /** Rejection: `backup-invalid` (another key, other associated data, or changed bytes). */
  decrypt(kek: KekHandle, encrypted: Uint8Array, aad: Uint8Array): In<Mode, Result<Uint8Array>>;
}

/** The port on Node, where everything answers at once. */
export type SyncCrypto = Crypto<'sync'>;

/** The port in browsers. */
export type AsyncCrypto = Crypto<'async'>;

/** A source of unpredictable bytes; tests and replays inject a seeded one. */
export type RandomSource = (length: number) => Uint8Array;
