/** P-256 keys of `node:crypto`: making, importing, and the points behind them. */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { concatBytes, fromHex } from '@duet/protocol/bytes';

const CURVE = 'prime256v1';

/** SubjectPublicKeyInfo up to the point (RFC 5480). */
const SPKI_UNCOMPRESSED = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const SPKI_COMPRESSED = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');

/** PKCS #8 up to the scalar, without the public key: OpenSSL computes it (RFC 5915, RFC 5958). */
const PKCS8 = fromHex('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420');

export interface NodeKeyPair {
  readonly privateKey: KeyObject;
  /** 65 bytes. */
  readonly point: Uint8Array;
}

export function generateKeyPair(): NodeKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  return { privateKey, point: pointOfKey(publicKey) };
}

/** The key pair of a scalar in 1 … n−1. */
export function keyPairOf(scalar: Uint8Array): NodeKeyPair {
  const der = concatBytes(PKCS8, scalar);
  const privateKey = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' });
  der.fill(0);
  return { privateKey, point: pointOfKey(createPublicKey(privateKey)) };
}

/** The private scalar, for wrapping only. */
export function scalarOf(privateKey: KeyObject): Uint8Array {
  const { d } = privateKey.export({ format: 'jwk' });
  if (d === undefined) throw new TypeError('key: expected a private key');
  return new Uint8Array(Buffer.from(d, 'base64url'));
}

/** The uncompressed form of a compressed point; `undefined` when it is not on the curve. */
export function expandPoint(compressed: Uint8Array): Uint8Array | undefined {
  try {
    const point = ECDH.convertKey(compressed, CURVE, undefined, undefined, 'uncompressed');
    return typeof point === 'string' ? undefined : new Uint8Array(point);
  } catch {
    return undefined;
  }
}

/**
 * A public key of a point of 33 or 65 bytes; `undefined` when it is not on the curve. As PEM, which costs a third of
 * what DER does: there Node asks twice whether the bytes are a key already.
 */
export function importPoint(point: Uint8Array): KeyObject | undefined {
  const head = point.length === 65 ? SPKI_UNCOMPRESSED : SPKI_COMPRESSED;
  const text = Buffer.from(concatBytes(head, point).buffer).toString('base64');
  try {
    return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`);
  } catch {
    return undefined;
  }
}

/** The x coordinate of the shared point, 32 bytes. */
export const sharedX = (privateKey: KeyObject, publicKey: KeyObject): Uint8Array =>
  diffieHellman({ privateKey, publicKey });

/** By JWK, which costs a third of the DER export. */
function pointOfKey(publicKey: KeyObject): Uint8Array {
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new TypeError('key: expected a key on P-256');
  const point = new Uint8Array(65);
  point[0] = 4;
  point.set(Buffer.from(x, 'base64url'), 1);
  point.set(Buffer.from(y, 'base64url'), 33);
  return point;
}
