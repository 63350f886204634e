/** One contract for every driver of the port [SUITE-1, SUITE-2, ID-3]. */

import { concatBytes, fromHex, toHex } from '@duet/protocol/bytes';
import type { KeyHandle, Suite } from '@duet/protocol/suite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combine } from '../src/combine.ts';
import { combineAsync } from '../src/combine-async.ts';
import { createNationalCrypto } from '../src/national.ts';
import { createNodeCrypto } from '../src/node.ts';
import { nodePrimitives } from '../src/node-primitives.ts';
import { createNodeSuites } from '../src/node-suites.ts';
import type { AsyncCrypto, SyncCrypto } from '../src/port.ts';
import { createWebCrypto } from '../src/web.ts';
import { anyKey, checkOf, flipped, seededRandom, text } from './fixtures.ts';

interface Curve {
  readonly p: bigint;
  readonly n: bigint;
  /** An x in the field that no point of the curve has (its right side is not a square). */
  readonly a: bigint;
  readonly b: bigint;
}

const CURVES: Readonly<Record<Suite, Curve>> = {
  1: {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    a: -3n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  2: {
    p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
    n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
    a: -3n,
    b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  },
};

const web = createWebCrypto();
const DRIVERS: readonly (readonly [string, SyncCrypto | AsyncCrypto])[] = [
  ['node', createNodeCrypto()],
  ['node, seeded', createNodeCrypto({ random: seededRandom('node') })],
  ['web', web],
  ['web, seeded', createWebCrypto({ random: seededRandom('web') })],
  ['national, pure', createNationalCrypto()],
  ['national, Node', createNationalCrypto({ primitives: nodePrimitives })],
  ['national, seeded', createNationalCrypto({ random: seededRandom('sm') })],
  ['combined', combine(createNodeCrypto(), createNationalCrypto())],
  ['node suites', createNodeSuites()],
  ['combined, asynchronous', combineAsync(web, createNationalCrypto())],
];

const MESSAGE = text('a Sig_structure');
const INFO = text('request hash');
const AAD = text('aad');

for (const [name, driver] of DRIVERS) {
  for (const suite of driver.suites) describe(`${name}, suite ${suite}`, () => contract(driver, suite));
}

function contract(driver: SyncCrypto | AsyncCrypto, suite: Suite): void {
  const { p, n } = CURVES[suite];
  const runs = suite === 1 ? 20 : 4;

  test('signs what it verifies, and nothing else [SUITE-1, SUITE-2]', async () => {
    const handle = await driver.generateKey(suite, 'sign');
    const signature = await driver.sign(handle, MESSAGE);
    expect([handle.purpose, handle.publicKey.length, signature.length]).toEqual(['sign', 34, 64]);
    expect(await driver.verify(checkOf(handle.publicKey, MESSAGE, signature))).toBe(true);
    expect(await driver.verify(checkOf(handle.publicKey, text('other'), signature))).toBe(false);
    const other = await driver.generateKey(suite, 'sign');
    expect(await driver.verify(checkOf(other.publicKey, MESSAGE, signature))).toBe(false);
  });

  test('any message round-trips; any flipped bit of it, of the signature or of the key is refused', async () => {
    const handle = await driver.generateKey(suite, 'sign');
    const property = fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(),
      async (message, at) => {
        const signature = await driver.sign(handle, message);
        expect(await driver.verify(checkOf(handle.publicKey, message, signature))).toBe(true);
        const changed = flipped(message, at % (8 * message.length));
        expect(await driver.verify(checkOf(handle.publicKey, changed, signature))).toBe(false);
        expect(await driver.verify(checkOf(handle.publicKey, message, flipped(signature, at % 512)))).toBe(
          false,
        );
        const key = anyKey(flipped(handle.publicKey, at % 272));
        expect(await driver.verify(checkOf(key, message, signature))).toBe(false);
      },
    );
    await fc.assert(property, { numRuns: runs });
  });

  test('r or s of 0, n and above, and other lengths are refused', async () => {
    const handle = await driver.generateKey(suite, 'sign');
    const good = await driver.sign(handle, MESSAGE);
    const [r, s] = [good.subarray(0, 32), good.subarray(32)];
    const bad = [0n, n, n + 1n, 2n ** 256n - 1n].map(bytes32);
    const plusOrder = BigInt(`0x${toHex(s)}`) + n;
    if (plusOrder < 2n ** 256n) bad.push(bytes32(plusOrder));
    for (const value of bad) {
      for (const signature of [concatBytes(value, s), concatBytes(r, value), concatBytes(value, value)]) {
        expect(await driver.verify(checkOf(handle.publicKey, MESSAGE, signature))).toBe(false);
      }
    }
    for (const signature of [new Uint8Array(), good.subarray(1), concatBytes(good, Uint8Array.of(0))]) {
      expect(await driver.verify(checkOf(handle.publicKey, MESSAGE, signature))).toBe(false);
    }
  });

  test('a key or signature of the other suite is refused [ID-3]', async () => {
    const handle = await driver.generateKey(suite, 'sign');
    const signature = await driver.sign(handle, MESSAGE);
    for (const byte of [0, suite === 1 ? 2 : 1, 3, 255]) {
      const key = new Uint8Array(handle.publicKey);
      key[0] = byte;
      expect(await driver.verify(checkOf(anyKey(key), MESSAGE, signature))).toBe(false);
    }
  });

  test('bytes that are no key verify nothing and are refused as recipients: bad-key', async () => {
    const handle = await driver.generateKey(suite, 'sign');
    const signature = await driver.sign(handle, MESSAGE);
    const points = [
      ...[p, p + 1n, 2n ** 256n - 1n, 0n, missingX(suite)].flatMap((x) =>
        [2, 3].map((sign) => [sign, x] as const),
      ),
      ...[0, 1, 4, 5, 6, 7, 255].map((sign) => [sign, 1n] as const),
    ].filter(([sign, x]) => sign > 3 || sign < 2 || x !== 0n || !isOnCurve(suite, 0n));
    expect(points.length).toBeGreaterThan(12);
    for (const [sign, x] of points) {
      const key = anyKey(concatBytes(Uint8Array.of(suite, sign), bytes32(x)));
      expect(await driver.verify(checkOf(key, MESSAGE, signature))).toBe(false);
      const sealed = await driver.seal({ recipient: key, info: INFO, aad: AAD, plaintext: MESSAGE });
      expect(sealed.ok ? 'sealed' : sealed.rejection.code).toBe('bad-key');
    }
    for (const length of [0, 1, 33, 35]) {
      const key = anyKey(new Uint8Array(length).fill(suite));
      expect(await driver.verify(checkOf(key, MESSAGE, signature))).toBe(false);
    }
    if (driver.suites.length === 1) {
      const key = new Uint8Array(handle.publicKey);
      key[0] = suite === 1 ? 2 : 1;
      const sealed = await driver.seal({ recipient: anyKey(key), info: INFO, aad: AAD, plaintext: MESSAGE });
      expect(sealed.ok ? 'sealed' : sealed.rejection.code).toBe('unsupported-suite');
    }
  });

  test('what is sealed opens for its recipient, info and aad only [PAY-11]', async () => {
    const handle = await driver.generateKey(suite, 'seal');
    const stranger = await driver.generateKey(suite, 'seal');
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(), async (plaintext, at) => {
      const recipient = handle.publicKey;
      const sealed = await sealedBy(driver, { recipient, info: INFO, aad: AAD, plaintext });
      expect(sealed.length).toBe(33 + plaintext.length + 16);
      const codeOf = async (change: object): Promise<string> => {
        const result = await driver.open({ handle, info: INFO, aad: AAD, sealed, ...change });
        return result.ok ? toHex(result.value) : result.rejection.code;
      };
      expect(await codeOf({})).toBe(toHex(plaintext));
      expect(await codeOf({ info: text('another request') })).toBe('cannot-open');
      expect(await codeOf({ aad: text('other') })).toBe('cannot-open');
      expect(await codeOf({ handle: stranger })).toBe('cannot-open');
      // Any bit of `enc` but those of its first byte is another point, or none.
      expect(await codeOf({ sealed: flipped(sealed, 8 + (at % 256)) })).toMatch(/^(cannot-open|bad-key)$/);
      const body = 8 * 33 + (at % (8 * (sealed.length - 33)));
      expect(await codeOf({ sealed: flipped(sealed, body) })).toBe('cannot-open');
    });
    await fc.assert(property, { numRuns: runs });
  });

  test('a flipped sign of `enc`, an x of p and above, x off the curve and short messages are refused', async () => {
    const handle = await driver.generateKey(suite, 'seal');
    const recipient = handle.publicKey;
    const sealed = await sealedBy(driver, { recipient, info: INFO, aad: AAD, plaintext: MESSAGE });
    const codeOf = async (bytes: Uint8Array): Promise<string> => {
      const result = await driver.open({ handle, info: INFO, aad: AAD, sealed: bytes });
      return result.ok ? 'opened' : result.rejection.code;
    };
    expect(await codeOf(sealed)).toBe('opened');
    expect(await codeOf(flipped(sealed, 0))).toBe('cannot-open');
    const body = sealed.subarray(33);
    for (const x of [p, p + 5n, 2n ** 256n - 1n, missingX(suite)]) {
      for (const sign of [2, 3])
        expect(await codeOf(concatBytes(Uint8Array.of(sign), bytes32(x), body))).toBe('bad-key');
    }
    for (const sign of [0, 1, 4, 6])
      expect(await codeOf(concatBytes(Uint8Array.of(sign), sealed.subarray(1)))).toBe('bad-key');
    for (const length of [0, 1, 33, 48]) expect(await codeOf(sealed.subarray(0, length))).toBe('malformed');
    expect(await codeOf(sealed.subarray(0, 49))).toBe('cannot-open');
  });

  test('two sealings of one message differ', async () => {
    const { publicKey: recipient } = await driver.generateKey(suite, 'seal');
    const input = { recipient, info: INFO, aad: AAD, plaintext: MESSAGE };
    const [one, two] = [await sealedBy(driver, input), await sealedBy(driver, input)];
    expect(toHex(one.subarray(0, 33))).not.toBe(toHex(two.subarray(0, 33)));
  });

  test('a wrapped key comes back with its purpose; changed bytes, another kek or suite do not', async () => {
    const kek = await driver.importKek(new Uint8Array(32).fill(7));
    const otherKek = await driver.importKek(new Uint8Array(32).fill(8));
    for (const purpose of ['sign', 'seal'] as const) {
      const handle = await driver.generateKey(suite, purpose, kek);
      const wrapped = await driver.wrapKey(handle, kek);
      expect(wrapped.length).toBe(96);
      const restored = await unwrapped(driver, wrapped, kek);
      expect([restored.purpose, toHex(restored.publicKey)]).toEqual([purpose, toHex(handle.publicKey)]);
      expect(await unwrapped(driver, await driver.wrapKey(restored, kek), kek)).toBeDefined();
      await expectSameKey(driver, handle, restored);
      const codeOf = async (bytes: Uint8Array, by = kek): Promise<string> => {
        const result = await driver.unwrapKey(bytes, by);
        return result.ok ? 'unwrapped' : result.rejection.code;
      };
      expect(await codeOf(wrapped, otherKek)).toBe('backup-invalid');
      for (let bit = 0; bit < 8 * wrapped.length; bit += 11) {
        expect(await codeOf(flipped(wrapped, bit))).toMatch(
          /^(backup-invalid|malformed|unsupported-(suite|version))$/,
        );
      }
      // The purpose is bound: a signing key never becomes one that opens.
      expect(await codeOf(flipped(flipped(wrapped, 8), 9))).toBe('backup-invalid');
      expect(await codeOf(wrapped.subarray(1))).toBe('malformed');
    }
  });

  test('a backup opens with its key and associated data only [LIMIT-2]', async () => {
    const salt = text('salt of 16 bytes');
    const cost = { logN: 4, blockSize: 8, parallelism: 1 };
    // The ligature and the full-width letter are the same passphrase after NFKC.
    const kek = await driver.deriveKek('pass ﬁve Ａ', salt, cost);
    const again = await driver.deriveKek('pass five A', salt, cost);
    const wrong = await driver.deriveKek('pass five B', salt, cost);
    const encrypted = await driver.encrypt(kek, MESSAGE, AAD);
    const codeOf = async (by: typeof kek, bytes: Uint8Array, aad: Uint8Array): Promise<string> => {
      const result = await driver.decrypt(by, bytes, aad);
      return result.ok ? toHex(result.value) : result.rejection.code;
    };
    expect(await codeOf(again, encrypted, AAD)).toBe(toHex(MESSAGE));
    expect(await codeOf(wrong, encrypted, AAD)).toBe('backup-invalid');
    expect(await codeOf(kek, encrypted, INFO)).toBe('backup-invalid');
    for (let bit = 0; bit < 8 * encrypted.length; bit += 17) {
      expect(await codeOf(kek, flipped(encrypted, bit), AAD)).toBe('backup-invalid');
    }
    for (const length of [0, 11, 12, 27]) {
      expect(await codeOf(kek, encrypted.subarray(0, length), AAD)).toBe('backup-invalid');
    }
  });

  test('a caller who mistakes purposes, handles or bounds is told by an exception', async () => {
    const [signing, sealing] = [
      await driver.generateKey(suite, 'sign'),
      await driver.generateKey(suite, 'seal'),
    ];
    const forged: KeyHandle = { publicKey: signing.publicKey, purpose: 'sign' };
    const kek = await driver.importKek(new Uint8Array(32));
    const sealed = new Uint8Array(80).fill(2);
    const attempts: readonly (() => unknown)[] = [
      () => driver.sign(sealing, MESSAGE),
      () => driver.open({ handle: signing, info: INFO, aad: AAD, sealed }),
      () => driver.sign(forged, MESSAGE),
      () => driver.wrapKey(forged, kek),
      () => driver.wrapKey(signing, { kind: 'kek' }),
      () => driver.encrypt({ kind: 'kek' }, MESSAGE, AAD),
      () => driver.importKek(new Uint8Array(31)),
      () => driver.deriveKek('x', AAD, { logN: 21, blockSize: 8, parallelism: 1 }),
      () => driver.deriveKek('x', AAD, { logN: 4.5, blockSize: 8, parallelism: 1 }),
    ];
    for (const attempt of attempts)
      await expect(async () => attempt()).rejects.toThrow(/expected|handle|cost|wrap/);
  });

  test('hashes as its suite says, and gives random bytes of any length', () => {
    const abc = {
      1: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      2: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    };
    expect(toHex(driver.hash(suite, text('abc')))).toBe(abc[suite]);
    expect([0, 1, 16, 33].map((length) => driver.randomBytes(length).length)).toEqual([0, 1, 16, 33]);
  });
}

type SealInput = Parameters<SyncCrypto['seal']>[0];

async function sealedBy(driver: SyncCrypto | AsyncCrypto, input: SealInput): Promise<Uint8Array> {
  const sealed = await driver.seal(input);
  if (!sealed.ok) throw new Error(sealed.rejection.code);
  return sealed.value;
}

async function unwrapped(
  driver: SyncCrypto | AsyncCrypto,
  wrapped: Uint8Array,
  kek: Awaited<ReturnType<AsyncCrypto['importKek']>>,
): Promise<KeyHandle> {
  const result = await driver.unwrapKey(wrapped, kek);
  if (!result.ok) throw new Error(result.rejection.code);
  return result.value;
}

async function expectSameKey(
  driver: SyncCrypto | AsyncCrypto,
  old: KeyHandle,
  restored: KeyHandle,
): Promise<void> {
  if (restored.purpose === 'sign') {
    const signature = await driver.sign(restored, MESSAGE);
    expect(await driver.verify(checkOf(old.publicKey, MESSAGE, signature))).toBe(true);
  } else {
    const sealed = await sealedBy(driver, {
      recipient: old.publicKey,
      info: INFO,
      aad: AAD,
      plaintext: MESSAGE,
    });
    const opened = await driver.open({ handle: restored, info: INFO, aad: AAD, sealed });
    expect(opened).toEqual({ ok: true, value: MESSAGE });
  }
}

const bytes32 = (value: bigint): Uint8Array => fromHex((value % 2n ** 256n).toString(16).padStart(64, '0'));

/** Euler's criterion on x³ + ax + b. */
function isOnCurve(suite: Suite, x: bigint): boolean {
  const { p, a, b } = CURVES[suite];
  const right = (((x ** 3n + a * x + b) % p) + p) % p;
  let [result, base, exponent] = [1n, right, (p - 1n) / 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % p;
    base = (base * base) % p;
  }
  return result === 1n || right === 0n;
}

function missingX(suite: Suite): bigint {
  let x = 1n;
  while (isOnCurve(suite, x)) x++;
  return x;
}
