/**
 * LIMIT-2: what an old copy of a wallet can do once it has synced: nothing with the keys that it holds. The newer
 * copy, or the registry's close of the coins, has the money; no two messages of one key contradict each other.
 */
import { keyText } from '@duet/protocol/bytes';
import { fen } from '@duet/protocol/money';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvidence, encodeEvidence } from '../src/evidence.ts';
import { memoryJournal } from '../src/memory-journal.ts';
import type { SyncOptions } from '../src/sync.ts';
import type { Wallet } from '../src/wallet.ts';
import { contradictionsOf } from './helpers/contradictions.ts';
import { describeState } from './helpers/describe-state.ts';
import { codeOf, copyOf, payment, value, World } from './helpers/world.ts';

const OPTIONS: readonly SyncOptions[] = [
  {},
  { refresh: 'all' },
  { refresh: 'none' },
  { claim: 'all' },
  { refresh: 'all', claim: 'all' },
];

/** Anna at a moment, and what she did after it. */
async function rolledBack() {
  const world = new World();
  const journal = memoryJournal();
  let anna = await world.person('anna', 10_000, { journal });
  const [ben, cara] = [await world.person('ben', 2_000), await world.person('cara')];
  payment(anna, ben, 1_000);
  payment(ben, anna, 300);
  const open = value(anna.request({ amount: fen(200) }));
  const unanswered = value(ben.request({ amount: fen(400) }));
  const late = value(anna.pay(unanswered.message, { confirmed: true }));
  const old = copyOf(journal);
  // The newer copy spends the rest, passes on what it received, answers its request, and settles.
  payment(anna, cara, 5_000);
  const accepted = value(anna.receive(value(ben.pay(open.message, { confirmed: true })).sealedOffer));
  payment(anna, cara, anna.balance().spendable - 100);
  for (const wallet of [anna, ben, cara]) await wallet.sync(world);
  anna.close();
  anna = world.wallet('anna', { journal: old, continuity: 'unknown' });
  return { world, anna, ben, cara, open, unanswered, late, accepted, old };
}

describe('an old copy of a wallet', () => {
  it.each(OPTIONS)('spends and claims nothing of what it held, after a sync with %o', async (options) => {
    const { world, anna, ben, cara, open, unanswered } = await rolledBack();
    const held = anna.balance();
    expect(held).toMatchObject({ spendable: 8_900, outgoing: 400, waiting: 0 });
    expect(codeOf(anna.pay(value(cara.request({ amount: fen(1) })).message, { confirmed: true }))).toBe(
      'sync-required',
    );
    const before = world.uploads.length;
    const report = await anna.sync(world, options);
    expect(report).toMatchObject({ complete: true, refreshedFen: 0, claimedFen: 0, refused: [] });
    expect(world.uploads.slice(before).flatMap((upload) => [...upload.claims, ...upload.returns])).toEqual(
      [],
    );
    // All of it waits for the close of its coins, and says when that is.
    expect(anna.balance()).toMatchObject({ spendable: 0, conditional: 0, waiting: 8_900 });
    const closes = anna.waiting();
    expect(closes.reduce((total, { amount }) => total + amount, 0)).toBe(8_900);
    const { spendDays, claimDays, graceDays } = world.policy;
    for (const { at } of closes)
      expect(Math.round(((at ?? 0) - world.time) / 86_400)).toBeGreaterThanOrEqual(
        spendDays + claimDays + graceDays - 1,
      );
    // Neither money, nor answers, nor refunds to the retired keys.
    expect(codeOf(anna.pay(value(cara.request({ amount: fen(1) })).message, { confirmed: true }))).toBe(
      'insufficient-funds',
    );
    expect(codeOf(anna.cancel(open.requestId))).toBe('range-not-owned');
    expect(codeOf(ben.pay(open.message, { confirmed: true }))).toBe('already-paid');
    const paid = anna.payments().find(({ direction, state }) => direction === 'out' && state === 'paid');
    if (paid) expect(codeOf(anna.requestRefund(paid.paymentId))).toBe('not-refundable');
    for (let i = 0; i < 2; i++) await anna.sync(world, options);
    for (const wallet of [ben, cara]) await wallet.sync(world, options);
    expect(codeOf(anna.pay(unanswered.message, { confirmed: true }))).toBe('already-paid');
    expect(contradictionsOf(world)).toEqual([]);
  });

  it('would be found out, did it not retire its keys (planted)', async () => {
    const { world, ben, cara, old } = await rolledBack();
    const clone = world.wallet('anna', { journal: copyOf(old) });
    const dora = await world.person('dora');
    payment(clone, dora, 8_000);
    for (const wallet of [clone, ben, cara, dora]) await wallet.sync(world);
    const found = contradictionsOf(world).join();
    for (const form of ['form 1', 'form 4']) expect(found).toContain(form);
  });

  it('takes new keys, and works with new money', async () => {
    const { world, anna, ben, cara } = await rolledBack();
    const retired = new Set(anna.state.keys.keys());
    world.fund('anna', 500);
    expect(await anna.sync(world, { load: fen(500) })).toMatchObject({ complete: true, loadedFen: 500 });
    expect(anna.balance()).toMatchObject({ spendable: 500, waiting: 8_900 });
    expect(payment(anna, cara, 200).taken.state).toBe('paid');
    expect(payment(ben, anna, 50).taken.state).toBe('paid');
    for (const { owner } of anna.state.holdings.values()) expect(retired.has(keyText(owner))).toBe(false);
    for (const wallet of [anna, ben, cara]) await wallet.sync(world);
    expect(anna.balance()).toMatchObject({ spendable: 350, waiting: 8_900 });
    expect(contradictionsOf(world)).toEqual([]);
  });

  it('uploads the evidence that it has, and shows in its history what waits', async () => {
    const { world, anna, late } = await rolledBack();
    const before = world.uploads.length;
    await anna.sync(world);
    expect(world.uploads.slice(before).flatMap((upload) => upload.exchanges).length).toBeGreaterThan(0);
    const views = anna.payments();
    expect(views.find(({ paymentId }) => paymentId === late.paymentId)?.state).toMatch(/not-yet-known|paid/);
    expect(views.filter(({ waiting }) => waiting).map(({ direction, state }) => [direction, state])).toEqual([
      ['in', 'paid'],
      ['in', 'open'],
    ]);
  });

  it('stays retired after a restart, and forgets what waited once its coins are closed', async () => {
    const { world, anna, old } = await rolledBack();
    await anna.sync(world);
    const again = world.wallet('anna', { journal: copyOf(old) });
    expect(describeState(again.state)).toEqual(describeState(anna.state));
    expect(again.balance()).toMatchObject({ spendable: 0, waiting: 8_900 });
    world.pass(140 * 86_400);
    world.changeTrust();
    await again.sync(world);
    expect(again.balance()).toMatchObject({ spendable: 0, waiting: 0 });
    expect(again.payments().some(({ waiting }) => waiting)).toBe(false);
  });

  it('neither signs nor frees what it had recorded: a newer copy may have done either', async () => {
    const world = new World();
    const journal = memoryJournal();
    const ben = await world.person('ben');
    (await world.person('anna', 1_000, { journal })).close();
    let appends = 0;
    const dying = {
      ...copyOf(journal),
      append: (records: readonly Uint8Array[]) => {
        if (appends++ === 1) throw new Error('power lost');
        journal.append(records);
      },
    };
    const asked = value(ben.request({ amount: fen(300) }));
    expect(() => world.wallet('anna', { journal: dying }).pay(asked.message, { confirmed: true })).toThrow();
    const old = copyOf(journal);
    const newer = world.wallet('anna', { journal });
    const [recorded] = newer.payments();
    if (!recorded) throw new Error('a recorded payment');
    value(newer.free(recorded.paymentId));
    const all = value(ben.request({ amount: fen(1_000) }));
    value(ben.receive(value(newer.pay(all.message, { confirmed: true })).sealedOffer));

    const back = world.wallet('anna', { journal: old, continuity: 'unknown' });
    expect(codeOf(back.pay(asked.message, { confirmed: true }))).toBe('sync-required');
    expect(codeOf(back.free(recorded.paymentId))).toBe('sync-required');
    await back.sync(world);
    expect(codeOf(back.pay(asked.message, { confirmed: true }))).toBe('range-not-owned');
    expect(codeOf(back.free(recorded.paymentId))).toBe('range-not-owned');
    expect(back.balance()).toMatchObject({ spendable: 0, outgoing: 0, waiting: 1_000 });
    expect(back.payments()).toMatchObject([{ state: 'recorded', waiting: true }]);
    const restarted = world.wallet('anna', { journal: copyOf(old) });
    expect(describeState(restarted.state)).toEqual(describeState(back.state));
    for (const wallet of [back, newer, ben]) await wallet.sync(world);
    expect(contradictionsOf(world)).toEqual([]);
  });

  it('answers no offer, and leaves a void spend to the close of its coin', async () => {
    const world = new World();
    const journal = memoryJournal();
    const anna = await world.person('anna', 1_000, { journal });
    const ben = await world.person('ben', 1_000);
    const asked = value(anna.request({ amount: fen(70) }));
    const offer = value(ben.pay(asked.message, { confirmed: true }));
    const unpaid = value(ben.request({ amount: fen(400) }));
    value(anna.pay(unpaid.message, { confirmed: true }));
    const { verdict } = value(ben.cancel(unpaid.requestId));
    const back = world.wallet('anna', { journal: copyOf(journal), continuity: 'unknown' });
    expect(codeOf(back.receive(offer.sealedOffer))).toBe('sync-required');
    expect(codeOf(back.cancel(asked.requestId))).toBe('sync-required');
    await back.sync(world);
    expect(codeOf(back.receive(offer.sealedOffer))).toBe('request-unknown');
    expect(value(back.takeVerdict(verdict)).state).toBe('not-paid');
    expect(back.balance()).toMatchObject({ spendable: 0, voided: 0, outgoing: 0, waiting: 1_000 });
    await ben.sync(world);
    await back.sync(world);
    expect(world.uploads.flatMap((upload) => upload.returns)).toEqual([]);
    expect(value(anna.receive(offer.sealedOffer)).amount).toBe(70);
    await anna.sync(world);
    expect(contradictionsOf(world)).toEqual([]);
  });

  it('any history, any moment: the two copies never contradict each other', async () => {
    const step = fc.record({
      kind: fc.constantFrom('pay', 'earn', 'ask', 'sync', 'lose', 'cancel'),
      amount: fc.integer({ min: 1, max: 400 }),
    });
    const story = fc.array(step, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        story,
        story,
        story,
        fc.integer({ min: 0, max: 4 }),
        async (first, then, back, choice) => {
          const world = new World();
          const journal = memoryJournal();
          const anna = await world.person('anna', 3_000, { journal });
          const ben = await world.person('ben', 3_000);
          const run = async (wallet: Wallet, steps: typeof first): Promise<void> => {
            for (const { kind, amount } of steps) {
              const ask = (from: Wallet) => from.request({ amount: fen(amount) });
              if (kind === 'sync') await wallet.sync(world, OPTIONS[choice] ?? {});
              else if (kind === 'pay' || kind === 'lose') {
                const asked = value(ask(ben));
                const paid = wallet.pay(asked.message, { confirmed: true });
                if (paid.ok && kind === 'pay')
                  wallet.takeVerdict(value(ben.receive(paid.value.sealedOffer)).verdict);
              } else {
                const asked = ask(wallet);
                if (!asked.ok || kind === 'ask') continue;
                if (kind === 'cancel') wallet.cancel(asked.value.requestId);
                const paid = ben.pay(asked.value.message, { confirmed: true });
                if (paid.ok) wallet.receive(paid.value.sealedOffer);
              }
            }
          };
          await run(anna, first);
          const old = copyOf(journal);
          await run(anna, then);
          const copy = world.wallet('anna', { journal: old, continuity: 'unknown' });
          await run(copy, back.filter(({ kind }) => kind !== 'sync').slice(0, 2));
          await copy.sync(world, OPTIONS[choice] ?? {});
          expect(copy.balance()).toMatchObject({ spendable: 0, voided: 0 });
          await run(copy, back);
          world.pass(2_000);
          for (let round = 0; round < 2; round++)
            for (const wallet of [copy, anna, ben]) await wallet.sync(world);
          expect(contradictionsOf(world)).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a restored backup', () => {
  it('proves what the lost wallet did, and spends nothing of it', async () => {
    const world = new World();
    const anna = await world.person('anna', 1_000);
    const [ben, cara] = [await world.person('ben', 500), await world.person('cara')];
    payment(ben, anna, 120);
    const asked = value(cara.request({ amount: fen(300) }));
    value(anna.pay(asked.message, { confirmed: true }));
    const evidence = value(decodeEvidence(encodeEvidence(anna.exportEvidence())));
    payment(anna, cara, 600);

    const restored = world.wallet('anna');
    restored.importEvidence(evidence);
    expect(await restored.sync(world)).toMatchObject({ complete: true, refused: [] });
    expect(restored.balance()).toMatchObject({ spendable: 0, outgoing: 0 });
    expect(codeOf(restored.pay(asked.message, { confirmed: true }))).toBe('insufficient-funds');
    // Its payee learns of the payment from it, as from the wallet itself.
    expect(await cara.sync(world)).toMatchObject({ answered: 1 });
    world.fund('anna', 50);
    await restored.sync(world, { load: fen(50), refresh: 'all' });
    expect(payment(restored, ben, 50).taken.state).toBe('paid');
    for (const wallet of [ben, cara, restored]) await wallet.sync(world);
    expect(contradictionsOf(world)).toEqual([]);
  });
});
