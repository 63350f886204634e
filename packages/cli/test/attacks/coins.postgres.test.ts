/** Coins that the registry never made, and hardware assertions (SET-1, SET-4, PAY-13, ID-1). */
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { COIN, type Coin, type CoinBody, serialField } from '@duet/protocol/objects/coin';
import { draft, encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { hardwareMessage } from '@duet/protocol/verify/signatures';
import type { Holding } from '@duet/wallet/secure-element/state';
import { expect, it } from 'vitest';
import { forgePayment, holdingOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { branded, type Person, value, type World } from './world.ts';

/** A coin signed with the issuer's key behind the registry's back, for a key of the person. */
function strayCoin(world: World, person: Person, change: Partial<CoinBody> = {}): Holding {
  const own = holdingOf(person);
  const serial = branded(serialField, world.crypto.randomBytes(16));
  const coin: Coin = world.authority.signAsIssuer(COIN, { ...own.coin.body, serial, ...change });
  const { value: to } = coin.body;
  return {
    ...own,
    coin,
    document: coin,
    parent: { id: coin.id },
    provenance: Provenance.of(coin),
    free: [{ from: fen(0), to }],
  };
}

/** Pays from a stray coin; its payee cannot tell. */
function payStray(
  world: World,
  payer: Person,
  payee: Person,
  holding: Holding,
  from: number,
  to: number,
  seq: number,
): void {
  const asked = value(payee.wallet.request({ amount: fen(to - from) }));
  const inputs = [{ parent: holding.parent, from: fen(from), to: fen(to) }];
  value(payee.wallet.receive(forgePayment(world, payer, asked.message, { holding, inputs, seq }).sealed));
}

const loss = async (world: World): Promise<number> => (await world.registry.audit()).accounts.loss ?? 0;

describeWithPostgres('coins from outside', (open) => {
  it('SET-4 (4), SET-1: two coins under one serial accuse the issuer; the innocent holder is paid from the loss account', async () => {
    const world = await open();
    const insider = await world.person('insider', { load: 4_000 });
    const [anna, ben] = [await world.person('anna'), await world.person('ben', { operator: 2 })];
    const own = holdingOf(insider).coin;
    const twin = strayCoin(world, insider, { serial: own.body.serial, value: fen(9_000) });
    world.pay(insider, anna, 1_000);
    payStray(world, insider, ben, twin, 0, 2_500, 2);
    await world.settle(anna, ben);
    const [found, ...others] = await world.cases();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ form: 5, owedFen: 0, receivableFen: 0 });
    expect(found?.culprit).toBe(keyText(world.authority.bundle.body.keys[0]?.key ?? world.authority.root));
    expect(found?.handle).toBeUndefined();
    expect(await world.wealth(ben)).toEqual({ account: 2_500, walk: 0, owed: 0 });
    expect(await world.wealth(anna)).toEqual({ account: 1_000, walk: 0, owed: 0 });
    expect(await loss(world)).toBe(-2_500);
  });

  it('SET-1: unknown coins are paid up to lossCap of their epoch; above it they are owed', async () => {
    const world = await open({ policy: { lossCap: fen(3_000) } });
    const insider = await world.person('insider', { load: 10 });
    const [ben, cara] = [await world.person('ben', { operator: 2 }), await world.person('cara')];
    const stray = strayCoin(world, insider, { value: fen(9_000) });
    payStray(world, insider, ben, stray, 0, 2_000, 2);
    payStray(world, insider, cara, stray, 2_000, 4_500, 3);
    const first = await world.sync(ben, { claim: 'all' });
    const second = await world.sync(cara, { claim: 'all' });
    expect([first.claimedFen, second.claimedFen]).toEqual([2_000, 1_000]);
    expect([first.owed, second.owed]).toEqual([[], [{ code: 'owed', amount: 1_500 }]]);
    expect(await world.wealth(ben)).toEqual({ account: 2_000, walk: 0, owed: 0 });
    expect(await world.wealth(cara)).toEqual({ account: 1_000, walk: 0, owed: 1_500 });
    expect(await loss(world)).toBe(-3_000);
    for (const person of [ben, cara]) await world.sync(person, { claim: 'all' });
    expect(await loss(world)).toBe(-3_000);
  });

  it('SET-1: the cap holds for coins that come at once', async () => {
    const world = await open({ policy: { lossCap: fen(3_000) } });
    const insider = await world.person('insider', { load: 10 });
    const payees = await Promise.all(Array.from({ length: 5 }, (_, i) => world.person(`payee-${i}`)));
    for (const payee of payees)
      payStray(world, insider, payee, strayCoin(world, insider, { value: fen(1_000) }), 0, 1_000, 2);
    await Promise.all(payees.map((payee) => world.sync(payee, { claim: 'all' })));
    expect(await loss(world)).toBe(-3_000);
    const wealth = await Promise.all(payees.map((payee) => world.wealth(payee)));
    expect(wealth.map(({ account }) => account).sort()).toEqual([0, 0, 1_000, 1_000, 1_000]);
    expect(wealth.map(({ account, owed }) => account + owed)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('SET-9: an unknown coin refreshed becomes known money of its holder', async () => {
    const world = await open();
    const insider = await world.person('insider', { load: 10 });
    const ben = await world.person('ben', { operator: 2 });
    payStray(world, insider, ben, strayCoin(world, insider, { value: fen(4_000) }), 0, 1_500, 2);
    await world.sync(ben, { refresh: 'all' });
    expect(ben.wallet.balance().spendable).toBe(1_500);
    expect(await world.wealth(ben)).toMatchObject({ account: 0, walk: 1_500 });
    await world.settle(ben);
    expect((await world.wealth(ben)).account).toBe(1_500);
  });

  it('SET-4, SET-6: an unknown coin spent twice names whose key it is, and takes nobody else with it', async () => {
    const world = await open();
    const insider = await world.person('insider', { operator: 2, load: 10 });
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    const bystander = await world.person('bystander', { load: 10 });
    const stray = strayCoin(world, insider, { value: fen(4_000) });
    const other = strayCoin(world, bystander, { value: fen(500) });
    payStray(world, bystander, anna, other, 0, 100, 2);
    bystander.cheats = false;
    payStray(world, insider, anna, stray, 0, 1_000, 2);
    payStray(world, insider, ben, stray, 500, 1_500, 3);
    await world.settle(anna, ben);
    expect(await world.culprits()).toEqual(['insider']);
    expect((await world.cases())[0]).toMatchObject({ operator: 2, owedFen: 500, paidFen: 500 });
    expect((await world.wealth(anna)).account).toBe(1_100);
    expect((await world.wealth(ben)).account).toBe(1_000);
    expect(await loss(world)).toBe(-1_600);
    for (const person of [bystander, anna]) await world.sync(person, { refresh: 'none' });
    const asked = value(anna.wallet.request({ amount: fen(10) }));
    const paid = value(bystander.wallet.pay(asked.message, { confirmed: true }));
    value(anna.wallet.receive(paid.sealedOffer));
  });

  it('PAY-13, ID-1: two assertions over one Spend are one message: no case, one credit', async () => {
    const world = await open();
    const tail = '","origin":"https://pay.example","crossOrigin":false}';
    const template = { number: 1, relyingParty: 'pay.example', tail };
    world.useAuthority(world.authority.withBundle({ templates: [template] }));
    const anna = await world.person('anna', { load: 4_000 });
    const ben = await world.person('ben');
    const asked = value(ben.wallet.request({ amount: fen(1_000) }));
    const message = value(decodeRequest(asked.message, world.crypto));
    const holding = holdingOf(anna);
    const body = {
      inputs: [{ parent: holding.parent, from: fen(0), to: fen(1_000) }],
      payee: message.payee.id,
      request: message.request.id,
      seq: 1,
      time: world.clock(),
    };
    const unsigned = draft(SPEND, 1, body, world.crypto);
    const own = anna.wallet.state.keys.get(keyText(holding.owner));
    const key = value(world.crypto.unwrapKey(own?.wrapped ?? new Uint8Array(0), anna.kek));
    const asserted = [7, 8].map((counter) => {
      const hardware = { flags: 5, counter, template: 1 };
      const empty = withSignature(unsigned, holding.coin.signature, hardware);
      const signed = hardwareMessage(empty, template.relyingParty, template.tail, world.crypto);
      return withSignature(unsigned, world.crypto.sign(key, signed), hardware);
    });
    const [one, two] = asserted;
    if (!one || !two) throw new Error('attacks: two assertions');
    expect(idText(one.id)).toBe(idText(two.id));
    expect(equalBytes(encodeSigned(SPEND, one), encodeSigned(SPEND, two))).toBe(false);
    const exchanges = asserted.map((spend) => ({
      request: asked.message,
      offer: encodeOffer({ spends: [spend], provenance: holding.provenance }, message),
    }));
    for (const exchange of exchanges)
      expect((await world.upload({ exchanges: [exchange] })).answer.refused).toEqual([]);
    await world.sync(ben);
    await world.settle(ben);
    expect((await world.wealth(ben)).account).toBe(1_000);
    expect(await world.cases()).toEqual([]);
  });
});
