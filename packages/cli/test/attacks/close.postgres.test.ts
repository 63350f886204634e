/** What nobody claimed: lost, lapsed and restored devices, late claims, conditional money (SET-7, LIMIT-2, PAY-10). */
import { day, instant } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import type { Condition } from '@duet/protocol/objects/fields';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { compareInputs } from '@duet/protocol/objects/spend';
import { decodeEvidence, encodeEvidence } from '@duet/wallet/evidence';
import { expect, it } from 'vitest';
import { exchangesOf, forge, forgePayment, holdingOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { codeOf, type Person, value, type World } from './world.ts';

/** Days from a load to the close of its coin: spendDays, claimDays and grace of the policy. */
const CLOSE_DAYS = 90 + 30 + 7;

/** After the last coin's claimBy + grace. */
async function close(world: World): Promise<number> {
  world.passDays(CLOSE_DAYS + 1);
  return (await world.registry.close(day(world.today))).returnedFen;
}

const accounts = (world: World, ...people: readonly Person[]): Promise<number[]> =>
  Promise.all(people.map(async (person) => (await world.wealth(person)).account));

/** The same wallet after a restart. */
const restarted = (world: World, { identity, journal, kek }: Person) => ({
  wallet: world.walletOn(identity, journal, kek),
});

describeWithPostgres('the close of a coin', (open) => {
  it('SET-7: gives lost money back: what was spent to its payees, the rest to the account it was loaded from', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 5_000 });
    const [ben, cara] = [await world.person('ben', { operator: 2 }), await world.person('cara')];
    world.pay(anna, ben, 1_500);
    world.pay(ben, cara, 400);
    await world.sync(ben, { refresh: 'none' });
    expect(await world.registry.close(day(world.today + CLOSE_DAYS - 1))).toMatchObject({
      coins: 0,
      returnedFen: 0,
    });
    expect(await accounts(world, anna, ben, cara)).toEqual([0, 0, 0]);
    expect(await close(world)).toBe(5_000);
    expect(await accounts(world, anna, ben, cara)).toEqual([3_500, 1_100, 400]);
    expect(await world.registry.close(day(world.today))).toMatchObject({ coins: 0, returnedFen: 0 });
    expect(await world.cases()).toEqual([]);
  });

  it('SET-7: a reissued coin goes back to the handle that claimed it', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 5_000 });
    const ben = await world.person('ben', { operator: 2 });
    world.pay(anna, ben, 1_500);
    await world.sync(ben, { refresh: 'all' });
    expect(ben.wallet.balance().spendable).toBe(1_500);
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([3_500, 1_500]);
  });

  it('LIMIT-2: a restored backup proves, and is credited at the close; it never spends, and accuses nobody', async () => {
    const world = await open();
    const [anna, zoe] = [
      await world.person('anna', { load: 5_000 }),
      await world.person('zoe', { load: 2_000 }),
    ];
    const ben = await world.person('ben', { operator: 2 });
    world.pay(zoe, anna, 900);
    world.pay(anna, ben, 1_500);
    const backup = encodeEvidence(anna.wallet.exportEvidence());
    world.pay(anna, ben, 600);
    const restored = world.newDevice(anna);
    restored.wallet.importEvidence(value(decodeEvidence(backup)));
    expect(await world.sync(restored)).toMatchObject({ complete: true, refused: [] });
    expect(restored.wallet.balance()).toMatchObject({ spendable: 0, conditional: 0 });
    await world.settle(ben);
    expect((await world.wealth(ben)).account).toBe(2_100);
    await world.sync(zoe);
    expect(await world.cases()).toEqual([]);
    await close(world);
    expect(await accounts(world, anna, zoe, ben)).toEqual([5_000 + 900 - 2_100, 1_100, 2_100]);
    await world.sync(anna);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-10, SET-7: a conditional coin paid to the wrong category is worth nothing to the payee and returns to its account', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 3_000 });
    const [bar, grocer] = [
      await world.person('Bar', { category: 5_813 }),
      await world.person('Grocer', { category: 5_411 }),
    ];
    await anna.wallet.sync(world.directed({ categories: [5_411] }), { load: fen(3_000) });
    expect(anna.wallet.balance()).toMatchObject({ spendable: 0, conditional: 3_000 });
    const asked = value(bar.wallet.request({ amount: fen(1_000) }));
    expect(anna.wallet.pay(asked.message, { confirmed: true }).ok).toBe(false);
    const holding = holdingOf(anna);
    const inputs = [{ parent: holding.parent, from: fen(0), to: fen(1_000) }];
    const { exchange, sealed } = forgePayment(world, anna, asked.message, { holding, inputs, seq: 1 });
    expect(codeOf(bar.wallet.receive(sealed))).toBe('condition-category');
    const { answer } = await world.upload({ exchanges: [exchange] });
    expect(answer.refused).toMatchObject([{ code: 'condition-category' }]);
    anna.cheats = false;
    world.pay(anna, grocer, 500);
    await world.settle(grocer, bar);
    expect(await close(world)).toBe(2_500);
    expect(await accounts(world, anna, bar, grocer)).toEqual([2_500, 0, 500]);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-10: conditional money leaves to an account by no claim; a refresh keeps its condition', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 3_000 });
    await anna.wallet.sync(world.directed({ categories: [5_411] }), { load: fen(3_000) });
    await world.sync(anna, { claim: 'all', refresh: 'all' });
    expect(await world.wealth(anna)).toMatchObject({ account: 0, walk: 3_000 });
    expect(anna.wallet.balance()).toMatchObject({ spendable: 0, conditional: 3_000 });
    expect(holdingOf(anna).coin.body.condition).toEqual({ categories: [5_411] });
    await close(world);
    expect(await accounts(world, anna)).toEqual([3_000]);
  });

  it('PAY-10: whoever is paid with conditional money holds it free of the condition, also after a refresh', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 3_000 });
    const ben = await world.person('ben');
    const notAfter = instant(world.clock() + 30 * 86_400);
    await anna.wallet.sync(world.directed({ notAfter }), { load: fen(3_000) });
    world.pay(anna, ben, 800);
    expect(await world.sync(ben, { refresh: 'all' })).toMatchObject({ refreshedFen: 800, refused: [] });
    expect(ben.wallet.balance()).toMatchObject({ spendable: 800, conditional: 0 });
    expect(holdingOf(ben).coin.body.condition).toBeUndefined();
    await world.settle(ben);
    expect(await accounts(world, ben)).toEqual([800]);
  });

  it('PAY-10: a claim over free and conditional money of one key washes no condition away', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 3_000, load: 1_000 });
    const free = holdingOf(anna);
    const load = (order: number, condition?: Condition) =>
      world.registry.load({
        order: new Uint8Array(16).fill(order),
        operator: 1,
        handle: anna.handle,
        currency: 156,
        policy: 1,
        outputs: [{ owner: free.owner, amount: fen(1_000) }],
        ...(condition ? { condition } : {}),
      });
    const made = value(await load(1, { categories: [5_411] }));
    const bound = decodeSigned(COIN, made[0] ?? new Uint8Array(0), world.crypto);
    const inputs = [free.parent, { id: bound.id }].map((parent) => ({
      parent,
      from: fen(0),
      to: fen(1_000),
    }));
    const outputs = [{ owner: free.owner, amount: fen(2_000) }];
    const body = {
      inputs: inputs.sort(compareInputs),
      operator: 1,
      destination: { kind: 'coins', outputs } as const,
    };
    const claim = forge(world, anna, CLAIM, free.owner, body);
    const { answer, items } = await world.upload({ claims: [encodeSigned(CLAIM, claim)] });
    expect(items.map(({ code, outcome }) => code ?? outcome).sort()).toEqual([
      'conditional-money',
      'credited',
    ]);
    const coins = answer.coins.map((bytes) => decodeSigned(COIN, bytes, world.crypto).body);
    const first = body.inputs[0]?.parent.id ?? bound.id;
    const expected = equalBytes(first, bound.id) ? { categories: [5_411] } : undefined;
    expect(coins.map(({ condition, value: amount }) => [condition, amount])).toEqual([[expected, 1_000]]);
    expect(await world.wealth(anna)).toMatchObject({ account: 1_000, walk: 2_000 });
  });

  it('SET-7: a late claim is a debt of the account that got the gap', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    world.pay(anna, ben, 1_200);
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    const late = await world.sync(ben, { claim: 'all' });
    expect(late).toMatchObject({ claimedFen: 0, owed: [{ code: 'claim-late', amount: 1_200 }] });
    expect(await world.wealth(ben)).toEqual({ account: 0, walk: 0, owed: 1_200 });
    expect(await world.registry.recover()).toBe(1_200);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    expect((await world.wealth(ben)).owed).toBe(0);
    await world.sync(ben, { claim: 'all' });
    await world.upload({ exchanges: exchangesOf(anna) });
    expect(await world.registry.recover()).toBe(0);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-7: an account pays two debts with no more than it holds', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const [ben, cara] = [await world.person('ben', { operator: 2 }), await world.person('cara')];
    world.pay(anna, ben, 1_200);
    world.pay(anna, cara, 1_000);
    await close(world);
    await anna.wallet.sync(world.registry, { load: fen(1_500) });
    for (const late of [ben, cara]) await world.sync(late, { claim: 'all' });
    expect(await world.registry.recover()).toBe(1_500);
    const [left, ...paid] = await accounts(world, anna, ben, cara);
    expect(left).toBe(0);
    expect(paid.reduce((sum, amount) => sum + amount, 0)).toBe(1_500);
    const owed = [(await world.wealth(ben)).owed, (await world.wealth(cara)).owed];
    expect(owed.reduce((sum, amount) => sum + amount, 0)).toBe(700);
    expect(await world.registry.recover()).toBe(0);
  });

  it('SET-7: a late refresh is owed to the account, once, however often it is sent', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    world.pay(anna, ben, 1_200);
    await close(world);
    for (let i = 0; i < 2; i++) await world.sync(ben, { refresh: 'all' });
    expect((await world.wealth(ben)).owed).toBe(1_200);
    await world.registry.recover();
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
  });

  it('SET-7: a late claim of what the walk gave already gets nothing more', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    world.pay(anna, ben, 1_200);
    await world.sync(anna, { refresh: 'none' });
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    const late = await world.sync(ben, { claim: 'all' });
    expect(late.refused.map(({ code }) => code)).toContain('already-claimed');
    await world.registry.recover();
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
  });

  it('SET-7: a late claim against an account that held a Verdict voiding that spend is owed by nobody', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    const copy = world.clone(ben);
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    value(ben.wallet.receive(paid.sealedOffer));
    value(anna.wallet.takeVerdict(value(copy.wallet.cancel(asked.requestId)).verdict));
    await world.sync(anna, { claim: 'all' });
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    const late = await world.sync(ben, { claim: 'all' });
    expect(late.refused.map(({ code }) => code)).toContain('spend-void');
    expect(await world.registry.recover()).toBe(0);
    expect(await world.wealth(ben)).toEqual({ account: 0, walk: 0, owed: 0 });
    expect(await world.culprits()).toEqual(['ben']);
  });

  it('SET-7: a Verdict first seen after the close moves no coin: what the walk credited against it is a debt', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    const { verdict } = value(ben.wallet.cancel(asked.requestId));
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    value(anna.wallet.takeVerdict(verdict));
    const report = await world.sync(anna, { claim: 'all' });
    expect(report).toMatchObject({ returnedFen: 0, owed: [{ code: 'claim-late', amount: 1_200 }] });
    expect((await world.wealth(anna)).owed).toBe(1_200);
    expect(await world.registry.recover()).toBe(1_200);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    await world.sync(ben);
    expect(await world.cases()).toEqual([]);
  });

  /** Anna paid ben, who cancelled; the registry dies when it has stored the Verdict, and ben never syncs again. */
  async function diedAfterVerdict(world: World): Promise<readonly [Person, Person]> {
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    value(ben.wallet.cancel(asked.requestId));
    // No coin can be marked.
    await world.sql(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''died''; END';
      CREATE TRIGGER die BEFORE UPDATE ON coin FOR EACH ROW EXECUTE FUNCTION die()`);
    await expect(world.sync(ben)).rejects.toThrow();
    await world.sql('DROP TRIGGER die ON coin');
    return [anna, ben];
  }

  it('SET-7: a Verdict that was stored in time voids at the close, also where a crash left its coin unmarked', async () => {
    const world = await open();
    const [anna, ben] = await diedAfterVerdict(world);
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-8: what such a Verdict voids is given back at once', async () => {
    const world = await open();
    const [anna, ben] = await diedAfterVerdict(world);
    await world.settle(anna);
    await world.settle(anna);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    expect(await world.cases()).toEqual([]);
  });

  it("SET-7: of several payers' spends for one request without a Verdict the first stored counts, the others go back", async () => {
    const world = await open();
    const [anna, ben] = [
      await world.person('anna', { load: 3_000 }),
      await world.person('ben', { load: 3_000, operator: 2 }),
    ];
    const lost = await world.person('lost');
    const asked = value(lost.wallet.request({ amount: fen(1_000) }));
    for (const payer of [ben, anna]) {
      value(payer.wallet.pay(asked.message, { confirmed: true }));
      await world.sync(payer, { claim: 'all' });
    }
    await close(world);
    expect(await accounts(world, anna, ben, lost)).toEqual([3_000, 2_000, 1_000]);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-7: of many such requests each goes to the first stored, which sums up where any does', async () => {
    const world = await open();
    const names = Array.from({ length: 6 }, (_, i) => String(i));
    const first = await Promise.all(names.map((name) => world.person(`first ${name}`, { load: 3_000 })));
    const second = await Promise.all(names.map((name) => world.person(`second ${name}`, { load: 3_000 })));
    const lost = await world.person('lost');
    for (const [i, payer] of first.entries()) {
      const { message } = value(lost.wallet.request({ amount: fen(1_000) }));
      const holding = holdingOf(payer);
      const part = [{ parent: holding.parent, from: fen(0), to: fen(400) }];
      // Every other one signed for a part alone.
      const { exchange } = forgePayment(world, payer, message, { holding, inputs: part, seq: 1 });
      payer.cheats = false;
      if (i % 2 === 0) value(payer.wallet.pay(message, { confirmed: true }));
      if (i % 2 === 0) await world.sync(payer, { refresh: 'none' });
      else await world.upload({ exchanges: [exchange] });
      const later = second[i] ?? expect.unreachable();
      value(later.wallet.pay(message, { confirmed: true }));
      await world.sync(later, { refresh: 'none' });
    }
    await close(world);
    expect(await accounts(world, ...first)).toEqual(names.map((_, i) => (i % 2 === 0 ? 2_000 : 3_000)));
    expect(await accounts(world, ...second)).toEqual(names.map((_, i) => (i % 2 === 0 ? 3_000 : 2_000)));
    expect(await accounts(world, lost)).toEqual([6_000]);
  });

  it('SET-7: a payee that claims one payment without a Verdict gets no other one of that request at the close', async () => {
    const world = await open();
    const [anna, ben] = [
      await world.person('anna', { load: 3_000 }),
      await world.person('ben', { load: 3_000, operator: 2 }),
    ];
    const greedy = await world.person('greedy');
    const { message } = value(greedy.wallet.request({ amount: fen(1_000) }));
    for (const payer of [anna, ben]) value(payer.wallet.pay(message, { confirmed: true }));
    // Ben's payment is stored first; his payee says by its Claim that it took Anna's.
    await world.sync(ben, { refresh: 'none' });
    const exchanges = exchangesOf(anna);
    const offer = value(
      decodeOffer(
        exchanges[0]?.offer ?? new Uint8Array(0),
        value(decodeRequest(message, world.crypto)),
        world.crypto,
      ),
    );
    const inputs = offer.spends.flatMap(({ id, body }) =>
      body.inputs.map(({ from, to }, index) => ({ parent: { id, index }, from, to })),
    );
    const { operator, handle } = greedy;
    const key = greedy.wallet.state.payeeKey ?? expect.unreachable();
    const claim = forge(world, greedy, CLAIM, key, {
      inputs,
      operator,
      destination: { kind: 'account', handle },
    });
    expect((await world.upload({ exchanges, claims: [encodeSigned(CLAIM, claim)] })).items).toMatchObject([
      { outcome: 'credited', amount: 1_000 },
    ]);
    await close(world);
    expect(await accounts(world, anna, ben, greedy)).toEqual([2_000, 3_000, 1_000]);
  });

  it('SET-7: what a payee without a Verdict passed on stays with its later holder, although another payment was stored first', async () => {
    const world = await open();
    const [anna, ben] = [
      await world.person('anna', { load: 3_000 }),
      await world.person('ben', { load: 3_000, operator: 2 }),
    ];
    const [greedy, cara] = [await world.person('greedy'), await world.person('cara')];
    const { message } = value(greedy.wallet.request({ amount: fen(1_000) }));
    value(anna.wallet.pay(message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    const paid = value(ben.wallet.pay(message, { confirmed: true }));
    await world.sync(ben, { refresh: 'none' });
    value(greedy.wallet.receive(paid.sealedOffer));
    world.pay(greedy, cara, 1_000);
    // Neither greedy nor its Verdict comes; cara's device is lost after it told what it holds.
    await world.upload({ exchanges: exchangesOf(cara) });
    await close(world);
    expect(await accounts(world, anna, ben, cara, greedy)).toEqual([3_000, 2_000, 1_000, 0]);
  });

  it('SET-7: of conflicting branches nobody claimed, the first stored is walked; a culprit gets its gap after set-off', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { operator: 2, load: 5_000 });
    const copy = world.clone(mallory);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    world.pay(mallory, anna, 2_000);
    world.pay(copy, ben, 2_000);
    await world.sync(anna, { refresh: 'none' });
    await world.sync(ben, { claim: 'all' });
    expect(await accounts(world, anna, ben)).toEqual([0, 2_000]);
    await close(world);
    await world.sync(anna, { claim: 'all' });
    await world.registry.recover();
    expect(await world.culprits()).toEqual(['mallory']);
    expect(await accounts(world, anna, ben, mallory)).toEqual([2_000, 2_000, 1_000]);
  });

  it('SET-7: a late claim on another branch is owed by the wallet that the proof names', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { operator: 2, deposit: 9_000, load: 5_000 });
    const copy = world.clone(mallory);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    world.pay(mallory, anna, 2_000);
    world.pay(copy, ben, 2_000);
    await world.sync(anna, { refresh: 'none' });
    await close(world);
    expect(await accounts(world, anna, ben, mallory)).toEqual([2_000, 0, 7_000]);
    await world.sync(ben, { claim: 'all' });
    expect((await world.wealth(ben)).owed).toBe(2_000);
    await world.registry.recover();
    expect(await world.culprits()).toEqual(['mallory']);
    expect(await accounts(world, anna, ben, mallory)).toEqual([2_000, 2_000, 5_000]);
  });

  it('SET-5: a holder on a second branch who answered and lost the phone is paid by the fund at the close', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { operator: 2, load: 5_000 });
    const [copy, third] = [world.clone(mallory), world.clone(mallory)];
    const [anna, ben, cara] = [
      await world.person('anna'),
      await world.person('ben'),
      await world.person('cara'),
    ];
    world.pay(mallory, anna, 2_000);
    world.pay(copy, ben, 2_000);
    const asked = value(cara.wallet.request({ amount: fen(2_000) }));
    value(third.wallet.pay(asked.message, { confirmed: true }));
    for (const person of [anna, ben, third]) await world.sync(person, { refresh: 'none' });
    await close(world);
    expect(await accounts(world, anna, ben, cara)).toEqual([2_000, 2_000, 0]);
    expect((await world.cases())[0]).toMatchObject({ owedFen: 0, paidFen: 2_000 });
    expect((await world.wealth(mallory)).account).toBe(1_000);
    for (const person of [anna, ben]) {
      const late = await world.sync(person, { claim: 'all' });
      expect(late.refused.map(({ code }) => code)).toContain('already-claimed');
    }
    await world.registry.recover();
    expect(await accounts(world, anna, ben, cara, mallory)).toEqual([2_000, 2_000, 0, 1_000]);
    expect(await world.culprits()).toEqual(['mallory']);
  });

  it('SET-7, PAY-8: its payer is told that a payment nobody answered went to the payee at the close', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'recorded-not-yet-known' }]);
    world.passDays(CLOSE_DAYS + 1);
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'recorded-not-yet-known' }]);
    await world.registry.close(day(world.today));
    expect(await world.sync(anna, { refresh: 'none' })).toMatchObject({ complete: true, refused: [] });
    for (const { wallet } of [anna, restarted(world, anna)]) {
      expect(wallet.payments()).toMatchObject([{ state: 'paid-at-close' }]);
      expect(wallet.balance()).toMatchObject({ outgoing: 0, voided: 0 });
    }
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    // The payee's device is back: its Verdict is asked for and taken.
    await world.sync(ben);
    expect(await world.sync(anna)).toMatchObject({ verdictsTaken: 1 });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'paid' }]);
  });

  it('SET-7, PAY-8: of two payers of one request the second is told that its payment came back', async () => {
    const world = await open();
    const [anna, zoe] = [
      await world.person('anna', { load: 3_000 }),
      await world.person('zoe', { load: 3_000 }),
    ];
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    for (const payer of [anna, zoe]) {
      value(payer.wallet.pay(asked.message, { confirmed: true }));
      await world.sync(payer, { refresh: 'none' });
    }
    await close(world);
    for (const payer of [anna, zoe]) await world.sync(payer, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'paid-at-close' }]);
    for (const { wallet } of [zoe, restarted(world, zoe)]) {
      expect(wallet.payments()).toMatchObject([{ state: 'returned-at-close', returned: 1_200 }]);
      expect(wallet.balance()).toMatchObject({ outgoing: 0, voided: 0 });
    }
    expect(await accounts(world, anna, zoe, ben)).toEqual([1_800, 3_000, 1_200]);
  });

  it('SET-7, PAY-8: what its payer brings after the close had come back; a Claim of the payee is a debt', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    const receipt = value(ben.wallet.receive(paid.sealedOffer));
    await close(world);
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'returned-at-close', returned: 1_200 }]);
    await world.sync(ben, { claim: 'all' });
    await world.registry.recover();
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    expect(value(anna.wallet.takeVerdict(receipt.verdict, paid.paymentId)).state).toBe('paid');
  });

  it('PAY-8: a payer whose money had come back learns at its sync that the late payee has it', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    world.pay(anna, ben, 1_200, false);
    await close(world);
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'returned-at-close' }]);
    await world.sync(ben, { claim: 'all' });
    await world.registry.recover();
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    const report = await world.sync(anna, { refresh: 'none' });
    expect(report).toMatchObject({ verdictsTaken: 1, refused: [] });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'paid' }]);
  });

  it('PAY-8: nor is it given back a second time where the late payee refuses it', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await close(world);
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'returned-at-close' }]);
    value(ben.wallet.cancel(asked.requestId));
    await world.sync(ben);
    const report = await world.sync(anna, { refresh: 'none' });
    expect(report).toMatchObject({ verdictsTaken: 1, returnedFen: 0, refused: [] });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'not-paid' }]);
    expect(anna.wallet.balance()).toMatchObject({ voided: 0, settling: 0 });
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
  });

  it('PAY-8: a payee whom the first branch of a double spend left with nothing is no end to its payer', async () => {
    const world = await open();
    const mallory = await world.person('mallory', { load: 1_000 });
    const [ben, cara, dora] = [
      await world.person('ben'),
      await world.person('cara'),
      await world.person('dora'),
    ];
    const clone = world.clone(mallory);
    world.pay(mallory, dora, 1_000);
    await world.sync(dora, { refresh: 'none' });
    world.pay(clone, ben, 1_000);
    const asked = value(cara.wallet.request({ amount: fen(1_000) }));
    value(ben.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(ben, { refresh: 'none' });
    await close(world);
    await world.sync(ben, { refresh: 'none' });
    expect(ben.wallet.payments()).toMatchObject([{ state: 'paid' }, { state: 'recorded-not-yet-known' }]);
  });
});
