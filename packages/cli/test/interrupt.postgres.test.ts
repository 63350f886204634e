/** A run that is interrupted, and a reader that goes away: nothing is left running, nothing is left lying, no trace is printed. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@duet/ledger/postgres/database';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { afterAll, expect, test } from 'vitest';
import { BIN, Sandbox } from './support.ts';

const box = new Sandbox();
afterAll(() => box.remove());

const TRANSFERS = 6_000;
const lines = Array.from({ length: TRANSFERS }, (_, i) => `n${i % 61},n${(i * 7) % 59},1.00,${i}`);
writeFileSync(box.path('long.csv'), `payer,payee,amount,time\n${lines.join('\n')}\n`);

interface Interrupted {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/** Starts a long replay, waits until `isUnderWay`, interrupts it. */
async function interrupt(env: NodeJS.ProcessEnv, isUnderWay: () => Promise<boolean>): Promise<Interrupted> {
  const child = spawn(process.execPath, [BIN, 'replay', 'long.csv', '--json'], {
    cwd: box.folder,
    env: { ...box.env, ...env },
  });
  let stdout = '';
  child.stdout.on('data', (part) => (stdout += String(part)));
  const ended = new Promise<Interrupted>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout })),
  );
  while (!(await isUnderWay()) && child.exitCode === null) await sleep(50);
  child.kill('SIGINT');
  return ended;
}

const serverPid = (): number | undefined => {
  const folder = box.path('state', 'temporary');
  if (!existsSync(folder)) return undefined;
  for (const name of readdirSync(folder)) {
    const file = box.path('state', 'temporary', name, 'data', 'postmaster.pid');
    if (existsSync(file)) return Number(readFileSync(file, 'utf8').split('\n')[0]) || undefined;
  }
  return undefined;
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test.skipIf(process.platform === 'win32')(
  'Ctrl-C stops the embedded database and dies of the signal',
  async () => {
    let pid: number | undefined;
    const { signal, stdout } = await interrupt({}, async () => {
      pid = serverPid();
      return pid !== undefined;
    });
    expect([signal, stdout]).toEqual(['SIGINT', '']);
    expect(pid).toBeGreaterThan(0);
    expect(isRunning(pid ?? 0)).toBe(false);
  },
);

test.skipIf(process.platform === 'win32')(
  'Ctrl-C drops the database made on a server of somebody',
  async () => {
    const server = await temporaryPostgres();
    const outer = await openDatabase({ databaseUrl: server.connectionString, poolSize: 1 });
    const worlds = async (): Promise<number> => {
      const { rows } = await outer.pool.query("SELECT 1 FROM pg_database WHERE datname LIKE 'duet_world_%'");
      return rows.length;
    };
    try {
      const { signal } = await interrupt(
        { DATABASE_URL: server.connectionString },
        async () => (await worlds()) > 0,
      );
      expect(signal).toBe('SIGINT');
      expect(await worlds()).toBe(0);
    } finally {
      await outer.close();
      await server.stop();
    }
  },
);

test
  .skipIf(process.platform === 'win32')
  .each([['duet --help'], ['duet replay short.csv'], ['duet wallet history --help']])(
  '%s | head -1 ends without a trace',
  async (command) => {
    writeFileSync(box.path('short.csv'), 'payer,payee,amount,time\na,b,1,1\n');
    const script = `${command.replace('duet', '"$0" "$1"')} | head -1`;
    const child = spawn('bash', ['-o', 'pipefail', '-c', script, process.execPath, BIN], {
      cwd: box.folder,
      env: box.env,
    });
    let stderr = '';
    child.stderr.on('data', (part) => (stderr += String(part)));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    // The phases of a long run may stand there, and nothing else.
    expect(stderr.split('\n').filter((line) => line !== '' && !line.endsWith(' …'))).toEqual([]);
  },
);
