/**
 * Keys, signatures and hashes for tests, on node:crypto alone: private keys come from names and nonces from
 * RFC 6979, so that the same test makes the same bytes. Slow, and not for money.
 */
import { createECDH, createHash, createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicKey, Signature } from '../../src/brand.ts';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import {
  type Hashes,
  pointOf,
  type SignatureCheck,
  type Suite,
  suiteOf,
  type Verifier,
} from '../../src/suite.ts';
import { signSm2, verifySm2 } from './sm2.ts';

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A signing key of a test; {@link sign} gives r ‖ s. */
export interface KeyPair {
  readonly suite: Suite;
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Signature;
}

const CURVES: Readonly<Record<Suite, string>> = { 1: 'prime256v1', 2: 'SM2' };
const HASH_NAMES: Readonly<Record<Suite, string>> = { 1: 'sha256', 2: 'sm3' };

export const HASHES: Hashes = {
  hash: (suite, data) => new Uint8Array(createHash(HASH_NAMES[suite]).update(data).digest()),
};

export const sha256 = (data: Uint8Array): Uint8Array => HASHES.hash(1, data);

export const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
export const toBytes = (n: bigint): Uint8Array => fromHex(n.toString(16).padStart(64, '0'));

/** The key that a name stands for: its private key is a hash of the name. */
export function keyPair(name: string, suite: Suite = 1): KeyPair {
  const secret = sha256(new TextEncoder().encode(`duet test key ${name}`));
  const point = createECDH(CURVES[suite]);
  point.setPrivateKey(secret);
  const publicKey = concatBytes(new Uint8Array([suite]), point.getPublicKey(null, 'compressed')) as PublicKey;
  const sign = (message: Uint8Array): Signature =>
    (suite === 1 ? signP256(secret, message) : signSm2(secret, publicKey.subarray(1), message)) as Signature;
  return { suite, publicKey, sign };
}

/** ECDSA with the nonce of RFC 6979 §3.2. */
function signP256(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const digest = sha256(message);
  const d = toNumber(secret);
  const e = toNumber(digest);
  for (const nonce of nonces(secret, toBytes(e % P256_ORDER), P256_ORDER)) {
    const point = createECDH(CURVES[1]);
    point.setPrivateKey(toBytes(nonce));
    const r = toNumber(point.getPublicKey().subarray(1, 33)) % P256_ORDER;
    const s = (inverse(nonce, P256_ORDER) * ((e + r * d) % P256_ORDER)) % P256_ORDER;
    if (r !== 0n && s !== 0n) return concatBytes(toBytes(r), toBytes(s));
  }
  throw new Error('no nonce');
}

/** The deterministic nonces of RFC 6979 §3.2 with HMAC-SHA-256. */
export function* nonces(secret: Uint8Array, digest: Uint8Array, order: bigint): Generator<bigint> {
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
    new Uint8Array(
      createHmac('sha256', key)
        .update(concatBytes(...parts))
        .digest(),
    );
  let v: Uint8Array = new Uint8Array(32).fill(1);
  let k: Uint8Array = new Uint8Array(32);
  for (const mark of [0, 1]) {
    k = hmac(k, v, new Uint8Array([mark]), secret, digest);
    v = hmac(k, v);
  }
  for (;;) {
    v = hmac(k, v);
    const candidate = toNumber(v);
    if (candidate > 0n && candidate < order) yield candidate;
    k = hmac(k, v, new Uint8Array([0]));
    v = hmac(k, v);
  }
}

/** a^-1 modulo a prime, by the extended Euclidean algorithm. */
export function inverse(a: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, ((a % modulus) + modulus) % modulus];
  let [t, nextT] = [0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return ((t % modulus) + modulus) % modulus;
}

/** r ‖ (n − s): the other signature of ES256 that anybody can make of one. */
export function malleated(signature: Signature): Signature {
  const s = P256_ORDER - toNumber(signature.subarray(32));
  return concatBytes(signature.subarray(0, 32), toBytes(s)) as Signature;
}

const SPKI_P256 = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');
const imported = new Map<string, KeyObject | undefined>();

/** A compressed P-256 point as a key; `undefined` when it is no point of the curve. */
export function importP256(key: PublicKey): KeyObject | undefined {
  const name = toHex(key);
  if (!imported.has(name)) imported.set(name, tryImport(key));
  return imported.get(name);
}

function tryImport(key: PublicKey): KeyObject | undefined {
  try {
    return createPublicKey({
      key: Buffer.from(concatBytes(SPKI_P256, pointOf(key))),
      format: 'der',
      type: 'spki',
    });
  } catch {
    return undefined;
  }
}

/** Verifies both suites. */
export const VERIFIER: Verifier<'sync'> = {
  verify({ key, message, signature }: SignatureCheck): boolean {
    if (suiteOf(key) === 2) return verifySm2(pointOf(key), message, signature);
    const object = importP256(key);
    return (
      object !== undefined && verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
    );
  },
};

/** {@link VERIFIER} that remembers what it has verified, by key, id and signature. */
export function rememberingVerifier(): Verifier<'sync'> {
  const known = new Map<string, boolean>();
  return {
    verify(check) {
      const name = [check.key, check.id, check.signature].map(toHex).join(':');
      const held = known.get(name) ?? VERIFIER.verify(check);
      known.set(name, held);
      return held;
    },
  };
}
