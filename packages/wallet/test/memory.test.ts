/** What keeps memory small changes nothing: packed texts, shared objects, settled payments without their objects. */
import { equalBytes } from '@duet/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CachingVerifier } from '../src/caching-verifier.ts';
import { pack, packParts, unpack } from '../src/secure-element/packed.ts';
import { payment, World } from './helpers/world.ts';

describe('packed bytes', () => {
  it('come back as they were, and begin with each other where the bytes do', () => {
    const bytes = fc.uint8Array({ maxLength: 10_000 });
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 40 }), (long, short) => {
        expect(unpack(pack(long))).toEqual(long);
        expect(unpack(packParts([long, short]))).toEqual(new Uint8Array([...long, ...short]));
        const begins = equalBytes(long.subarray(0, short.length), short);
        expect(pack(long).startsWith(pack(short))).toBe(begins);
      }),
      { numRuns: 50 },
    );
  });
});

describe('objects of several wallets in one process', () => {
  it('are held once', async () => {
    const world = new World();
    const people = [await world.person('anna', 1_000)];
    for (const name of ['ben', 'cara', 'dora']) people.push(await world.person(name));
    for (const [i, payer] of people.slice(0, -1).entries()) {
      const payee = people[i + 1];
      if (payee) payment(payer, payee, 900 - i);
    }
    const held = people.slice(1).map(({ state }) => [...state.holdings.values()]);
    const first = held[0]?.[0];
    const last = held[2]?.[0];
    if (!first || !last) throw new Error('money that was passed on');
    expect(last.coin).toBe(first.coin);
    for (const [id, spend] of first.provenance.spends) expect(last.provenance.spends.get(id)).toBe(spend);
    for (const [id, one] of first.provenance.certificates)
      expect(last.provenance.certificates.get(id)).toBe(one);
  });

  it('an id alone makes no signature known: its key and its bytes count too', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 100);
    const [held] = ben.state.holdings.values();
    if (!held) throw new Error('money that was received');
    const check = {
      id: held.coin.id,
      message: held.coin.message,
      key: held.coin.body.owner,
      signature: held.coin.signature,
    };
    let asked = 0;
    const verifier = new CachingVerifier({ verify: () => ++asked < 3 });
    expect([verifier.verify(check), verifier.verify(check), asked]).toEqual([true, true, 1]);
    expect([verifier.verify({ ...check, key: world.root }), asked]).toEqual([true, 2]);
    expect([verifier.verify({ ...check, signature: held.document.signature }), asked]).toEqual([false, 3]);
  });
});

describe('a settled payment', () => {
  it('leaves neither its request nor its offer behind, once the registry has them', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    for (let i = 0; i < 5; i++) payment(anna, ben, 10);
    for (const { state } of [anna, ben])
      expect([state.outgoing.size, state.incoming.size, state.archive.size]).toEqual([0, 0, 5]);
    for (const wallet of [anna, ben]) await wallet.sync(world);
    for (const { state } of [anna, ben]) {
      expect(state.outbox.size).toBe(0);
      expect([...state.holdings.values()].every(({ exchange }) => exchange === undefined)).toBe(true);
    }
    expect(anna.payments()).toHaveLength(5);
    expect(ben.payments()).toHaveLength(5);
  });
});
