/**
 * Drivers and foreign libraries against each other, on random input and on damaged keys, signatures and sealed
 * messages: all accept, or all refuse [SUITE-1, SUITE-2]. Foreign are @noble/curves for P-256, sm-crypto-v2 and the
 * SM2 of the protocol's tests for suite 2, and the `hpke` package for the seal of suite 1; it has no suite 2.
 */
import { concatBytes, fromHex, toHex } from '@duet/protocol/bytes';
import type { Suite } from '@duet/protocol/suite';
import { keyPair, VERIFIER } from '@duet/protocol/testing/signing';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from 'hpke';
import { sm2 } from 'sm-crypto-v2';
import { describe, expect, test } from 'vitest';
import { publicKeyOf } from '../src/internal/curves.ts';
import { expandPoint } from '../src/internal/node-keys.ts';
import { createNationalCrypto } from '../src/national.ts';
import { createNodeCrypto } from '../src/node.ts';
import { nodePrimitives } from '../src/node-primitives.ts';
import { createWebCrypto } from '../src/web.ts';
import { anyKey, checkOf, flipped } from './fixtures.ts';

const SEED = 20_261_128;

/** One way to verify: `suite ‖ compressed point`, message, r ‖ s. */
type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

const ours =
  (driver: { verify(check: ReturnType<typeof checkOf>): boolean | Promise<boolean> }): Verify =>
  (key, message, signature) =>
    driver.verify(checkOf(anyKey(key), message, signature));

/** A library that throws for what it cannot read refuses it. */
const refusing =
  (verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean): Verify =>
  (key, message, signature) => {
    try {
      return verify(key, message, signature);
    } catch {
      return false;
    }
  };

const VERIFIERS: Readonly<Record<Suite, Readonly<Record<string, Verify>>>> = {
  1: {
    node: ours(createNodeCrypto()),
    web: ours(createWebCrypto()),
    noble: refusing(
      (key, message, signature) =>
        key[0] === 1 &&
        key.length === 34 &&
        p256.verify(signature, message, key.subarray(1), { lowS: false }),
    ),
  },
  2: {
    'national, pure': ours(createNationalCrypto()),
    'national, Node': ours(createNationalCrypto({ primitives: nodePrimitives })),
    'sm-crypto-v2': refusing(
      (key, message, signature) =>
        key[0] === 2 &&
        isInForm(key, signature) &&
        sm2.doVerifySignature(message, toHex(signature), toHex(key.subarray(1)), { hash: true }),
    ),
    'the SM2 of the tests': refusing(
      (key, message, signature) =>
        key[0] === 2 && isInForm(key, signature) && VERIFIER.verify(checkOf(anyKey(key), message, signature)),
    ),
  },
};

/** Lengths and the first byte of a compressed point: foreign SM2 takes other forms of keys and signatures as well. */
const isInForm = (key: Uint8Array, signature: Uint8Array): boolean =>
  key.length === 34 && (key[1] === 2 || key[1] === 3) && signature.length === 64;

const ORDERS: Readonly<Record<Suite, string>> = {
  1: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  2: 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123',
};
const FIELDS: Readonly<Record<Suite, string>> = {
  1: 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
  2: 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff',
};

interface Attempt {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** What may be done to a key, a message and a signature that belong together. */
const DAMAGES: Readonly<Record<string, (given: Attempt, suite: Suite, at: number) => Attempt>> = {
  nothing: (given) => given,
  'another message': (given, _, at) => ({
    ...given,
    message: flipped(concatBytes(given.message, Uint8Array.of(0)), at % 8),
  }),
  'a bit of the signature': (given, _, at) => ({ ...given, signature: flipped(given.signature, at % 512) }),
  'a bit of the key': (given, _, at) => ({ ...given, key: flipped(given.key, at % 272) }),
  'the other point of the same x': (given) => ({ ...given, key: flipped(given.key, 8) }),
  'the other signature, n − s': (given, suite) => ({
    ...given,
    signature: concatBytes(
      given.signature.subarray(0, 32),
      less(ORDERS[suite], given.signature.subarray(32)),
    ),
  }),
  'r and s changed about': (given) => ({
    ...given,
    signature: concatBytes(given.signature.subarray(32), given.signature.subarray(0, 32)),
  }),
  'r or s at an edge': (given, suite, at) => {
    const edge = fromHex(
      ['00'.repeat(32), ORDERS[suite], 'ff'.repeat(32), `${'00'.repeat(31)}01`][at % 4] ?? '',
    );
    const [r, s] = [given.signature.subarray(0, 32), given.signature.subarray(32)];
    return { ...given, signature: at % 8 < 4 ? concatBytes(edge, s) : concatBytes(r, edge) };
  },
  'an x at an edge': (given, suite, at) => ({
    ...given,
    key: concatBytes(
      given.key.subarray(0, 2),
      fromHex([FIELDS[suite], 'ff'.repeat(32), '00'.repeat(32)][at % 3] ?? ''),
    ),
  }),
  'a point in another form': (given, _, at) => ({
    ...given,
    key: concatBytes(
      given.key.subarray(0, 1),
      Uint8Array.of([0, 1, 4, 5, 6, 7][at % 6] ?? 0),
      given.key.subarray(2),
    ),
  }),
  'another length': (given, _, at) => ({
    ...given,
    ...(at % 2 === 0
      ? { signature: given.signature.subarray(0, at % 64) }
      : { key: at % 4 === 1 ? given.key.subarray(0, 33) : concatBytes(given.key, Uint8Array.of(0)) }),
  }),
};

function less(order: string, bytes: Uint8Array): Uint8Array {
  const rest = BigInt(`0x${order}`) - BigInt(`0x${toHex(bytes)}`);
  return fromHex(rest.toString(16).padStart(64, '0'));
}

describe.each([
  { suite: 1 as const, runs: 12 },
  { suite: 2 as const, runs: 3 },
])('suite $suite', ({ suite, runs }) => {
  const attempts = fc.record({
    name: fc.string({ maxLength: 8 }),
    message: fc.uint8Array({ maxLength: 200 }),
    at: fc.nat(),
  });

  test.each(Object.entries(DAMAGES))('all verifiers say the same of %s', async (damage, apply) => {
    const said = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(attempts, async ({ name, message, at }) => {
        const pair = keyPair(name, suite);
        const given = { key: pair.publicKey, message, signature: pair.sign(message) };
        const { key, message: changed, signature } = apply(given, suite, at);
        const names = Object.keys(VERIFIERS[suite]);
        const answers = await Promise.all(names.map((by) => VERIFIERS[suite][by]?.(key, changed, signature)));
        const all = Object.fromEntries(names.map((by, i) => [by, answers[i]]));
        expect(new Set(answers).size, JSON.stringify(all)).toBe(1);
        said.add(answers[0] === true);
      }),
      { numRuns: runs, seed: SEED },
    );
    const holds = damage === 'nothing' || (damage === 'the other signature, n − s' && suite === 1);
    expect([...said]).toEqual([holds]);
  });

  test('every verifier takes what every signer makes', async () => {
    const signers = suite === 1 ? [createNodeCrypto(), createWebCrypto()] : [createNationalCrypto()];
    const message = Uint8Array.of(1, 2, 3);
    const made: { key: Uint8Array; signature: Uint8Array }[] = [];
    for (const signer of signers) {
      const handle = await signer.generateKey(suite, 'sign');
      made.push({ key: handle.publicKey, signature: await signer.sign(handle, message) });
    }
    made.push(suite === 1 ? madeByNoble(message) : madeBySmCrypto(message));
    for (const { key, signature } of made)
      for (const [by, verify] of Object.entries(VERIFIERS[suite]))
        expect(await verify(key, message, signature), by).toBe(true);
  });
});

function madeByNoble(message: Uint8Array): { key: Uint8Array; signature: Uint8Array } {
  const { secretKey, publicKey } = p256.keygen();
  return {
    key: concatBytes(Uint8Array.of(1), publicKey),
    signature: p256.sign(message, secretKey, { lowS: false }),
  };
}

function madeBySmCrypto(message: Uint8Array): { key: Uint8Array; signature: Uint8Array } {
  const { privateKey, publicKey } = sm2.generateKeyPairHex();
  const signature = sm2.doSignature(message, privateKey, { hash: true, publicKey });
  return { key: publicKeyOf(2, fromHex(publicKey)), signature: fromHex(signature) };
}

describe('the seal of suite 1 and the hpke package', () => {
  const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM);
  const drivers = { node: createNodeCrypto(), web: createWebCrypto() };
  const texts = fc.uint8Array({ maxLength: 300 });
  const inputs = fc.record({ info: texts, aad: texts, plaintext: texts });
  const runs = { numRuns: 25, seed: SEED };
  const expanded = (compressed: Uint8Array): Uint8Array => expandPoint(compressed) ?? expect.fail('no point');

  test.each(Object.entries(drivers))('what %s seals it opens', async (_, driver) => {
    await fc.assert(
      fc.asyncProperty(inputs, async ({ info, aad, plaintext }) => {
        const pair = await suite.GenerateKeyPair();
        const recipient = publicKeyOf(1, await suite.SerializePublicKey(pair.publicKey));
        const sealed = await driver.seal({ recipient, info, aad, plaintext });
        if (!sealed.ok) return expect.fail(sealed.rejection.code);
        const enc = expanded(sealed.value.subarray(0, 33));
        const opened = await suite.Open(pair, enc, sealed.value.slice(33), { info, aad });
        expect(toHex(new Uint8Array(opened))).toBe(toHex(plaintext));
      }),
      runs,
    );
  });

  test.each(Object.entries(drivers))(
    '%s opens what it seals, and nothing that was changed',
    async (_, driver) => {
      const handle = await driver.generateKey(1, 'seal');
      await fc.assert(
        fc.asyncProperty(inputs, fc.nat(), async ({ info, aad, plaintext }, at) => {
          const key = await suite.DeserializePublicKey(expanded(handle.publicKey.subarray(1)));
          const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info, aad });
          const sealed = concatBytes(publicKeyOf(1, encapsulatedSecret).subarray(1), ciphertext);
          expect(await driver.open({ handle, info, aad, sealed })).toEqual({ ok: true, value: plaintext });
          const changed = await driver.open({
            handle,
            info,
            aad,
            sealed: flipped(sealed, at % (8 * sealed.length)),
          });
          expect(changed.ok).toBe(false);
        }),
        runs,
      );
    },
  );
});
