/** SM2 (GB/T 32918), SM4 (RFC 8998) and an independent library against suite 2 [SUITE-2]. */

import { concatBytes, toHex } from '@duet/protocol/bytes';
import { sm2 as oracleSm2, sm3 as oracleSm3, sm4 as oracleSm4 } from 'sm-crypto-v2';
import { describe, expect, test } from 'vitest';
import { publicKeyOf } from '../src/internal/curves.ts';
import { purePrimitives } from '../src/internal/pure-primitives.ts';
import {
  sm2Digest,
  sm2Point,
  sm2PublicPoint,
  sm2SharedX,
  sm2SignWith,
  sm2Verify,
} from '../src/internal/sm2.ts';
import { createSm4Gcm } from '../src/internal/sm4-gcm.ts';
import { createNationalCrypto } from '../src/national.ts';
import { nodePrimitives } from '../src/node-primitives.ts';
import { checkOf, flipped, text } from './fixtures.ts';
import { describeVectors, filesBelow, hex, readJson } from './shared-vectors.ts';

const number = (value: string): bigint => BigInt(`0x${value}`);

describeVectors('sm2-gbt32918', (folder) => {
  test('there is no file that is not run', () => {
    expect(filesBelow(folder)).toEqual(['SOURCES.md', 'standard_example.json']);
  });

  test('the signature of GB/T 32918.5 annex A, step by step [SUITE-2]', () => {
    const { signature: v }: { signature: Record<string, string> } = readJson(folder, 'standard_example.json');
    const [d, k] = [number(v.d ?? ''), number(v.k ?? '')];
    const message = text(v.message_ascii ?? '');
    const point = sm2PublicPoint(d).toBytes(false);
    expect(toHex(point)).toBe(`04${v.px}${v.py}`.toLowerCase());
    for (const { sm3 } of [nodePrimitives, purePrimitives]) {
      const digest = sm2Digest(sm3, point, message);
      expect(digest).toBe(number(v.e ?? ''));
      expect(toHex(sm2SignWith(d, digest, k) ?? new Uint8Array())).toBe(`${v.r}${v.s}`.toLowerCase());
    }
    const key = publicKeyOf(2, point);
    const signature = hex(`${v.r}${v.s}`);
    for (const driver of [createNationalCrypto(), createNationalCrypto({ primitives: nodePrimitives })]) {
      expect(driver.verify(checkOf(key, message, signature))).toBe(true);
      expect(driver.verify(checkOf(key, text('message digesT'), signature))).toBe(false);
      for (let bit = 0; bit < 512; bit += 37) {
        expect(driver.verify(checkOf(key, message, flipped(signature, bit)))).toBe(false);
      }
    }
  });

  test('the shared point of the encryption example of GM/T 0003.5 annex C', () => {
    // Duet seals by HPKE, so of the encryption example only its Diffie-Hellman applies.
    const { encryption: v }: { encryption: Record<string, string> } = readJson(
      folder,
      'standard_example.json',
    );
    const ephemeral = sm2PublicPoint(number(v.k ?? '')).toBytes(false);
    expect(toHex(ephemeral)).toBe(`04${v.c1x}${v.c1y}`.toLowerCase());
    const own = sm2Point(sm2PublicPoint(number(v.d ?? '')).toBytes(true));
    const enc = sm2Point(hex(`04${v.c1x}${v.c1y}`));
    if (!own || !enc) return expect.fail('points of the standard refused');
    expect(sm2SharedX(number(v.k ?? ''), own)).toEqual(sm2SharedX(number(v.d ?? ''), enc));
  });
});

describeVectors('sm4-rfc8998', (folder) => {
  const modes: Record<string, string> = {
    ECB: '',
    GCM: '',
    CBC: 'Duet has no SM4-CBC',
    OFB: 'Duet has no SM4-OFB',
    CFB: 'Duet has no SM4-CFB',
    CTR: 'Duet has no bare SM4-CTR',
    CCM: 'Duet has no SM4-CCM',
  };
  const { tests }: { tests: readonly Record<string, string>[] } = readJson(folder, 'sm4_modes.json');

  test('there is no file and no mode that is not known', () => {
    expect(filesBelow(folder)).toEqual(['SOURCES.md', 'sm4_modes.json']);
    expect(tests.filter(({ mode }) => !((mode ?? '') in modes))).toEqual([]);
  });

  for (const v of tests) {
    const skip = modes[v.mode ?? ''];
    test.skipIf(!!skip)(`SM4-${v.mode} ${skip ?? ''} [SUITE-2]`, () => {
      const [key, plaintext, ciphertext] = [hex(v.key ?? ''), hex(v.pt ?? ''), hex(v.ct ?? '')];
      for (const primitives of [nodePrimitives, purePrimitives]) {
        if (v.mode === 'ECB') {
          expect(primitives.sm4Blocks(key, plaintext)).toEqual(ciphertext);
          continue;
        }
        const gcm = createSm4Gcm(primitives);
        const [iv, aad, sealed] = [hex(v.iv ?? ''), hex(v.aad ?? ''), hex(`${v.ct}${v.tag}`)];
        expect(gcm.seal(key, iv, aad, plaintext)).toEqual(sealed);
        expect(gcm.open(key, iv, aad, sealed)).toEqual(plaintext);
        for (let bit = 0; bit < 8 * sealed.length; bit += 13) {
          expect(gcm.open(key, iv, aad, flipped(sealed, bit))).toBeUndefined();
        }
      }
    });
  }
});

describe('suite 2 against an independent library', () => {
  const driver = createNationalCrypto({ primitives: nodePrimitives });

  test('a sealed message is the HPKE construction of RFC 9180 over SM2, SM3 and SM4 [SUITE-2]', () => {
    const recipient = oracleSm2.generateKeyPairHex();
    const recipientPoint = hex(recipient.publicKey);
    const [info, aad, plaintext] = [text('request'), text('aad'), text('an offer of some length')];
    const result = driver.seal({ recipient: publicKeyOf(2, recipientPoint), info, aad, plaintext });
    if (!result.ok) return expect.fail(result.rejection.code);
    const enc = sm2Point(result.value.subarray(0, 33))?.toBytes(false) ?? new Uint8Array();

    const point = oracleSm2.ecdh(recipient.privateKey, toHex(enc), false);
    const kem = concatBytes(text('KEM'), Uint8Array.of(0xff, 1));
    const hpke = concatBytes(text('HPKE'), Uint8Array.of(0xff, 1, 0xff, 1, 0xff, 1));
    const shared = expand(
      kem,
      extract(kem, new Uint8Array(), 'eae_prk', point.slice(1, 33)),
      'shared_secret',
      concatBytes(enc, recipientPoint),
      32,
    );
    const context = concatBytes(
      Uint8Array.of(0),
      extract(hpke, new Uint8Array(), 'psk_id_hash', new Uint8Array()),
      extract(hpke, new Uint8Array(), 'info_hash', info),
    );
    const secret = extract(hpke, shared, 'secret', new Uint8Array());
    const opened = oracleSm4.decrypt(result.value.slice(33, -16), expand(hpke, secret, 'key', context, 16), {
      mode: 'gcm',
      iv: expand(hpke, secret, 'base_nonce', context, 12),
      associatedData: aad,
      tag: result.value.slice(-16),
      padding: 'none',
      output: 'array',
    });
    expect(opened).toEqual(plaintext);
  });

  test('a signature with r + s = n is refused: it would hold for every key', () => {
    const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
    const s = 5n;
    const signature = hex((order - s).toString(16) + s.toString(16).padStart(64, '0'));
    // The digest for which the equation without the key's part, s·G, comes out.
    const digest = (2n * order - s - (sm2PublicPoint(s).x % order)) % order;
    const handle = driver.generateKey(2, 'sign');
    const point = sm2Point(handle.publicKey.subarray(1));
    expect(point && sm2Verify(point, digest, signature)).toBe(false);
  });
});

/** HMAC-SM3 of the library. */
const oracleHmac = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  hex(oracleSm3(message, { key: key.length === 0 ? new Uint8Array(64) : key, mode: 'hmac' }));

function extract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return oracleHmac(salt, concatBytes(text('HPKE-v1'), suite, text(label), ikm));
}

function expand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeled = concatBytes(Uint8Array.of(0, length), text('HPKE-v1'), suite, text(label), info);
  return oracleHmac(prk, concatBytes(labeled, Uint8Array.of(1))).slice(0, length);
}
