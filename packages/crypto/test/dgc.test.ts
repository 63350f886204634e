/**
 * The test data of the EU digital certificates: each COSE_Sign1 by ES256 over P-256 is verified, or refused, as it says.
 * Text forms are tested in `carriers`; whether a health certificate is in date, or of a schema, is nothing to Duet.
 */
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createNodeCrypto } from '../src/node.ts';
import { createWebCrypto } from '../src/web.ts';
import { readSign1, sigStructure } from './cose.ts';
import { checkOf, keyOfPoint } from './fixtures.ts';
import { describeVectors, filesBelow, hex, readJson } from './shared-vectors.ts';

interface Case {
  readonly COSE?: string;
  readonly TESTCTX?: { readonly CERTIFICATE?: string };
  readonly EXPECTEDRESULTS: { readonly EXPECTEDVERIFY?: boolean; readonly EXPECTEDDECODE?: boolean };
}

const NO_CASE = /^(LICENSE|NOTICE|SOURCES\.md|(\w+\/)?README\.md|.*\.png)$/;
/** Refused for another key id in the protected header than in the other one; the signature itself holds. */
const WRONG_KEY_ID: readonly string[] = ['common/2DCode/raw/CO22.json', 'common/2DCode/raw/CO23.json'];
const EC_POINT_HEAD = 0x04;
const POINT_BYTES = 65;

const drivers = [createNodeCrypto(), createWebCrypto()];

/** The uncompressed point of a certificate's P-256 key; `undefined` for another kind of key. */
function pointOf(certificate: string): Uint8Array | undefined {
  const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'));
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
  const point = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })).slice(-POINT_BYTES);
  expect(point[0]).toBe(EC_POINT_HEAD);
  return point;
}

/** Bytes that are no CBOR of a COSE_Sign1 are refused. */
function sign1In(bytes: Uint8Array): ReturnType<typeof readSign1> {
  try {
    return readSign1(bytes);
  } catch {
    return undefined;
  }
}

describeVectors('dgc-testdata', (folder) => {
  const files = filesBelow(folder);
  test('every file is a case, or of a known kind', () => {
    expect(
      files.filter((file) => !NO_CASE.test(file) && !/^\w+\/2DCode\/raw\/\w+\.json$/.test(file)),
    ).toEqual([]);
  });

  let ran = 0;
  for (const file of files.filter((each) => each.endsWith('.json'))) {
    const { COSE, TESTCTX, EXPECTEDRESULTS }: Case = readJson(folder, file);
    const expected = EXPECTEDRESULTS.EXPECTEDVERIFY;
    if (expected === undefined || !COSE || !TESTCTX?.CERTIFICATE) {
      test.skip(`${file}: says nothing of a signature`, () => {});
      continue;
    }
    const point = pointOf(TESTCTX.CERTIFICATE);
    if (!point) {
      test.skip(`${file}: PS256, or another curve; suite 1 is ES256`, () => {});
      continue;
    }
    ran++;
    test(`${file} [SUITE-1, ID-1]`, async () => {
      const message = sign1In(hex(COSE));
      const held = [];
      for (const driver of drivers) {
        const check =
          message &&
          checkOf(
            keyOfPoint(1, point),
            sigStructure(message.protectedHeader, message.payload, new Uint8Array(0)),
            message.signature,
          );
        held.push(check ? await driver.verify(check) : false);
      }
      const holds = expected || WRONG_KEY_ID.includes(file);
      expect(held).toEqual([holds, holds]);
    });
  }

  test('there are signatures to verify', () => {
    expect(ran).toBeGreaterThanOrEqual(12);
  });
});
