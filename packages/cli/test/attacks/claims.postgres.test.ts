/** Claims and loads: each range is credited once, bad inputs are refused alone, orders make coins once (SET-2, SET-9, SET-11). */
import { compareBytes, equalBytes, idText } from '@duet/protocol/bytes';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CLAIM, type Claim, type ClaimBody } from '@duet/protocol/objects/claim';
import { idField } from '@duet/protocol/objects/fields';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { compareInputs, type Input } from '@duet/protocol/objects/spend';
import type { LoadOrder, SettlementPort } from '@duet/protocol/settlement-port';
import { expect, it } from 'vitest';
import { exchangesOf, forge, forgePayment, holdingOf, inputsOf, malleated } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { branded, codeOf, type Person, value, type World } from './world.ts';

/** A Claim to the person's account, signed by its own device. */
function claimOf(
  world: World,
  person: Person,
  inputs: readonly Input[],
  change: Partial<ClaimBody> = {},
): Claim {
  const destination = { kind: 'account', handle: person.handle } as const;
  const body = { inputs: [...inputs].sort(compareInputs), operator: person.operator, destination, ...change };
  return forge(world, person, CLAIM, holdingOf(person).owner, body, true);
}

const bytesOf = (claim: Claim): Uint8Array => encodeSigned(CLAIM, claim);

/** Somebody who received two payments and whose payer synced. */
async function payee(world: World): Promise<Person> {
  const anna = await world.person('anna', { load: 5_000 });
  const ben = await world.person('ben', { operator: 2 });
  world.pay(anna, ben, 1_000);
  world.pay(anna, ben, 700);
  await world.sync(anna);
  return ben;
}

const whole = (person: Person): Input[] => [...person.wallet.state.holdings.values()].flatMap(inputsOf);

describeWithPostgres('claims and loads', (open) => {
  it('SET-2: a claim resent is credited once, with the same answer', async () => {
    const world = await open();
    const ben = await payee(world);
    const claim = bytesOf(claimOf(world, ben, whole(ben)));
    const first = await world.upload({ claims: [claim] });
    expect(first.items.map(({ amount }) => amount).sort()).toEqual([1_000, 700]);
    for (let i = 0; i < 3; i++)
      expect((await world.upload({ claims: [claim, claim] })).items).toEqual([
        ...first.items,
        ...first.items,
      ]);
    expect((await world.wealth(ben)).account).toBe(1_700);
  });

  it('SET-14: answers that are lost on the way: the next sync takes them, once', async () => {
    const world = await open();
    const ben = await payee(world);
    for (const options of [{ refresh: 'all' }, { claim: 'all' }] as const) {
      for (let lost = 1; lost <= 3; lost++) {
        let calls = 0;
        const { registry } = world;
        const port: SettlementPort = {
          trust: () => registry.trust(),
          certify: (enrolment) => registry.certify(enrolment),
          load: (order) => registry.load(order),
          account: (operator, handle) => registry.account(operator, handle),
          settle: async (sealed) => {
            const answer = await registry.settle(sealed);
            if (++calls >= lost) throw new Error('connection lost');
            return answer;
          },
        };
        await ben.wallet
          .sync(port, options)
          .catch((error: Error) => expect(error.message).toBe('connection lost'));
      }
      expect(await world.sync(ben, options)).toMatchObject({ complete: true, refused: [] });
      const { account, walk } = await world.wealth(ben);
      expect([account, walk, ben.wallet.balance().spendable]).toEqual(
        options === undefined || 'claim' in options ? [1_700, 0, 0] : [0, 1_700, 1_700],
      );
    }
  });

  it('SET-2: re-signed after one bad input: the bad one is refused alone, the rest credited once', async () => {
    const world = await open();
    const ben = await payee(world);
    const good = whole(ben);
    const parent = { id: branded(idField, new Uint8Array(32).fill(9)), index: 0 };
    const bad: Input = { parent, from: fen(0), to: fen(50) };
    const first = await world.upload({ claims: [bytesOf(claimOf(world, ben, [...good, bad]))] });
    expect(first.items.map(({ outcome, code }) => code ?? outcome).sort()).toEqual([
      'credited',
      'credited',
      'spend-unknown',
    ]);
    expect((await world.wealth(ben)).account).toBe(1_700);
    const again = await world.upload({ claims: [bytesOf(claimOf(world, ben, good))] });
    expect(again.items.map(({ code }) => code)).toEqual(['already-claimed', 'already-claimed']);
    expect((await world.wealth(ben)).account).toBe(1_700);
    expect(await world.cases()).toEqual([]);
  });

  it("SET-2: a Claim that held under one's own key takes nothing when its first input becomes known as another's", async () => {
    const world = await open();
    const ben = await world.person('ben', { operator: 2 });
    for (let round = 0; ; round++) {
      const anna = await world.person(`anna${round}`, { load: 5_000 });
      const own = holdingOf(anna);
      const paid = Array.from({ length: 6 }, () => world.pay(anna, ben, 100));
      const received = whole(ben).find(({ parent }) => compareBytes(parent.id, own.parent.id) < 0);
      const [rest] = inputsOf(own);
      if (!received || !rest || paid.length === 0) {
        if (round === 20) throw new Error('attacks: no id that comes first');
        await world.settle(anna, ben);
        continue;
      }
      // Signed by anna alone: the registry does not know the payment, and takes her for the owner of all.
      const claim = bytesOf(claimOf(world, anna, [received, { ...rest, from: fen(rest.to - 1) }]));
      const before = await world.upload({ claims: [claim] });
      expect(before.items.map(({ code }) => code)).toEqual(['spend-unknown', undefined]);
      const after = await world.upload({ exchanges: exchangesOf(anna), claims: [claim] });
      expect(after.answer.refused).toMatchObject([{ list: 3, code: 'bad-signature' }]);
      expect((await world.wealth(anna)).account).toBe(1);
      await world.settle(ben);
      expect((await world.wealth(ben)).account).toBe(600 * (round + 1));
      break;
    }
  });

  it('SET-13: a payment of which its payee claims one Spend, and not the other, is pending', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000, deposit: 5_000 });
    await anna.wallet.sync(world.registry, { load: fen(2_000) });
    const ben = await world.person('ben', { operator: 2 });
    const { asked } = world.pay(anna, ben, 4_500);
    const exchange = exchangesOf(anna).find(({ request }) => equalBytes(request, asked.message));
    const one = inputsOf(holdingOf(ben));
    if (!exchange) throw new Error('attacks: nothing was paid');
    await world.upload({ exchanges: [exchange], claims: [bytesOf(claimOf(world, ben, one))] });
    const account = value(await world.registry.account(2, ben.handle));
    expect(account.balance).toBeLessThan(4_500);
    expect(account.pending).toBe(4_500);
  });

  it('SET-2: a part claimed before is left out, the rest of the input is credited', async () => {
    const world = await open();
    const ben = await payee(world);
    const [input] = whole(ben);
    if (!input) throw new Error('attacks: nothing is held');
    const part = { ...input, to: fen(input.from + 300) };
    await world.upload({ claims: [bytesOf(claimOf(world, ben, [part]))] });
    const { items } = await world.upload({ claims: [bytesOf(claimOf(world, ben, [input]))] });
    expect(items).toMatchObject([{ outcome: 'credited', amount: input.to - input.from - 300 }]);
    expect((await world.wealth(ben)).account).toBe(input.to - input.from);
  });

  it('SET-2: a bad claim in a batch is refused alone, with its code', async () => {
    const world = await open();
    const ben = await payee(world);
    const [one, two] = whole(ben);
    if (!one || !two) throw new Error('attacks: two payments');
    const stranger = await world.person('stranger');
    const outside = { ...one, to: fen(one.to + 10) };
    const mine = claimOf(world, ben, [one]);
    const swapped = { ...claimOf(world, ben, [two]), signature: mine.signature };
    const key = [...stranger.wallet.state.keys.values()][0]?.key ?? holdingOf(ben).owner;
    const theft = forge(world, stranger, CLAIM, key, {
      ...mine.body,
      operator: 1,
      destination: { kind: 'account', handle: stranger.handle },
    });
    const { answer, items } = await world.upload({
      claims: [
        bytesOf(swapped),
        Uint8Array.of(1, 2, 3),
        bytesOf(theft),
        bytesOf(mine),
        bytesOf(claimOf(world, ben, [outside])),
      ],
    });
    expect(answer.refused.map(({ list, place, code }) => [list, place, code])).toEqual([
      [3, 1, 'malformed'],
      [3, 0, 'bad-signature'],
      [3, 2, 'bad-signature'],
    ]);
    expect(items.map(({ outcome, code }) => code ?? outcome)).toEqual(['credited', 'range-outside-parent']);
    expect((await world.wealth(ben)).account).toBe(one.to - one.from);
    expect((await world.wealth(stranger)).account).toBe(0);
  });

  it('SET-2: claims of one range by one key, at once from many connections of two servers, are credited once', async () => {
    const world = await open();
    const ben = await payee(world);
    const other = await world.connect();
    const inputs = whole(ben);
    const claims = Array.from({ length: 24 }, (_, i) =>
      bytesOf(
        claimOf(
          world,
          ben,
          inputs.map((input) => ({ ...input, from: fen(input.from + (i % 6)), to: fen(input.to - (i % 4)) })),
        ),
      ),
    );
    const answers = await Promise.all(
      claims.map((claim, i) => world.upload({ claims: [claim] }, i % 2 === 0 ? world.registry : other)),
    );
    const items = new Map(
      answers.flatMap((answer) => answer.items.map((item) => [`${idText(item.object)}:${item.index}`, item])),
    );
    expect(items.size).toBe(24);
    const credited = [...items.values()].reduce((sum, { amount = 0 }) => sum + amount, 0);
    const { account, walk } = await world.wealth(ben);
    expect(account).toBe(credited);
    expect(account + walk).toBe(1_700);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-2: the same claim at once from many connections is one credit', async () => {
    const world = await open();
    const ben = await payee(world);
    const other = await world.connect();
    const claim = bytesOf(claimOf(world, ben, whole(ben)));
    const ports = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? world.registry : other));
    const answers = await Promise.all(ports.map((port) => world.upload({ claims: [claim] }, port)));
    for (const { items } of answers)
      expect(items.map(({ outcome }) => outcome)).toEqual(['credited', 'credited']);
    expect((await world.wealth(ben)).account).toBe(1_700);
  });

  it('SET-9: a refresh whose outputs were swapped on the way does not verify; the right one still makes its coins', async () => {
    const world = await open();
    const ben = await payee(world);
    const thief = await world.person('thief', { load: 10 });
    const theirs = holdingOf(thief).owner;
    const [mine] = [...ben.wallet.state.keys.values()].map(({ key }) => key);
    if (!mine) throw new Error('attacks: a key');
    const outputs = (owner: typeof mine) =>
      ({ kind: 'coins', outputs: [{ owner, amount: fen(1_700) }] }) as const;
    const right = claimOf(world, ben, whole(ben), { destination: outputs(mine) });
    const wrong = claimOf(world, ben, whole(ben), { destination: outputs(theirs) });
    const { answer } = await world.upload({ claims: [bytesOf({ ...wrong, signature: right.signature })] });
    expect(answer.refused).toMatchObject([{ list: 3, place: 0, code: 'bad-signature' }]);
    const made = await world.upload({ claims: [bytesOf(right)] });
    expect(made.answer.coins).toHaveLength(1);
    const again = await world.upload({
      claims: [bytesOf({ ...right, signature: malleated(right.signature) })],
    });
    expect(again.answer.coins).toEqual(made.answer.coins);
    expect(await world.wealth(ben)).toMatchObject({ account: 0, walk: 1_700 });
    expect(await world.wealth(thief)).toMatchObject({ walk: 10 });
  });

  it('PAY-5: overlapping inputs inside one Spend are refused by payee and registry', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 5_000 });
    const ben = await world.person('ben');
    const { paid } = world.pay(anna, ben, 1_000);
    const coin = holdingOf(anna);
    for (const refund of value(anna.wallet.requestRefund(paid.paymentId))) {
      const back = value(ben.wallet.pay(refund.message, { confirmed: true }));
      value(ben.wallet.takeVerdict(value(anna.wallet.receive(back.sealedOffer)).verdict));
    }
    const refunded = [...anna.wallet.state.holdings.values()].find(
      ({ parent }) => parent.index !== undefined,
    );
    if (!refunded) throw new Error('attacks: the refund is not held');
    const asked = value(ben.wallet.request({ amount: fen(1_500) }));
    const inputs = [
      { parent: coin.parent, from: fen(0), to: fen(500) },
      { parent: refunded.parent, from: fen(0), to: fen(1_000) },
    ].sort(compareInputs);
    const { exchange, sealed } = forgePayment(world, anna, asked.message, {
      holding: refunded,
      inputs,
      seq: 2,
    });
    expect(codeOf(ben.wallet.receive(sealed))).toBe('range-overlap');
    const { answer } = await world.upload({ exchanges: [exchange] });
    expect(answer.refused).toMatchObject([{ list: 1, place: 0, code: 'range-overlap' }]);
    expect(idText(value(decodeRequest(asked.message, world.crypto)).request.id)).toBe(asked.requestId);
    await world.settle(ben);
    expect((await world.wealth(ben)).account).toBe(0);
  });

  it('SET-11: the same load order from 20 callers of two servers debits once and gives the same coins', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 5_000, load: 1_000 });
    const other = await world.connect();
    const owner = holdingOf(anna).owner;
    const order: LoadOrder = {
      order: new Uint8Array(16).fill(5),
      operator: 1,
      handle: anna.handle,
      currency: 156,
      policy: 1,
      outputs: [
        { owner, amount: fen(700) },
        { owner, amount: fen(300) },
      ],
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? world.registry : other).load(order)),
    );
    const coins = answers.map((answer) => value(answer).map((coin) => Buffer.from(coin).toString('hex')));
    for (const made of coins) expect(made).toEqual(coins[0]);
    expect(await world.wealth(anna)).toMatchObject({ account: 3_000, walk: 2_000 });
    const changed = { ...order, outputs: [{ owner, amount: fen(1_000) }] };
    expect(codeOf(await world.registry.load(changed))).toBe('order-reused');
    expect(await world.wealth(anna)).toMatchObject({ account: 3_000, walk: 2_000 });
  });

  it('SET-9, SET-11: a load that takes the id of a refresh for its number makes no money of it', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 5_000, load: 1_000 });
    const { owner } = holdingOf(anna);
    const [coin] = whole(anna);
    if (!coin) throw new Error('attacks: nothing is held');
    for (let from = 0; from < 6; from++) {
      const output = { owner, amount: fen(1) };
      const input = { ...coin, from: fen(from), to: fen(from + 1) };
      const claim = claimOf(world, anna, [input], { destination: { kind: 'coins', outputs: [output] } });
      const load = { order: claim.id, operator: 1, handle: anna.handle, currency: 156, policy: 1 };
      expect(codeOf(await world.registry.load({ ...load, outputs: [output] }))).toBe('malformed');
      await world.upload({ claims: [bytesOf(claim)] });
    }
    expect(await world.wealth(anna)).toMatchObject({ account: 4_000, walk: 1_000 });
  });

  it('SET-11: 20 different loads at once from two servers never take more than the account holds', async () => {
    const world = await open();
    const anna = await world.person('anna', { deposit: 5_000, load: 1_000 });
    const other = await world.connect();
    const owner = holdingOf(anna).owner;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const order = new Uint8Array(16).fill(i + 1);
        const outputs = [{ owner, amount: fen(700) }];
        return (i % 2 === 0 ? world.registry : other).load({
          order,
          operator: 1,
          handle: anna.handle,
          currency: 156,
          policy: 1,
          outputs,
        });
      }),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(5);
    expect(new Set(answers.filter((answer) => !answer.ok).map(codeOf))).toEqual(new Set(['account-funds']));
    expect((await world.wealth(anna)).account).toBe(500);
  });

  it('SET-11: above the quota nothing is issued, and nothing changes', async () => {
    const world = await open({ reserve: 10_000, quota: 5_000 });
    const anna = await world.person('anna', { deposit: 20_000 });
    const refused = await world.sync(anna, { load: fen(5_001) });
    expect(refused.refused.map(({ code }) => code)).toEqual(['quota-exceeded']);
    expect(await world.wealth(anna)).toMatchObject({ account: 20_000, walk: 0 });
    expect(await world.sync(anna, { load: fen(5_000) })).toMatchObject({ loadedFen: 5_000, refused: [] });
    expect(
      (await world.sync(anna, { load: fen(1), refresh: 'none' })).refused.map(({ code }) => code),
    ).toEqual(['quota-exceeded']);
  });

  it('LIMIT-1: a wallet at the bound of live coins is told so; its money is on the account, not lost', async () => {
    const world = await open({ limits: { keys: 100, coins: 1 } });
    const anna = await world.person('anna', { load: 1_000, deposit: 1_500 });
    const refused = await world.sync(anna, { load: fen(500), refresh: 'none' });
    expect(refused.refused.map(({ code }) => code)).toEqual(['too-many-coins']);
    expect(await world.wealth(anna)).toMatchObject({ account: 500, walk: 1_000 });
    const ben = await world.person('ben', { operator: 2, load: 700 });
    world.pay(anna, ben, 1_000);
    const report = await world.sync(ben, { refresh: 'all' });
    expect(report).toMatchObject({ complete: true, refreshedFen: 1_700, coins: 1 });
    expect(report.refused.map(({ code }) => code)).toEqual(['too-many-coins']);
    const { account, walk } = await world.wealth(ben);
    expect([account + walk, [700, 1_000].includes(walk)]).toEqual([1_700, true]);
    // Anna's coin is spent to the end: there is room for another one.
    expect(await world.sync(anna, { load: fen(500) })).toMatchObject({ loadedFen: 500, refused: [] });
  });

  it('SET-10: the same deposit at once from many callers is paid in once', async () => {
    const world = await open();
    const anna = await world.person('anna');
    const other = await world.connect();
    const id = new Uint8Array(16).fill(3);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? world.registry : other).deposit(1, anna.handle, fen(900), id),
      ),
    );
    world.paidIn(900);
    expect((await world.wealth(anna)).account).toBe(900);
  });
});
