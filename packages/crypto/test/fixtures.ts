/** Values that several tests of this package make. */

import { createHash } from 'node:crypto';
import type { ObjectId, PublicKey, Signature } from '@duet/protocol/brand';
import { isPublicKey, type SignatureCheck, type Suite } from '@duet/protocol/suite';
import type { RandomSource } from '../src/port.ts';

const isId = (bytes: Uint8Array): bytes is ObjectId => bytes.length === 32;
const isAnySignature = (bytes: Uint8Array): bytes is Signature => bytes.length >= 0;
const isAnyKey = (bytes: Uint8Array): bytes is PublicKey => bytes.length >= 0;

/** Bytes as a key, also where they are none. */
export function anyKey(bytes: Uint8Array): PublicKey {
  if (!isAnyKey(bytes)) throw new Error('never');
  return bytes;
}

/** `suite ‖ compressed` of x and y, or of an uncompressed point. */
export function keyOfPoint(suite: Suite, uncompressed: Uint8Array): PublicKey {
  const key = new Uint8Array(34);
  key.set([suite, 2 | ((uncompressed[64] ?? 0) & 1)]);
  key.set(uncompressed.subarray(1, 33), 2);
  if (!isPublicKey(key)) throw new Error('not a point');
  return key;
}

/** A check of any bytes as a signature. */
export function checkOf(key: PublicKey, message: Uint8Array, signature: Uint8Array): SignatureCheck {
  const id = new Uint8Array(createHash('sha256').update(message).digest());
  if (!isId(id) || !isAnySignature(signature)) throw new Error('never');
  return { key, message, signature, id };
}

/** A repeatable source: SHA-256 of a seed and a counter. */
export function seededRandom(seed: string): RandomSource {
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = createHash('sha256').update(`${seed}/${counter++}`).digest();
      out.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A copy with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = bit >> 3;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
