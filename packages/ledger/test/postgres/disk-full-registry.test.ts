/** A registry on a disk that is really full: a clear error, no money moved, nothing lost, and it goes on after. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import { claimOf, cut, type Holding, type Party, pay, uploadOf } from '../helpers/money.ts';
import { snapshot } from '../helpers/observed.ts';
import { balanceOf, creditedIn, enrol, load, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres, testFolder } from './support.ts';

const DISK_BYTES = 160 * 1024 * 1024;
const MAX_PAYMENTS = 2_000;

describeWithPostgres('SET-2 SET-3 a registry on a full disk', () => {
  const disk = testFolder('registry-disk');
  const ballast = join(disk, 'ballast');
  let mounted = false;
  let database: Database | undefined;

  /** Takes all space that is left. */
  const fill = (): void => {
    for (let step = 1024 * 1024; step >= 512; step /= 2) {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(step), { flag: 'a' });
      } catch {
        // The next smaller step.
      }
    }
  };
  beforeAll(() => {
    mkdirSync(disk, { recursive: true });
    const words = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=755`, 'tmpfs', disk];
    mounted = spawnSync('mount', words).status === 0;
  });
  afterAll(async () => {
    await database?.close();
    if (mounted) spawnSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  });

  test('says disk-full, moves no money, and settles the same upload when there is space again', async ({
    skip,
  }) => {
    if (!mounted) return skip('this user cannot mount a file system');
    const settings = { max_wal_size: '64MB', min_wal_size: '32MB', autovacuum: 'off' };
    database = await openDatabase({ databaseUrl: '', folder: join(disk, 'db'), settings });
    const { pool } = database;
    const registry = await openWorld(database);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const [coin] = await load(registry, anna, [MAX_PAYMENTS]);
    if (!coin) return expect.unreachable('a coin');
    const before = await balanceOf(registry, bert);
    // A fresh segment of the log: what does not fit then are rows, not the log.
    await pool.query('SELECT pg_switch_wal()');
    await pool.query('CHECKPOINT');
    fill();

    let paid = 0;
    let refused = false;
    for (; paid < MAX_PAYMENTS && !refused; ) {
      const settled = await snapshot(pool);
      const upload = claimedPayment(cut(coin, paid, paid + 1), bert);
      try {
        expect(creditedIn(await send(registry, upload))).toBe(1);
        paid++;
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        expect([error.code, error.retry]).toEqual(['disk-full', 'safe']);
        refused = true;
        // Still full: told again, and still nothing is changed.
        await expect(send(registry, upload)).rejects.toMatchObject({ code: 'disk-full' });
        expect(await moneyOf(pool)).toEqual(moneyIn(settled));
        rmSync(ballast);
        expect(creditedIn(await send(registry, upload))).toBe(1);
        paid++;
      }
    }
    expect(refused).toBe(true);
    expect(creditedIn(await send(registry, claimedPayment(cut(coin, paid, paid + 1), bert)))).toBe(1);
    expect((await balanceOf(registry, bert)) - before).toBe(paid + 1);
    expect(await registry.audit()).toMatchObject({ balanced: true, problems: [] });
  });
});

/** One upload that pays a party and claims it at once. */
function claimedPayment(holding: Holding, payee: Party): ReturnType<typeof uploadOf> {
  const payment = pay([holding], payee);
  return uploadOf({ answered: [payment], claims: [claimOf(payment.received, payee)] });
}

/** Of a snapshot what says who has what: a Verdict alone moves nothing. */
function moneyIn(all: Record<string, unknown>): unknown {
  const { piece, credit, posting, fund } = all;
  return { piece, credit, posting, fund };
}

const moneyOf = async (pool: Database['pool']): Promise<unknown> => moneyIn(await snapshot(pool));
