/**
 * Suite 1 in browsers: ES256 and HPKE over P-256 by Web Crypto, asynchronous (SUITE-1).
 *
 * Private keys cannot be extracted. A key that is to be wrapped later names its key-encryption key when it is
 * made: it is wrapped at once, and imported again without leave to extract it. Points are expanded by
 * @noble/curves, since not every browser imports compressed ones.
 */

import { concatBytes, equalBytes } from '@duet/protocol/bytes';
import { accept } from '@duet/protocol/rejection';
import type { KeyHandle } from '@duet/protocol/suite';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { createKeySchedule, SUITE_1_IDS } from './hpke.ts';
import {
  drawScalar,
  isCompressedPoint,
  isScalar,
  isSignatureOf,
  publicKeyOf,
  SCALAR_BYTES,
  signatureOf,
} from './internal/curves.ts';
import { assertServed, isOfSuite, KeyStore } from './internal/handles.ts';
import { badEnc, badRecipient, cannotOpen, recipientPoint, splitSealed } from './internal/refusals.ts';
import {
  createWebVault,
  plain,
  type WebKey,
  webGcmKey,
  webGcmOpen,
  webGcmSeal,
} from './internal/web-vault.ts';
import { unwrapRefused } from './internal/wrapped-key.ts';
import type { AsyncCrypto, KekHandle, Purpose, RandomSource } from './port.ts';

export interface WebCryptoOptions {
  /** Where private and ephemeral keys and nonces come from: for tests only. */
  readonly random?: RandomSource;
}

interface WebSecret {
  readonly key: WebKey;
  /** The one wrapped form of this key, and the key it was wrapped with. */
  readonly wrapped?: { readonly kek: KekHandle; readonly bytes: Uint8Array };
}

const { subtle } = globalThis.crypto;
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const ECDH = { name: 'ECDH', namedCurve: 'P-256' };
const ES256 = { name: 'ECDSA', hash: 'SHA-256' };

const keys = new KeyStore<WebSecret>();
const schedule = createKeySchedule({ ...SUITE_1_IDS, hash: sha256, keyBytes: 16 });

const webRandom: RandomSource = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

/** The driver. Handles and key-encryption keys work with every driver of this module in the process. */
export function createWebCrypto(options: WebCryptoOptions = {}): AsyncCrypto {
  const { random } = options;
  const vault = createWebVault(random ?? webRandom);

  /** A key of a scalar, not extractable; wrapped first when asked. */
  async function issueScalar(scalar: Uint8Array, purpose: Purpose, wrapFor?: KekHandle): Promise<KeyHandle> {
    const point = pointOfScalar(scalar);
    const publicKey = publicKeyOf(1, point);
    const key = await importScalar(scalar, point, purpose);
    const secret = { purpose, publicKey, point };
    if (!wrapFor) return keys.issue({ ...secret, privateKey: { key } });
    const wrapped = { kek: wrapFor, bytes: await vault.wrapScalar(secret, scalar, wrapFor) };
    return keys.issue({ ...secret, privateKey: { key, wrapped } });
  }

  async function ephemeralPair(): Promise<{ key: WebKey; point: Uint8Array }> {
    if (!random) return generatePair('seal');
    const scalar = drawScalar(1, random);
    const point = pointOfScalar(scalar);
    return { key: await importScalar(scalar, point, 'seal'), point };
  }

  return {
    suites: [1],
    hash(suite, data) {
      assertServed(1, suite);
      return sha256(data);
    },
    randomBytes: random ?? webRandom,
    async verify({ key, message, signature }) {
      if (!isOfSuite(1, key) || !isSignatureOf(1, signature)) return false;
      const point = expand(key.subarray(1));
      if (!point) return false;
      const ready = await subtle.importKey('raw', plain(point), ECDSA, false, ['verify']);
      return subtle.verify(ES256, ready, plain(signature), plain(message));
    },
    async generateKey(suite, purpose, wrapFor) {
      assertServed(1, suite);
      if (random || wrapFor) {
        const scalar = drawScalar(1, random ?? webRandom);
        const handle = await issueScalar(scalar, purpose, wrapFor);
        scalar.fill(0);
        return handle;
      }
      const { key, point } = await generatePair(purpose);
      return keys.issue({ purpose, publicKey: publicKeyOf(1, point), point, privateKey: { key } });
    },
    async sign(handle, message) {
      const { privateKey } = keys.use(handle, 'sign');
      return signatureOf(1, new Uint8Array(await subtle.sign(ES256, privateKey.key, plain(message))));
    },
    async seal({ recipient, info, aad, plaintext }) {
      const compressed = recipientPoint(1, recipient);
      if (!compressed.ok) return compressed;
      const target = expand(compressed.value);
      if (!target) return badRecipient();
      const ephemeral = await ephemeralPair();
      const dh = await sharedX(ephemeral.key, target);
      const message = schedule.messageKeys(schedule.sharedSecret(dh, ephemeral.point, target), info);
      const body = await webGcmSeal(await webGcmKey(message.key), message.baseNonce, aad, plaintext);
      return accept(concatBytes(publicKeyOf(1, ephemeral.point).subarray(1), body));
    },
    async open({ handle, info, aad, sealed }) {
      const secret = keys.use(handle, 'seal');
      const parts = splitSealed(1, sealed);
      if (!parts.ok) return parts;
      const enc = expand(parts.value.enc);
      if (!enc) return badEnc();
      const dh = await sharedX(secret.privateKey.key, enc);
      const message = schedule.messageKeys(schedule.sharedSecret(dh, enc, secret.point), info);
      const body = parts.value.body;
      const plaintext = await webGcmOpen(await webGcmKey(message.key), message.baseNonce, aad, body);
      return plaintext ? accept(plaintext) : cannotOpen();
    },
    importKek: vault.importKek,
    deriveKek: vault.deriveKek,
    encrypt: vault.encrypt,
    decrypt: vault.decrypt,
    async wrapKey(handle, kek) {
      const { wrapped } = keys.use(handle).privateKey;
      if (wrapped?.kek !== kek) {
        throw new TypeError(
          'wrap: name the key-encryption key when the key is made (it cannot be extracted)',
        );
      }
      return new Uint8Array(wrapped.bytes);
    },
    async unwrapKey(wrapped, kek) {
      const unwrapped = await vault.unwrapScalar(1, wrapped, kek);
      if (!unwrapped.ok) return unwrapped;
      const { scalar, publicKey, purpose } = unwrapped.value;
      if (!isScalar(1, scalar)) return unwrapRefused();
      const point = pointOfScalar(scalar);
      const key = await importScalar(scalar, point, purpose);
      scalar.fill(0);
      if (!equalBytes(publicKeyOf(1, point), publicKey)) return unwrapRefused();
      const kept = { kek, bytes: new Uint8Array(wrapped) };
      return accept(keys.issue({ purpose, publicKey, point, privateKey: { key, wrapped: kept } }));
    },
  };
}

async function generatePair(purpose: Purpose): Promise<{ key: WebKey; point: Uint8Array }> {
  const pair =
    purpose === 'sign'
      ? await subtle.generateKey(ECDSA, false, ['sign', 'verify'])
      : await subtle.generateKey(ECDH, false, ['deriveBits']);
  return { key: pair.privateKey, point: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)) };
}

function importScalar(scalar: Uint8Array, point: Uint8Array, purpose: Purpose): Promise<WebKey> {
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: base64url(scalar),
    x: base64url(point.subarray(1, 1 + SCALAR_BYTES)),
    y: base64url(point.subarray(1 + SCALAR_BYTES)),
  };
  return purpose === 'sign'
    ? subtle.importKey('jwk', jwk, ECDSA, false, ['sign'])
    : subtle.importKey('jwk', jwk, ECDH, false, ['deriveBits']);
}

async function sharedX(key: WebKey, point: Uint8Array): Promise<Uint8Array> {
  const peer = await subtle.importKey('raw', plain(point), ECDH, false, []);
  return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: peer }, key, 8 * SCALAR_BYTES));
}

const pointOfScalar = (scalar: Uint8Array): Uint8Array => p256.getPublicKey(scalar, false);

/** The uncompressed form of a compressed point; `undefined` when it is not on the curve. */
function expand(compressed: Uint8Array): Uint8Array | undefined {
  if (!isCompressedPoint(1, compressed)) return undefined;
  try {
    return p256.Point.fromBytes(compressed).toBytes(false);
  } catch {
    return undefined;
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
