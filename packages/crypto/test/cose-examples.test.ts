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

/** RFC 9052 §4.4; an empty map of protected parameters is a zero-length string. */
function sigStructure(protectedHeader: Uint8Array, payload: Uint8Array, external: Uint8Array): Uint8Array {
  const header = toHex(protectedHeader) === 'a0' ? new Uint8Array() : protectedHeader;
  const context = new TextEncoder().encode('Signature1');
  return concatBytes(Uint8Array.of(0x84, 0x6a), context, bstr(header), bstr(external), bstr(payload));
}

function bstr(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 24) return concatBytes(Uint8Array.of(0x40 | bytes.length), bytes);
  if (bytes.length < 256) return concatBytes(Uint8Array.of(0x58, bytes.length), bytes);
  return concatBytes(Uint8Array.of(0x59, bytes.length >> 8, bytes.length & 255), bytes);
}

interface Sign1 {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** A COSE_Sign1, tagged 18 or untagged; `undefined` for another tag. */
function readSign1(bytes: Uint8Array): Sign1 | undefined {
  const reader = new Reader(bytes);
  let head = reader.head();
  // A CWT may stand in tag 61 (RFC 8392 §6).
  if (head.major === 6 && head.value === 61) head = reader.head();
  if (head.major === 6 && head.value !== 18) return undefined;
  if (head.major === 6) head = reader.head();
  if (head.major !== 4 || head.value !== 4) return undefined;
  const protectedHeader = reader.string();
  reader.skip();
  const message = { protectedHeader, payload: reader.string(), signature: reader.string() };
  return reader.atEnd ? message : undefined;
}

/** As much of CBOR as the examples use. */
class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  head(): { major: number; value: number } {
    const first = this.#bytes[this.#at++] ?? 0xff;
    const info = first & 31;
    if (info > 26) throw new Error('cbor: not in the examples');
    let value = info;
    if (info >= 24) {
      value = 0;
      for (let i = 0; i < 2 ** (info - 24); i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0);
    }
    return { major: first >> 5, value };
  }

  string(): Uint8Array {
    const { major, value } = this.head();
    if (major !== 2) throw new Error('cbor: expected a byte string');
    this.#at += value;
    return this.#bytes.slice(this.#at - value, this.#at);
  }

  skip(): void {
    const { major, value } = this.head();
    if (major === 2 || major === 3) this.#at += value;
    const items = major === 4 ? value : major === 5 ? 2 * value : major === 6 ? 1 : 0;
    for (let i = 0; i < items; i++) this.skip();
  }
}
