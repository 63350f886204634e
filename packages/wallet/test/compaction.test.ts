/** A journal that has grown is replaced by a snapshot of its state: the same state, far fewer bytes. */
import { fen } from '@duet/protocol/money';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../src/journal.ts';
import { memoryJournal } from '../src/memory-journal.ts';
import { describeState } from './helpers/describe-state.ts';
import { codeOf, copyOf, payment, value, World } from './helpers/world.ts';

/** Counts the replacements; the power may be lost at one, before or after it. */
function watched(power: 'kept' | 'lost-before' | 'lost-after' = 'kept') {
  const inner = memoryJournal();
  const seen = { replaced: 0, before: 0 };
  const journal: Journal = {
    ...inner,
    replace: (records) => {
      if (power === 'lost-before') throw new Error('power lost');
      seen.before = sizeOf(inner);
      seen.replaced += 1;
      inner.replace(records);
      if (power === 'lost-after') throw new Error('power lost');
    },
  };
  return { journal, seen };
}

const sizeOf = (journal: Journal): number =>
  journal.read().reduce((total, record) => total + record.length, 0);

async function busy(journal: Journal) {
  const world = new World();
  const anna = await world.person('anna', 100_000, { journal });
  const ben = await world.person('ben', 100_000);
  return { world, anna, ben };
}

describe('compaction', () => {
  it('happens when the journal has outgrown its state, and loses nothing', async () => {
    const { journal, seen } = watched();
    const { world, anna, ben } = await busy(journal);
    const printed = value(anna.request({ standing: true, text: 'stall' }));
    let last = payment(anna, ben, 10);
    for (let day = 0; day < 12 && seen.replaced === 0; day++) {
      for (let i = 0; i < 25; i++) {
        last = payment(anna, ben, 100 + i);
        payment(ben, anna, 50 + i);
        value(anna.request({ amount: fen(5) }));
        world.pass(30);
      }
      world.pass(2_000);
      for (const wallet of [anna, ben]) await wallet.sync(world);
    }
    expect(seen.replaced).toBe(1);
    expect(sizeOf(journal) * 2).toBeLessThan(seen.before);
    let restarted = world.wallet('anna', { journal: copyOf(journal) });
    expect(describeState(restarted.state)).toEqual(describeState(anna.state));
    expect(restarted.payments()).toEqual(anna.payments());
    // What was settled before it is known after it.
    expect(codeOf(restarted.pay(last.asked.message, { confirmed: true }))).toBe('already-paid');
    expect(value(restarted.takeVerdict(last.receipt.verdict))).toEqual({
      paymentId: last.paid.paymentId,
      state: 'paid',
    });
    // And it goes on from there.
    restarted = world.wallet('anna', { journal });
    payment(restarted, ben, 777);
    const standing = value(ben.pay(printed.message, { confirmed: true, amount: fen(9) }));
    expect(value(restarted.receive(standing.sealedOffer)).amount).toBe(9);
    const then = world.wallet('anna', { journal: copyOf(journal) });
    expect(describeState(then.state)).toEqual(describeState(restarted.state));
  });

  it.each(['lost-before', 'lost-after'] as const)(
    'power %s the replacement: the state is the same',
    async (power) => {
      const { journal } = watched(power);
      const { world, anna, ben } = await busy(journal);
      let failed = false;
      for (let day = 0; day < 12 && !failed; day++) {
        for (let i = 0; i < 25; i++) {
          payment(anna, ben, 100);
          payment(ben, anna, 50);
        }
        await ben.sync(world);
        failed = await anna.sync(world).then(
          () => false,
          () => true,
        );
      }
      expect(failed).toBe(true);
      const restarted = world.wallet('anna', { journal: copyOf(journal) });
      expect(describeState(restarted.state)).toEqual(describeState(anna.state));
      expect(payment(restarted, ben, 5).taken.state).toBe('paid');
    },
  );

  it('leaves a short journal alone', async () => {
    const { journal, seen } = watched();
    const { world, anna, ben } = await busy(journal);
    for (let i = 0; i < 5; i++) payment(anna, ben, 10);
    for (let i = 0; i < 5; i++) await anna.sync(world);
    expect(seen.replaced).toBe(0);
  });
});
