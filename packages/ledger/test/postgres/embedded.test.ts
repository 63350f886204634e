import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { inspectProcess, isRunning } from '../../src/postgres/process.ts';
import { chooseServerUser } from '../../src/postgres/state-folder.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { ask, describeWithPostgres, endOwners, startOwner, testFolder } from './support.ts';

describeWithPostgres('embedded PostgreSQL', () => {
  const folder = testFolder();
  const started: EmbeddedPostgres[] = [];
  const start = async (lines: string[] = [], at = folder): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ folder: at, log: (line) => lines.push(line) });
    started.push(server);
    return server;
  };
  afterAll(async () => {
    endOwners();
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('cold start, stop, warm start: durable settings, one locale, no TCP, nothing left, nothing lost', async () => {
    const lines: string[] = [];
    const cold = await start(lines);
    expect(lines).toEqual(['making a new database']);
    expect(
      await ask(
        cold,
        `SELECT current_setting('fsync') fsync, current_setting('synchronous_commit') commit,
                current_setting('full_page_writes') pages, current_setting('listen_addresses') listen,
                current_setting('jit') jit, current_setting('TimeZone') zone, current_setting('shared_buffers') buffers,
                pg_encoding_to_char(encoding) encoding, datlocprovider provider, datlocale locale
           FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual({
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      listen: '',
      jit: 'off',
      zone: 'UTC',
      buffers: '256MB',
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
    });
    await ask(cold.connectionString, "CREATE TABLE kept AS SELECT '圈存' AS word");
    await cold.stop();
    await cold.stop();
    expect(await cold.exited).toEqual({ code: 0, signal: null });
    expect(isRunning(cold.pid)).toBe(false);
    expect(existsSync(join(folder, 'run', 'owner.sock'))).toBe(false);
    expect(existsSync(join(folder, 'run', '.s.PGSQL.5432'))).toBe(false);

    const warmLines: string[] = [];
    const warm = await start(warmLines);
    expect(warmLines).toEqual([]);
    expect(await ask(warm, 'SELECT word FROM kept')).toEqual({ word: '圈存' });
    await warm.stop();
  });

  test('a second start on the folder is refused and says who runs, here and from another process', async () => {
    const server = await start();
    const second = await startEmbeddedPostgres({ folder }).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(DatabaseError);
    expect(second).toMatchObject({ code: 'database-in-use', retry: 'safe' });
    expect(String(second)).toContain(`this process (${process.pid})`);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();

    const other = await startOwner(folder);
    const refused = await startEmbeddedPostgres({ folder }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'database-in-use' });
    expect(String(refused)).toContain(`process ${other.pid} (`);
    expect(isRunning(other.serverPid)).toBe(true);
    other.tell('stop');
    expect(await other.ended).toEqual({ code: 0, signal: null });
    expect(isRunning(other.serverPid)).toBe(false);
  });

  test('two starters at the same instant: one wins, the other is refused', async () => {
    const outcomes = await Promise.allSettled([start(), start(), start()]);
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(losers.map(({ reason }) => reason.code)).toEqual(['database-in-use', 'database-in-use']);
    for (const server of started) await server.stop();
  });

  test('PostgreSQL killed: the end is told, acknowledged rows survive, the next start recovers', async () => {
    const server = await start();
    await ask(server, 'CREATE TABLE survivor AS SELECT generate_series(1, 1000) AS n');
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    // The lock file of the killed server still says "ready".
    expect(
      readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8')
        .split('\n')[7]
        ?.trim(),
    ).toBe('ready');
    await server.stop();
    const again = await start();
    expect(again.pid).not.toBe(server.pid);
    expect(await ask(again, 'SELECT count(*)::int AS rows FROM survivor')).toEqual({ rows: 1000 });
    await again.stop();
  });

  test('a lock file whose number now belongs to another program does not stop the start', async () => {
    const user = chooseServerUser(join(folder, 'data'));
    const other = spawn('sleep', ['60'], { stdio: 'ignore', ...user.switchTo });
    try {
      const lockFile = join(folder, 'data', 'postmaster.pid');
      writeFileSync(lockFile, `${other.pid}\n${join(folder, 'data')}\n1\n5432\n\n\n\nready\n`);
      const server = await start();
      expect(await ask(server, 'SELECT 1 AS one')).toEqual({ one: 1 });
      expect(isRunning(other.pid ?? 0)).toBe(true);
      await server.stop();
    } finally {
      other.kill();
    }
  });

  test('a data folder of another PostgreSQL version is refused untouched', async () => {
    const file = join(folder, 'data', 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '17\n');
    await expect(start()).rejects.toMatchObject({ code: 'database-folder-other-version', retry: 'never' });
    writeFileSync(file, version);
    await (await start()).stop();
  });

  test('settings that the server refuses: an error with its own words, and the folder is free again', async () => {
    const refused = startEmbeddedPostgres({ folder, settings: { shared_buffers: 'plenty' } });
    await expect(refused).rejects.toMatchObject({ code: 'database-start-failed' });
    await expect(refused).rejects.toThrow(/shared_buffers/);
    await (await start()).stop();
  });

  test('a folder with a path longer than a socket name, with spaces and a comma', async () => {
    const long = join(testFolder('long'), 'a, b '.repeat(8).trim(), 'x'.repeat(120));
    const server = await start([], long);
    expect(Buffer.byteLength(`${server.poolConfig.host}/.s.PGSQL.5432`)).toBeLessThanOrEqual(103);
    expect(await ask(server.connectionString, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await expect(startEmbeddedPostgres({ folder: long })).rejects.toMatchObject({ code: 'database-in-use' });
    await server.stop();
    await rm(join(long, '..', '..'), { recursive: true, force: true });
    await rm(server.poolConfig.host, { recursive: true, force: true });
  });

  test('a temporary database leaves neither process nor folder', async () => {
    const server = await temporaryPostgres();
    expect(inspectProcess(server.pid)?.command).toContain(server.folder);
    expect(await ask(server, 'SHOW fsync')).toEqual({ fsync: 'on' });
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });
});
