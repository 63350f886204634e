/** Handles show nothing of what they stand for, and seeded drivers repeat their keys. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { toHex } from '@duet/protocol/bytes';
import type { KeyHandle, Suite } from '@duet/protocol/suite';
import { describe, expect, test } from 'vitest';
import { combine } from '../src/combine.ts';
import { combineAsync } from '../src/combine-async.ts';
import { createNationalCrypto } from '../src/national.ts';
import { createNodeCrypto, KeyCache } from '../src/node.ts';
import { nodePrimitives } from '../src/node-primitives.ts';
import { createNodeSuites } from '../src/node-suites.ts';
import type { AsyncCrypto, SyncCrypto } from '../src/port.ts';
import { createWebCrypto } from '../src/web.ts';
import { anyKey, checkOf, seededRandom, text } from './fixtures.ts';

/** The scalar that a driver seeded like this draws first. */
const scalarOf = (seed: string): Uint8Array => seededRandom(seed)(32);

const SEEDED: readonly (readonly [string, Suite, (seed: string) => SyncCrypto | AsyncCrypto])[] = [
  ['node', 1, (seed) => createNodeCrypto({ random: seededRandom(seed) })],
  ['web', 1, (seed) => createWebCrypto({ random: seededRandom(seed) })],
  ['national', 2, (seed) => createNationalCrypto({ random: seededRandom(seed) })],
];

for (const [name, suite, create] of SEEDED) {
  describe(`handles of ${name}`, () => {
    test('nothing that can be reached from a handle holds the private key', async () => {
      const secret = scalarOf(name);
      for (const purpose of ['sign', 'seal'] as const) {
        const handle = await create(name).generateKey(suite, purpose);
        const driver = create('another seed');
        expect(Object.isFrozen(handle)).toBe(true);
        expect(Reflect.ownKeys(handle).sort()).toEqual(['publicKey', 'purpose']);
        expect(Object.getPrototypeOf(handle)).toBe(Object.prototype);
        expect(handle.publicKey.buffer.byteLength).toBe(34);
        for (const bytes of reachableBytes(handle)) expectWithout(bytes, secret);
        expectWithout(serialize(structuredClone(handle)), secret);
        const shown = [JSON.stringify(handle), inspect(handle, { showHidden: true, depth: Infinity })].join();
        for (const form of ['hex', 'base64', 'base64url'] as const) {
          expect(shown).not.toContain(Buffer.from(secret).toString(form));
        }
        expect(shown).not.toContain([...secret.subarray(0, 8)].join(','));
        expect(shown).not.toContain([...secret.subarray(0, 8)].join(', '));
        await expect(async () => driver.sign(structuredClone(handle), text('x'))).rejects.toThrow(TypeError);
      }
    });

    test('no method answers with the private key', async () => {
      const secret = scalarOf(name);
      const driver = create(name);
      const kek = await driver.importKek(new Uint8Array(32));
      const handle = await driver.generateKey(suite, 'sign', kek);
      const restored = await driver.unwrapKey(await driver.wrapKey(handle, kek), kek);
      const answers = [
        await driver.sign(handle, text('x')),
        await driver.wrapKey(handle, kek),
        await driver.encrypt(kek, text('x'), text('')),
        restored.ok ? restored.value : restored,
        kek,
        driver,
      ];
      for (const answer of answers) {
        for (const bytes of reachableBytes(answer)) expectWithout(bytes, secret);
      }
      expect(Reflect.ownKeys(kek)).toEqual(['kind']);
    });

    test('overwriting the public key of a handle changes nothing but that copy', async () => {
      const driver = create(name);
      const handle = await driver.generateKey(suite, 'sign');
      const key = anyKey(new Uint8Array(handle.publicKey));
      handle.publicKey.fill(0);
      const signature = await driver.sign(handle, text('x'));
      expect(await driver.verify(checkOf(key, text('x'), signature))).toBe(true);
    });

    test('the same seed gives the same keys, another one others', async () => {
      const keysOf = async (seed: string): Promise<readonly string[]> => {
        const driver = create(seed);
        const [first, second] = [
          await driver.generateKey(suite, 'sign'),
          await driver.generateKey(suite, 'seal'),
        ];
        return [toHex(first.publicKey), toHex(second.publicKey)];
      };
      expect(await keysOf('a')).toEqual(await keysOf('a'));
      expect(new Set([...(await keysOf('a')), ...(await keysOf('b'))]).size).toBe(4);
    });
  });
}

test('web keys cannot be wrapped unless they named their key-encryption key', async () => {
  const driver = createWebCrypto();
  const [kek, other] = [
    await driver.importKek(new Uint8Array(32)),
    await driver.importKek(new Uint8Array(32)),
  ];
  await expect(driver.wrapKey(await driver.generateKey(1, 'sign'), kek)).rejects.toThrow(TypeError);
  await expect(driver.wrapKey(await driver.generateKey(1, 'sign', kek), other)).rejects.toThrow(TypeError);
});

test('a key wrapped on one driver is unwrapped on every other', async () => {
  const [node, asynchronous] = [createNodeSuites(), combineAsync(createWebCrypto(), createNationalCrypto())];
  const bytes = new Uint8Array(32).fill(9);
  const [kek, asyncKek] = [node.importKek(bytes), await asynchronous.importKek(bytes)];
  for (const suite of [1, 2] as const) {
    const handle = node.generateKey(suite, 'sign');
    const there = await asynchronous.unwrapKey(node.wrapKey(handle, kek), asyncKek);
    if (!there.ok) return expect.fail(there.rejection.code);
    const back = node.unwrapKey(await asynchronous.wrapKey(there.value, asyncKek), kek);
    if (!back.ok) return expect.fail(back.rejection.code);
    expect(toHex(back.value.publicKey)).toBe(toHex(handle.publicKey));
    const signature = await asynchronous.sign(there.value, text('x'));
    expect(node.verify(checkOf(handle.publicKey, text('x'), signature))).toBe(true);
    expect(node.sign(back.value, text('x')).length).toBe(64);
  }
});

test('a driver of one suite refuses the other [ID-3]', () => {
  const [first, second] = [createNodeCrypto(), createNationalCrypto({ primitives: nodePrimitives })];
  expect(() => first.generateKey(2, 'sign')).toThrow(TypeError);
  expect(() => first.hash(2, text('x'))).toThrow(TypeError);
  expect(() => second.generateKey(1, 'sign')).toThrow(TypeError);
  expect(() => second.sign(first.generateKey(1, 'sign'), text('x'))).toThrow(TypeError);
  expect(() => combine(second, first)).toThrow(TypeError);
  expect(() => combineAsync(createWebCrypto(), first)).toThrow(TypeError);
  const kek = first.importKek(new Uint8Array(32));
  const refused = first.unwrapKey(second.wrapKey(second.generateKey(2, 'sign'), kek), kek);
  expect(refused.ok ? '' : refused.rejection.code).toBe('unsupported-suite');
});

test('a signature of one suite is refused under the other, in a driver that serves both [ID-3]', () => {
  const both = createNodeSuites();
  for (const suite of [1, 2] as const) {
    const handle = both.generateKey(suite, 'sign');
    const signature = both.sign(handle, text('x'));
    expect(both.verify(checkOf(handle.publicKey, text('x'), signature))).toBe(true);
    const other = both.generateKey(suite === 1 ? 2 : 1, 'sign');
    expect(both.verify(checkOf(other.publicKey, text('x'), signature))).toBe(false);
    const relabeled = new Uint8Array(handle.publicKey);
    relabeled[0] = suite === 1 ? 2 : 1;
    expect(both.verify(checkOf(anyKey(relabeled), text('x'), signature))).toBe(false);
  }
});

test('the key cache keeps keys, is bounded, and never stands in for a verification', () => {
  const keyCache = new KeyCache(4);
  const driver = createNodeCrypto({ keyCache });
  const handles: KeyHandle[] = Array.from({ length: 5 }, () => driver.generateKey(1, 'sign'));
  for (const handle of [...handles, ...handles]) {
    const signature = driver.sign(handle, text('x'));
    expect(driver.verify(checkOf(handle.publicKey, text('x'), signature))).toBe(true);
    expect(driver.verify(checkOf(handle.publicKey, text('y'), signature))).toBe(false);
    expect(keyCache.size).toBeLessThanOrEqual(4);
  }
  expect(keyCache.ready(anyKey(new Uint8Array(34).fill(255)))).toBeUndefined();
  expect(keyCache.ready(anyKey(Uint8Array.of(1, 2, ...new Uint8Array(32))))).toBeDefined();
  expect(keyCache.ready(anyKey(Uint8Array.of(1, 2, ...new Uint8Array(31), 1)))).toBeUndefined();
  expect(keyCache.size).toBeGreaterThan(1);
});

test('what is internal cannot be imported from outside the package', () => {
  const { resolve } = createRequire(import.meta.url);
  expect(resolve('@duet/crypto/node')).toMatch(/node\.ts$/);
  for (const inside of ['internal/handles', 'internal/vault', 'internal/national-keys']) {
    expect(() => resolve(`@duet/crypto/${inside}`)).toThrow(/not defined by "exports"/);
  }
});

test('a random source that gives nothing usable is an error, not an endless loop', () => {
  expect(() => createNodeCrypto({ random: (n) => new Uint8Array(n) }).generateKey(1, 'sign')).toThrow(
    /random source/,
  );
});

/** Every byte string, buffers behind views included, that property access can reach. */
function reachableBytes(start: unknown): readonly Uint8Array[] {
  const seen = new Set<unknown>();
  const found: Uint8Array[] = [];
  const queue: unknown[] = [start];
  while (queue.length > 0) {
    const value = queue.pop();
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
      continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) found.push(new Uint8Array(value.buffer));
    if (value instanceof Uint8Array) continue;
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
      if (descriptor && 'value' in descriptor) queue.push(descriptor.value);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== Function.prototype) queue.push(prototype);
  }
  return found;
}

function expectWithout(bytes: Uint8Array, secret: Uint8Array): void {
  expect(Buffer.from(bytes).includes(Buffer.from(secret))).toBe(false);
}
