/** ECDSA signatures between DER and r ‖ s; Wycheproof covers the strange encodings [SUITE-1]. */
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { fromHex, toHex } from '@duet/protocol/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawMicros } from '../bench/raw.ts';
import { signatureFromDer, signatureToDer } from '../src/der.ts';
import { isSignatureOf } from '../src/internal/curves.ts';

const scalar = fc.oneof(
  fc.bigInt(1n, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550n),
  fc.bigInt(1n, 0x1_0000n),
  fc.constantFrom(0x7fn, 0x80n, 0xffn, 2n ** 255n, 2n ** 248n - 1n),
);
const bytes = (r: bigint, s: bigint): Uint8Array =>
  fromHex(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'));

test('r ‖ s goes to DER and back', () => {
  fc.assert(
    fc.property(scalar, scalar, (r, s) => {
      const signature = bytes(r, s);
      const back = signatureFromDer(signatureToDer(signature));
      expect(back && toHex(back)).toBe(toHex(signature));
    }),
  );
});

test('OpenSSL writes what is read here, and reads what is written here', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (let i = 0; i < 200; i++) {
    const message = Uint8Array.of(i);
    const der = sign('sha256', message, privateKey);
    const signature = signatureFromDer(der);
    expect(signature && toHex(signatureToDer(signature))).toBe(toHex(der));
    expect(verify('sha256', message, createPublicKey(privateKey), signatureToDer(signature ?? der))).toBe(
      true,
    );
  }
});

test('one encoding per signature: whatever else is read is undefined', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      scalar,
      scalar,
      fc.nat(),
      fc.nat(255),
      (any, r, s, at, value) => {
        for (const der of [any, changed(signatureToDer(bytes(r, s)), at, value)]) {
          const signature = signatureFromDer(der);
          if (signature) expect(toHex(signatureToDer(signature))).toBe(toHex(der));
        }
      },
    ),
  );
});

test('the bounds of r and s differ by suite', () => {
  const between = bytes(0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n, 1n);
  expect([isSignatureOf(1, between), isSignatureOf(2, between)]).toEqual([true, false]);
});

test('the raw costs are measured for both suites', () => {
  for (const suite of [1, 2] as const) {
    const one = { sign: 1, verify: 1, keygen: 1, ecdh: 1, aead: 1, import: 1 };
    expect(rawMicros(suite, one, 3)).toBeGreaterThan(0);
  }
});

function changed(der: Uint8Array, at: number, value: number): Uint8Array {
  der[at % der.length] = value;
  return der;
}
