/** A key belongs to one account: nobody makes it his own by a coin or a certificate (SET-6, SET-7, SET-13). */
import type { PublicKey } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { holderNumber } from '@duet/protocol/objects/certificate';
import { CLAIM } from '@duet/protocol/objects/claim';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { decodeSigned, draft, encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import { expect, it } from 'vitest';
import { forge, holdingOf, inputsOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { codeOf, type Person, value, type World } from './world.ts';

/** One fen from the account of a person onto a key. */
const loadOnto = (world: World, { operator, handle }: Person, owner: PublicKey) =>
  world.registry.load({
    order: world.crypto.randomBytes(16),
    operator,
    handle,
    currency: 156,
    policy: 1,
    outputs: [{ owner, amount: fen(1) }],
  });

describeWithPostgres('keys of others', (open) => {
  it("SET-13: a coin onto somebody's owner key is refused, so that a refund still reaches its own device", async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    const till = await world.person('till', { category: 5411 });
    // The higher number of its operator must not matter either.
    const thief = await world.person('thief', { operator: 2, deposit: 100 });
    const { owner } = holdingOf(victim);
    const { paid } = world.pay(victim, till, 400);
    const [wanted] = value(victim.wallet.requestRefund(paid.paymentId));
    value(till.wallet.pay(wanted?.message ?? new Uint8Array(0), { confirmed: true }));
    expect(codeOf(await loadOnto(world, thief, owner))).toBe('key-certified');
    expect((await world.wealth(thief)).account).toBe(100);
    await world.sync(till);
    expect(await world.sync(victim)).toMatchObject({ complete: true, answered: 1, refused: [] });
    await world.settle(victim);
    expect((await world.wealth(victim)).account).toBe(1_000);
  });

  it('SET-7: nor is a certified payee key, and one order cannot take a key that another one of its batch was given', async () => {
    const world = await open();
    const [victim, thief] = [await world.person('victim'), await world.person('thief', { deposit: 100 })];
    const payeeKey = victim.wallet.state.payeeKey ?? expect.unreachable();
    expect(codeOf(await loadOnto(world, thief, payeeKey))).toBe('key-certified');
    const other = await world.person('other', { operator: 2, deposit: 100 });
    const key = world.crypto.generateKey(1, 'sign').publicKey;
    const both = await Promise.all([loadOnto(world, other, key), loadOnto(world, thief, key)]);
    expect(both.map(codeOf).sort()).toEqual(['accepted', 'key-certified']);
  });

  it("SET-9: a refresh onto somebody's key is refused before anything of it is stored; its money stays", async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    const thief = await world.person('thief', { operator: 2, load: 100 });
    const own = holdingOf(thief);
    const claimFor = (owner: PublicKey) =>
      forge(world, thief, CLAIM, own.owner, {
        inputs: inputsOf(own),
        operator: thief.operator,
        destination: { kind: 'coins', outputs: [{ owner, amount: fen(100) }] },
      });
    const onto = claimFor(holdingOf(victim).owner);
    const { answer, items } = await world.upload({ claims: [encodeSigned(CLAIM, onto)] });
    expect(answer).toMatchObject({ coins: [], refused: [{ list: 3, place: 0, code: 'key-certified' }] });
    expect(items).toEqual([]);
    const again = claimFor(world.crypto.generateKey(1, 'sign').publicKey);
    expect((await world.upload({ claims: [encodeSigned(CLAIM, again)] })).answer.coins).toHaveLength(1);
  });

  it('SET-6: an owner key is certified for no other account, which would be revoked in place of its own', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { load: 1_000 });
    const straw = await world.person('straw', { operator: 2 });
    const { owner } = holdingOf(mallory);
    const body = {
      operator: straw.operator,
      handle: straw.handle,
      subject: owner,
      holder: holderNumber('wallet', 4),
    };
    const enrolment = forge(world, mallory, ENROLMENT, owner, body);
    expect(codeOf(await world.registry.certify(encodeSigned(ENROLMENT, enrolment)))).toBe('key-certified');
  });

  it('SET-7: a certificate, a refresh and a load at the same time: one account has the key', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { deposit: 1_000 });
    for (let round = 0; round < 12; round++) {
      const straw = await world.person(`straw ${round}`, { operator: 2, load: 50 });
      const certified = world.crypto.generateKey(1, 'sign');
      const body = {
        operator: straw.operator,
        handle: straw.handle,
        subject: certified.publicKey,
        holder: holderNumber('wallet', 4),
      };
      const unsigned = draft(ENROLMENT, 1, body, world.crypto);
      const enrolment = encodeSigned(
        ENROLMENT,
        withSignature(unsigned, world.crypto.sign(certified, unsigned.message)),
      );
      const answers = await Promise.all([
        world.registry.certify(enrolment),
        loadOnto(world, mallory, certified.publicKey),
      ]);
      expect(answers.map(codeOf).sort()).toEqual(['accepted', 'key-certified']);
      const key = world.crypto.generateKey(1, 'sign').publicKey;
      const [refreshed, loaded] = await Promise.all([
        world.upload({ claims: [refreshOnto(world, straw, key)] }),
        loadOnto(world, mallory, key),
      ]);
      expect(refreshed.answer.coins.length + (codeOf(loaded) === 'accepted' ? 1 : 0)).toBe(1);
    }
  });

  it('SET-9: of two accounts that refresh onto one key in one upload, the first has it', async () => {
    const world = await open();
    const [first, second] = [
      await world.person('first', { load: 50 }),
      await world.person('second', { operator: 2, load: 50 }),
    ];
    const key = world.crypto.generateKey(1, 'sign').publicKey;
    const claims = [first, second].map((person) => refreshOnto(world, person, key));
    expect((await world.upload({ claims })).answer.coins).toHaveLength(1);
  });

  it('SET-14: who loads a fen onto a key on its way to its certificate keeps nobody from having one', async () => {
    const world = await open();
    const thief = await world.person('thief', { deposit: 100, operator: 2 });
    const certify = world.registry.certify.bind(world.registry);
    world.registry.certify = async (bytes) => {
      world.registry.certify = certify;
      await loadOnto(world, thief, decodeSigned(ENROLMENT, bytes, world.crypto).body.subject);
      return certify(bytes);
    };
    const victim = await world.person('victim');
    expect(victim.wallet.state.payeeKey).toBeDefined();
  });
});

/** A Claim over all that a person's coin holds, for a coin of another key. */
function refreshOnto(world: World, person: Person, owner: PublicKey): Uint8Array {
  const own = holdingOf(person);
  const body = {
    inputs: inputsOf(own),
    operator: person.operator,
    destination: { kind: 'coins' as const, outputs: [{ owner, amount: fen(50) }] },
  };
  return encodeSigned(CLAIM, forge(world, person, CLAIM, own.owner, body));
}
