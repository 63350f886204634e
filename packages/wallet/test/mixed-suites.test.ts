/**
 * Chains that mix suites, through the drivers that devices have: Node's and the national one combined, and Web Crypto's
 * (SUITE-1, SUITE-2, ID-3). A signature counts under the rules of its key's suite alone.
 */
import { combineAsync } from '@duet/crypto/combine-async';
import { createNationalCrypto } from '@duet/crypto/national';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { createWebCrypto } from '@duet/crypto/web';
import type { PublicKey } from '@duet/protocol/brand';
import { decodeOffer, encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { decodeSigned, draft, withSignature } from '@duet/protocol/objects/signed';
import { SPEND, type SpendBody } from '@duet/protocol/objects/spend';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { isPublicKey, type KeyHandle, SUITES, type Suite, suiteOf } from '@duet/protocol/suite';
import { settle, settleLater } from '@duet/protocol/verify/examination';
import { examineUpload } from '@duet/protocol/verify/registry';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { describe, expect, it } from 'vitest';
import type { Wallet } from '../src/wallet.ts';
import { codeOf, payment, value, World } from './helpers/world.ts';

const crypto = createNodeSuites();
const web = combineAsync(createWebCrypto(), createNationalCrypto());

const PAIRS = SUITES.flatMap((root) => SUITES.map((authorities) => ({ root, authorities })));
const otherOf = (suite: Suite): Suite => (suite === 1 ? 2 : 1);

async function trustIn(world: World): Promise<TrustView> {
  return new TrustView(decodeSigned(TRUST_BUNDLE, (await world.trust()).bundle, crypto));
}

describe.each(PAIRS)('a root of suite $root, an issuer of suite $authorities', (suites) => {
  it.each<readonly [Suite, Suite, Suite]>([
    [1, 2, 1],
    [2, 1, 2],
    [1, 1, 2],
    [2, 2, 1],
  ])('SUITE-1, SUITE-2: money passes suites %i, %i, %i and is settled', async (...chain) => {
    const world = new World({ crypto, suites });
    const [anna, ben, cara] = [
      await world.person('anna', 1_000, { suite: chain[0] }),
      await world.person('ben', 0, { suite: chain[1] }),
      await world.person('cara', 0, { suite: chain[2] }),
    ];
    payment(anna, ben, 300);
    payment(ben, cara, 200);
    payment(cara, anna, 150);
    const people: readonly (readonly [string, Wallet])[] = [
      ['anna', anna],
      ['ben', ben],
      ['cara', cara],
    ];
    for (const [, person] of people)
      expect(await person.sync(world, { claim: 'all' })).toMatchObject({ complete: true, refused: [] });
    expect(people.map(([name]) => world.balanceOf(name))).toEqual([850, 100, 50]);
    const trust = await trustIn(world);
    const exchanges = world.uploads.flatMap((upload) => upload.exchanges);
    expect(exchanges).toHaveLength(6);
    const seen = new Set<Suite>();
    for (const { request, offer } of exchanges) {
      const context = value(decodeRequest(request, crypto));
      const opened = value(decodeOffer(offer ?? new Uint8Array(0), context, crypto));
      for (const check of value(examineUpload(opened, context, trust, crypto)).checks)
        seen.add(suiteOf(check.key));
      expect(settle(examineUpload(opened, context, trust, crypto), crypto).ok).toBe(true);
      expect((await settleLater(examineUpload(opened, context, trust, web), web)).ok).toBe(true);
    }
    expect([...seen].sort()).toEqual([1, 2]);
  });
});

/** Somebody who signs what no device signs: with a coin of any owner key, under any header. */
class Forger {
  readonly #world: World;
  readonly #payee: Wallet;

  constructor(world: World, payee: Wallet) {
    this.#world = world;
    this.#payee = payee;
  }

  /** What the payee says to a Spend of a whole coin of 10 fen. */
  receive(owner: PublicKey, sign: (body: SpendBody) => ReturnType<typeof decodeSpend>): string {
    const coin = decodeSigned(COIN, this.#world.mint(owner, fen(10)), crypto);
    const { message } = value(this.#payee.request({ amount: fen(10) }));
    const context = value(decodeRequest(message, crypto));
    const spend = sign({
      inputs: [{ parent: { id: coin.id }, from: fen(0), to: fen(10) }],
      payee: context.payee.id,
      request: context.request.id,
      seq: 1,
      time: this.#world.time,
    });
    const offer = encodeOffer({ spends: [spend], provenance: Provenance.of(coin) }, context);
    return this.show(message, offer);
  }

  /** What the payee says to an opened offer for its request. */
  show(request: Uint8Array, offer: Uint8Array): string {
    const context = value(decodeRequest(request, crypto));
    const sealed = crypto.seal({
      recipient: context.request.body.sealingKey,
      info: context.request.id,
      aad: new Uint8Array(0),
      plaintext: offer,
    });
    return codeOf(this.#payee.receive(value(sealed)));
  }
}

const decodeSpend = (bytes: Uint8Array) => decodeSigned(SPEND, bytes, crypto);

/** The same point, said to be of the other suite. */
function relabelled(key: PublicKey): PublicKey {
  const other = new Uint8Array(key);
  other[0] = otherOf(suiteOf(key));
  if (!isPublicKey(other)) throw new Error('never');
  return other;
}

const spendUnder = (suite: Suite, signer: KeyHandle, body: SpendBody) => {
  const unsigned = draft(SPEND, suite, body, crypto);
  return withSignature(unsigned, crypto.sign(signer, unsigned.message));
};

describe.each(SUITES.map((suite) => ({ suite })))('ID-3: a key of suite $suite', ({ suite }) => {
  const other = otherOf(suite);
  const open = async () => {
    const world = new World({ crypto, suites: { root: 1, authorities: 1 } });
    return { world, forger: new Forger(world, await world.person('ben', 0, { suite })) };
  };

  it('pays with a signature of its own suite', async () => {
    const { forger } = await open();
    const signer = crypto.generateKey(suite, 'sign');
    expect(forger.receive(signer.publicKey, (body) => spendUnder(suite, signer, body))).toBe('accepted');
  });

  it('does not pay under the header of the other suite, however it signs', async () => {
    const { forger } = await open();
    const [signer, stranger] = [crypto.generateKey(suite, 'sign'), crypto.generateKey(other, 'sign')];
    for (const key of [signer, stranger])
      expect(forger.receive(signer.publicKey, (body) => spendUnder(other, key, body))).toBe('bad-signature');
  });

  it('does not pay with the signature of a key of the other suite', async () => {
    const { forger } = await open();
    const [signer, stranger] = [crypto.generateKey(suite, 'sign'), crypto.generateKey(other, 'sign')];
    expect(forger.receive(signer.publicKey, (body) => spendUnder(suite, stranger, body))).toBe(
      'bad-signature',
    );
  });

  it('does not sign for the same point under the other suite’s name', async () => {
    const { forger } = await open();
    const signer = crypto.generateKey(suite, 'sign');
    for (const header of SUITES)
      expect(forger.receive(relabelled(signer.publicKey), (body) => spendUnder(header, signer, body))).toBe(
        'bad-signature',
      );
  });

  it('is not sealed to, and certified by nobody, under the other suite’s name', () => {
    const recipient = relabelled(crypto.generateKey(suite, 'seal').publicKey);
    const sealed = crypto.seal({
      recipient,
      info: new Uint8Array(0),
      aad: new Uint8Array(0),
      plaintext: recipient,
    });
    // Half of all x have a point on the other curve: then it is somebody else's key, and nobody has it.
    if (!sealed.ok) expect(sealed.rejection.code).toBe('bad-key');
  });
});

describe('ID-3: a document whose algorithm was swapped', () => {
  it.each<readonly [string, Suite]>([
    ['coin of suite 1', 1],
    ['coin of suite 2', 2],
  ])('%s: nobody of the bundle signed it', async (_name, authorities) => {
    const world = new World({ crypto, suites: { root: 2, authorities } });
    const [anna, ben, cara] = [
      await world.person('anna', 1_000, { suite: 1 }),
      await world.person('ben', 0, { suite: 2 }),
      await world.person('cara'),
    ];
    payment(anna, ben, 300);
    const { message } = value(cara.request({ amount: fen(100) }));
    value(ben.pay(message, { confirmed: true }));
    await ben.sync(world);
    const context = value(decodeRequest(message, crypto));
    const sent = world.uploads
      .flatMap((upload) => upload.exchanges)
      .find(({ request }) => sameBytes(request, message));
    const offer = value(decodeOffer(sent?.offer ?? new Uint8Array(0), context, crypto));
    const forger = new Forger(world, cara);
    const swapped = <T extends { readonly suite: Suite }>(object: T): T => ({
      ...object,
      suite: otherOf(object.suite),
    });
    const { coins, certificates, spends } = offer.provenance;
    const shown = (objects: readonly Parameters<Provenance['put']>[0][]): string =>
      forger.show(message, encodeOffer({ ...offer, provenance: Provenance.of(...objects) }, context));
    expect(shown([...[...coins.values()].map(swapped), ...certificates.values(), ...spends.values()])).toBe(
      'issuer-unknown',
    );
    expect(shown([...coins.values(), ...[...certificates.values()].map(swapped), ...spends.values()])).toBe(
      'certificate-untrusted',
    );
    expect(shown([...coins.values(), ...certificates.values(), ...spends.values()])).toBe('accepted');
  });

  it('bundle: a root of one suite is no root of the other', async () => {
    const world = new World({ crypto, suites: { root: 1, authorities: 2 } });
    const stranger = new World({ crypto, suites: { root: 2, authorities: 2 } });
    const report = await world.wallet('anna').sync(stranger);
    expect(report.refused.map(({ code }) => code)).toEqual(['bad-signature']);
  });
});

describe('ID-3: the header of an object is inside what is signed', () => {
  it.each(SUITES)(
    'suite %i: body and signature under the other alg are another object, which nobody signed',
    async (suite) => {
      const world = new World({ crypto });
      const signer = crypto.generateKey(suite, 'sign');
      const coin = decodeSigned(COIN, world.mint(signer.publicKey, fen(10)), crypto);
      const body: SpendBody = {
        inputs: [{ parent: { id: coin.id }, from: fen(0), to: fen(10) }],
        payee: coin.id,
        request: coin.id,
        seq: 1,
        time: world.time,
      };
      const { signature, message, id } = spendUnder(suite, signer, body);
      const swapped = draft(SPEND, otherOf(suite), body, crypto);
      expect(sameBytes(swapped.id, id)).toBe(false);
      const keys = [signer.publicKey, relabelled(signer.publicKey)];
      const held = [];
      for (const key of keys)
        for (const bytes of [message, swapped.message])
          held.push(
            crypto.verify({ key, message: bytes, signature, id }),
            await web.verify({ key, message: bytes, signature, id }),
          );
      expect(held).toEqual([true, true, false, false, false, false, false, false]);
    },
  );
});

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
