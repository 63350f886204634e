import { chownSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { inspectProcess, isRunning, waitUntilGone } from '../../src/postgres/process.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { ask, describeWithPostgres, endOwners, isRoot, startOwner, testFolder } from './support.ts';

const NOBODY = 65_534;

/** Generous: it is a bound for a hang, not a measure. */
const GONE_TIMEOUT_MS = 20_000;

async function gone(pid: number): Promise<boolean> {
  const info = inspectProcess(pid);
  return info === undefined || waitUntilGone(info, GONE_TIMEOUT_MS);
}

describeWithPostgres('embedded PostgreSQL when its owner ends', () => {
  const folder = testFolder('kills');
  const started: EmbeddedPostgres[] = [];
  afterAll(async () => {
    endOwners();
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('killed: the server is left, and the next start stops it and finds every acknowledged row', async () => {
    const owner = await startOwner(folder);
    await ask(owner.connectionString, 'CREATE TABLE kept AS SELECT generate_series(1, 100) AS n');
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    expect(isRunning(owner.serverPid)).toBe(true);
    const lines: string[] = [];
    const server = await startEmbeddedPostgres({ folder, log: (line) => lines.push(line) });
    started.push(server);
    expect(isRunning(owner.serverPid)).toBe(false);
    expect(lines).toEqual([`stopping PostgreSQL ${owner.serverPid}, left by a run that was killed`]);
    expect(await ask(server, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 100 });
    await server.stop();
  });

  test('killed together with its server: the next start recovers', async () => {
    const owner = await startOwner(folder);
    await ask(owner.connectionString, 'INSERT INTO kept SELECT generate_series(101, 200)');
    process.kill(owner.serverPid, 'SIGKILL');
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    const server = await startEmbeddedPostgres({ folder });
    started.push(server);
    expect(await ask(server, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 200 });
    await server.stop();
  });

  test.each([
    ['process.exit', 'exit', 3],
    ['an uncaught error', 'throw', 1],
    ['an event loop run dry', 'drain', 0],
  ])('%s: the server is stopped before the process is gone', async (_name, word, code) => {
    const owner = await startOwner(folder);
    owner.tell(word);
    expect(await owner.ended).toEqual({ code, signal: null });
    expect(isRunning(owner.serverPid)).toBe(false);
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s: the server is stopped, the process dies of the signal',
    async (signal) => {
      const owner = await startOwner(folder);
      process.kill(owner.pid, signal);
      expect(await owner.ended).toEqual({ code: null, signal });
      expect(isRunning(owner.serverPid)).toBe(false);
      expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false);
    },
  );

  test('under npm, whose shell alone is killed: owner and server end', async () => {
    const owner = await startOwner(folder, { shell: true, env: { npm_lifecycle_event: 'start' } });
    expect(owner.child.pid).not.toBe(owner.pid);
    owner.child.kill('SIGTERM');
    await owner.ended;
    expect(await gone(owner.pid)).toBe(true);
    expect(isRunning(owner.serverPid)).toBe(false);
  });

  test('not under npm, a process whose parent ends goes on', async () => {
    const owner = await startOwner(folder, { shell: true });
    owner.child.kill('SIGTERM');
    await owner.ended;
    expect(await ask(owner.connectionString, 'SELECT 1 AS one')).toEqual({ one: 1 });
    process.kill(owner.pid, 'SIGTERM');
    expect(await gone(owner.pid)).toBe(true);
    expect(isRunning(owner.serverPid)).toBe(false);
  });

  test('a temporary database of a killed process is swept by the next one', async () => {
    const owner = await startOwner(undefined);
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    expect(isRunning(owner.serverPid)).toBe(true);
    const server = await temporaryPostgres();
    started.push(server);
    expect(isRunning(owner.serverPid)).toBe(false);
    expect(existsSync(owner.folder)).toBe(false);
    await server.stop();
  });

  test('the server never runs as root, and an ordinary user needs no other', async ({ skip }) => {
    if (!isRoot) {
      const server = await temporaryPostgres();
      started.push(server);
      expect(statSync(join(server.folder, 'data')).uid).toBe(process.getuid?.());
      return server.stop();
    }
    const server = await temporaryPostgres();
    started.push(server);
    expect(statSync(join(server.folder, 'data')).uid).not.toBe(0);
    await server.stop();

    const state = mkdtempSync(join(tmpdir(), 'duet-state-'));
    chownSync(state, NOBODY, NOBODY);
    try {
      const owner = await startOwner(join(state, 'own'), { user: NOBODY, env: { DUET_STATE: state } }).catch(
        () => undefined,
      );
      if (owner === undefined)
        return skip('the user nobody cannot read this checkout or enter the temporary folder');
      expect(owner.user).toBe(NOBODY);
      expect(statSync(`/proc/${owner.serverPid}`).uid).toBe(NOBODY);
      expect(await ask(owner.connectionString, 'SELECT 1 AS one')).toEqual({ one: 1 });
      owner.tell('stop');
      expect(await owner.ended).toEqual({ code: 0, signal: null });
      expect(isRunning(owner.serverPid)).toBe(false);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
});
