/** Claims and Returns that the registry refuses as a whole: what their device does then (SET-9, SET-14). */
import type { PublicKey } from '@duet/protocol/brand';
import { day } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { handleField } from '@duet/protocol/objects/fields';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { utf8 } from '@duet/protocol/text';
import { memoryJournal } from '@duet/wallet/memory-journal';
import { encodeRecord } from '@duet/wallet/secure-element/record-codec';
import { snapshotOf } from '@duet/wallet/secure-element/snapshot';
import type { SyncOptions } from '@duet/wallet/sync';
import { expect, it } from 'vitest';
import { describeWithPostgres } from './server.ts';
import { branded, codeOf, type Person, value, type World } from './world.ts';

/** Keys onto which the open orders of a device ask for coins. */
const askedKeys = ({ wallet: { state } }: Person): PublicKey[] =>
  [...state.claims.values(), ...state.returns.values()].flatMap((open) => {
    const { destination } = 'claim' in open ? open.claim.body : open.object.body;
    return destination.kind === 'coins' ? destination.outputs.map(({ owner }) => owner) : [];
  });

/** The wallet after a restart, from its journal and from a compacted one. */
function restarted(world: World, { identity, journal, kek, wallet }: Person) {
  const compacted = memoryJournal();
  compacted.append((snapshotOf(wallet.state) ?? []).map(encodeRecord));
  return [journal, compacted].map((one) => world.walletOn(identity, one, kek));
}

/** A thief loads a fen onto a key of somebody else. */
async function steal({ crypto, registry }: World, { operator, handle }: Person, owner: PublicKey) {
  const order = crypto.randomBytes(16);
  const outputs = [{ owner, amount: fen(1) }];
  const loaded = await registry.load({ order, operator, handle, currency: 156, policy: 1, outputs });
  expect(codeOf(loaded)).toBe('accepted');
}

/** Syncs, and the registry crashes after it credited the orders, before it makes their coins. */
async function crashed(world: World, { wallet }: Person, options: SyncOptions): Promise<void> {
  await world.sql(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'crash'; END $$;
    CREATE TRIGGER crash BEFORE INSERT ON coin_order FOR EACH ROW EXECUTE FUNCTION crash()`);
  await expect(wallet.sync(world.registry, options)).rejects.toThrow();
  await world.sql('DROP TRIGGER crash ON coin_order');
}

/** A thief has the keys of new coins before the order for them arrives, as often as it is let. */
function thieving(world: World, victim: Person, thief: Person, times: number): SettlementPort {
  const { registry } = world;
  const taken = new Set<string>();
  return {
    trust: () => registry.trust(),
    certify: (enrolment) => registry.certify(enrolment),
    load: (order) => registry.load(order),
    account: (operator, handle) => registry.account(operator, handle),
    async settle(sealed) {
      for (const owner of askedKeys(victim)) {
        if (taken.size >= times) break;
        taken.add(owner.join());
        await steal(world, thief, owner);
      }
      return registry.settle(sealed);
    },
  };
}

/** Somebody whose payment of 400 was not accepted. */
async function voided(world: World) {
  const victim = await world.person('victim', { load: 1_000 });
  const till = await world.person('till', { category: 5_411 });
  const thief = await world.person('thief', { operator: 2, deposit: 100 });
  const asked = value(till.wallet.request({ amount: fen(400) }));
  value(victim.wallet.pay(asked.message, { confirmed: true }));
  value(victim.wallet.takeVerdict(value(till.wallet.cancel(asked.requestId)).verdict));
  await world.sync(till);
  return { victim, thief };
}

describeWithPostgres('orders that are refused', (open) => {
  it('SET-9: a refresh onto a key that somebody took is ordered again onto another one, in the same sync', async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    const thief = await world.person('thief', { operator: 2, deposit: 100 });
    const report = await victim.wallet.sync(thieving(world, victim, thief, 2), { refresh: 'all' });
    expect(report).toMatchObject({ complete: true, refused: [], refreshedFen: 1_000, coins: 1 });
    expect(victim.wallet.balance()).toMatchObject({ spendable: 1_000, settling: 0, refused: 0 });
    await world.settle(victim);
    expect((await world.wealth(victim)).account).toBe(1_000);
    expect((await world.wealth(thief)).account).toBe(98);
  });

  it('SET-9, PAY-8: a Return of which every key is taken stays open, after a restart as well', async () => {
    const world = await open();
    const { victim, thief } = await voided(world);
    const tooMany = await victim.wallet.sync(thieving(world, victim, thief, 50), { refresh: 'none' });
    expect(tooMany).toMatchObject({ complete: true, refused: [{ code: 'key-certified' }], returnedFen: 0 });
    for (const again of restarted(world, victim)) {
      expect(again.refused()).toEqual([{ amount: 400, code: 'key-certified' }]);
      expect([...again.state.returns.values()].map(({ owner }) => owner)).toEqual(
        [...victim.wallet.state.returns.values()].map(({ owner }) => owner),
      );
    }
  });

  it('SET-9, PAY-8: a Return onto a key that somebody took is ordered again onto another one', async () => {
    const world = await open();
    const { victim, thief } = await voided(world);
    const port = thieving(world, victim, thief, 1);
    const report = await victim.wallet.sync(port, { refresh: 'none' });
    expect(report).toMatchObject({ complete: true, refused: [], returnedFen: 400, coins: 1 });
    expect(victim.wallet.balance()).toMatchObject({ spendable: 1_000, voided: 0, settling: 0 });
  });

  it('SET-2, SET-9: what was credited before a crash comes to the account where its new key was taken after it', async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    const thief = await world.person('thief', { operator: 2, deposit: 100 });
    await crashed(world, victim, { refresh: 'all' });
    for (const owner of askedKeys(victim)) await steal(world, thief, owner);
    const report = await world.sync(victim, { refresh: 'none' });
    expect(report).toMatchObject({
      complete: true,
      refreshedFen: 1_000,
      refused: [{ code: 'key-certified' }],
    });
    expect(victim.wallet.balance()).toMatchObject({ spendable: 0, settling: 0, refused: 0 });
    expect((await world.wealth(victim)).account).toBe(1_000);
  });

  it('SET-2, PAY-8: so does what was returned before a crash', async () => {
    const world = await open();
    const { victim, thief } = await voided(world);
    await crashed(world, victim, { refresh: 'none' });
    for (const owner of askedKeys(victim)) await steal(world, thief, owner);
    const report = await world.sync(victim, { refresh: 'none' });
    expect(report).toMatchObject({ complete: true, returnedFen: 400, refused: [{ code: 'key-certified' }] });
    expect((await world.wealth(victim)).account).toBe(400);
  });

  it('SET-14, LIMIT-1: what went to the account for want of room is told again where the first answer was lost', async () => {
    const world = await open({ limits: { keys: 100, coins: 1 } });
    const [anna, ben] = [
      await world.person('anna', { load: 1_000 }),
      await world.person('ben', { load: 1_000 }),
    ];
    world.pay(anna, ben, 100);
    await world.sync(ben, { refresh: 'none' });
    const losing: SettlementPort = {
      trust: () => world.registry.trust(),
      certify: (enrolment) => world.registry.certify(enrolment),
      load: (order) => world.registry.load(order),
      account: (operator, handle) => world.registry.account(operator, handle),
      async settle(sealed) {
        const answer = await world.registry.settle(sealed);
        return ben.wallet.state.claims.size > 0 ? Promise.reject(new Error('connection lost')) : answer;
      },
    };
    await expect(ben.wallet.sync(losing, { refresh: 'all' })).rejects.toThrow('connection lost');
    const report = await world.sync(ben, { refresh: 'none' });
    expect(report).toMatchObject({ refreshedFen: 1_100, coins: 1, refused: [{ code: 'too-many-coins' }] });
    expect(ben.wallet.balance()).toMatchObject({ spendable: 1_000, settling: 0 });
    expect((await world.wealth(ben)).account).toBe(100);
  });

  it('SET-3, SET-7: what was credited before a crash comes back although the device is lost', async () => {
    const world = await open();
    const { victim } = await voided(world);
    await crashed(world, victim, { refresh: 'none' });
    expect((await world.registry.audit()).accounts.clearing).toBe(400);
    await world.connect();
    expect((await world.registry.audit()).accounts.clearing).toBe(0);
    expect(await world.wealth(victim)).toMatchObject({ account: 0, walk: 1_000 });
    expect(await world.sync(victim, { refresh: 'none' })).toMatchObject({ complete: true, refused: [] });
    expect(victim.wallet.balance()).toMatchObject({ spendable: 1_000, settling: 0 });
  });

  it('SET-3, SET-7: also where the registry ran on, and its new coins come at their own close', async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    await crashed(world, victim, { refresh: 'all' });
    for (let i = 0; i < 2; i++) {
      world.passDays(90 + 30 + 7 + 1);
      await world.registry.close(day(world.today));
      expect((await world.registry.audit()).accounts.clearing ?? 0).toBe(0);
    }
    expect((await world.wealth(victim)).account).toBe(1_000);
  });

  it('SET-9: where every key is taken the money waits, with the code, and the close gives it to the account', async () => {
    const world = await open();
    const victim = await world.person('victim', { load: 1_000 });
    const thief = await world.person('thief', { operator: 2, deposit: 100 });
    const report = await victim.wallet.sync(thieving(world, victim, thief, 50), { refresh: 'all' });
    expect(report).toMatchObject({ complete: true, refused: [{ code: 'key-certified' }], refreshedFen: 0 });
    expect(victim.wallet.balance()).toMatchObject({ spendable: 0, settling: 0, refused: 1_000 });
    expect(victim.wallet.refused()).toEqual([{ amount: 1_000, code: 'key-certified' }]);
    for (const again of restarted(world, victim)) expect(again.refused()).toEqual(victim.wallet.refused());
    expect((await world.wealth(thief)).account).toBe(96);
    world.passDays(90 + 30 + 7 + 1);
    await world.registry.close(day(world.today));
    await world.sync(victim);
    expect(victim.wallet.refused()).toEqual([]);
    expect(await world.sync(victim)).toMatchObject({ complete: true, refused: [], uploads: 0 });
    expect((await world.wealth(victim)).account).toBe(1_000);
  });

  it('SET-2, SET-14: a Claim to an account that is not open yet goes up again, and is credited once there is one', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 1_000 });
    const handle = branded(handleField, utf8('new account'));
    const wallet = world.walletOn({ ...anna.identity, handle }, anna.journal, anna.kek);
    const account = { ...anna, name: 'new account', handle };
    for (let i = 0; i < 2; i++) {
      const report = await wallet.sync(world.registry, { claim: 'all', renew: false });
      expect(report).toMatchObject({ complete: true, claimedFen: 0, refused: [{ code: 'account-unknown' }] });
      expect(wallet.balance()).toMatchObject({ spendable: 0, settling: 0, refused: 1_000 });
    }
    const again = world.walletOn({ ...anna.identity, handle }, anna.journal, anna.kek);
    expect(again.refused()).toEqual([{ amount: 1_000, code: 'account-unknown' }]);
    await world.registry.openAccounts([{ operator: 1, handle, kind: 'customer' }]);
    const report = await again.sync(world.registry, { renew: false });
    expect(report).toMatchObject({ complete: true, claimedFen: 1_000, refused: [] });
    expect(again.balance()).toMatchObject({ spendable: 0, settling: 0, refused: 0 });
    expect((await world.wealth(account)).account).toBe(1_000);
  });

  it('SET-7, SET-14: what is refused until the close of its coins ends with it: the money is on their account', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 1_000 });
    const handle = branded(handleField, utf8('nowhere'));
    const wallet = world.walletOn({ ...anna.identity, handle }, anna.journal, anna.kek);
    await wallet.sync(world.registry, { claim: 'all', renew: false });
    world.passDays(90 + 30 + 7 + 1);
    expect(await world.registry.close(day(world.today))).toMatchObject({ returnedFen: 1_000 });
    await wallet.sync(world.registry, { renew: false });
    expect(wallet.balance()).toMatchObject({ spendable: 0, settling: 0, refused: 0 });
    expect(wallet.refused()).toEqual([]);
    expect((await world.wealth(anna)).account).toBe(1_000);
  });
});
