/**
 * Suite 2: SM2 signatures with SM3, HPKE over SM2 with HKDF-SM3 and SM4-GCM (SUITE-2), synchronous.
 *
 * Runs anywhere: points by @noble/curves, SM3 and SM4 by the given primitives (Node's, or pure by default).
 * HPKE numbers are Duet's own (`SUITE_2_IDS`).
 */
import { concatBytes, toHex } from '@duet/protocol/bytes';
import { RecentCache } from '@duet/protocol/recent-cache';
import { accept } from '@duet/protocol/rejection';
import { createKeySchedule, SUITE_2_IDS } from './hpke.ts';
import {
  isCompressedPoint,
  isSignatureOf,
  publicKeyOf,
  SCALAR_BYTES,
  signatureOf,
} from './internal/curves.ts';
import { assertServed, isOfSuite } from './internal/handles.ts';
import {
  issueNational,
  nationalKeys,
  nationalPair,
  nationalScalar,
  restoreNational,
} from './internal/national-keys.ts';
import type { Primitives } from './internal/primitives.ts';
import { purePrimitives } from './internal/pure-primitives.ts';
import { badEnc, badRecipient, cannotOpen, recipientPoint, splitSealed } from './internal/refusals.ts';
import { type Sm2Point, sm2Digest, sm2Point, sm2SharedX, sm2Sign, sm2Verify } from './internal/sm2.ts';
import { createSm4Gcm } from './internal/sm4-gcm.ts';
import { createVault } from './internal/vault.ts';
import { KEY_CACHE_ENTRIES } from './limits.ts';
import type { RandomSource, SyncCrypto } from './port.ts';

export interface NationalCryptoOptions {
  /** Where keys and nonces come from: for tests and replays. Then everything is repeatable, signatures too. */
  readonly random?: RandomSource;
  /** `nodePrimitives` on Node; pure ones by default. */
  readonly primitives?: Primitives;
}

/** The driver. Handles and key-encryption keys work with every synchronous driver in the process. */
export function createNationalCrypto(options: NationalCryptoOptions = {}): SyncCrypto {
  const given = options.primitives ?? purePrimitives;
  const random = options.random ?? given.random;
  const { sm3 } = given;
  const sm4Gcm = createSm4Gcm(given);
  const vault = createVault({ ...given, random });
  const schedule = createKeySchedule({ ...SUITE_2_IDS, hash: sm3, keyBytes: 16 });
  const points = new RecentCache<string, Sm2Point>(KEY_CACHE_ENTRIES);

  function pointOf(compressed: Uint8Array): Sm2Point | undefined {
    if (!isCompressedPoint(2, compressed)) return undefined;
    const name = toHex(compressed);
    const known = points.get(name);
    if (known) return known;
    const point = sm2Point(compressed);
    if (point) points.set(name, point);
    return point;
  }

  return {
    suites: [2],
    hash(suite, data) {
      assertServed(2, suite);
      return sm3(data);
    },
    randomBytes: random,
    verify({ key, message, signature }) {
      if (!isOfSuite(2, key) || !isSignatureOf(2, signature)) return false;
      const point = pointOf(key.subarray(1));
      return (
        point !== undefined && sm2Verify(point, sm2Digest(sm3, point.toBytes(false), message), signature)
      );
    },
    generateKey(suite, purpose) {
      assertServed(2, suite);
      return issueNational(nationalPair(random), purpose);
    },
    sign(handle, message) {
      const { privateKey, point } = nationalKeys.use(handle, 'sign');
      const digest = sm2Digest(sm3, point, message);
      return signatureOf(2, sm2Sign(sm3, privateKey, digest, random(SCALAR_BYTES)));
    },
    seal({ recipient, info, aad, plaintext }) {
      const compressed = recipientPoint(2, recipient);
      if (!compressed.ok) return compressed;
      const target = pointOf(compressed.value);
      if (!target) return badRecipient();
      const ephemeral = nationalPair(random);
      const dh = sm2SharedX(ephemeral.scalar, target);
      const message = schedule.messageKeys(
        schedule.sharedSecret(dh, ephemeral.point, target.toBytes(false)),
        info,
      );
      const body = sm4Gcm.seal(message.key, message.baseNonce, aad, plaintext);
      return accept(concatBytes(publicKeyOf(2, ephemeral.point).subarray(1), body));
    },
    open({ handle, info, aad, sealed }) {
      const { privateKey, point } = nationalKeys.use(handle, 'seal');
      const parts = splitSealed(2, sealed);
      if (!parts.ok) return parts;
      const enc = sm2Point(parts.value.enc);
      if (!enc) return badEnc();
      const dh = sm2SharedX(privateKey, enc);
      const message = schedule.messageKeys(schedule.sharedSecret(dh, enc.toBytes(false), point), info);
      const plaintext = sm4Gcm.open(message.key, message.baseNonce, aad, parts.value.body);
      return plaintext ? accept(plaintext) : cannotOpen();
    },
    importKek: vault.importKek,
    deriveKek: vault.deriveKek,
    encrypt: vault.encrypt,
    decrypt: vault.decrypt,
    wrapKey(handle, kek) {
      const scalar = nationalScalar(handle);
      const wrapped = vault.wrapScalar(nationalKeys.use(handle), scalar, kek);
      scalar.fill(0);
      return wrapped;
    },
    unwrapKey(wrapped, kek) {
      const unwrapped = vault.unwrapScalar(2, wrapped, kek);
      if (!unwrapped.ok) return unwrapped;
      const restored = restoreNational(unwrapped.value, unwrapped.value.scalar);
      unwrapped.value.scalar.fill(0);
      return restored;
    },
  };
}
