/** HMAC (RFC 2104) and HKDF (RFC 5869) over a one-shot hash of 64-byte blocks: SHA-256 and SM3. */
import { concatBytes } from '@duet/protocol/bytes';

/** A one-shot hash with 64-byte blocks and a 32-byte result. */
export type Hash = (data: Uint8Array) => Uint8Array;

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const MAX_BLOCKS = 255;

/** Two one-shot hashes: on Node ten times faster than an HMAC object for short messages. */
export function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Uint8Array {
  const shortKey = key.length > BLOCK_BYTES ? hash(key) : key;
  const inner = new Uint8Array(BLOCK_BYTES + message.length).fill(0x36, 0, BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + HASH_BYTES).fill(0x5c, 0, BLOCK_BYTES);
  for (let i = 0; i < shortKey.length; i++) {
    const byte = shortKey[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  inner.set(message, BLOCK_BYTES);
  outer.set(hash(inner), BLOCK_BYTES);
  return hash(outer);
}

export const hkdfExtract = (hash: Hash, salt: Uint8Array, keyMaterial: Uint8Array): Uint8Array =>
  hmac(hash, salt, keyMaterial);

/** @throws RangeError for more than 255 blocks */
export function hkdfExpand(hash: Hash, key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const blocks = Math.ceil(length / HASH_BYTES);
  if (blocks > MAX_BLOCKS) throw new RangeError(`hkdf: expected at most 8160 bytes, got ${length}`);
  const out = new Uint8Array(blocks * HASH_BYTES);
  let block: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < blocks; i++) {
    block = hmac(hash, key, concatBytes(block, info, Uint8Array.of(i + 1)));
    out.set(block, i * HASH_BYTES);
  }
  return out.slice(0, length);
}
