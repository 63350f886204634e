/** Verdicts: payments known from one side, voided money, lying payees, crashes (PAY-3, PAY-7, PAY-8, SET-13). */
import { idText } from '@duet/protocol/bytes';
import { decodeOffer, encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest, encodeRequest, keyOfDocument } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { signatureField } from '@duet/protocol/objects/fields';
import { encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { VERDICT } from '@duet/protocol/objects/verdict';
import type { Journal } from '@duet/wallet/journal';
import { expect, it } from 'vitest';
import { exchangesOf, forge, forgePayment, forgeVerdict, holdingOf, inputsOf, malleated } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { branded, codeOf, type Person, value, type World } from './world.ts';

const total = async (world: World, person: Person): Promise<number> => {
  const { account, walk } = await world.wealth(person);
  return account + walk;
};

/** The journal of a device that loses power at its n-th next write. */
function failingAfter(journal: Journal, writes: number): Journal {
  let left = writes;
  return {
    read: () => journal.read(),
    append: (records) => {
      if (left-- <= 0) throw new Error('power lost');
      journal.append(records);
    },
    replace: (records) => journal.replace(records),
    close: () => undefined,
  };
}

/** A payee that showed its payer "not paid" and kept the money: its clone accepted. */
async function lyingPayee(world: World): Promise<{ anna: Person; bad: Person }> {
  const anna = await world.person('anna', { load: 5_000 });
  const bad = await world.person('bad', { operator: 2 });
  const asked = value(bad.wallet.request({ amount: fen(2_000) }));
  const copy = world.clone(bad);
  const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
  value(bad.wallet.receive(paid.sealedOffer));
  const { verdict } = value(copy.wallet.cancel(asked.requestId));
  expect(value(anna.wallet.takeVerdict(verdict)).state).toBe('not-paid');
  return { anna, bad };
}

describeWithPostgres('verdicts', (open) => {
  it('PAY-7, PAY-8: two payers of one request: one is paid for, the other gets its money back, nobody is accused', async () => {
    for (const payeeFirst of [true, false]) {
      const world = await open();
      const [anna, ben] = [
        await world.person('anna', { load: 3_000 }),
        await world.person('ben', { load: 3_000, operator: 2 }),
      ];
      const shop = await world.person('Shop', { category: 5_411 });
      const asked = value(shop.wallet.request({ amount: fen(1_000) }));
      const first = value(anna.wallet.pay(asked.message, { confirmed: true }));
      const second = value(ben.wallet.pay(asked.message, { confirmed: true }));
      value(anna.wallet.takeVerdict(value(shop.wallet.receive(first.sealedOffer)).verdict));
      expect(codeOf(shop.wallet.receive(second.sealedOffer))).toBe('request-closed');
      const order = payeeFirst ? [shop, ben, anna] : [ben, shop, ben, anna];
      for (const person of order) await world.sync(person, { claim: 'all' });
      await world.settle(ben, shop, ben);
      expect(ben.wallet.payments()).toMatchObject([{ direction: 'out', state: 'not-paid' }]);
      expect(await total(world, shop)).toBe(1_000);
      expect(await total(world, anna)).toBe(2_000);
      expect(await total(world, ben)).toBe(3_000);
      expect(await world.cases()).toEqual([]);
    }
  });

  it('PAY-3: a payee that loses power before its verdict is durable has said nothing; shown again, the offer is paid', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    const asked = value(ben.wallet.request({ amount: fen(1_000) }));
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    const weak = world.walletOn(ben.identity, failingAfter(ben.journal, 0), ben.kek);
    expect(() => weak.receive(paid.sealedOffer)).toThrow('power lost');
    const restarted = world.device('ben', ben.identity, ben.journal, ben.kek);
    expect(restarted.wallet.balance().spendable).toBe(0);
    const receipt = value(restarted.wallet.receive(paid.sealedOffer));
    expect(receipt.again).toBe(false);
    value(anna.wallet.takeVerdict(receipt.verdict));
    await world.settle(anna, restarted);
    expect(await total(world, ben)).toBe(1_000);
    expect(await world.cases()).toEqual([]);
  });

  it("SET-4 (2): a released verdict that the payee's old copy contradicts names the payee; the payer is not harmed", async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_000) }));
    const old = world.clone(ben);
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    value(anna.wallet.takeVerdict(value(ben.wallet.receive(paid.sealedOffer)).verdict));
    value(old.wallet.cancel(asked.requestId));
    await world.sync(old);
    await world.settle(anna);
    const [found] = await world.cases();
    expect(found).toMatchObject({ form: 2, operator: 2 });
    expect(await world.culprits()).toEqual(['ben']);
    expect((await world.wealth(anna)).account).toBe(2_000);
    await world.sync(ben, { claim: 'all' });
    expect((await world.wealth(ben)).account).toBe(0);
  });

  it('PAY-8: a voided range that the payee claims first is paid back to the payer, and the payee owes it', async () => {
    const world = await open();
    const { anna, bad } = await lyingPayee(world);
    await world.sync(bad, { claim: 'all' });
    expect((await world.wealth(bad)).account).toBe(2_000);
    await world.sync(anna, { claim: 'all' });
    expect(await world.culprits()).toEqual(['bad']);
    expect(await total(world, anna)).toBe(5_000);
    expect(await world.fund(2)).toBe(98_000);
    expect(await world.registry.recover()).toBe(2_000);
    expect(await total(world, bad)).toBe(0);
  });

  it('PAY-8: a voided range that the payee claims or refreshes later gets nothing', async () => {
    for (const options of [{ claim: 'all' }, { refresh: 'all' }] as const) {
      const world = await open();
      const { anna, bad } = await lyingPayee(world);
      await world.settle(anna);
      expect(await total(world, anna)).toBe(5_000);
      const report = await world.sync(bad, options);
      expect(report.refused.map(({ code }) => code)).toContain('spend-void');
      expect(await total(world, bad)).toBe(0);
      expect(await world.culprits()).toEqual(['bad']);
      expect(await world.fund(2)).toBe(100_000);
    }
  });

  it('PAY-8, SET-5: a voided range spent again: its honest receiver is paid by the fund, the payer gets it back', async () => {
    for (const payerFirst of [true, false]) {
      const world = await open();
      const { anna, bad } = await lyingPayee(world);
      const cara = await world.person('cara');
      world.pay(bad, cara, 1_500);
      await world.settle(...(payerFirst ? [anna, cara] : [cara, anna]));
      expect(await total(world, cara), `payer first: ${payerFirst}`).toBe(1_500);
      expect(await total(world, anna), `payer first: ${payerFirst}`).toBe(5_000);
      const forms = (await world.cases()).flatMap(({ proofs }) =>
        proofs.map((proof) => world.accusation(proof).form),
      );
      expect(forms).toContain(3);
      expect(await world.culprits()).toEqual(['bad']);
      expect(await world.fund(2)).toBe(98_500);
    }
  });

  it("SET-13: a Verdict voids no Spend to somebody else that names the Verdict's request", async () => {
    for (const verdictFirst of [true, false]) {
      const world = await open();
      const anna = await world.person('anna', { load: 5_000 });
      const [ben, carl] = [await world.person('ben', { operator: 2 }), await world.person('carl')];
      const dora = await world.person('dora');
      const cancelled = value(carl.wallet.request({ amount: fen(2_000) }));
      value(carl.wallet.cancel(cancelled.requestId));
      const { payee } = value(
        decodeRequest(value(ben.wallet.request({ amount: fen(2_000) })).message, world.crypto),
      );
      // Anna and ben agree on it: later holders see the request of an earlier hop as a hash alone.
      const holding = holdingOf(anna);
      const spend = forge(world, anna, SPEND, holding.owner, {
        inputs: [{ parent: holding.parent, from: fen(0), to: fen(2_000) }],
        payee: payee.id,
        request: value(decodeRequest(cancelled.message, world.crypto)).request.id,
        seq: 1,
        time: world.clock(),
      });
      const provenance = Provenance.of(payee, spend);
      provenance.merge(holding.provenance);
      const parent = { id: spend.id, index: 0 };
      const asked = value(dora.wallet.request({ amount: fen(2_000) }));
      const { sealed } = forgePayment(world, ben, asked.message, {
        holding: { ...holding, parent, owner: keyOfDocument(payee), provenance },
        inputs: [{ parent, from: fen(0), to: fen(2_000) }],
        seq: 1,
      });
      value(dora.wallet.receive(sealed));
      await world.settle(...(verdictFirst ? [carl, dora] : [dora, carl]));
      expect(await total(world, dora)).toBe(2_000);
      expect(await total(world, anna)).toBe(3_000);
      expect(await Promise.all([world.fund(1), world.fund(2)])).toEqual([100_000, 100_000]);
    }
  });

  it('SET-4: a Verdict that came with a Request under a broken signature does not spoil the proof', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 5_000 });
    const bad = await world.person('bad', { operator: 2 });
    const { asked } = world.pay(anna, bad, 2_000);
    const { payee, request } = value(decodeRequest(asked.message, world.crypto));
    const verdict = forgeVerdict(world, bad, keyOfDocument(payee), request.id, []);
    const signature = branded(signatureField, request.signature.toReversed());
    const broken = encodeRequest({ payee, request: withSignature(request, signature) });
    await world.upload({ exchanges: [{ request: broken }], verdicts: [encodeSigned(VERDICT, verdict)] });
    await world.sync(anna);
    await world.sync(bad, { claim: 'all' });
    expect(await world.culprits()).toEqual(['bad']);
  });

  it('PAY-10: a refund before either side synced opens no case, whoever syncs first', async () => {
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [2, 1, 0],
    ]) {
      const world = await open();
      const anna = await world.person('anna', { load: 5_000 });
      const shop = await world.person('Shop', { category: 5_411, operator: 2 });
      const cara = await world.person('cara');
      const people = [anna, shop, cara];
      const { paid } = world.pay(anna, shop, 3_000);
      for (const refund of value(anna.wallet.requestRefund(paid.paymentId))) {
        const back = value(shop.wallet.pay(refund.message, { confirmed: true }));
        value(shop.wallet.takeVerdict(value(anna.wallet.receive(back.sealedOffer)).verdict));
      }
      world.pay(anna, cara, 4_000);
      for (const place of order) {
        const person = people[place];
        if (person) expect(await world.sync(person)).toMatchObject({ complete: true, refused: [] });
      }
      await world.settle(...people);
      expect(await world.cases()).toEqual([]);
      expect(await Promise.all(people.map((person) => total(world, person)))).toEqual([1_000, 0, 4_000]);
    }
  });

  it("SET-13: known from its payer alone: pending at once, answered and held at the payee's sync", async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'recorded-not-yet-known' }]);
    expect(value(await world.registry.account(2, ben.handle))).toEqual({ balance: 0, pending: 1_200 });
    expect(await world.wealth(ben)).toMatchObject({ account: 0, walk: 1_200 });
    const report = await world.sync(ben);
    expect(report).toMatchObject({ answered: 1, complete: true, refused: [] });
    expect(ben.wallet.balance().spendable).toBe(1_200);
    expect(value(await world.registry.account(2, ben.handle)).pending).toBe(0);
    expect(await world.sync(anna)).toMatchObject({ verdictsTaken: 1 });
    expect(anna.wallet.payments()).toMatchObject([{ state: 'paid' }]);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-13: unloading to the account takes pending payments along', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const shop = await world.person('Shop', { category: 5_411 });
    world.pay(anna, shop, 700);
    const asked = value(shop.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna);
    const report = await world.sync(shop, { claim: 'all' });
    expect(report).toMatchObject({ answered: 1, claimedFen: 1_900, refused: [] });
    expect(value(await world.registry.account(1, shop.handle))).toEqual({ balance: 1_900, pending: 0 });
  });

  it('SET-2: a payee who withdraws before its device syncs its verdicts is credited once and never accused', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    world.pay(anna, ben, 1_200);
    await world.sync(anna);
    const holding = holdingOf(ben);
    const destination = { kind: 'account', handle: ben.handle } as const;
    const body = { inputs: inputsOf(holding), operator: 2, destination };
    const early = forge(world, ben, CLAIM, holding.owner, body, true);
    const { items } = await world.upload({ claims: [encodeSigned(CLAIM, early)] });
    expect(items).toMatchObject([{ outcome: 'credited', amount: 1_200 }]);
    const report = await world.sync(ben, { refresh: 'all' });
    expect(report.refused.map(({ code }) => code)).toEqual(['already-claimed']);
    await world.settle(anna, ben);
    expect((await world.wealth(ben)).account).toBe(1_200);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-3, PAY-4: a crash between two Spends of one request: the same Spends again, or the money back', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 1_000, deposit: 2_000 });
    await world.sync(anna, { load: fen(1_000), refresh: 'none' });
    const ben = await world.person('ben');
    const asked = value(ben.wallet.request({ amount: fen(1_800) }));
    const weak = world.walletOn(anna.identity, failingAfter(anna.journal, 1), anna.kek);
    expect(() => weak.pay(asked.message, { confirmed: true })).toThrow('power lost');
    const restarted = world.device('anna', anna.identity, anna.journal, anna.kek);
    expect(restarted.wallet.payments()).toMatchObject([{ state: 'recorded' }]);
    await world.sync(restarted);
    const paid = value(restarted.wallet.pay(asked.message, { confirmed: true }));
    expect(paid.spends).toHaveLength(2);
    value(restarted.wallet.takeVerdict(value(ben.wallet.receive(paid.sealedOffer)).verdict));

    const later = value(ben.wallet.request({ amount: fen(150) }));
    const weaker = world.walletOn(anna.identity, failingAfter(anna.journal, 1), anna.kek);
    expect(() => weaker.pay(later.message, { confirmed: true })).toThrow('power lost');
    const again = world.device('anna', anna.identity, anna.journal, anna.kek);
    const open150 = again.wallet.payments().find(({ state }) => state === 'recorded');
    if (!open150) throw new Error('attacks: the payment was not recorded');
    value(again.wallet.free(open150.paymentId));
    expect(again.wallet.balance().spendable).toBe(200);
    await world.settle(again, ben);
    expect(await total(world, anna)).toBe(200);
    expect(await total(world, ben)).toBe(1_800);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-8: one of two Spends reaches the registry alone; the verdict still decides both', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 1_000, deposit: 2_000 });
    await world.sync(anna, { load: fen(1_000), refresh: 'none' });
    const ben = await world.person('ben');
    world.pay(anna, ben, 1_800);
    const [exchange] = exchangesOf(anna);
    if (!exchange?.offer) throw new Error('attacks: nothing to upload');
    const message = value(decodeRequest(exchange.request, world.crypto));
    const whole = value(decodeOffer(exchange.offer, message, world.crypto));
    expect(whole.spends).toHaveLength(2);
    const half = encodeOffer({ spends: whole.spends.slice(0, 1), provenance: whole.provenance }, message);
    const { answer } = await world.upload({ exchanges: [{ request: exchange.request, offer: half }] });
    expect(answer.refused).toEqual([]);
    await world.settle(ben, anna);
    expect(await total(world, ben)).toBe(1_800);
    expect(await total(world, anna)).toBe(200);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-8: a verdict shown after the payer synced reaches the registry without the payee', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    const asked = value(ben.wallet.request({ amount: fen(1_000) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    value(anna.wallet.takeVerdict(value(ben.wallet.cancel(asked.requestId)).verdict));
    const report = await world.sync(anna);
    expect(report).toMatchObject({ returnedFen: 1_000, refused: [] });
    expect(anna.wallet.balance().spendable).toBe(3_000);
    expect(value(await world.registry.account(1, ben.handle)).pending).toBe(0);
    await world.settle(ben);
    expect(await world.cases()).toEqual([]);
  });

  it('PAY-5: of two encodings of one offer one is refused, and changes nothing', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    world.pay(anna, ben, 1_000);
    const [exchange] = exchangesOf(anna);
    if (!exchange?.offer) throw new Error('attacks: nothing to upload');
    const head = exchange.offer[1] ?? 0;
    // The outer array's head in two bytes instead of one.
    const other = Uint8Array.of(exchange.offer[0] ?? 0, 0x98, head & 0x1f, ...exchange.offer.subarray(2));
    const { answer } = await world.upload({
      exchanges: [exchange, { request: exchange.request, offer: other }],
    });
    expect(answer.refused).toMatchObject([{ list: 1, place: 1, code: 'not-canonical' }]);
    await world.settle(anna, ben);
    expect(await total(world, ben)).toBe(1_000);
    expect(await world.cases()).toEqual([]);
  });

  it('ID-1: malleated signatures make no second message: no case, no second credit', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben');
    world.pay(anna, ben, 1_000);
    const holding = holdingOf(anna);
    const asked = value(ben.wallet.request({ amount: fen(400) }));
    const input = { parent: holding.parent, from: fen(1_000), to: fen(1_400) };
    const change = { time: world.clock() };
    const { spend, exchange } = forgePayment(world, anna, asked.message, {
      holding,
      inputs: [input],
      seq: 2,
      change,
    });
    const twin = forgePayment(world, anna, asked.message, { holding, inputs: [input], seq: 2, change });
    expect(idText(twin.spend.id)).toBe(idText(spend.id));
    expect(twin.spend.signature).not.toEqual(spend.signature);
    anna.cheats = false;
    const request = value(decodeRequest(asked.message, world.crypto)).request;
    const payee = holdingOf(ben).owner;
    const verdict = forgeVerdict(world, ben, payee, request.id, [spend.id]);
    ben.cheats = false;
    const other = { ...verdict, signature: malleated(verdict.signature) };
    const { answer } = await world.upload({
      exchanges: [exchange, twin.exchange],
      verdicts: [encodeSigned(VERDICT, verdict), encodeSigned(VERDICT, other)],
    });
    expect(answer.refused).toEqual([]);
    expect(await world.cases()).toEqual([]);
    expect((await world.wealth(ben)).walk).toBe(400);
  });
});
