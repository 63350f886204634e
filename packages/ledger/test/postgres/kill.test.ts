/**
 * SET-2, SET-3, invariant 6: PostgreSQL alone, Node alone or both are killed at random points from a seed during
 * claims; started again and with everything sent again, each claim is credited exactly once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { type Market, makeMarket } from '../helpers/market.ts';
import { CRYPTO, type Party, sealed, uploadOf } from '../helpers/money.ts';
import { creditsOf, overlaps, snapshot } from '../helpers/observed.ts';
import { randomFrom } from '../helpers/random.ts';
import { balanceOf, creditedIn, enrol, load, makeAuthority, openWorld, send } from '../helpers/world.ts';
import type { Prepared } from './claimer.ts';
import { describeWithPostgres, testFolder } from './support.ts';

type Victim = 'postgres' | 'node' | 'both';

const SEED = 7;
const ROUNDS: readonly Victim[] = ['node', 'postgres', 'both', 'node', 'postgres', 'both'];
const CLAIMER = fileURLToPath(new URL('./claimer.ts', import.meta.url));

describeWithPostgres('killed during claims', () => {
  const folder = testFolder('claims');
  const children: ChildProcess[] = [];
  const databases: Database[] = [];
  afterAll(async () => {
    for (const child of children)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await Promise.all(databases.map((database) => database.close()));
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a claimer until it has said its last word; `onLine` may kill. Gives whether it came to its end. */
  async function run(
    seed: number,
    onLine: (word: string, value: number, child: ChildProcess) => void,
  ): Promise<boolean> {
    const child = spawn(
      process.execPath,
      [CLAIMER, join(folder, 'db'), join(folder, 'prepared.json'), String(seed)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: '', npm_lifecycle_event: undefined },
      },
    );
    children.push(child);
    let done = false;
    const ended = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      const [word = '', value = '0'] = line.split(' ');
      done ||= word === 'done';
      onLine(word, Number(value), child);
    }
    await ended;
    return done;
  }

  const open = async (): Promise<Database> => {
    const database = await openDatabase({ databaseUrl: '', folder: join(folder, 'db') });
    databases.push(database);
    return database;
  };

  test('SET-2 SET-3 each claim is credited once, whoever dies when', async () => {
    mkdirSync(folder, { recursive: true });
    const random = randomFrom(SEED);
    const authority = makeAuthority();
    const first = await open();
    const registry = await openWorld(first, authority);
    const parties = await enrol(registry, ['anna', 'bert', 'cora', 'dora']);
    const coins = await Promise.all(
      parties.map(async (party) =>
        (await load(registry, party, [60, 60, 60, 60])).map((holding) => ({ party, holding })),
      ),
    );
    const honest = makeMarket({
      random,
      parties,
      coins: coins.flatMap((own) => own.slice(0, 3)),
      steps: 130,
    });
    const cheats = makeMarket({
      random,
      parties,
      coins: coins.flatMap((own) => own.slice(3)),
      steps: 30,
      cheating: 0.4,
    });
    const before = await Promise.all(parties.map((party) => balanceOf(registry, party)));
    await first.close();

    const entries = [...honest.uploads, ...cheats.uploads, ...honest.returns, ...cheats.returns];
    const kek = CRYPTO.randomBytes(32);
    const prepared: Prepared = {
      kek: Buffer.from(kek).toString('base64'),
      authority: Buffer.from(authority.save(CRYPTO.importKek(kek.slice()))).toString('base64'),
      uploads: entries.map((one) =>
        Buffer.from(sealed(uploadOf(one), authority.registryKey)).toString('base64'),
      ),
    };
    writeFileSync(join(folder, 'prepared.json'), JSON.stringify(prepared), { mode: 0o600 });

    let restarts = 0;
    for (const [round, victim] of ROUNDS.entries()) {
      const after = 1 + random.below(entries.length >> 1);
      const lateMs = random.below(20);
      let [answers, postgres, due] = [0, 0, true];
      const done = await run(random.below(2 ** 31), (word, value, child) => {
        if (word === 'ready') postgres = value;
        if (word === 'answered') answers++;
        if (word === 'restarts') restarts++;
        if (!due || answers < after) return;
        due = false;
        setTimeout(() => {
          if (victim !== 'node') process.kill(postgres, 'SIGKILL');
          if (victim !== 'postgres') child.kill('SIGKILL');
        }, lateMs);
      });
      // Only a claimer that outlives its database comes to its end.
      expect([round, done]).toEqual([round, victim === 'postgres']);
    }
    expect(restarts).toBeGreaterThanOrEqual(ROUNDS.filter((victim) => victim === 'postgres').length);

    for (const seed of [1, 2]) expect(await run(seed, () => undefined)).toBe(true);
    const database = await open();
    const again = await openWorld(database, authority);
    await again.payFunds();
    const { pool } = database;
    expect((await pool.query('SELECT 1 FROM coin WHERE review_due')).rows).toEqual([]);
    expect(await overlaps(pool)).toBe(0);
    expect(await again.audit()).toMatchObject({ balanced: true, differenceFen: 0, problems: [] });
    expect(await creditedByClaims(pool, honest)).toEqual(new Map());
    const gained = await Promise.all(
      parties.map(async (party, i) => (await balanceOf(again, party)) - (before[i] ?? 0)),
    );
    expect(gained).toEqual(await expectedGains(pool, parties));

    const unchanged = await snapshot(pool);
    for (const one of honest.uploads) {
      const claimed = (one.claims ?? [])
        .flatMap(({ body }) => body.inputs)
        .reduce((sum, { from, to }) => sum + to - from, 0);
      expect(creditedIn(await send(again, uploadOf(one)))).toBe(claimed);
    }
    expect(await snapshot(pool)).toEqual(unchanged);
    await database.close();
  });
});

/** Honest claims and returns that were not credited exactly what they name: message to credited sum. */
async function creditedByClaims(pool: Database['pool'], market: Market): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { child, from, to } of await creditsOf(pool))
    sums.set(child, (sums.get(child) ?? 0) + to - from);
  const wrong = new Map<string, number>();
  const expectSum = (id: Uint8Array, amount: number): void => {
    const child = Buffer.from(id).toString('hex');
    if (sums.get(child) !== amount) wrong.set(child, sums.get(child) ?? 0);
  };
  const total = (list: readonly { from: number; to: number }[]): number =>
    list.reduce((sum, { from, to }) => sum + to - from, 0);
  for (const { claims = [] } of market.uploads)
    for (const claim of claims) expectSum(claim.id, total(claim.body.inputs));
  for (const { returns = [], answered = [] } of market.returns) {
    for (const order of returns) expectSum(order.id, total(answered.flatMap(({ inputs }) => inputs)));
  }
  return wrong;
}

/** What the credited ranges give each party: the accounts must hold exactly that. */
async function expectedGains(pool: Database['pool'], parties: readonly Party[]): Promise<number[]> {
  const rows = await pool.query<{ account: string; amount: number }>(`
    SELECT account, sum(amount)::bigint AS amount FROM (
      SELECT p.account, p.range_to - p.range_from AS amount FROM piece p WHERE p.outcome = 1
      UNION ALL
      SELECT p.account, c.range_to - c.range_from FROM credit c
      JOIN piece p USING (bucket, coin_id, child_id, child_index)) t
    GROUP BY account`);
  const sums = new Map(rows.rows.map(({ account, amount }) => [account, amount]));
  return parties.map(
    ({ operator, handle }) => sums.get(`account:${operator}:${Buffer.from(handle).toString('hex')}`) ?? 0,
  );
}
