/** Numbers of the two curves, and what can be judged of scalars and points by comparing bytes. */
import type { PublicKey, Signature } from '@duet/protocol/brand';
import { compareBytes, fromHex } from '@duet/protocol/bytes';
import type { Suite } from '@duet/protocol/suite';
import { MAX_SCALAR_DRAWS } from '../limits.ts';
import type { RandomSource } from '../port.ts';

export const SCALAR_BYTES = 32;
const COMPRESSED_BYTES = 33;
const UNCOMPRESSED_BYTES = 65;
const SIGNATURE_BYTES = 64;

/** The order n of each group, big-endian (SEC 2 §2.4.2; GB/T 32918.5 §2). */
const ORDERS: Readonly<Record<Suite, Uint8Array>> = {
  1: fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  2: fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'),
};

/** The prime p of each field, big-endian. */
const FIELDS: Readonly<Record<Suite, Uint8Array>> = {
  1: fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'),
  2: fromHex('fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff'),
};

/** Is it an integer in 1 … n−1? */
export function isScalar(suite: Suite, bytes: Uint8Array): boolean {
  return bytes.length === SCALAR_BYTES && !isZero(bytes) && compareBytes(bytes, ORDERS[suite]) < 0;
}

/** Is it r ‖ s with both in 1 … n−1? */
export function isSignatureOf(suite: Suite, bytes: Uint8Array): bytes is Signature {
  return (
    bytes.length === SIGNATURE_BYTES &&
    isScalar(suite, bytes.subarray(0, SCALAR_BYTES)) &&
    isScalar(suite, bytes.subarray(SCALAR_BYTES))
  );
}

/** Has it the form of a compressed point, with x < p? Whether x is on the curve is for the driver to find. */
export function isCompressedPoint(suite: Suite, bytes: Uint8Array): boolean {
  return (
    bytes.length === COMPRESSED_BYTES &&
    (bytes[0] === 2 || bytes[0] === 3) &&
    compareBytes(bytes.subarray(1), FIELDS[suite]) < 0
  );
}

/** `suite ‖ compressed point` of an uncompressed point, in memory of its own. */
export function publicKeyOf(suite: Suite, uncompressed: Uint8Array): PublicKey {
  if (uncompressed.length !== UNCOMPRESSED_BYTES || uncompressed[0] !== 4) {
    throw new TypeError('point: expected 65 bytes, uncompressed');
  }
  const key = new Uint8Array(1 + COMPRESSED_BYTES);
  key[0] = suite;
  key[1] = 2 | ((uncompressed[UNCOMPRESSED_BYTES - 1] ?? 0) & 1);
  key.set(uncompressed.subarray(1, 1 + SCALAR_BYTES), 2);
  return brandKey(key);
}

/** A private scalar, uniform in 1 … n−1 (rejection sampling). */
export function drawScalar(suite: Suite, random: RandomSource): Uint8Array {
  for (let draw = 0; draw < MAX_SCALAR_DRAWS; draw++) {
    const bytes = new Uint8Array(random(SCALAR_BYTES));
    if (isScalar(suite, bytes)) return bytes;
  }
  throw new Error('random source: no scalar in range after several draws; the source is broken');
}

/** The result of a driver's own signing. */
export function signatureOf(suite: Suite, bytes: Uint8Array): Signature {
  if (!isSignatureOf(suite, bytes)) throw new Error('sign: the platform made a signature out of range');
  return bytes;
}

/** A copy in memory of its own. */
export const copyKey = (key: PublicKey): PublicKey => brandKey(new Uint8Array(key));

function brandKey(bytes: Uint8Array): PublicKey {
  if (!isKeyBytes(bytes)) throw new TypeError('public key: expected 34 bytes');
  return bytes;
}

const isKeyBytes = (bytes: Uint8Array): bytes is PublicKey => bytes.length === 1 + COMPRESSED_BYTES;

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
