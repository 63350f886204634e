/** P-256 keys of `node:crypto`: making, importing, and the points behind them. */
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, ECDH, type KeyObject } from 'node:crypto';
import { concatBytes, fromHex } from '@duet/protocol/bytes';

const CURVE = 'prime256v1';

/** SubjectPublicKeyInfo up to the point (RFC 5480). */
const SPKI_UNCOMPRESSED = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const SPKI_COMPRESSED = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');

/** ECPrivateKey before the scalar, and between it and the point (RFC 5915). */
const EC_PRIVATE_KEY = fromHex('30770201010420');
const EC_PARAMETERS = fromHex('a00a06082a8648ce3d030107a144034200');

/**
 * A private key: its scalar, and the key object that OpenSSL works with, made when it is first needed. Making one
 * costs more than a signature, and many a key is wrapped and never used.
 */
export class NodePrivateKey {
  /** 32 bytes, for wrapping only. */
  readonly scalar: Uint8Array;
  /** The public point, 65 bytes. */
  readonly point: Uint8Array;
  #ready: KeyObject | undefined;

  /** Takes over a scalar in 1 … n−1. */
  constructor(scalar: Uint8Array) {
    this.scalar = scalar;
    agreement.setPrivateKey(scalar);
    this.point = new Uint8Array(agreement.getPublicKey());
  }

  get ready(): KeyObject {
    this.#ready ??= createPrivateKey(
      pem('EC PRIVATE KEY', concatBytes(EC_PRIVATE_KEY, this.scalar, EC_PARAMETERS, this.point)),
    );
    return this.#ready;
  }
}

/** Gives the public points of scalars; making an object for each one costs as much again. */
const agreement = createECDH(CURVE);

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
  try {
    return createPublicKey(pem('PUBLIC KEY', concatBytes(head, point)));
  } catch {
    return undefined;
  }
}

/** The x coordinate of the shared point, 32 bytes. */
export const sharedX = (privateKey: NodePrivateKey, publicKey: KeyObject): Uint8Array =>
  diffieHellman({ privateKey: privateKey.ready, publicKey });

const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der.buffer).toString('base64')}\n-----END ${label}-----\n`;
