/**
 * Suite 1 on Node: ES256, SHA-256, HPKE over P-256, synchronous, by `node:crypto` (SUITE-1).
 *
 * Signatures are DER inside OpenSSL and r ‖ s outside; r and s are judged before OpenSSL sees them. Imported
 * public keys are kept ready in a bounded cache; whether a signature verified is never cached here.
 */
import { type KeyObject, sign as opensslSign, verify as opensslVerify } from 'node:crypto';
import type { KeyText, PublicKey } from '@duet/protocol/brand';
import { equalBytes, keyText } from '@duet/protocol/bytes';
import { RecentCache } from '@duet/protocol/recent-cache';
import { accept } from '@duet/protocol/rejection';
import type { KeyHandle } from '@duet/protocol/suite';
import { signatureFromDer, signatureToDer } from './der.ts';
import { createKeySchedule, SUITE_1_IDS } from './hpke.ts';
import { drawScalar, isCompressedPoint, isScalar, isSignatureOf, publicKeyOf } from './internal/curves.ts';
import { assertServed, isOfSuite, KeyStore } from './internal/handles.ts';
import { expandPoint, importPoint, NodePrivateKey } from './internal/node-keys.ts';
import { badEnc, badRecipient, cannotOpen, recipientPoint, splitSealed } from './internal/refusals.ts';
import { createVault } from './internal/vault.ts';
import { unwrapRefused } from './internal/wrapped-key.ts';
import { KEY_CACHE_ENTRIES } from './limits.ts';
import { nodeAesGcm, nodePrimitives, sha256 } from './node-primitives.ts';
import { ENC_BYTES, type Purpose, type RandomSource, type SyncCrypto } from './port.ts';

export interface NodeCryptoOptions {
  /**
   * Where private keys, the ephemeral keys of sealing and nonces come from: for tests and replays only.
   * Signatures stay different each time: the nonce is OpenSSL's own. Without it: OpenSSL's generator.
   */
  readonly random?: RandomSource;
  /** Ready public keys, to share between drivers of one thread. */
  readonly keyCache?: KeyCache;
}

/** Public keys to verify with that were imported before; bounded, what was not used for long is forgotten. */
export class KeyCache {
  readonly #ready: RecentCache<KeyText, KeyObject>;

  constructor(entries: number = KEY_CACHE_ENTRIES) {
    this.#ready = new RecentCache(entries);
  }

  get size(): number {
    return this.#ready.size;
  }

  /** `undefined` when it is no point of the curve. */
  ready(publicKey: PublicKey): KeyObject | undefined {
    const name = keyText(publicKey);
    const known = this.#ready.get(name);
    if (known) return known;
    const point = publicKey.subarray(1);
    const key = isCompressedPoint(1, point) ? importPoint(point) : undefined;
    if (key) this.#ready.set(name, key);
    return key;
  }
}

const keys = new KeyStore<NodePrivateKey>();
const schedule = createKeySchedule({ ...SUITE_1_IDS, hash: sha256, keyBytes: 16 });

/** The driver. Handles and key-encryption keys work with every driver of this module in the process. */
export function createNodeCrypto(options: NodeCryptoOptions = {}): SyncCrypto {
  const random = options.random ?? nodePrimitives.random;
  const cache = options.keyCache ?? new KeyCache();
  const vault = createVault({ ...nodePrimitives, random });
  const newKey = (): NodePrivateKey => new NodePrivateKey(drawScalar(1, random));

  return {
    suites: [1],
    hash(suite, data) {
      assertServed(1, suite);
      return sha256(data);
    },
    randomBytes: random,
    verify({ key, message, signature }) {
      if (!isOfSuite(1, key) || !isSignatureOf(1, signature)) return false;
      const ready = cache.ready(key);
      return ready !== undefined && opensslVerify('sha256', message, ready, signatureToDer(signature));
    },
    generateKey(suite, purpose) {
      assertServed(1, suite);
      return issue(newKey(), purpose);
    },
    sign(handle, message) {
      const signature = signatureFromDer(
        opensslSign('sha256', message, keys.use(handle, 'sign').privateKey.signer),
      );
      if (!signature) throw new Error('sign: the platform made a signature out of range');
      return signature;
    },
    seal({ recipient, info, aad, plaintext }) {
      const compressed = recipientPoint(1, recipient);
      if (!compressed.ok) return compressed;
      const point = expandPoint(compressed.value);
      const ephemeral = newKey();
      const dh = point && ephemeral.sharedX(point);
      if (!dh) return badRecipient();
      const message = schedule.messageKeys(schedule.sharedSecret(dh, ephemeral.point, point), info);
      const body = nodeAesGcm.seal(message.key, message.baseNonce, aad, plaintext);
      const sealed = new Uint8Array(ENC_BYTES + body.length);
      sealed.set(publicKeyOf(1, ephemeral.point).subarray(1));
      sealed.set(body, ENC_BYTES);
      return accept(sealed);
    },
    open({ handle, info, aad, sealed }) {
      const secret = keys.use(handle, 'seal');
      const parts = splitSealed(1, sealed);
      if (!parts.ok) return parts;
      const enc = expandPoint(parts.value.enc);
      const dh = enc && secret.privateKey.sharedX(enc);
      if (!dh) return badEnc();
      const message = schedule.messageKeys(schedule.sharedSecret(dh, enc, secret.point), info);
      const plaintext = nodeAesGcm.open(message.key, message.baseNonce, aad, parts.value.body);
      return plaintext ? accept(plaintext) : cannotOpen();
    },
    importKek: vault.importKek,
    deriveKek: vault.deriveKek,
    encrypt: vault.encrypt,
    decrypt: vault.decrypt,
    wrapKey(handle, kek) {
      const secret = keys.use(handle);
      return vault.wrapScalar(secret, secret.privateKey.scalar, kek);
    },
    unwrapKey(wrapped, kek) {
      const unwrapped = vault.unwrapScalar(1, wrapped, kek);
      if (!unwrapped.ok) return unwrapped;
      const { publicKey, purpose, scalar } = unwrapped.value;
      if (!isScalar(1, scalar)) return unwrapRefused();
      const key = new NodePrivateKey(scalar);
      return equalBytes(publicKeyOf(1, key.point), publicKey) ? accept(issue(key, purpose)) : unwrapRefused();
    },
  };
}

function issue(privateKey: NodePrivateKey, purpose: Purpose): KeyHandle {
  const { point } = privateKey;
  return keys.issue({ purpose, publicKey: publicKeyOf(1, point), point, privateKey });
}
