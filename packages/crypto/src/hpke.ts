/**
 * The HPKE key schedule in base mode (RFC 9180), for any hash, AEAD and Diffie-Hellman group (SUITE-1, SUITE-2).
 *
 * Pure and synchronous: the caller does the Diffie-Hellman and the AEAD, by whatever platform it has.
 * Points are given uncompressed: the whole point enters the KEM context, so that a flipped sign of a
 * compressed `enc` is seen, which its x coordinate alone would not show.
 */
import { concatBytes } from '@duet/protocol/bytes';
import { type Hash, hkdfExpand, hkdfExtract } from './internal/hkdf.ts';

/** The algorithms of one HPKE suite. Every hash here has 32 bytes, as has the KEM's shared secret. */
export interface HpkeParameters {
  /** Registered or private number of the KEM, the KDF and the AEAD, each 16 bits. */
  readonly kemId: number;
  readonly kdfId: number;
  readonly aeadId: number;
  readonly hash: Hash;
  /** Nk: length of the AEAD key. */
  readonly keyBytes: number;
}

/** Key and nonce of the first message; further messages use {@link nonceAt}. */
export interface MessageKeys {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
}

export interface KeySchedule {
  /** DHKEM's ExtractAndExpand over the Diffie-Hellman result and both uncompressed points (§4.1). */
  sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array;
  /** KeySchedule of mode_base (§5.1). */
  messageKeys(sharedSecret: Uint8Array, info: Uint8Array): MessageKeys;
}

/** DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM (RFC 9180 §7): suite 1. */
export const SUITE_1_IDS = { kemId: 0x0010, kdfId: 0x0001, aeadId: 0x0001 } as const;

/**
 * DHKEM(SM2, HKDF-SM3), HKDF-SM3, SM4-GCM: suite 2. No numbers are registered for them; these are Duet's own,
 * out of the top of the range and below 0xffff, which stands for export-only.
 */
export const SUITE_2_IDS = { kemId: 0xff01, kdfId: 0xff01, aeadId: 0xff01 } as const;

const NONCE_BYTES = 12;
const HASH_BYTES = 32;
const MODE_BASE = Uint8Array.of(0);
const EMPTY = new Uint8Array(0);

/** The key schedule of one suite; what does not depend on the message is computed once. */
export function createKeySchedule(parameters: HpkeParameters): KeySchedule {
  const { hash, kemId, kdfId, aeadId, keyBytes } = parameters;
  const kemPrefix = concatBytes(ascii('HPKE-v1'), ascii('KEM'), i2osp2(kemId));
  const hpkePrefix = concatBytes(
    ascii('HPKE-v1'),
    ascii('HPKE'),
    i2osp2(kemId),
    i2osp2(kdfId),
    i2osp2(aeadId),
  );

  const extractLabel = (prefix: Uint8Array, label: string) => concatBytes(prefix, ascii(label));
  const expandLabel = (prefix: Uint8Array, label: string, length: number) =>
    concatBytes(i2osp2(length), prefix, ascii(label));

  const eaePrk = extractLabel(kemPrefix, 'eae_prk');
  const sharedSecretLabel = expandLabel(kemPrefix, 'shared_secret', HASH_BYTES);
  const infoHash = extractLabel(hpkePrefix, 'info_hash');
  const secretLabel = extractLabel(hpkePrefix, 'secret');
  const keyLabel = expandLabel(hpkePrefix, 'key', keyBytes);
  const nonceLabel = expandLabel(hpkePrefix, 'base_nonce', NONCE_BYTES);
  const contextStart = concatBytes(
    MODE_BASE,
    hkdfExtract(hash, EMPTY, extractLabel(hpkePrefix, 'psk_id_hash')),
  );

  return {
    sharedSecret(dh, enc, recipient) {
      const prk = hkdfExtract(hash, EMPTY, eaePrk, dh);
      return hkdfExpand(hash, prk, HASH_BYTES, sharedSecretLabel, enc, recipient);
    },
    messageKeys(sharedSecret, info) {
      const context = [contextStart, hkdfExtract(hash, EMPTY, infoHash, info)];
      const secret = hkdfExtract(hash, sharedSecret, secretLabel);
      return {
        key: hkdfExpand(hash, secret, keyBytes, keyLabel, ...context),
        baseNonce: hkdfExpand(hash, secret, NONCE_BYTES, nonceLabel, ...context),
      };
    },
  };
}

/** The nonce of message `sequence` (§5.2). @throws RangeError outside 0 … 2^32−1 */
export function nonceAt(baseNonce: Uint8Array, sequence: number): Uint8Array {
  if (!Number.isSafeInteger(sequence) || sequence < 0 || sequence > 0xffff_ffff) {
    throw new RangeError(`nonce: expected a sequence in 0..2^32-1, got ${sequence}`);
  }
  const nonce = new Uint8Array(baseNonce);
  const view = new DataView(nonce.buffer);
  view.setUint32(NONCE_BYTES - 4, view.getUint32(NONCE_BYTES - 4) ^ sequence);
  return nonce;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const i2osp2 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value & 0xff);
