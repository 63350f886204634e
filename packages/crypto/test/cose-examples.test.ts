/**
 * The COSE working group's examples: every COSE_Sign1 by ES256 over P-256 is verified (those marked `fail`
 * must be refused); every other file has its reason in the tables. ID-1: what is signed is the Sig_structure.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { concatBytes, toHex } from '@duet/protocol/bytes';
import { expect, test } from 'vitest';
import { createNodeCrypto } from '../src/node.ts';
import type { AsyncCrypto, SyncCrypto } from '../src/port.ts';
import { createWebCrypto } from '../src/web.ts';
import { readSign1, sigStructure } from './cose.ts';
import { checkOf, keyOfPoint } from './fixtures.ts';
import { base64url, describeVectors, filesBelow, hex, readJson } from './shared-vectors.ts';

const NOT_SIGN1: Readonly<Record<string, string>> = {
  sign: 'COSE_Sign with several signers: Duet has COSE_Sign1 only',
  enveloped: 'COSE_Encrypt: Duet seals by HPKE',
  encrypted: 'COSE_Encrypt0: Duet seals by HPKE',
  mac: 'COSE_Mac: Duet has no message authentication codes of its own',
  mac0: 'COSE_Mac0: Duet has no message authentication codes of its own',
};

const OTHER_ALGORITHMS: Readonly<Record<string, string>> = {
  ES384: 'suite 1 is ES256',
  ES512: 'suite 1 is ES256',
  EdDSA: 'no EdDSA in Duet',
  'HSS-LMS': 'no hash-based signatures in Duet',
};

/** Folders that hold nothing but other kinds of messages; in them a COSE_Sign1 would be a surprise. */
const FOLDERS: Readonly<Record<string, string>> = {
  'X25519-tests': 'enveloped',
  'aes-ccm-examples': 'AES-CCM',
  'aes-gcm-examples': 'encrypted and enveloped',
  'aes-wrap-examples': 'key wrap',
  'cbc-mac-examples': 'CBC-MAC',
  'chacha-poly-examples': 'ChaCha20-Poly1305',
  'ecdh-direct-examples': 'enveloped by ECDH',
  'ecdh-wrap-examples': 'enveloped by ECDH and key wrap',
  'encrypted-tests': 'encrypted',
  'enveloped-tests': 'enveloped',
  'hkdf-aes-examples': 'enveloped',
  'hkdf-hmac-sha-examples': 'enveloped',
  'hmac-examples': 'HMAC',
  'mac-tests': 'COSE_Mac',
  'mac0-tests': 'COSE_Mac0',
  'sign-tests': 'COSE_Sign',
  'x509-examples': 'COSE_Sign with X.509',
};

/** Folders in which there are messages to run. */
const MIXED = [
  'CWT',
  'RFC8152',
  'countersign',
  'countersign1',
  'ecdsa-examples',
  'eddsa-examples',
  'hashsig',
  'sign1-tests',
];

const NO_VECTORS =
  /^(KeySet\.txt|LICENSE|README\.md|SOURCES\.md|examples\.cddl|x509-examples\/[^/]*\.(crt|der|key|md|template))$/;

interface Sign1Input {
  readonly key: {
    readonly crv?: string;
    readonly x?: string;
    readonly y?: string;
    readonly x_hex?: string;
    readonly y_hex?: string;
  };
  readonly alg?: string;
  readonly external?: string;
}

interface Example {
  readonly fail?: boolean;
  readonly input: { readonly sign0?: Sign1Input } & Readonly<Record<string, unknown>>;
  readonly intermediates?: { readonly ToBeSign_hex?: string };
  readonly output: { readonly cbor: string };
}

const node = createNodeCrypto();
const web = createWebCrypto();

describeVectors('cose-wg-examples', (folder) => {
  const files = filesBelow(folder);

  test('every file is of a known kind and folder', () => {
    const unknown = files.filter((file) => {
      if (NO_VECTORS.test(file)) return false;
      return !file.endsWith('.json') || !(dirname(file) in FOLDERS || MIXED.includes(dirname(file)));
    });
    expect(unknown).toEqual([]);
  });

  let ran = 0;
  for (const file of files.filter((each) => each.endsWith('.json'))) {
    const example: Example = readJson(folder, file);
    const { sign0 } = example.input;
    if (!sign0) {
      const kind = Object.keys(NOT_SIGN1).find((each) => each in example.input);
      if (kind) test.skip(`${file}: ${NOT_SIGN1[kind]}`, () => {});
      else test(`${file} is of a known kind`, () => expect.fail('neither signed, sealed nor authenticated'));
      continue;
    }
    const other = OTHER_ALGORITHMS[sign0.alg ?? ''];
    if (other) {
      test.skip(`${file}: ${other}`, () => {});
      continue;
    }
    ran++;
    test(`${file} [SUITE-1, ID-1]`, async () => {
      expect([sign0.alg, sign0.key.crv]).toEqual(['ES256', 'P-256']);
      expect(dirname(file) in FOLDERS).toBe(false);
      for (const driver of [node, web])
        expect(await accepts(example, sign0, driver)).toBe(example.fail !== true);
    });
  }

  test('there are messages to run', () => {
    expect(ran).toBeGreaterThanOrEqual(12);
    expect(readFileSync(`${folder}/README.md`).length).toBeGreaterThan(0);
  });
});

async function accepts(
  example: Example,
  input: Sign1Input,
  driver: SyncCrypto | AsyncCrypto,
): Promise<boolean> {
  const message = readSign1(hex(example.output.cbor));
  if (!message) return false;
  const external = hex(input.external ?? '');
  const toBeSigned = sigStructure(message.protectedHeader, message.payload, external);
  const expected = example.intermediates?.ToBeSign_hex;
  if (!example.fail && expected) expect(toHex(toBeSigned)).toBe(expected.toLowerCase());
  const { x, y, x_hex, y_hex } = input.key;
  const point = concatBytes(
    Uint8Array.of(4),
    x_hex ? hex(x_hex) : base64url(x ?? ''),
    y_hex ? hex(y_hex) : base64url(y ?? ''),
  );
  return driver.verify(checkOf(keyOfPoint(1, point), toBeSigned, message.signature));
}
