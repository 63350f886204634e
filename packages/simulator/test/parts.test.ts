import { instant } from '@duet/protocol/brand';
import { Agenda } from '@duet/simulator/agenda';
import { Coverage } from '@duet/simulator/coverage';
import { Failure } from '@duet/simulator/failure';
import { PowerCut, SimJournal } from '@duet/simulator/journal';
import { drawPlan, type Plan } from '@duet/simulator/plan';
import { SeededRandom } from '@duet/simulator/random';
import { ReferenceLedger } from '@duet/simulator/reference';
import type { RunResult } from '@duet/simulator/run';
import { shrink } from '@duet/simulator/shrink';
import { describe, expect, test } from 'vitest';

describe('agenda', () => {
  test('things happen in order of time, then of entry; what is late happens now', async () => {
    const agenda = new Agenda(instant(100));
    const seen: string[] = [];
    const see = (what: string) => () => void seen.push(`${what}@${agenda.nowMs}`);
    agenda.at(101_500, see('c'));
    agenda.at(100_500, see('a'));
    agenda.at(100_500, () => {
      see('b')();
      agenda.at(0, see('late'));
      agenda.after(500, see('after'));
    });
    await agenda.run();
    expect(seen).toEqual(['a@100500', 'b@100500', 'late@100500', 'after@101000', 'c@101500']);
    expect(agenda.now()).toBe(101);
  });

  test('a promise is waited for before anything else happens', async () => {
    const agenda = new Agenda(instant(0));
    const seen: string[] = [];
    agenda.at(1, async () => {
      await Promise.resolve();
      seen.push('first');
    });
    agenda.at(1, () => void seen.push('second'));
    await agenda.run();
    expect(seen).toEqual(['first', 'second']);
  });
});

describe('journal', () => {
  const record = (byte: number) => [new Uint8Array([byte])];

  test('the power fails before or after the durable step that was named', () => {
    const journal = new SimJournal();
    journal.arm(1, 'before');
    journal.append(record(1));
    expect(() => journal.append(record(2))).toThrow(PowerCut);
    expect(journal.read()).toEqual(record(1));
    journal.arm(0, 'after');
    expect(() => journal.append(record(3))).toThrow(PowerCut);
    expect(journal.read()).toEqual([...record(1), ...record(3)]);
    journal.append(record(4));
    expect(journal.read()).toHaveLength(3);
  });

  test('a compaction is a durable step, too', () => {
    const journal = new SimJournal([...record(1), ...record(2)]);
    journal.arm(0, 'before');
    expect(() => journal.replace(record(3))).toThrow(PowerCut);
    expect(journal.read()).toHaveLength(2);
    journal.replace(record(3));
    expect(journal.read()).toEqual(record(3));
  });
});

describe('plan', () => {
  test('the same seed draws the same plan, another seed another one', () => {
    expect(drawPlan('a', 40)).toEqual(drawPlan('a', 40));
    expect(drawPlan('a', 40)).not.toEqual(drawPlan('b', 40));
  });

  test('what is drawn under one label does not move what is drawn under another', () => {
    const random = new SeededRandom('s');
    const before = random.fork('x').below(1_000_000);
    random.below(10);
    random.fork('y').below(10);
    expect(random.fork('x').below(1_000_000)).toBe(before);
  });
});

describe('reference ledger', () => {
  test('money moves once, when its payee takes it, from whoever signed', () => {
    const ledger = new ReferenceLedger();
    ledger.deposit(1, 100);
    ledger.signed('spend', 1);
    expect(ledger.accepted('request', 2, 30, ['spend'])).toBeUndefined();
    expect(ledger.accepted('request', 2, 30, ['spend'])).toBeUndefined();
    expect([ledger.wealthOf(1), ledger.wealthOf(2)]).toEqual([70, 30]);
  });

  test('a payment that nobody signed, or two people did, is told', () => {
    const ledger = new ReferenceLedger();
    ledger.signed('a', 1);
    ledger.signed('b', 2);
    expect(ledger.accepted('r1', 3, 1, ['unknown'])).toMatch(/one unknown/);
    expect(ledger.accepted('r2', 3, 1, ['a', 'b'])).toMatch(/2 people/);
    expect(ledger.wealthOf(3)).toBe(0);
  });
});

describe('shrinking', () => {
  const resultOf = (plan: Plan, fails: boolean): RunResult => ({
    seed: plan.seed,
    events: plan.events.length,
    failure: fails ? new Failure('payee-paid', 'wrong') : undefined,
    coverage: new Coverage(),
    trace: [],
    hash: '',
    payments: 0,
  });

  test('leaves the events without which it does not fail, and no others', async () => {
    const plan = drawPlan('shrink', 30);
    const guilty = new Set([plan.events[3]?.number, plan.events[17]?.number]);
    const fails = ({ events }: Plan) => events.filter(({ number }) => guilty.has(number)).length === 2;
    const small = await shrink(
      plan,
      resultOf(plan, true),
      async (tried) => resultOf(tried, fails(tried)),
      () => undefined,
    );
    expect(small.plan.events.map(({ number }) => number)).toEqual(
      plan.events.filter(({ number }) => guilty.has(number)).map(({ number }) => number),
    );
  });
});
