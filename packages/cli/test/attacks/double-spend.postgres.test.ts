/** Double spends: found, proved standing alone, paid to the innocent, recovered from the culprit (SET-4 to SET-6). */
import { day } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { CLAIM, ticketField } from '@duet/protocol/objects/claim';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST, unpackStatuses } from '@duet/protocol/objects/status-list';
import { expect, it } from 'vitest';
import { exchangesOf, forge, forgePayment, holdingOf, inputsOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { branded, codeOf, type Person, value, type World } from './world.ts';

/** Somebody whose device was copied, and the copy. */
async function cloned(world: World, load = 10_000, spare = 0, name = 'mallory'): Promise<[Person, Person]> {
  const mallory = await world.person(name, { operator: 2, load, deposit: load + spare });
  return [mallory, world.clone(mallory)];
}

describeWithPostgres('double spends', (open) => {
  it('SET-4, SET-5, SET-6: to two strangers: one is paid from the coin, one from the fund, the culprit is named, revoked and owes it', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world, 10_000, 2_000);
    const [anna, ben, cara] = [
      await world.person('anna'),
      await world.person('ben'),
      await world.person('cara'),
    ];
    const coin = holdingOf(mallory).coin;
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(anna)).toEqual({ account: 3_000, walk: 0, owed: 0 });
    expect(await world.wealth(ben)).toEqual({ account: 3_000, walk: 0, owed: 0 });
    expect(await world.fund(2)).toBe(97_000);

    const [found, ...others] = await world.cases();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ operator: 2, owedFen: 0, paidFen: 3_000, receivableFen: 3_000 });
    expect(found?.proofs.map((proof) => world.accusation(proof).form).sort()).toEqual([1, 4]);
    expect(await world.culprits()).toEqual(['mallory']);

    const listed =
      (await world.registry.trust()).lists.find(({ operator }) => operator === 0)?.list ?? new Uint8Array(0);
    const statuses = unpackStatuses(decodeSigned(STATUS_LIST, listed, world.crypto).body.statuses);
    expect([statuses.at(coin.body.status), statuses.at(coin.body.status ^ 1)]).toEqual([1, 0]);
    await world.sync(cara);
    const asked = value(cara.wallet.request({ amount: fen(100) }));
    const offer = value(mallory.wallet.pay(asked.message, { confirmed: true }));
    expect(codeOf(cara.wallet.receive(offer.sealedOffer))).toBe('revoked');
    value(mallory.wallet.takeVerdict(value(cara.wallet.cancel(asked.requestId)).verdict));
    const load = await mallory.wallet.sync(world.registry, { load: fen(1_000), refresh: 'none' });
    expect(load.refused.map(({ code }) => code)).toContain('revoked');

    // The account, and the payment that the stranger did not take.
    expect(await world.registry.recover()).toBe(2_100);
    await mallory.wallet.sync(world.registry, { claim: 'all' });
    expect(await world.registry.recover()).toBe(900);
    expect(await world.fund(2)).toBe(100_000);
    expect((await world.cases())[0]).toMatchObject({ receivableFen: 0 });
    const left = await world.wealth(mallory);
    expect(left.account + left.walk).toBe(12_000 - 2 * 3_000);
    expect(await world.registry.recover()).toBe(0);
  });

  it('SET-4: a conflict is found when nothing was claimed twice, whoever uploads', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    world.pay(mallory, anna, 1_000);
    world.pay(copy, ben, 1_000);
    await world.sync(mallory, { refresh: 'none' });
    expect(await world.culprits()).toEqual([]);
    await world.sync(copy, { refresh: 'none' });
    expect(await world.culprits()).toEqual(['mallory']);
    expect(await world.fund(2)).toBe(100_000);
    await world.settle(anna, ben);
    expect((await world.wealth(anna)).account + (await world.wealth(ben)).account).toBe(2_000);
  });

  it('SET-4: received money spent twice names who spent it, not who paid it', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 5_000 });
    const mallory = await world.person('mallory', { operator: 2 });
    const [ben, cara, dora] = [
      await world.person('ben'),
      await world.person('cara', { operator: 2 }),
      await world.person('dora'),
    ];
    world.pay(anna, mallory, 2_000);
    const copy = world.clone(mallory);
    world.pay(mallory, ben, 2_000);
    world.pay(copy, cara, 1_500);
    world.pay(cara, dora, 1_500);
    await world.settle(dora, ben, cara, anna);
    expect(await world.culprits()).toEqual(['mallory']);
    expect((await world.wealth(ben)).account).toBe(2_000);
    expect((await world.wealth(dora)).account).toBe(1_500);
    expect((await world.wealth(anna)).account).toBe(3_000);
    expect(await world.fund(2)).toBe(98_500);
    expect(await world.fund(1)).toBe(100_000);
  });

  it('SET-2, SET-5: three branches of one range, refreshed by their holders, are three lines', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const third = world.clone(copy);
    const payees = [await world.person('anna'), await world.person('ben'), await world.person('cara')];
    for (const [place, device] of [mallory, copy, third].entries())
      world.pay(device, payees[place] ?? mallory, 2_500);
    for (const payee of payees) await world.sync(payee, { refresh: 'all' });
    await world.settle(...payees);
    for (const payee of payees) expect((await world.wealth(payee)).account, payee.name).toBe(2_500);
    expect(await world.fund(2)).toBe(95_000);
    expect((await world.cases())[0]).toMatchObject({ owedFen: 0, paidFen: 5_000, receivableFen: 5_000 });
  });

  it('PAY-5: the same range on two branches to one person is refused, and the evidence is filed', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const [anna, ben, cara] = [
      await world.person('anna'),
      await world.person('ben'),
      await world.person('cara'),
    ];
    world.pay(mallory, anna, 2_000);
    world.pay(copy, ben, 2_000);
    world.pay(anna, cara, 2_000);
    const asked = value(cara.wallet.request({ amount: fen(2_000) }));
    const paid = value(ben.wallet.pay(asked.message, { confirmed: true }));
    expect(codeOf(cara.wallet.receive(paid.sealedOffer))).toBe('conflict');
    const { verdict } = value(cara.wallet.cancel(asked.requestId));
    expect(value(ben.wallet.takeVerdict(verdict)).state).toBe('not-paid');
    await world.settle(cara);
    expect(await world.culprits()).toEqual(['mallory']);
    await world.settle(ben, anna);
    expect((await world.wealth(cara)).account).toBe(2_000);
    expect((await world.wealth(ben)).account).toBe(2_000);
    expect(await world.culprits()).toEqual(['mallory']);
    expect(await world.fund(2)).toBe(98_000);
  });

  it('SET-4: two honest people who mix both branches are not named', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    world.pay(mallory, anna, 2_000);
    world.pay(copy, ben, 2_000);
    const asked = value(ben.wallet.request({ amount: fen(2_000) }));
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    expect(codeOf(ben.wallet.receive(paid.sealedOffer))).toBe('conflict');
    await world.sync(anna, { claim: 'all' });
    // Refused at the sync too, and closed when its time has run out (PAY-7).
    world.pass(3_600);
    const report = await world.sync(ben, { claim: 'all' });
    expect([report.complete, report.refused.map(({ code }) => code)]).toEqual([true, ['conflict']]);
    await world.sync(anna, { claim: 'all' });
    expect(await world.culprits()).toEqual(['mallory']);
    expect((await world.wealth(anna)).account).toBe(2_000);
    expect((await world.wealth(ben)).account).toBe(2_000);
  });

  it('PAY-9: money that comes back (A→B→A, A→B→C→A) and goes out again opens no case', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const world = await open();
      const people = [
        await world.person('anna', { load: 5_000 }),
        await world.person('ben'),
        await world.person('cara'),
      ];
      const [anna, ben, cara] = people;
      if (!anna || !ben || !cara) throw new Error('attacks: three people');
      world.pay(anna, ben, 5_000);
      world.pay(ben, anna, 4_000);
      world.pay(anna, cara, 4_000);
      world.pay(cara, anna, 3_000);
      world.pay(anna, ben, 2_500);
      world.pay(ben, cara, 3_200);
      world.pay(cara, anna, 4_200);
      for (const place of order) {
        const person = people[place];
        if (person) expect(await world.sync(person)).toMatchObject({ complete: true, refused: [] });
      }
      await world.settle(...people);
      expect(await world.cases()).toEqual([]);
      const accounts = await Promise.all(people.map(async (person) => (await world.wealth(person)).account));
      expect(accounts).toEqual([4_700, 300, 0]);
    }
  });

  it("SET-5: strangers' certificates cannot drain a fund: fundPerPayee and fundPerCoin cap it, the rest is owed", async () => {
    const world = await open({ policy: { fundPerPayee: fen(1_000), fundPerCoin: fen(1_800) } });
    const [mallory, copy] = await cloned(world);
    const payees = [await world.person('first'), await world.person('second'), await world.person('third')];
    const devices = [mallory, copy, world.clone(copy)];
    for (const [place, device] of devices.entries()) world.pay(device, payees[place] ?? mallory, 3_000);
    await world.settle(...payees);
    const wealth = await Promise.all(payees.map((payee) => world.wealth(payee)));
    expect(wealth).toEqual([
      { account: 3_000, walk: 0, owed: 0 },
      { account: 1_000, walk: 0, owed: 2_000 },
      { account: 800, walk: 0, owed: 2_200 },
    ]);
    expect(await world.registry.payFunds()).toBe(0);
    expect(await world.fund(2)).toBe(100_000 - 1_800);
    expect((await world.cases())[0]).toMatchObject({ owedFen: 4_200, paidFen: 1_800, receivableFen: 6_000 });
  });

  it('SET-5: after a review what is above the caps is paid, once, and counts towards no cap', async () => {
    const world = await open({ policy: { fundPerPayee: fen(1_000), fundPerCoin: fen(800) } });
    const [mallory, copy] = await cloned(world);
    const [other, otherCopy] = await cloned(world, 10_000, 0, 'other');
    const [anna, ben, cara] = [
      await world.person('anna'),
      await world.person('ben'),
      await world.person('cara'),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toEqual({ account: 800, walk: 0, owed: 2_200 });
    const [found] = await world.cases();
    if (!found) throw new Error('attacks: a case');
    const answers = await Promise.all([1, 2, 3].map(() => world.registry.payReviewed(found.culprit)));
    expect(answers.map(({ paidFen }) => paidFen).sort()).toEqual([0, 0, 2_200]);
    expect(answers.map(({ owedFen }) => owedFen)).toEqual([0, 0, 0]);
    expect(await world.wealth(ben)).toEqual({ account: 3_000, walk: 0, owed: 0 });
    expect(await world.fund(2)).toBe(100_000 - 3_000);
    expect((await world.cases())[0]).toMatchObject({ owedFen: 0, paidFen: 3_000, receivableFen: 3_000 });
    // The culprit owes all of it, and its account refills the fund.
    world.paidIn(5_000);
    value(await world.registry.deposit(mallory.operator, mallory.handle, fen(5_000), new Uint8Array(16)));
    expect(await world.registry.recover()).toBe(3_000);
    expect(await world.fund(2)).toBe(100_000);

    // 200 of the cap of this period are left: what the review paid is no part of it, and it was of one key alone.
    world.pay(other, cara, 1_500);
    world.pay(otherCopy, ben, 1_500);
    await world.settle(cara, ben);
    expect(await world.wealth(ben)).toEqual({ account: 3_200, walk: 0, owed: 1_300 });
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 0, owedFen: 0 });
    expect(await world.registry.payFunds()).toBe(0);
  });

  it('SET-5: what a review paid counts towards no cap of the coin either', async () => {
    const world = await open({ policy: { fundPerPayee: fen(100), fundPerCoin: fen(300) } });
    const [mallory, copy] = await cloned(world);
    const third = world.clone(mallory);
    const [anna, ben, cara] = [
      await world.person('anna'),
      await world.person('ben'),
      await world.person('cara'),
    ];
    for (const [payer, payee] of [
      [mallory, anna],
      [copy, ben],
      [third, cara],
    ] as const)
      world.pay(payer, payee, 2_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toMatchObject({ account: 100, owed: 1_900 });
    const [found] = await world.cases();
    if (!found) return expect.unreachable('a case');
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 1_900, owedFen: 0 });
    await world.settle(cara);
    expect(await world.wealth(cara)).toMatchObject({ account: 100, owed: 1_900 });
  });

  it('SET-5, SET-10: all tickets that one operator vouched for share one fundPerPayee of a period', async () => {
    const world = await open({ policy: { fundPerPayee: fen(1_000) } });
    const [mallory, copy] = await cloned(world);
    const anna = await world.person('anna');
    const payees = [
      await world.person('ben'),
      await world.person('cara'),
      await world.person('dora', { operator: 2 }),
    ];
    world.pay(mallory, anna, 3_000);
    for (const payee of payees) world.pay(world.clone(copy), payee, 3_000);
    await world.settle(anna);
    const paidAtOnce: number[] = [];
    for (const payee of payees) {
      const { operator } = payee;
      const holding = holdingOf(payee);
      const ticket = branded(ticketField, world.crypto.randomBytes(32));
      const body = { inputs: inputsOf(holding), operator, destination: { kind: 'ticket', ticket } as const };
      const claim = forge(world, payee, CLAIM, holding.owner, body, true);
      const claims = [encodeSigned(CLAIM, claim)];
      const { items } = await world.upload({ exchanges: exchangesOf(payee), claims });
      expect(items.reduce((sum, { amount }) => sum + (amount ?? 0), 0)).toBe(3_000);
      paidAtOnce.push(items.find(({ outcome }) => outcome === 'credited')?.amount ?? 0);
    }
    expect(paidAtOnce).toEqual([1_000, 0, 1_000]);
    expect((await world.registry.audit()).accounts.ticket).toBe(2_000);
    expect(await world.culprits()).toEqual(['mallory']);
  });

  it('SET-5: a review pays as far as fund and free reserve go; the rest is paid when there is money', async () => {
    const world = await open({
      policy: { fundPerPayee: fen(100) },
      funds: [100_000, 500],
      reserve: 5_001_000,
      quota: 5_000_000,
    });
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [
      await world.person('anna', { operator: 2 }),
      await world.person('ben', { operator: 2 }),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toEqual({ account: 100, walk: 0, owed: 2_900 });
    const [found] = await world.cases();
    if (!found) throw new Error('attacks: a case');
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 1_400, owedFen: 1_500 });
    expect(await world.wealth(ben)).toEqual({ account: 1_500, walk: 0, owed: 1_500 });
    world.paidIn(5_000);
    value(await world.registry.deposit(mallory.operator, mallory.handle, fen(5_000), new Uint8Array(16)));
    // What the culprit pays back refills the fund, and goes on to those who wait.
    expect(await world.registry.recover()).toBe(3_000);
    expect(await world.wealth(ben)).toEqual({ account: 3_000, walk: 0, owed: 0 });
    expect(await world.registry.payFunds()).toBe(0);
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 0, owedFen: 0 });
  });

  it('SET-5: an empty fund stops the operator for new loads; what cannot be paid is owed', async () => {
    const world = await open({ funds: [100_000, 500], reserve: 5_000_000, quota: 5_000_000 });
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [
      await world.person('anna', { operator: 2 }),
      await world.person('ben', { operator: 2, deposit: 700 }),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toEqual({ account: 700 + 500, walk: 0, owed: 2_500 });
    expect(await world.fund(2)).toBe(0);
    const load = await world.sync(ben, { load: fen(500) });
    expect(load.refused.map(({ code }) => code)).toEqual(['operator-stopped']);
    const elsewhere = await world.person('erin', { operator: 1, load: 400 });
    expect(elsewhere.wallet.balance().spendable).toBe(400);
    // As long as anything is short it stays so, also where a part came in.
    for (const [amount, code] of [
      [2_000, 'operator-stopped'],
      [500, undefined],
    ] as const) {
      value(
        await world.registry.deposit(
          mallory.operator,
          mallory.handle,
          fen(amount),
          world.crypto.randomBytes(16),
        ),
      );
      world.paidIn(amount);
      await world.registry.close(day(world.today));
      const again = await world.sync(ben, { load: fen(500), refresh: 'none' });
      expect(again.refused.map((refused) => refused.code)).toEqual(code ? [code] : []);
    }
    expect(ben.wallet.balance().spendable).toBe(500);
    expect((await world.wealth(ben)).owed).toBe(0);
  });

  it('SET-5: an operator whose last debt a review pays goes on', async () => {
    const world = await open({ funds: [100_000, 500], reserve: 5_000_000, quota: 5_000_000 });
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [
      await world.person('anna', { operator: 2 }),
      await world.person('ben', { operator: 2, deposit: 700 }),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    const [found] = await world.cases();
    if (!found) return expect.unreachable('a case');
    await world.sql('UPDATE operator SET quota = quota - 2500 WHERE operator = 2');
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 2_500, owedFen: 0 });
    expect(
      (await world.sync(ben, { load: fen(500), refresh: 'none' })).refused.map(({ code }) => code),
    ).toEqual([]);
  });

  it('SET-5: what waits above a cap stops no operator, and a fund that pays a review in part does', async () => {
    const world = await open({
      funds: [100_000, 500],
      reserve: 5_000_000,
      quota: 5_000_000,
      policy: { fundPerPayee: fen(100) },
    });
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [
      await world.person('anna', { operator: 2 }),
      await world.person('ben', { operator: 2, deposit: 700 }),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toMatchObject({ account: 800, owed: 2_900 });
    expect(await world.sync(ben, { load: fen(50), refresh: 'none' })).toMatchObject({ loadedFen: 50 });
    const [found] = await world.cases();
    if (!found) return expect.unreachable('a case');
    expect(await world.registry.payReviewed(found.culprit)).toEqual({ paidFen: 400, owedFen: 2_500 });
    const load = await world.sync(ben, { load: fen(50), refresh: 'none' });
    expect(load.refused.map(({ code }) => code)).toEqual(['operator-stopped']);
  });

  it('SET-5: an empty fund draws on the reserve above quota first', async () => {
    const world = await open({ funds: [100_000, 500], reserve: 5_001_000, quota: 5_000_000 });
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [
      await world.person('anna', { operator: 2 }),
      await world.person('ben', { operator: 2 }),
    ];
    world.pay(mallory, anna, 3_000);
    world.pay(copy, ben, 3_000);
    await world.settle(anna, ben);
    expect(await world.wealth(ben)).toEqual({ account: 1_500, walk: 0, owed: 1_500 });
  });

  it('SET-4 (3): one seq used twice on disjoint ranges revokes the key; nobody owes anything', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { operator: 2, load: 10_000 });
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    const holding = holdingOf(mallory);
    const asked = value(ben.wallet.request({ amount: fen(1_000) }));
    const inputs = [{ parent: holding.parent, from: fen(5_000), to: fen(6_000) }];
    const { sealed } = forgePayment(world, mallory, asked.message, { holding, inputs, seq: 1 });
    value(ben.wallet.receive(sealed));
    world.pay(mallory, anna, 1_000);
    await world.settle(anna, ben);
    const [found] = await world.cases();
    expect(found).toMatchObject({ form: 4, owedFen: 0, receivableFen: 0 });
    expect(await world.culprits()).toEqual(['mallory']);
    expect((await world.wealth(anna)).account + (await world.wealth(ben)).account).toBe(2_000);
    expect(await world.fund(2)).toBe(100_000);
  });

  it('SET-4 (3): one seq used twice on money of two coins is found too', async () => {
    const world = await open();
    const [anna, ben] = [
      await world.person('anna', { load: 1_000 }),
      await world.person('ben', { load: 1_000 }),
    ];
    const mallory = await world.person('mallory', { operator: 2 });
    const cara = await world.person('cara');
    world.pay(anna, mallory, 1_000);
    world.pay(ben, mallory, 1_000);
    for (const place of [0, 1]) {
      const holding = holdingOf(mallory, place);
      const asked = value(cara.wallet.request({ amount: fen(1_000) }));
      const inputs = [{ parent: holding.parent, from: fen(0), to: fen(1_000) }];
      value(
        cara.wallet.receive(forgePayment(world, mallory, asked.message, { holding, inputs, seq: 1 }).sealed),
      );
      await world.settle(cara);
    }
    expect((await world.cases()).map(({ form }) => form)).toEqual([4]);
    expect(await world.culprits()).toEqual(['mallory']);
    expect((await world.wealth(cara)).account).toBe(2_000);
  });

  it("SET-5: a culprit's own claim gets only what overlaps none of its spends", async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const anna = await world.person('anna');
    world.pay(mallory, anna, 4_000);
    const claimed = await world.sync(copy, { claim: 'all' });
    expect(claimed.claimedFen).toBe(10_000);
    await world.settle(anna);
    expect(await world.culprits()).toEqual(['mallory']);
    expect((await world.wealth(anna)).account).toBe(4_000);
    expect((await world.wealth(mallory)).account).toBe(10_000);
    expect(await world.registry.recover()).toBe(4_000);
    expect((await world.wealth(mallory)).account).toBe(6_000);
    expect(await world.fund(2)).toBe(100_000);
  });

  it('SET-5: a culprit that claims after its payee gets the rest alone', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const anna = await world.person('anna');
    world.pay(mallory, anna, 4_000);
    await world.settle(anna);
    const report = await world.sync(copy, { claim: 'all' });
    expect(report.claimedFen).toBe(6_000);
    expect(report.refused.map(({ code }) => code)).not.toContain('already-claimed');
    expect(await world.fund(2)).toBe(100_000);
    expect((await world.wealth(mallory)).account).toBe(6_000);
  });

  it('SET-6: a culprit gets no new coins: what it refreshes goes to the account, where it is set off', async () => {
    const world = await open();
    const [mallory, copy] = await cloned(world);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    world.pay(mallory, anna, 4_000);
    world.pay(copy, ben, 4_000);
    await world.settle(anna, ben);
    await mallory.wallet.sync(world.registry, { refresh: 'all' });
    expect(mallory.wallet.balance().spendable).toBe(0);
    expect(await world.wealth(mallory)).toEqual({ account: 6_000, walk: 0, owed: 0 });
    expect(await world.registry.recover()).toBe(4_000);
    expect((await world.wealth(mallory)).account).toBe(2_000);
    expect(await world.fund(2)).toBe(100_000);
  });
});
