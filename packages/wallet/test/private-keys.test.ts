/**
 * Private keys are opaque (LIMIT-2, PRIV-4): every scalar that the drivers draw is known here, and is looked for in all that a
 * wallet shows, stores, sends, throws and exports, under both suites.
 */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { combine } from '@duet/crypto/combine';
import { createNationalCrypto } from '@duet/crypto/national';
import { createNodeCrypto } from '@duet/crypto/node';
import { nodePrimitives } from '@duet/crypto/node-primitives';
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { UPLOAD } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { type KeyHandle, SUITES, type Suite } from '@duet/protocol/suite';
import { describe, expect, it } from 'vitest';
import { encodeEvidence } from '../src/evidence.ts';
import { memoryJournal } from '../src/memory-journal.ts';
import { describeState } from './helpers/describe-state.ts';
import { payment, value, World } from './helpers/world.ts';

const SECRET_BYTES = 32;
const KEK = new Uint8Array(SECRET_BYTES).map((_, i) => (i * 37 + 11) & 0xff);

/** A driver of both suites, and every scalar that it drew: of keys, of seals, and the randomness of signatures. */
function watched(): { crypto: SyncCrypto; secrets: Uint8Array[] } {
  const secrets: Uint8Array[] = [KEK];
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(randomBytes(length));
    if (length === SECRET_BYTES) secrets.push(bytes.slice());
    return bytes;
  };
  const crypto = combine(
    createNodeCrypto({ random }),
    createNationalCrypto({ random, primitives: nodePrimitives }),
  );
  return { crypto, secrets };
}

const FORMS = ['hex', 'base64', 'base64url'] as const;

/** Secrets that stand in a text, in any form in which bytes are written. */
function inText(text: string, secrets: readonly Uint8Array[]): number {
  const packed = text.replaceAll(/\s/g, '');
  return secrets.filter((secret) => {
    const bytes = Buffer.from(secret);
    const start = [...secret.subarray(0, 8)];
    return (
      FORMS.some((form) => packed.includes(bytes.toString(form))) ||
      packed.includes(start.join(',')) ||
      packed.includes(start.map((byte, place) => `"${place}":${byte}`).join(',')) ||
      packed.includes(BigInt(`0x${bytes.toString('hex')}`).toString())
    );
  }).length;
}

const inBytes = (bytes: Uint8Array, secrets: readonly Uint8Array[]): number =>
  secrets.filter((secret) => Buffer.from(bytes).includes(Buffer.from(secret))).length;

const shown = (thing: unknown): string =>
  inspect(thing, {
    showHidden: true,
    depth: Number.POSITIVE_INFINITY,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  });

it('the search finds what is there', () => {
  const secret = new Uint8Array(randomBytes(SECRET_BYTES));
  const planted = { deep: [{ key: secret }] };
  expect(inText(shown(planted), [secret])).toBe(1);
  expect(inText(Buffer.from(secret).toString('hex'), [secret])).toBe(1);
  expect(inText(JSON.stringify([...secret]), [secret])).toBe(1);
  expect(inText(JSON.stringify(planted), [secret])).toBe(1);
  expect(inBytes(serialize(planted), [secret])).toBe(1);
});

describe.each(SUITES.map((suite) => ({ suite })))(
  'LIMIT-2: private keys of a wallet of suite $suite',
  ({ suite }) => {
    async function used(): Promise<{
      world: World;
      secrets: readonly Uint8Array[];
      wallet: ReturnType<World['wallet']>;
      stored: readonly Uint8Array[];
      sent: readonly Uint8Array[];
    }> {
      const { crypto, secrets } = watched();
      const world = new World({ crypto });
      const journal = memoryJournal();
      const kek = crypto.importKek(KEK);
      const wallet = await world.person('anna', 1_000, { suite, journal, kek });
      const ben = await world.person('ben', 0, { suite });
      const { asked, paid, receipt } = payment(wallet, ben, 300);
      const back = value(wallet.request({ amount: fen(10) }));
      const refund = value(ben.pay(back.message, { confirmed: true }));
      value(wallet.receive(refund.sealedOffer));
      const sent = [asked.message, paid.sealedOffer, receipt.verdict, back.message, refund.sealedOffer];
      const evidence = encodeEvidence(wallet.exportEvidence());
      await wallet.sync(world, { refresh: 'all' });
      const uploads = world.uploads.map((upload) => encodeBytes(UPLOAD, upload));
      return { world, secrets, wallet, stored: journal.read(), sent: [...sent, evidence, ...uploads] };
    }

    it('stand in nothing that is stored, sent or exported', async () => {
      const { secrets, stored, sent } = await used();
      expect([secrets.length > 10, stored.length > 10, sent.length > 7]).toEqual([true, true, true]);
      for (const bytes of [...stored, ...sent]) expect(inBytes(bytes, secrets)).toBe(0);
    });

    it('stand in nothing that a wallet shows', async () => {
      const { secrets, wallet } = await used();
      for (const thing of [
        wallet,
        wallet.state,
        wallet.balance(),
        wallet.payments(),
        wallet.exportEvidence(),
      ]) {
        expect(inText(shown(thing), secrets)).toBe(0);
        expect(inText(JSON.stringify(thing), secrets)).toBe(0);
        expect(inText(String(thing), secrets)).toBe(0);
      }
      const state = describeState(wallet.state);
      expect(inText(JSON.stringify(state), secrets)).toBe(0);
      expect(inBytes(serialize(state), secrets)).toBe(0);
    });
  },
);

/** What is thrown, with all that hangs on it. */
function thrown(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${shown(error)}${error.stack}${shown(error.cause)}`;
  }
  throw new Error('nothing was thrown');
}

describe.each(SUITES.map((suite) => ({ suite })))(
  'PRIV-4: what a driver of suite $suite throws and gives',
  ({ suite }) => {
    const other: Suite = suite === 1 ? 2 : 1;
    const data = new Uint8Array(4);

    function setUp(): {
      crypto: SyncCrypto;
      secrets: readonly Uint8Array[];
      sign: KeyHandle;
      seal: KeyHandle;
      kek: KekHandle;
    } {
      const { crypto, secrets } = watched();
      return {
        crypto,
        secrets,
        sign: crypto.generateKey(suite, 'sign'),
        seal: crypto.generateKey(suite, 'seal'),
        kek: crypto.importKek(KEK),
      };
    }

    it('no error tells of a key', () => {
      const { crypto, secrets, sign, seal, kek } = setUp();
      const forged: KeyHandle = { publicKey: sign.publicKey, purpose: 'sign' };
      const relabelled: KeyHandle = { ...sign, publicKey: crypto.generateKey(other, 'sign').publicKey };
      const actions: readonly (() => unknown)[] = [
        () => crypto.sign(seal, data),
        () => crypto.sign(forged, data),
        () => crypto.sign(relabelled, data),
        () => crypto.sign({ ...sign }, data),
        () => crypto.open({ handle: sign, info: data, aad: data, sealed: new Uint8Array(60) }),
        () => crypto.wrapKey(forged, kek),
        () => crypto.wrapKey(sign, { kind: 'kek' }),
        () => crypto.encrypt({ kind: 'kek' }, data, data),
        () => crypto.importKek(KEK.subarray(1)),
        () => structuredClone(kek) !== kek && crypto.encrypt(structuredClone(kek), data, data),
      ];
      for (const action of actions) expect(inText(thrown(action), secrets)).toBe(0);
    });

    it('no answer, handle or copy of one holds a key', () => {
      const { crypto, secrets, sign, seal, kek } = setUp();
      const sealed = value(
        crypto.seal({ recipient: seal.publicKey, info: data, aad: data, plaintext: data }),
      );
      const wrapped = crypto.wrapKey(sign, kek);
      const bytes = [crypto.sign(sign, data), sealed, wrapped, crypto.encrypt(kek, data, data)];
      for (const one of bytes) expect(inBytes(one, secrets)).toBe(0);
      const restored = value(crypto.unwrapKey(wrapped, kek));
      for (const thing of [
        sign,
        seal,
        kek,
        restored,
        crypto,
        { ...sign },
        structuredClone(sign),
        Object.entries(kek),
      ]) {
        expect(inText(shown(thing), secrets)).toBe(0);
        expect(inText(JSON.stringify(thing), secrets)).toBe(0);
      }
      for (const thing of [sign, seal, kek, restored]) expect(inBytes(serialize(thing), secrets)).toBe(0);
    });

    it('a wrapped key opens under its own key alone, and tells nothing when it does not', () => {
      const { crypto, secrets, sign, kek } = setUp();
      const wrapped = crypto.wrapKey(sign, kek);
      const refused = [
        crypto.unwrapKey(wrapped, crypto.importKek(new Uint8Array(SECRET_BYTES))),
        crypto.unwrapKey(
          wrapped.map((byte, i) => (i === 50 ? byte ^ 1 : byte)),
          kek,
        ),
        crypto.unwrapKey(wrapped.slice(1), kek),
      ];
      for (const result of refused) {
        expect(result.ok).toBe(false);
        expect(inText(shown(result), secrets)).toBe(0);
      }
    });
  },
);
