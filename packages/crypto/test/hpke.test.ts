/** The HPKE key schedule and both drivers of suite 1 against RFC 9180 [SUITE-1]. */
import { createCipheriv } from 'node:crypto';
import { concatBytes } from '@duet/protocol/bytes';
import { expect, test } from 'vitest';
import { createKeySchedule, nonceAt, SUITE_1_IDS } from '../src/hpke.ts';
import { publicKeyOf } from '../src/internal/curves.ts';
import { NodePrivateKey } from '../src/internal/node-keys.ts';
import { createVault } from '../src/internal/vault.ts';
import { createNodeCrypto } from '../src/node.ts';
import { nodeAesGcm, nodePrimitives, sha256 } from '../src/node-primitives.ts';
import { createWebCrypto } from '../src/web.ts';
import { describeVectors, filesBelow, hex, readJson } from './shared-vectors.ts';

interface Encryption {
  readonly aad: string;
  readonly ct: string;
  readonly nonce: string;
  readonly pt: string;
}

interface Vector {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly skRm: string;
  readonly skEm: string;
  readonly pkRm: string;
  readonly pkEm: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly encryptions: readonly Encryption[];
}

const MODES: Readonly<Record<number, string>> = {
  1: 'PSK mode: Duet has base mode only (its shared secret is checked)',
  2: 'Auth mode: Duet has base mode only',
  3: 'AuthPSK mode: Duet has base mode only',
};

const EXPORT_ONLY = 0xffff;
const KEY_BYTES: Readonly<Record<number, number>> = { 1: 16, 2: 32, 3: 32, [EXPORT_ONLY]: 0 };

describeVectors('hpke-rfc9180', (folder) => {
  const vectors: readonly Vector[] = readJson(folder, 'p256_hkdf_sha256.json');

  test('there is no file, mode or suite that is not known', () => {
    // x25519_hkdf_sha256.json may lie there too: Duet has no X25519.
    const known = ['LICENSE', 'SOURCES.md', 'p256_hkdf_sha256.json', 'x25519_hkdf_sha256.json'];
    expect(filesBelow(folder).filter((file) => !known.includes(file))).toEqual([]);
    for (const v of vectors) {
      expect([v.kem_id, v.kdf_id]).toEqual([SUITE_1_IDS.kemId, SUITE_1_IDS.kdfId]);
      expect(v.mode === 0 || v.mode in MODES).toBe(true);
      expect(v.aead_id in KEY_BYTES).toBe(true);
    }
  });

  for (const v of vectors) {
    const name = `mode ${v.mode}, AEAD ${v.aead_id}`;
    const keySchedule = createKeySchedule({
      ...SUITE_1_IDS,
      aeadId: v.aead_id,
      hash: sha256,
      keyBytes: KEY_BYTES[v.aead_id] ?? 0,
    });

    if (v.mode === 0 || v.mode === 1) {
      test(`${name}: shared secret from both sides [SUITE-1]`, () => {
        const [enc, recipient] = [hex(v.enc), hex(v.pkRm)];
        const sender = new NodePrivateKey(hex(v.skEm));
        expect(sender.point).toEqual(enc);
        for (const dh of [sender.sharedX(recipient), new NodePrivateKey(hex(v.skRm)).sharedX(enc)]) {
          expect(dh && keySchedule.sharedSecret(dh, enc, recipient)).toEqual(hex(v.shared_secret));
        }
      });
    }

    if (v.mode !== 0) {
      test.skip(`${name}: ${MODES[v.mode]}`, () => {});
    } else if (v.aead_id === EXPORT_ONLY) {
      test.skip(`${name}: Duet exports no secrets`, () => {});
    } else {
      test(`${name}: keys, nonces and all ${v.encryptions.length} messages [SUITE-1]`, () => {
        const { key, baseNonce } = keySchedule.messageKeys(hex(v.shared_secret), hex(v.info));
        expect([key, baseNonce]).toEqual([hex(v.key), hex(v.base_nonce)]);
        for (const [sequence, message] of v.encryptions.entries()) {
          const nonce = nonceAt(baseNonce, sequence);
          expect(nonce).toEqual(hex(message.nonce));
          const seal = v.aead_id === 3 ? chachaSeal : nodeAesGcm.seal;
          expect(seal(key, nonce, hex(message.aad), hex(message.pt))).toEqual(hex(message.ct));
        }
      });
    }

    if (v.mode === 0 && v.aead_id === SUITE_1_IDS.aeadId) {
      const [message] = v.encryptions;
      const recipient = publicKeyOf(1, hex(v.pkRm));
      const sealed = concatBytes(publicKeyOf(1, hex(v.enc)).subarray(1), hex(message?.ct ?? ''));
      const [info, aad, plaintext] = [hex(v.info), hex(message?.aad ?? ''), hex(message?.pt ?? '')];
      const random = () => hex(v.skEm);

      test('the drivers seal the first message byte for byte, `enc` compressed [SUITE-1]', async () => {
        for (const driver of [createNodeCrypto({ random }), createWebCrypto({ random })]) {
          expect(await driver.seal({ recipient, info, aad, plaintext })).toEqual({ ok: true, value: sealed });
        }
      });

      test('the drivers open the first message [SUITE-1]', async () => {
        const vault = createVault(nodePrimitives);
        const wrappedBy = vault.importKek(new Uint8Array(32));
        const wrapped = vault.wrapScalar({ purpose: 'seal', publicKey: recipient }, hex(v.skRm), wrappedBy);
        for (const driver of [createNodeCrypto(), createWebCrypto()]) {
          const handle = await driver.unwrapKey(wrapped, await driver.importKek(new Uint8Array(32)));
          if (!handle.ok) return expect.fail(handle.rejection.code);
          const opened = await driver.open({ handle: handle.value, info, aad, sealed });
          expect(opened).toEqual({ ok: true, value: plaintext });
        }
      });
    }
  }
});

test('a nonce counts in its last bytes and refuses what is out of range', () => {
  expect(nonceAt(new Uint8Array(12).fill(0xff), 0x0102)).toEqual(hex('fffffffffffffffffffffefd'));
  for (const wrong of [-1, 0.5, 2 ** 32])
    expect(() => nonceAt(new Uint8Array(12), wrong)).toThrow(RangeError);
});

function chachaSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const body = cipher.update(plaintext);
  cipher.final();
  return concatBytes(body, cipher.getAuthTag());
}
