/** Sync: either side settles, verdicts, voided ranges, claims, refresh, refunds, standing requests (SET-9, SET-13). */
import { idText } from '@duet/protocol/bytes';
import { fen } from '@duet/protocol/money';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../src/memory-journal.ts';
import { codeOf, copyOf, payment, value, World } from './helpers/world.ts';

const TILL = { name: 'Corner shop', category: 5411, region: 310000 };

describe('either side settles (SET-13)', () => {
  it('a payment known only from its payer is answered by the payee at its sync', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(300) }));
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    expect(anna.payments()).toMatchObject([{ state: 'not-yet-known' }]);
    await anna.sync(world);
    expect(anna.payments()).toMatchObject([{ state: 'recorded-not-yet-known' }]);
    const report = await ben.sync(world);
    expect(report).toMatchObject({ complete: true, answered: 1 });
    expect(ben.balance().spendable).toBe(300);
    expect(await anna.sync(world)).toMatchObject({ verdictsTaken: 1 });
    expect(anna.payments()).toMatchObject([{ state: 'paid' }]);
    expect(value(ben.receive(paid.sealedOffer))).toMatchObject({ again: true });
  });

  it('PAY-8: a closed request voids the spend, which comes back by a Return and by nothing else', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(300) }));
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    const { verdict } = value(ben.cancel(asked.requestId));
    expect(codeOf(ben.receive(paid.sealedOffer))).toBe('request-closed');
    expect(value(ben.cancel(asked.requestId)).verdict).toEqual(verdict);
    expect(value(anna.takeVerdict(verdict))).toMatchObject({ state: 'not-paid' });
    expect(anna.balance()).toMatchObject({ spendable: 700, voided: 300, outgoing: 0 });
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('request-closed');
    expect(await anna.sync(world)).toMatchObject({ complete: true, coins: 1 });
    expect(anna.balance()).toMatchObject({ spendable: 1_000, voided: 0, settling: 0 });
    const all = payment(anna, ben, 1_000);
    expect(all.receipt.amount).toBe(1_000);
    await anna.sync(world);
    expect(world.uploads.flatMap((upload) => upload.returns)).toHaveLength(1);
  });

  it('a verdict that says yes after one that said no is kept as evidence', async () => {
    const world = new World();
    const journal = memoryJournal();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben', 0, { journal })];
    const asked = value(ben.request({ amount: fen(300) }));
    const liar = world.wallet('ben', { journal: copyOf(journal) });
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    value(anna.takeVerdict(value(ben.cancel(asked.requestId)).verdict));
    const yes = value(liar.receive(paid.sealedOffer));
    expect(value(anna.takeVerdict(yes.verdict, paid.paymentId))).toMatchObject({ state: 'not-paid' });
    expect(anna.exportEvidence().proofs).toHaveLength(1);
  });

  it('an interrupted sync goes on where it ended', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 400);
    let calls = 0;
    const failing = {
      trust: () => world.trust(),
      certify: (enrolment: Uint8Array) => world.certify(enrolment),
      load: (order: Parameters<World['load']>[0]) => world.load(order),
      account: (...args: Parameters<World['account']>) => world.account(...args),
      settle: async (sealed: Uint8Array) => {
        const answer = await world.settle(sealed);
        calls += 1;
        if (calls % 2 === 0) return answer;
        throw new Error('connection lost');
      },
    };
    let complete = false;
    for (let i = 0; i < 6 && !complete; i++) {
      complete = await ben.sync(failing).then(
        (report) => report.complete,
        () => false,
      );
    }
    expect(complete).toBe(true);
    expect(ben.balance()).toMatchObject({ spendable: 400, settling: 0 });
    expect(ben.state.holdings.size).toBe(1);
  });
});

describe('names in the history', () => {
  it('PRIV-1: name the other side, as far as it has one: who was paid, or the till that paid on', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const till = await world.person('till', 0, { terminal: TILL });
    payment(anna, till, 250);
    const asked = payment(till, ben, 100);
    for (const settled of [false, true]) {
      if (settled) for (const wallet of [anna, ben, till]) await wallet.sync(world);
      expect(anna.payments()).toMatchObject([{ direction: 'out', payeeName: 'Corner shop' }]);
      const [taken, paidOn] = till.payments();
      for (const name of ['payeeName', 'payerName']) {
        expect(taken).not.toHaveProperty(name);
        expect(paidOn).not.toHaveProperty(name);
      }
      expect(ben.payments()).toMatchObject([{ direction: 'in', payerName: 'Corner shop' }]);
      expect(ben.payments()[0]).not.toHaveProperty('payeeName');
    }
    expect(asked.taken.state).toBe('paid');
  });
});

describe('claims and refresh (SET-9)', () => {
  it('a till claims all it holds, and pays nothing on', async () => {
    const world = new World();
    const anna = await world.person('anna', 1_000);
    const till = await world.person('till', 0, { terminal: TILL });
    payment(anna, till, 250);
    payment(anna, till, 150);
    expect(anna.payments()[0]).toMatchObject({ payeeName: 'Corner shop' });
    expect(await till.sync(world, { claim: 'all' })).toMatchObject({ claimedFen: 400, complete: true });
    expect(till.balance()).toMatchObject({ spendable: 0, settling: 0 });
    expect(world.balanceOf('till')).toBe(400);
  });

  it('SET-13: a till claims in one upload with what it received, in the next what payers recorded alone', async () => {
    const world = new World();
    const [anna, till] = [
      await world.person('anna', 1_000),
      await world.person('till', 0, { terminal: TILL }),
    ];
    payment(anna, till, 250);
    const asked = value(till.request({ amount: fen(150) }));
    value(anna.pay(asked.message, { confirmed: true }));
    await anna.sync(world);
    world.uploads.length = 0;
    const report = await till.sync(world, { claim: 'all' });
    expect(report).toMatchObject({ complete: true, uploads: 2, answered: 1, claimedFen: 400, refused: [] });
    const told = world.uploads.map((upload) => [upload.verdicts.length, upload.claims.length]);
    expect(told).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(world.balanceOf('till')).toBe(400);
  });

  it('SET-13: a device uploads nothing before somebody has a Request of it, and asks from then on', async () => {
    const world = new World();
    const ben = world.wallet('ben');
    expect(await ben.sync(world)).toMatchObject({ complete: true, uploads: 0 });
    expect(world.uploads).toEqual([]);
    payment(await world.person('anna', 1_000), ben, 100);
    for (const round of ['says', 'asks']) {
      world.uploads.length = 0;
      expect(await ben.sync(world, { renew: false, refresh: 'none' }), round).toMatchObject({ uploads: 1 });
      expect(world.uploads[0]?.inquiry, round).toBeDefined();
    }
    value(ben.request({ amount: fen(1) }));
    expect(await ben.sync(world, { refresh: 'none' })).toMatchObject({ uploads: 1 });
  });

  it('after a refresh the old key still spends what it receives', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const late = value(ben.request({ amount: fen(200) }));
    payment(anna, ben, 300);
    expect(await ben.sync(world)).toMatchObject({ refreshedFen: 300 });
    const receipt = value(ben.receive(value(anna.pay(late.message, { confirmed: true })).sealedOffer));
    expect(receipt.amount).toBe(200);
    expect(payment(ben, anna, 500).taken.state).toBe('paid');
  });

  it('PRIV-1: a used payee key is replaced at sync, an unused one is not', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const before = ben.state.payeeKey;
    await ben.sync(world);
    expect(ben.state.payeeKey).toEqual(before);
    payment(anna, ben, 100);
    await ben.sync(world);
    expect(ben.state.payeeKey).not.toEqual(before);
  });

  it('more than 16 coins are unloaded and loaded as one', async () => {
    const world = new World();
    world.fund('anna', 1_700);
    const anna = await world.person('anna');
    await anna.sync(world, { load: fen(1_700), loadParts: Array.from({ length: 17 }, () => fen(100)) });
    expect(anna.state.holdings.size).toBe(17);
    expect(await anna.sync(world)).toMatchObject({ complete: true, mergedFen: 1_700, loadedFen: 1_700 });
    expect(anna.state.holdings.size).toBe(1);
    expect(anna.balance().spendable).toBe(1_700);
  });

  it('a load that the account does not cover is refused and leaves nothing open', async () => {
    const world = new World();
    const anna = await world.person('anna');
    const report = await anna.sync(world, { load: fen(10) });
    expect(report.refused).toMatchObject([{ code: 'account-funds' }]);
    expect(anna.state.loads.size).toBe(0);
  });
});

describe('PRIV-5', () => {
  it('pays different payees from different coins as long as they last, the same one from the same coin', async () => {
    const world = new World();
    world.fund('anna', 900);
    const anna = await world.person('anna');
    await anna.sync(world, { load: fen(900), loadParts: [fen(300), fen(300), fen(300)] });
    const payees = await Promise.all(['ben', 'cara', 'dora'].map((name) => world.person(name)));
    const coinOf = new Map<unknown, string>();
    for (let round = 0; round < 3; round++)
      for (const payee of payees) {
        payment(anna, payee, 50);
        const coins = [...payee.state.holdings.values()].map(({ coin }) => idText(coin.id));
        expect(new Set(coins).size).toBe(1);
        coinOf.set(payee, coins[0] ?? '');
      }
    expect(new Set(coinOf.values()).size).toBe(3);
    // When no coin is left alone, they are shared rather than refused.
    expect(payment(anna, await world.person('emil'), 450).taken.state).toBe('paid');
  });
});

describe('conditional money', () => {
  it('is spent first where it applies, nowhere else, and refreshed under its condition', async () => {
    const world = new World();
    world.condition = { categories: [5411] };
    const anna = await world.person('anna', 500);
    world.condition = undefined;
    world.fund('anna', 500);
    await anna.sync(world, { load: fen(500), refresh: 'none' });
    const [till, ben] = [await world.person('till', 0, { terminal: TILL }), await world.person('ben')];
    expect(anna.balance()).toMatchObject({ spendable: 500, conditional: 500 });
    payment(anna, till, 200);
    expect(anna.balance()).toMatchObject({ spendable: 500, conditional: 300 });
    const asked = value(ben.request({ amount: fen(501) }));
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('insufficient-funds');
    payment(anna, till, 400);
    expect(anna.balance()).toMatchObject({ spendable: 400, conditional: 0 });
  });

  it('PAY-8, PAY-10: never goes to the account: where all is claimed it stays coins, void or not', async () => {
    const world = new World();
    const till = await world.person('till', 0, { terminal: TILL });
    world.condition = { categories: [5411] };
    const anna = await world.person('anna', 500);
    const asked = value(till.request({ amount: fen(200) }));
    value(anna.pay(asked.message, { confirmed: true }));
    value(anna.takeVerdict(value(till.cancel(asked.requestId)).verdict));
    await till.sync(world);
    world.uploads.length = 0;
    const report = await anna.sync(world, { claim: 'all', refresh: 'all' });
    expect(report).toMatchObject({ complete: true, refused: [], claimedFen: 0 });
    const orders = world.uploads.flatMap(({ claims, returns }) => [
      ...claims.map((bytes) => decodeSigned(CLAIM, bytes, world.crypto).body.destination.kind),
      ...returns.map((bytes) => decodeSigned(RETURN, bytes, world.crypto).body.destination.kind),
    ]);
    expect(orders).toEqual(['coins', 'coins']);
    expect(world.balanceOf('anna')).toBe(0);
    expect(anna.balance()).toMatchObject({ spendable: 0, conditional: 500, voided: 0 });
  });
});

describe('refund (PAY-10)', () => {
  it('goes back to the key that paid, from the payment refunded', async () => {
    const world = new World();
    const anna = await world.person('anna', 1_000);
    const till = await world.person('till', 0, { terminal: TILL });
    const { paid } = payment(anna, till, 250);
    const [wanted] = value(anna.requestRefund(paid.paymentId));
    if (!wanted) throw new Error('no refund request');
    expect(value(till.inspectRequest(wanted.message))).toMatchObject({ refund: true, amount: 250 });
    const back = value(till.pay(wanted.message, { confirmed: true }));
    const receipt = value(anna.receive(back.sealedOffer));
    expect(receipt).toMatchObject({ amount: 250, depth: 2 });
    expect(value(till.takeVerdict(receipt.verdict))).toMatchObject({ state: 'paid' });
    expect(anna.balance().spendable).toBe(1_000);
    expect(payment(anna, till, 1_000).receipt.amount).toBe(1_000);
  });

  it('is refused when the money was claimed or passed on', async () => {
    const world = new World();
    const anna = await world.person('anna', 1_000);
    const till = await world.person('till', 0, { terminal: TILL });
    const { paid } = payment(anna, till, 250);
    await till.sync(world, { claim: 'all' });
    const [wanted] = value(anna.requestRefund(paid.paymentId));
    expect(codeOf(till.pay(wanted?.message ?? new Uint8Array(0), { confirmed: true }))).toBe(
      'not-refundable',
    );
  });
});

describe('standing request (PAY-12)', () => {
  it('takes each payment once, by scan or by sync', async () => {
    const world = new World();
    const [anna, ben, stall] = [
      await world.person('anna', 1_000),
      await world.person('ben', 1_000),
      await world.person('stall'),
    ];
    const printed = value(stall.request({ standing: true, text: 'Noodles' }));
    const first = value(anna.pay(printed.message, { confirmed: true, amount: fen(120) }));
    const second = value(ben.pay(printed.message, { confirmed: true, amount: fen(80) }));
    const receipt = value(stall.receive(first.sealedOffer));
    expect(receipt.amount).toBe(120);
    expect(value(stall.receive(first.sealedOffer)).again).toBe(true);
    expect(value(anna.takeVerdict(receipt.verdict)).state).toBe('paid');
    world.pass(20_000);
    expect(codeOf(stall.receive(second.sealedOffer))).toBe('request-stale');
    await ben.sync(world);
    expect(await stall.sync(world)).toMatchObject({ answered: 1 });
    await ben.sync(world);
    expect(ben.payments()).toMatchObject([{ state: 'paid', amount: 80 }]);
    expect(stall.balance().spendable).toBe(200);
    const third = value(anna.pay(printed.message, { confirmed: true, amount: fen(5) }));
    expect(third.paymentId).not.toBe(first.paymentId);
  });
});

describe('after everything is settled', () => {
  it('PAY-4, PAY-7, PAY-12: nothing is paid or taken a second time', async () => {
    const world = new World();
    const journals = [memoryJournal(), memoryJournal()] as const;
    let anna = await world.person('anna', 1_000, { journal: journals[0] });
    let stall = await world.person('stall', 0, { journal: journals[1] });
    const printed = value(stall.request({ standing: true }));
    const standing = value(anna.pay(printed.message, { confirmed: true, amount: fen(50) }));
    value(anna.takeVerdict(value(stall.receive(standing.sealedOffer)).verdict));
    const { asked, paid } = payment(anna, stall, 60);
    await stall.sync(world);
    await anna.sync(world);
    for (let restarts = 0; restarts < 2; restarts++) {
      expect(anna.state.outgoing.size).toBe(0);
      expect(value(stall.receive(standing.sealedOffer))).toMatchObject({ again: true, amount: 50 });
      expect(value(stall.receive(paid.sealedOffer))).toMatchObject({ again: true, amount: 60 });
      expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('already-paid');
      expect(stall.balance().spendable).toBe(110);
      const own = anna.payments().filter((view) => view.direction === 'out');
      expect(own.map((view) => view.state)).toEqual(['paid', 'paid']);
      expect(value(anna.requestRefund(paid.paymentId))).toMatchObject([{ amount: 60 }]);
      anna = world.wallet('anna', { journal: copyOf(journals[0]) });
      stall = world.wallet('stall', { journal: copyOf(journals[1]) });
    }
  });

  it('LIMIT-1: a terminal that was offline longer than its ticket asks for nothing', async () => {
    const world = new World();
    const till = await world.person('till', 0, { terminal: TILL });
    world.pass(6 * 86_400);
    value(till.request({ amount: fen(5) }));
    world.pass(2 * 86_400);
    expect(codeOf(till.request({ amount: fen(5) }))).toBe('sync-required');
    await till.sync(world);
    value(till.request({ amount: fen(5) }));
  });
});
