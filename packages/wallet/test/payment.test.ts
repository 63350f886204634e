/** Two wallets, many payments: request, pay, receive, verdict, pass on (PAY-2 to PAY-9, PAY-11, LIMIT-1). */
import { instant } from '@duet/protocol/brand';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { fen } from '@duet/protocol/money';
import { FRAUD_PROOF } from '@duet/protocol/objects/fraud-proof';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../src/memory-journal.ts';
import { codeOf, copyOf, payment, value, World } from './helpers/world.ts';

describe('a payment between two wallets', () => {
  it('PAY-9: is accepted, answered and passed on at once, A→B→C→A included', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 10_000),
      await world.person('ben'),
      await world.person('cara'),
    ];
    const first = payment(anna, ben, 2_500);
    expect(first.taken.state).toBe('paid');
    expect(first.receipt).toMatchObject({ amount: 2_500, again: false, depth: 1 });
    expect(anna.balance()).toMatchObject({ spendable: 7_500, outgoing: 0 });
    expect(ben.balance().spendable).toBe(2_500);
    expect(payment(ben, cara, 1_000).receipt.depth).toBe(2);
    expect(payment(cara, anna, 600).receipt.depth).toBe(3);
    expect(anna.balance().spendable).toBe(8_100);
    const all = payment(anna, ben, 8_100);
    expect(all.paid.spends).toHaveLength(2);
    expect(all.receipt.depth).toBe(4);
    expect(anna.balance().spendable).toBe(0);
    expect(ben.balance().spendable).toBe(9_600);
  });

  it('PAY-4, PAY-7: the same request gives the same bytes, the same offer the same answer', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 5_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(700), text: 'soup' }));
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    const again = value(anna.pay(asked.message, { confirmed: true }));
    expect(again.again).toBe(true);
    expect(again.sealedOffer).toEqual(paid.sealedOffer);
    expect(anna.balance()).toMatchObject({ spendable: 4_300, outgoing: 700 });
    const receipt = value(ben.receive(paid.sealedOffer));
    world.pass(30);
    const second = value(ben.receive(paid.sealedOffer));
    expect(second).toMatchObject({ again: true, at: receipt.at });
    expect(second.verdict).toEqual(receipt.verdict);
    expect(ben.balance().spendable).toBe(700);
    value(anna.takeVerdict(receipt.verdict));
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('already-paid');
    expect(anna.payments()).toMatchObject([{ direction: 'out', state: 'paid', amount: 700, text: 'soup' }]);
  });

  it('PAY-11: a sealed offer replayed to another payee fails and leaves its request open', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 5_000),
      await world.person('ben'),
      await world.person('cara'),
    ];
    const forBen = value(ben.request({ amount: fen(700) }));
    const forCara = value(cara.request({ amount: fen(700) }));
    const paid = value(anna.pay(forBen.message, { confirmed: true }));
    expect(codeOf(cara.receive(paid.sealedOffer))).toBe('cannot-open');
    value(cara.receive(value(anna.pay(forCara.message, { confirmed: true })).sealedOffer));
  });

  it('changed bytes anywhere in a sealed offer are refused', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 5_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(700) }));
    const { sealedOffer } = value(anna.pay(asked.message, { confirmed: true }));
    for (let i = 0; i < sealedOffer.length; i += 7) {
      const changed = sealedOffer.slice();
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(ben.receive(changed).ok).toBe(false);
    }
    value(ben.receive(sealedOffer));
  });

  it('pays any amount up to all it holds, from many pieces', async () => {
    const world = new World();
    const payers = await Promise.all(
      Array.from({ length: 7 }, (_, i) => world.person(`payer-${i}`, 1_000 + i)),
    );
    const [shop, ben] = [await world.person('shop'), await world.person('ben')];
    for (const payer of payers)
      payment(payer, shop, value(payer.request({ amount: fen(1) })) && payer.balance().spendable);
    expect(shop.balance().spendable).toBe(7_021);
    const all = payment(shop, ben, 7_021);
    expect(all.paid.spends).toHaveLength(2);
    expect(shop.balance().spendable).toBe(0);
    expect(ben.balance().spendable).toBe(7_021);
  });

  it('finds a double spend in what it holds, and keeps the proof (PAY-5, SET-4)', async () => {
    const world = new World();
    const journal = memoryJournal();
    const mallory = await world.person('mallory', 1_000, { journal });
    const [ben, cara] = [await world.person('ben'), await world.person('cara')];
    const clone = world.wallet('mallory', { journal: copyOf(journal) });
    payment(mallory, ben, 1_000);
    payment(clone, cara, 1_000);
    const asked = value(cara.request({ amount: fen(400) }));
    const refused = cara.receive(value(ben.pay(asked.message, { confirmed: true })).sealedOffer);
    expect(codeOf(refused)).toBe('conflict');
    const { proofs } = cara.exportEvidence();
    expect(proofs).toHaveLength(1);
    const bundle = decodeSigned(TRUST_BUNDLE, (await world.trust()).bundle, world.crypto);
    const proof = decodeBytes(FRAUD_PROOF, proofs[0] ?? new Uint8Array(0), 100_000);
    const named = value(settle(examineProof(proof, new TrustView(bundle), world.crypto), world.crypto));
    expect([...mallory.state.keys.values()].map((own) => own.key)).toContainEqual(named.culprit);
    cara.receive(value(ben.pay(asked.message, { confirmed: true })).sealedOffer);
    expect(cara.exportEvidence().proofs).toHaveLength(1);
  });
});

describe('what the payer is told', () => {
  it.each([
    ['insufficient-funds', {}, 10_001],
    ['amount-above-limit', { maxPerPayment: fen(500) }, 501],
    ['confirmation-required', { pinAbove: fen(100) }, 101],
  ] as const)('%s', async (code, policy, amount) => {
    const world = new World({ policy });
    const [anna, ben] = [await world.person('anna', 10_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(amount) }));
    expect(codeOf(anna.pay(asked.message, { confirmed: false }))).toBe(code);
    expect(anna.balance().spendable).toBe(10_000);
  });

  it('count-limit: LIMIT-1 counts the spends of a key; a sync starts anew', async () => {
    const world = new World({ policy: { maxPayments: 2 } });
    const [anna, ben] = [await world.person('anna', 10_000), await world.person('ben')];
    payment(anna, ben, 100);
    payment(anna, ben, 100);
    const asked = value(ben.request({ amount: fen(100) }));
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('count-limit');
    const report = await anna.sync(world);
    expect(report).toMatchObject({ complete: true, refreshedFen: 9_800, coins: 1 });
    value(anna.pay(asked.message, { confirmed: true }));
  });

  it('too-many-hops: maxHops 0 freezes what was received until a sync', async () => {
    const world = new World({ policy: { maxHops: 0 } });
    const [anna, ben, cara] = [
      await world.person('anna', 1_000),
      await world.person('ben'),
      await world.person('cara'),
    ];
    payment(anna, ben, 1_000);
    const asked = value(cara.request({ amount: fen(1_000) }));
    expect(codeOf(ben.pay(asked.message, { confirmed: true }))).toBe('too-many-hops');
    await ben.sync(world);
    value(cara.receive(value(ben.pay(asked.message, { confirmed: true })).sealedOffer));
  });

  it('too-fragmented: more than 32 pieces, until a sync makes one of them', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 4_000),
      await world.person('ben'),
      await world.person('cara'),
    ];
    for (let i = 0; i < 33; i++) payment(anna, ben, 100);
    const asked = value(cara.request({ amount: fen(3_300) }));
    expect(codeOf(ben.pay(asked.message, { confirmed: true }))).toBe('too-fragmented');
    await ben.sync(world);
    expect(ben.state.holdings.size).toBe(1);
    value(cara.receive(value(ben.pay(asked.message, { confirmed: true })).sealedOffer));
  });

  it('paying-oneself, amount-invalid, request-stale, malformed', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const own = value(anna.request({ amount: fen(1) }));
    expect(codeOf(anna.pay(own.message, { confirmed: true }))).toBe('paying-oneself');
    expect(codeOf(ben.request({ amount: fen(0) }))).toBe('amount-invalid');
    expect(codeOf(ben.request({}))).toBe('amount-invalid');
    const asked = value(ben.request({ amount: fen(10) }));
    world.pass(2_000);
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('request-stale');
    expect(codeOf(anna.inspectRequest(asked.message))).toBe('request-stale');
    expect(codeOf(anna.pay(asked.message.subarray(0, 50), { confirmed: true }))).toBe('malformed');
    expect(ben.expire()).toEqual([asked.requestId]);
  });

  it('device limits: payments and total between two syncs, balance', async () => {
    const world = new World();
    const anna = await world.person('anna', 5_000, {
      limits: { maxPayments: 2, maxTotal: fen(1_000), maxBalance: fen(6_000) },
    });
    const ben = await world.person('ben');
    const pays = (amount: number) =>
      codeOf(anna.pay(value(ben.request({ amount: fen(amount) })).message, { confirmed: true }));
    expect(pays(1_001)).toBe('amount-above-limit');
    expect(pays(300)).toBe('accepted');
    expect(pays(300)).toBe('accepted');
    expect(pays(300)).toBe('count-limit');
    expect(codeOf(anna.request({ amount: fen(2_000) }))).toBe('balance-limit');
    await anna.sync(world);
    expect(pays(300)).toBe('accepted');
  });

  it('a first sync comes before anything', () => {
    const world = new World();
    expect(codeOf(world.wallet('new').request({ amount: fen(1) }))).toBe('bundle-missing');
    expect(codeOf(world.wallet('new').pay(new Uint8Array(3), { confirmed: true }))).toBe('malformed');
  });

  it('LIMIT-2: where continuity is not shown, nothing is signed before a sync', async () => {
    const world = new World();
    const journal = memoryJournal();
    const [anna, ben] = [await world.person('anna', 1_000, { journal }), await world.person('ben')];
    anna.close();
    const restored = world.wallet('anna', { journal: copyOf(journal), continuity: 'unknown' });
    const asked = value(ben.request({ amount: fen(10) }));
    expect(codeOf(restored.pay(asked.message, { confirmed: true }))).toBe('sync-required');
    expect(codeOf(restored.request({ amount: fen(10) }))).toBe('sync-required');
    await restored.sync(world);
    expect(codeOf(restored.pay(asked.message, { confirmed: true }))).toBe('insufficient-funds');
    world.fund('anna', 10);
    await restored.sync(world, { load: fen(10) });
    value(restored.pay(asked.message, { confirmed: true }));
  });

  it('time: coins past spendBy wait for a sync; a payer time never goes back', async () => {
    const world = new World({ policy: { spendDays: 10 } });
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    world.time = instant(world.time + 11 * 86_400);
    world.changeTrust();
    await ben.sync(world);
    const asked = value(ben.request({ amount: fen(10) }));
    expect(codeOf(anna.pay(asked.message, { confirmed: true }))).toBe('coin-expired');
    expect((await anna.sync(world)).refreshedFen).toBe(1_000);
    value(anna.pay(asked.message, { confirmed: true }));
  });
});
