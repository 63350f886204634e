/**
 * SM2 signatures (GB/T 32918.2, curve of GB/T 32918.5) over the point arithmetic of @noble/curves.
 *
 * `node:crypto` is not used for them: there a fresh key signs ECDSA and an imported one with an empty signer
 * id. Every signature here is over e = SM3(Z ‖ M) with the default signer id.
 */

import { concatBytes, fromHex, toHex } from '@duet/protocol/bytes';
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { isScalar, SCALAR_BYTES } from './curves.ts';
import { type Hash, hmac } from './hkdf.ts';

export type Sm2Point = WeierstrassPoint<bigint>;

const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

const Point = weierstrass(CURVE);
const { Fn } = Point;

/** ENTL ‖ "1234567812345678" ‖ a ‖ b ‖ G: what comes before the public key in Z (GB/T 32918.2 §5.5). */
const Z_HEAD = concatBytes(
  fromHex('0080'),
  fromHex('31323334353637383132333435363738'),
  ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(toBytes),
);

/** The point of 33 or 65 bytes; `undefined` when it is not on the curve. */
export function sm2Point(bytes: Uint8Array): Sm2Point | undefined {
  try {
    const point = Point.fromBytes(bytes);
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

export const sm2PublicPoint = (scalar: bigint): Sm2Point => Point.BASE.multiply(scalar);

/** The x coordinate of the shared point, 32 bytes. */
export const sm2SharedX = (scalar: bigint, point: Sm2Point): Uint8Array => toBytes(point.multiply(scalar).x);

/** e = SM3(Z ‖ M) as a number; `uncompressed` is the signer's public point, 65 bytes. */
export function sm2Digest(sm3: Hash, uncompressed: Uint8Array, message: Uint8Array): bigint {
  const z = sm3(concatBytes(Z_HEAD, uncompressed.subarray(1)));
  return toNumber(sm3(concatBytes(z, message)));
}

/**
 * r ‖ s. The nonce comes from the private key, the digest and fresh randomness together, so that neither a
 * repeated random value nor a predictable one shows the key.
 */
export function sm2Sign(sm3: Hash, scalar: bigint, digest: bigint, fresh: Uint8Array): Uint8Array {
  const nonceKey = concatBytes(toBytes(scalar), fresh);
  for (let attempt = 0; ; attempt++) {
    const nonce = hmac(sm3, nonceKey, concatBytes(toBytes(Fn.create(digest)), Uint8Array.of(attempt)));
    if (!isScalar(2, nonce)) continue;
    const signature = sm2SignWith(scalar, digest, toNumber(nonce));
    if (signature) return signature;
  }
}

/** One attempt with a given nonce; `undefined` where the standard says to draw another (§6.1 A5, A6). */
export function sm2SignWith(scalar: bigint, digest: bigint, nonce: bigint): Uint8Array | undefined {
  const r = Fn.create(digest + Point.BASE.multiply(nonce).x);
  if (r === 0n || Fn.create(r + nonce) === 0n) return undefined;
  const s = Fn.mul(Fn.inv(Fn.create(1n + scalar)), Fn.create(nonce - Fn.mul(r, scalar)));
  return s === 0n ? undefined : concatBytes(toBytes(r), toBytes(s));
}

/** §7.1; r and s were judged to lie in 1 … n−1. */
export function sm2Verify(point: Sm2Point, digest: bigint, signature: Uint8Array): boolean {
  const r = toNumber(signature.subarray(0, SCALAR_BYTES));
  const s = toNumber(signature.subarray(SCALAR_BYTES));
  const t = Fn.create(r + s);
  if (t === 0n) return false;
  const sum = Point.BASE.mulAddUnsafe(s, point, t);
  return !sum.is0() && Fn.create(digest + sum.x) === r;
}

export const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);

export function toBytes(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * SCALAR_BYTES, '0'));
}
