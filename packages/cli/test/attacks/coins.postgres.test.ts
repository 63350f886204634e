/** Coins that the registry never made, and hardware assertions (SET-1, SET-4, PAY-13, ID-1). */
import { instant } from '@duet/protocol/brand';
import { compareBytes, equalBytes, idText, keyText } from '@duet/protocol/bytes';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest, encodeRequest, keyOfDocument } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { COIN, type Coin, type CoinBody, serialField } from '@duet/protocol/objects/coin';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned, draft, encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { stopScopeNumber, TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { hardwareMessage } from '@duet/protocol/verify/signatures';
import type { Holding } from '@duet/wallet/secure-element/state';
import { expect, it } from 'vitest';
import { forge, forgePayment, holdingOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { branded, codeOf, type Person, value, type World } from './world.ts';

/** A coin signed with the issuer's key behind the registry's back, for a key of the person. */
function strayCoin(world: World, person: Person, change: Partial<CoinBody> = {}): Holding {
  const own = holdingOf(person);
  const serial = branded(serialField, world.crypto.randomBytes(16));
  return holdingLike(own, world.authority.signAsIssuer(COIN, { ...own.coin.body, serial, ...change }));
}

/** A whole coin of the owner of another one. */
const holdingLike = (own: Holding, coin: Coin): Holding => ({
  ...own,
  coin,
  document: coin,
  parent: { id: coin.id },
  provenance: Provenance.of(coin),
  free: [{ from: fen(0), to: coin.body.value }],
});

/** Another coin of 1,000 that the registry makes for the owner of a holding. */
async function coinFor(world: World, { operator, handle }: Person, { owner }: Holding): Promise<Coin> {
  const outputs = [{ owner, amount: fen(1_000) }];
  const order = world.crypto.randomBytes(16);
  const made = await world.registry.load({ order, operator, handle, currency: 156, policy: 1, outputs });
  return decodeSigned(COIN, value(made)[0] ?? new Uint8Array(0), world.crypto);
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

  it('SET-4 (4): the owner of several coins under one serial, who paid the same range from each, is never named', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const world = await open();
      const owner = await world.person('owner', { load: 4_000, deposit: 5_000 });
      const payees = [await world.person('anna'), await world.person('ben'), await world.person('cara')];
      const own = holdingOf(owner);
      const { serial } = own.coin.body;
      const coins = [
        own,
        strayCoin(world, owner, { serial, value: fen(9_000) }),
        strayCoin(world, owner, { serial, value: fen(5_000) }),
      ];
      for (const [place, payee] of payees.entries())
        payStray(world, owner, payee, coins[place] ?? own, 0, 1_000, place + 1);
      owner.cheats = false;
      for (const place of order) await world.sync(payees[place] ?? owner, { refresh: 'none' });
      await Promise.all(payees.map((payee) => world.settle(payee)));
      const cases = await world.cases();
      const issuer = keyText(world.authority.bundle.body.keys[0]?.key ?? world.authority.root);
      expect(cases.map(({ culprit, form, handle }) => [culprit, form, handle])).toEqual([
        [issuer, 5, undefined],
      ]);
      expect(await world.culprits()).toEqual([]);
      for (const payee of payees) expect((await world.wealth(payee)).account).toBe(1_000);
      expect(await loss(world)).toBe(-2_000);
      // Nothing of the owner was revoked or locked.
      expect(await world.sync(owner, { load: fen(1_000), refresh: 'none' })).toMatchObject({
        complete: true,
        refused: [],
      });
    }
  });

  it('SET-4 (3): one seq on first hops of two coins of one key is found, whichever comes first; two seqs name nobody', async () => {
    for (const [seqs, names] of [
      [[1, 1], ['mallory']],
      [[1, 2], []],
    ] as const) {
      for (const secondIsKnown of [true, false]) {
        const world = await open();
        const mallory = await world.person('mallory', { load: 1_000, deposit: 3_000 });
        const [anna, ben] = [await world.person('anna'), await world.person('ben')];
        const own = holdingOf(mallory);
        payStray(world, mallory, anna, own, 0, 400, seqs[0]);
        await world.settle(anna);
        const second = secondIsKnown
          ? holdingLike(own, await coinFor(world, mallory, own))
          : strayCoin(world, mallory, { value: fen(900) });
        payStray(world, mallory, ben, second, 500, 900, seqs[1]);
        mallory.cheats = names.length > 0;
        await world.settle(ben);
        expect(await world.culprits()).toEqual(names);
        expect((await world.cases()).map(({ form, owedFen }) => [form, owedFen])).toEqual(
          names.map(() => [4, 0]),
        );
        for (const payee of [anna, ben]) expect((await world.wealth(payee)).account).toBe(400);
      }
    }
  });

  it('SET-4 (3): the same where the coin that came first is spent last', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { load: 1_000, deposit: 3_000 });
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    const own = holdingOf(mallory);
    const second = holdingLike(own, await coinFor(world, mallory, own));
    payStray(world, mallory, ben, second, 0, 400, 3);
    await world.settle(ben);
    payStray(world, mallory, anna, own, 0, 400, 3);
    expect(await world.cases()).toEqual([]);
    await world.settle(anna);
    expect(await world.culprits()).toEqual(['mallory']);
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

    // Funds and recovery do not touch it: what is beyond the cap waits for a review.
    await world.registry.payFunds();
    await world.registry.recover();
    const [alarm] = await world.registry.alarms();
    expect(alarm).toMatchObject({ coins: 1, lostFen: 3_000, owedFen: 1_500 });
    if (!alarm?.issuerKey) throw new Error('attacks: an alarm with its key');
    expect(await world.registry.payReviewed(alarm.issuerKey)).toEqual({ paidFen: 1_500, owedFen: 0 });
    expect(await world.registry.payReviewed(alarm.issuerKey)).toEqual({ paidFen: 0, owedFen: 0 });
    expect(await world.wealth(cara)).toEqual({ account: 2_500, walk: 0, owed: 0 });
    expect(await loss(world)).toBe(-4_500);
    expect((await world.registry.alarms())[0]).toMatchObject({ lostFen: 4_500, owedFen: 0 });
    expect((await world.registry.audit()).accounts).toMatchObject({ receivable: 0, owed: 0 });
  });

  it('SET-1, LIMIT-4: an unknown coin without a twin raises the alarm, which stops its epoch until the notice ends', async () => {
    const world = await open();
    const insider = await world.person('insider', { load: 4_000 });
    const [anna, ben] = [await world.person('anna', { load: 1_000 }), await world.person('ben')];
    expect(await world.registry.alarms()).toEqual([]);
    const before = world.registry.authority.bundle.body;
    payStray(world, insider, ben, strayCoin(world, insider, { value: fen(9_000) }), 0, 2_500, 2);
    await world.settle(ben);
    const until = instant(world.clock() + 7 * 86_400);
    expect(await world.registry.alarms()).toEqual([
      {
        epoch: 1,
        issuerKey: keyText(before.keys[0]?.key ?? world.authority.root),
        coins: 1,
        valueFen: 9_000,
        lostFen: 2_500,
        owedFen: 0,
        raisedAt: world.clock(),
        stoppedUntil: until,
      },
    ]);
    expect(await world.cases()).toEqual([]);
    const { version, stops } = world.registry.authority.bundle.body;
    expect(version).toBe(before.version + 1);
    expect(stops).toEqual([{ scope: stopScopeNumber('epoch'), value: 1, until }]);

    // Whoever has synced refuses the epoch offline; the registry goes on settling it.
    const offered = (): string => {
      const asked = value(ben.wallet.request({ amount: fen(100) }));
      const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
      return codeOf(ben.wallet.receive(paid.sealedOffer));
    };
    expect(offered()).toBe('accepted');
    await world.sync(ben, { claim: 'all' });
    expect(offered()).toBe('offline-stopped');
    expect((await world.wealth(ben)).account).toBe(2_600);
    world.passDays(8);
    for (const person of [anna, ben]) await world.sync(person, { refresh: 'none' });
    expect(offered()).toBe('accepted');
  });

  it('SET-1, LIMIT-4: every process of a registry hands out the same stop, after a restart too, and it never goes back', async () => {
    const world = await open();
    const insider = await world.person('insider', { load: 4_000 });
    const [ben, cara, dora] = [
      await world.person('ben'),
      await world.person('cara'),
      await world.person('dora'),
    ];
    const elsewhere = await world.connect();
    payStray(world, insider, ben, strayCoin(world, insider, { value: fen(9_000) }), 0, 100, 2);
    await world.settle(ben);
    const here = await world.registry.trust();
    const idOf = (bytes: Uint8Array): string => idText(decodeSigned(TRUST_BUNDLE, bytes, world.crypto).id);
    for (const other of [elsewhere, await world.connect()]) {
      expect(idOf((await other.trust()).bundle)).toBe(idOf(here.bundle));
    }
    // A bundle that its runner made without knowing of the alarm takes nothing back.
    world.useAuthority(world.authority.withBundle({ issuedAt: world.clock() }));
    const { version, stops } = decodeSigned(
      TRUST_BUNDLE,
      (await world.registry.trust()).bundle,
      world.crypto,
    ).body;
    expect([version, stops.length]).toEqual([3, 1]);

    // Further coins of the epoch: in the first half of the notice nothing new, in the second one that ends later.
    const again = async (payee: Person): Promise<number[]> => {
      payStray(world, insider, payee, strayCoin(world, insider, { value: fen(50) }), 0, 50, 2);
      await world.settle(payee);
      const { body } = world.registry.authority.bundle;
      return [body.version, body.stops.length, body.stops[0]?.until ?? 0];
    };
    const first = stops[0]?.until ?? 0;
    expect(await again(cara)).toEqual([3, 1, first]);
    world.passDays(5);
    expect(await again(dora)).toEqual([4, 1, world.clock() + 7 * 86_400]);
    expect((await world.registry.alarms()).map(({ coins, lostFen }) => [coins, lostFen])).toEqual([[3, 200]]);
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

  it('SET-9: a refresh over money of two currencies makes coins of one alone', async () => {
    const world = await open();
    const insider = await world.person('insider', { load: 10 });
    const ben = await world.person('ben');
    const own = holdingOf(insider);
    const foreign = (): Holding => {
      const stray = strayCoin(world, insider, { value: fen(4_000), currency: 840 });
      return compareBytes(own.parent.id, stray.parent.id) < 0 ? stray : foreign();
    };
    const holding = foreign();
    const asked = value(ben.wallet.request({ amount: fen(1) }));
    const { payee, request } = value(decodeRequest(asked.message, world.crypto));
    const foreignRequest = forge(world, ben, REQUEST, keyOfDocument(payee), {
      ...request.body,
      currency: 840,
    });
    const message = encodeRequest({ payee, request: foreignRequest });
    const inputs = [{ parent: holding.parent, from: fen(0), to: fen(1) }];
    const { exchange } = forgePayment(world, insider, message, { holding, inputs, seq: 2 });
    const claim = forge(world, insider, CLAIM, own.owner, {
      inputs: [
        { parent: own.parent, from: fen(0), to: fen(10) },
        { parent: holding.parent, from: fen(1), to: fen(4_000) },
      ],
      operator: insider.operator,
      destination: { kind: 'coins', outputs: [{ owner: own.owner, amount: fen(4_009) }] },
    });
    const { items, answer } = await world.upload({
      exchanges: [exchange],
      claims: [encodeSigned(CLAIM, claim)],
    });
    expect(answer.refused).toEqual([]);
    expect(items.map(({ code, amount }) => code ?? amount)).toEqual(['currency-mismatch', 10]);
    expect((await world.wealth(insider)).walk).toBe(10);
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
    expect((await world.cases())[0]).toMatchObject({ operator: 2, owedFen: 0, paidFen: 500 });
    expect((await world.wealth(anna)).account).toBe(1_100);
    expect((await world.wealth(ben)).account).toBe(1_000);
    expect(await loss(world)).toBe(-1_600);
    // Once the epoch is no longer stopped: the bystander's own money is as good as before.
    world.passDays(8);
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
