/** What the tests of the embedded server share: skipping, folders that are swept, processes to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findPlatformPackage } from '../../src/postgres/binaries.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { inspectProcess } from '../../src/postgres/process.ts';
import { stateFolderPath } from '../../src/postgres/state-folder.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';

const owners: number[] = [];
const OWNER_SCRIPT = fileURLToPath(new URL('./owner.ts', import.meta.url));

/** `describe` where the programs are there; else skipped with the reason, and a failure in CI. */
export function describeWithPostgres(name: string, body: () => void): void {
  const found = findPlatformPackage();
  if (found.available) return void describe(name, body);
  if (process.env.CI) throw new Error(`${name}: ${found.reason}`);
  describe.skip(`${name} (skipped: ${found.reason})`, body);
}

/** A database on a server of its own, from before the first test of a group until after the last one. */
export function temporaryDatabase(poolSize?: number): () => Database {
  let server: EmbeddedPostgres | undefined;
  let database: Database | undefined;
  beforeAll(async () => {
    server = await temporaryPostgres();
    const pool = poolSize === undefined ? {} : { poolSize };
    database = await openDatabase({ databaseUrl: server.connectionString, ...pool });
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });
  return () => database ?? expect.unreachable('a database before the first test');
}

/** A folder that outlives its server, and that the sweep of temporary.ts removes if these tests are killed. */
export const testFolder = (name = 'test'): string =>
  join(stateFolderPath(), 'temporary', `${process.pid}-${name}-${randomUUID().slice(0, 8)}`);

/** Runs one statement on a connection of its own. */
export async function ask(server: EmbeddedPostgres | string, text: string): Promise<Record<string, unknown>> {
  const config = typeof server === 'string' ? { connectionString: server } : server.poolConfig;
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query(text);
    return { ...result.rows[0] };
  } finally {
    await client.end();
  }
}

export interface OwnerProcess {
  readonly child: ChildProcess;
  /** The process that owns the server. */
  readonly pid: number;
  readonly serverPid: number;
  readonly folder: string;
  readonly connectionString: string;
  readonly user: number;
  /** Tells the process how to end: a word of owner.ts. */
  tell(word: string): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a process that starts a server: in `folder`, or a temporary one. */
export async function startOwner(
  folder: string | undefined,
  options: { readonly env?: NodeJS.ProcessEnv; readonly user?: number; readonly shell?: boolean } = {},
): Promise<OwnerProcess> {
  const words = [process.execPath, OWNER_SCRIPT, ...(folder === undefined ? [] : [folder])];
  // A shell that stays, as npm's does: the last command would replace it.
  const command = options.shell ? ['/bin/sh', '-c', '"$@"; exit $?', 'sh', ...words] : words;
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: { ...process.env, npm_lifecycle_event: undefined, NODE_OPTIONS: '', ...options.env },
    ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    ended.then(({ code, signal }) => Promise.reject(new Error(`the owner ended with ${code ?? signal}`))),
  ]);
  const said = JSON.parse(line);
  owners.push(said.pid);
  return { ...said, child, ended, tell: (word: string) => void child.stdin?.write(`${word}\n`) };
}

/** Ends the owners that a failed test left. */
export function endOwners(): void {
  for (const pid of owners)
    if (inspectProcess(pid)?.command.includes(OWNER_SCRIPT)) process.kill(pid, 'SIGTERM');
}

export const isRoot = process.getuid?.() === 0;
