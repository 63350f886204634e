/** What the simulator found once (docs/FINDINGS.md), and what it seldom meets, as worlds written by hand. */
import { fen } from '@duet/protocol/money';
import { WorldDatabases } from '@duet/simulator/databases';
import type { EventKind, Plan } from '@duet/simulator/plan';
import { playPlan, type RunResult } from '@duet/simulator/run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CALM = { lost: 0, twice: 0, late: 0, changed: 0, cut: 0, another: 0, walksAway: 0 };
const MINUTE = 60_000;

/** Two people and a till; the events come one after another, five minutes apart. */
const planOf = (seed: string, events: readonly EventKind[]): Plan => ({
  seed,
  people: 2,
  tills: 1,
  deposit: fen(20_000),
  weather: CALM,
  events: events.map((event, number) => ({ ...event, number, atMs: (number + 1) * 5 * MINUTE })),
  healMs: 120 * MINUTE,
});

describe('worlds written by hand', () => {
  let databases: WorldDatabases;
  beforeAll(async () => {
    databases = await WorldDatabases.open();
  });
  afterAll(() => databases.close());

  const play = (plan: Plan): Promise<RunResult> => databases.with((database) => playPlan(plan, database));

  test('F-1 a payment to a standing request is recorded although another one to it was answered', async () => {
    const [payer, till] = [0, 2];
    // Signed and never shown, then paid anew: one upload brings both payments and the Verdict of the second.
    const result = await play(
      planOf('standing', [
        { kind: 'power-cut', who: payer, steps: 1, point: 'after' },
        { kind: 'pay-standing', payer, payee: till, amount: fen(700) },
        { kind: 'pay-standing', payer, payee: till, amount: fen(700) },
      ]),
    );
    const story = result.trace.join('\n');
    expect(story).toMatch(/pays: power cut after a durable step/);
    expect(story).toMatch(/till1 +syncs: .*answers 1/);
    expect(result.failure).toBeUndefined();
  });

  test('what a payee refused and cannot say any more, having lost its phone, it is paid at the close', async () => {
    const [payer, payee] = [0, 1];
    const result = await play(
      planOf('refused', [
        { kind: 'clock-jump', who: payer, seconds: -900 },
        { kind: 'pay', payer, payee, amount: fen(700) },
        { kind: 'restore', who: payee, backMs: 20 * MINUTE },
      ]),
    );
    expect(result.trace.join('\n')).toMatch(/person2 +receives: request-stale/);
    expect(result.failure).toBeUndefined();
    expect(result.coverage.payments['paid-at-close']).toBeGreaterThan(0);
  });
});
