/** Replays on a real database: they equal the plain ledger, and cheats are proven and made good. */
import { readFileSync } from 'node:fs';
import { type Database, openDatabase } from '@duet/ledger/postgres/database';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { fen } from '@duet/protocol/money';
import { beforeAll, describe, expect, it } from 'vitest';
import { planCheats, worthOf } from '../../src/replay/cheats.ts';
import { openWorldDatabase } from '../../src/replay/database.ts';
import { playPlain, smallestInitial } from '../../src/replay/plain-ledger.ts';
import { DEFAULT_REPLAY_POLICY } from '../../src/replay/policy.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { type ReplayOptions, replay } from '../../src/replay/run.ts';
import { jsonOf } from '../../src/replay/summary.ts';
import type { Workload } from '../../src/replay/transfers.ts';
import { temporaryFile } from '../support.ts';
import { drawnWorkload, missingShared, simulatorSlice } from './workloads.ts';

interface Played {
  readonly result: ReplayResult;
  /** By name; the funds apart. */
  readonly balances: ReadonlyMap<string, number>;
  readonly funds: Readonly<Record<string, number>>;
}

async function play(workload: Workload, changes: Partial<ReplayOptions> = {}): Promise<Played> {
  const played = await replay({
    workload,
    policy: DEFAULT_REPLAY_POLICY,
    seed: '1',
    cheats: 0,
    balancesFile: temporaryFile(),
    openDatabase: () => openWorldDatabase(),
    ...changes,
  });
  if (!played.ok) throw new Error(`${played.rejection.expected}; ${played.rejection.got}`);
  const file: unknown = JSON.parse(readFileSync(played.value.balancesFen, 'utf8'));
  if (typeof file !== 'object' || file === null || !('funds' in file)) throw new Error('no balances');
  const { funds, ...nodes } = file;
  return {
    result: played.value,
    balances: new Map(Object.entries(nodes).map(([name, amount]) => [name, Number(amount)])),
    funds: Object.fromEntries(Object.entries(funds ?? {}).map(([id, amount]) => [id, Number(amount)])),
  };
}

function initialOf({ initial, transfers, nodes }: Workload) {
  const smallest = initial ? { ok: true as const, value: initial } : smallestInitial(transfers, nodes.length);
  if (!smallest.ok) throw new Error(smallest.rejection.got);
  return smallest.value;
}

/** `paid`, every final balance and the books are those of the plain ledger. */
function expectPlain(workload: Workload, { result, balances, funds }: Played): void {
  const plain = playPlain(workload.transfers, initialOf(workload));
  expect(result.transfers).toBe(workload.transfers.length);
  expect(result.paid).toBe(plain.paid.filter((paid) => paid).length);
  expect(balances).toEqual(new Map(workload.nodes.map((name, number) => [name, plain.balances[number]])));
  expect(Object.values(funds)).toEqual([0, 0]);
  expect(result.audit).toEqual({ balanced: true, differenceFen: 0 });
  expect(result.unpaidHonestPayees).toBe(0);
  expect(result.doubleSpends).toEqual({ planted: 0, proven: 0, culpritsNamed: 0, honestNamed: 0 });
  expect(Object.values(result.hops).reduce((sum, count) => sum + count, 0)).toBe(result.paid);
  expect(Object.values(result.refused).reduce((sum, count) => sum + count, 0)).toBe(
    result.transfers - result.paid,
  );
}

describe('replay', () => {
  it('equals the plain ledger when every wallet loads what it needs', async () => {
    const workload = drawnWorkload('dense', 6, 60);
    const played = await play(workload);
    expectPlain(workload, played);
    expect(Object.keys(played.result.refused)).toEqual(['paying-oneself']);
    expect(Math.max(...Object.keys(played.result.hops).map(Number))).toBeGreaterThan(3);
  });

  it('equals the plain ledger where funds run out, on given balances', async () => {
    const drawn = drawnWorkload('poor', 8, 60);
    const workload = { ...drawn, initial: drawn.nodes.map((_, number) => fen(number * 4_000)) };
    const played = await play(workload);
    expectPlain(workload, played);
    expect(played.result.refused['insufficient-funds']).toBeGreaterThan(0);
  });

  it.skipIf(missingShared() !== undefined)(
    'equals the plain ledger on a slice of the simulator file',
    async () => {
      const workload = simulatorSlice(150);
      expectPlain(workload, await play(workload));
    },
  );

  it('goes online at a limit of count, amount or hops, and ends where the plain ledger does', async () => {
    const workload = drawnWorkload('limits', 5, 50);
    const policy = { ...DEFAULT_REPLAY_POLICY.policy, maxHops: 1, maxPayments: 3 };
    const limits = { maxPayments: 3, maxTotal: fen(30_000) };
    const played = await play(workload, { policy: { policy, limits } });
    expectPlain(workload, played);
    expect(Math.max(...Object.keys(played.result.hops).map(Number))).toBe(2);
    expect(played.result.syncs).toBeGreaterThan(2 * workload.nodes.length);
  });

  it('brings everybody online after each so many time steps', async () => {
    const workload = drawnWorkload('steps', 5, 50);
    const played = await play(workload, { syncEvery: 4 });
    expectPlain(workload, played);
    // One sync for the load, two at the boundaries of 10 steps, one in the evening.
    expect(played.result.syncs).toBeGreaterThanOrEqual(4 * workload.nodes.length);
  });

  it('lets a ceiling of the policy refuse', async () => {
    const workload = drawnWorkload('ceiling', 5, 40);
    const policy = { ...DEFAULT_REPLAY_POLICY.policy, maxPerPayment: fen(10_000) };
    const { result } = await play(workload, { policy: { policy, limits: {} } });
    const above = workload.transfers.filter(({ payer, payee, amount }) => payer !== payee && amount > 10_000);
    expect(result.refused['amount-above-limit'] ?? 0).toBeLessThanOrEqual(above.length);
    expect(result.refused['amount-above-limit'] ?? 0).toBeGreaterThan(0);
    expect(result.audit).toEqual({ balanced: true, differenceFen: 0 });
  });

  it('SET-13, SET-14: equals the plain ledger with wallets and registry on threads, online at limits and by steps', async () => {
    const workload = drawnWorkload('thread', 6, 60);
    const policy = { ...DEFAULT_REPLAY_POLICY.policy, maxHops: 1 };
    const played = await play(workload, { policy: { policy, limits: {} }, syncEvery: 5, threads: 2 });
    expectPlain(workload, played);
    expect(played.result.syncs).toBeGreaterThan(2 * workload.nodes.length);
  });

  it('plays an empty file', async () => {
    const { result } = await play({ nodes: ['a'], transfers: [], initial: [fen(500)] });
    expect(result).toMatchObject({ transfers: 0, paid: 0, loads: 1, audit: { balanced: true } });
  });
});

describe('cheats', () => {
  const workload = drawnWorkload('cheats', 9, 40);
  const cheats = 3;
  let first: Played;
  let second: Played;

  beforeAll(async () => {
    first = await play(workload, { cheats, seed: 'a' });
    second = await play(workload, { cheats, seed: 'a', threads: 2 });
  });

  it('are proven, each of them, and nobody else is named or left unpaid', () => {
    expect(first.result.doubleSpends).toEqual({
      planted: cheats,
      proven: cheats,
      culpritsNamed: cheats,
      honestNamed: 0,
    });
    expect(first.result.unpaidHonestPayees).toBe(0);
    expect(first.result.audit).toEqual({ balanced: true, differenceFen: 0 });
  });

  it('cost the culprits, then their funds, and nobody else', () => {
    const initial = initialOf(workload);
    const { paid, balances: plain } = playPlain(workload.transfers, initial);
    const plan = planCheats({
      transfers: workload.transfers,
      paid,
      nodes: workload.nodes.length,
      cheats,
      seed: 'a',
    });
    if (!plan.ok) throw new Error(plan.rejection.got);
    const expected: number[] = [...plain];
    let lost = 0;
    for (const [place, payees] of plan.value) {
      const { payer, amount } = workload.transfers[place] ?? { payer: 0, amount: fen(0) };
      const [payee = 0] = payees;
      expected[payee] = (expected[payee] ?? 0) + amount;
      lost += Math.max(0, amount - (expected[payer] ?? 0));
      expected[payer] = Math.max(0, (expected[payer] ?? 0) - amount);
    }
    expect([...first.balances.values()]).toEqual(expected);
    const funds = Object.values(first.funds).reduce((sum, fund) => sum + fund, 0);
    expect(funds).toBe(2 * 4 * worthOf(plan.value, workload.transfers) - lost);
  });

  it('end the same way from the same seed, with wallets and registry on threads too', () => {
    const { balancesFen: _file, seconds: _seconds, offerBytes: _sizes, ...same } = first.result;
    expect(second.result).toMatchObject(same);
    expect(second.balances).toEqual(first.balances);
    expect(second.funds).toEqual(first.funds);
  });

  it('give a result of exactly the documented fields', () => {
    const json = jsonOf(first.result);
    expect(Object.keys(json ?? {}).sort()).toEqual(
      [
        'transfers',
        'paid',
        'refused',
        'loads',
        'syncs',
        'hops',
        'offerBytes',
        'doubleSpends',
        'unpaidHonestPayees',
        'audit',
        'balancesFen',
        'seconds',
      ].sort(),
    );
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({
      doubleSpends: { planted: 3, proven: 3, culpritsNamed: 3, honestNamed: 0 },
      audit: { balanced: true, differenceFen: 0 },
    });
    for (const size of Object.values(first.result.offerBytes))
      expect(Object.keys(size)).toEqual(['p50', 'max']);
    expect(first.balances.size).toBe(workload.nodes.length);
    expect(Object.keys(first.funds)).toEqual(['1', '2']);
  });
});

describe('a database of the world', () => {
  it('is gone when the world ends', async () => {
    let database: Database | undefined;
    await play(
      { nodes: ['a', 'b'], transfers: [] },
      {
        openDatabase: async () => {
          database = await openWorldDatabase();
          return database;
        },
      },
    );
    await expect(database?.pool.query('SELECT 1')).rejects.toThrow();
  });

  it('is one of its own on a server that DATABASE_URL names', async () => {
    const server = await temporaryPostgres();
    try {
      const database = await openWorldDatabase({ DATABASE_URL: server.connectionString });
      const inside = await database.pool.query<{ name: string }>('SELECT current_database() AS name');
      await database.close();
      const outer = await openDatabase({ databaseUrl: server.connectionString });
      const left = await outer.pool.query<{ datname: string }>('SELECT datname FROM pg_database');
      await outer.close();
      expect(inside.rows[0]?.name).toMatch(/^duet_world_[0-9a-f]{8}$/);
      expect(left.rows.map(({ datname }) => datname)).not.toContain(inside.rows[0]?.name);
    } finally {
      await server.stop();
    }
  });
});
