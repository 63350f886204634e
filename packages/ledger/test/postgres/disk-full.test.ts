/** A disk that is really full: a small file system of memory, where the system lets us mount one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../../src/postgres/database.ts';
import { toDatabaseError } from '../../src/postgres/database-error.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { ask, describeWithPostgres, testFolder } from './support.ts';

const DISK_BYTES = 160 * 1024 * 1024;
const BALLAST_BYTES = 24 * 1024 * 1024;
const MAX_INSERTS = 1_000;
/** One row of 100 kB that does not compress. */
const INSERT = "INSERT INTO note SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 3200)";

const run = (program: string, words: string[]): boolean => spawnSync(program, words).status === 0;

describeWithPostgres('a full disk', () => {
  const disk = testFolder('disk');
  const ballast = join(disk, 'ballast');
  const settings = { max_wal_size: '64MB', min_wal_size: '32MB' };
  const started: EmbeddedPostgres[] = [];
  const start = async (): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ folder: join(disk, 'db'), settings });
    started.push(server);
    return server;
  };
  const fill = () => {
    for (let step = 1024 * 1024; step >= 1024; step /= 4) {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(step), { flag: 'a' });
      } catch {
        // The next smaller step.
      }
    }
  };
  let mounted = false;
  beforeAll(() => {
    mkdirSync(disk, { recursive: true });
    const words = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=755`, 'tmpfs', disk];
    mounted = run('mount', words);
  });
  afterAll(async () => {
    await Promise.all(started.map((server) => server.stop()));
    if (mounted) run('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  });

  test('is told as such, loses nothing acknowledged, and goes on when there is space', async ({ skip }) => {
    if (!mounted) return skip('this user cannot mount a file system');
    const server = await start();
    writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
    const pool = openPool(server.poolConfig, 2, () => undefined);
    await pool.query('CREATE TABLE note (text text)');
    let acknowledged = 0;
    let failure = toDatabaseError(new Error('the disk was never full'));
    for (; acknowledged < MAX_INSERTS; acknowledged++) {
      try {
        await pool.query(INSERT);
      } catch (error) {
        failure = toDatabaseError(error);
        break;
      }
    }
    await pool.end();
    // Rows that do not fit are refused; a log that does not fit ends the server, and the outcome is not known.
    expect([failure.code, failure.retry]).toEqual(
      failure.code === 'disk-full' ? ['disk-full', 'safe'] : ['connection-lost', 'unknown-outcome'],
    );
    await server.stop();

    fill();
    await expect(start()).rejects.toMatchObject({ code: 'disk-full', retry: 'safe' });
    rmSync(ballast);
    const again = await start();
    const { rows } = await ask(again, 'SELECT count(*)::int AS rows FROM note');
    expect(rows === acknowledged || (failure.retry === 'unknown-outcome' && rows === acknowledged + 1)).toBe(
      true,
    );
    expect(acknowledged).toBeGreaterThan(0);
    await ask(again, INSERT);
    await again.stop();
  });
});
