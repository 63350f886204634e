/** P-256 keys of `node:crypto`: making, importing, and the points behind them. */
import { createECDH, createPrivateKey, createPublicKey, ECDH, type KeyObject } from 'node:crypto';
import { concatBytes, fromHex } from '@duet/protocol/bytes';

const CURVE = 'prime256v1';

/** SubjectPublicKeyInfo up to a compressed point (RFC 5480). */
const SPKI = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');

/** PKCS #8 up to the scalar, without the public key: OpenSSL computes it (RFC 5915, RFC 5958). */
const PKCS8 = fromHex('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420');

/**
 * A private key: its scalar, and the key object that signs, made when it first does. Making one costs more than a
 * signature, and keys that open messages, or that are wrapped and never used, need none.
 */
export class NodePrivateKey {
  /** 32 bytes. */
  readonly scalar: Uint8Array;
  /** The public point, 65 bytes. */
  readonly point: Uint8Array;
  #signer: KeyObject | undefined;

  /** Takes over a scalar in 1 … n−1. */
  constructor(scalar: Uint8Array) {
    this.scalar = scalar;
    this.point = new Uint8Array(agreementOf(this).getPublicKey());
  }

  get signer(): KeyObject {
    this.#signer ??= signerOf(this.scalar);
    return this.#signer;
  }

  /** The x coordinate of the shared point, 32 bytes; `undefined` when the point of 65 bytes is not on the curve. */
  sharedX(point: Uint8Array): Uint8Array | undefined {
    try {
      return new Uint8Array(agreementOf(this).computeSecret(point));
    } catch {
      return undefined;
    }
  }
}

/** As DER, in a buffer that is wiped: text, which Node takes faster, cannot be. */
function signerOf(scalar: Uint8Array): KeyObject {
  const der = concatBytes(PKCS8, scalar);
  const key = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

/** One for all keys: making an object for each costs as much as what it does. */
const agreement = createECDH(CURVE);
let agreeing: NodePrivateKey | undefined;

/** Works with one key until another one comes. */
function agreementOf(key: NodePrivateKey): ECDH {
  if (agreeing !== key) {
    agreement.setPrivateKey(key.scalar);
    agreeing = key;
  }
  return agreement;
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
 * A key to verify with, of a compressed point; `undefined` when it is not on the curve. As PEM, which costs a third of
 * what DER does: there Node asks twice whether the bytes are a key already.
 */
export function importPoint(compressed: Uint8Array): KeyObject | undefined {
  const text = Buffer.from(concatBytes(SPKI, compressed).buffer).toString('base64');
  try {
    return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`);
  } catch {
    return undefined;
  }
}
