/**
 * Making a data folder and starting a server in it.
 *
 * `initdb` works beside the data folder and is renamed into place when whole, so a crash never leaves half a
 * database under the real name. A server is ready when the lock file that names *our* child says so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { DatabaseError } from './database-error.ts';
import { guardExit } from './exit-guard.ts';
import { stopServer } from './former-server.ts';
import { inspectProcess, type ProcessInfo, sendSignal, waitUntilGoneBlocking } from './process.ts';
import { handOver, type ServerUser } from './state-folder.ts';

/** A folder prepared for one server, and who runs it. */
export interface Place {
  readonly folder: string;
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly user: ServerUser;
}

/** How a server ended: the code or signal of its process. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const PORT = 5432;
export const USER = 'duet';

const START_TIMEOUT_MS = 300_000;
/** Sessions of a killed server notice its end; until then a start is refused. */
const FORMER_SESSIONS_TIMEOUT_MS = 15_000;
const EXIT_TIMEOUT_MS = 10_000;
const POLL_MS = 5;
const MAX_LOG_BYTES = 10_000_000;
const LOG_TAIL_BYTES = 2_000;

/** Makes the data folder unless it is there. @throws DatabaseError */
export async function initialize(
  place: Place,
  binaries: Binaries,
  log: (line: string) => void,
  temporary: boolean,
): Promise<void> {
  for (const name of readdirSync(place.folder)) {
    if (name.startsWith('initializing-')) rmSync(join(place.folder, name), { recursive: true, force: true });
  }
  const version = readOptional(join(place.dataFolder, 'PG_VERSION'))?.trim();
  if (version === String(binaries.majorVersion)) return;
  if (version !== undefined) {
    throw new DatabaseError(
      'database-folder-other-version',
      'never',
      `database: ${place.dataFolder} was made by PostgreSQL ${version}, this is ${binaries.majorVersion}: move the data over (pg_dump), or choose another folder with DUET_STATE`,
    );
  }
  log('making a new database');
  const made = join(place.folder, `initializing-${randomUUID().slice(0, 8)}`);
  mkdirSync(made, { mode: 0o700 });
  handOver(made, place.user);
  // The same order of texts on every machine: the C.UTF-8 of PostgreSQL itself, not one of the system.
  const locale = '--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8'.split(' ');
  const words = [`--pgdata=${made}`, `--username=${USER}`, '--auth=trust', '--encoding=UTF8', ...locale];
  const child = spawn(binaries.initdb, [...words, '--no-instructions', ...(temporary ? ['--no-sync'] : [])], {
    ...processOptions(place),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-LOG_TAIL_BYTES);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { code, signal } = await exitOf(child);
  if (code !== 0) {
    rmSync(made, { recursive: true, force: true });
    throw startFailed(`initdb ended with ${code ?? signal}`, output);
  }
  renameSync(made, place.dataFolder);
  if (!temporary) syncFolder(place.folder);
}

/** Starts the server and waits until it is ready. @throws DatabaseError */
export async function launch(
  place: Place,
  binaries: Binaries,
  settings: string[],
  log: (line: string) => void,
): Promise<ChildProcess> {
  for (let startedAt = Date.now(); ; await delay(100)) {
    const logFile = openLog(place.folder);
    const child = spawn(
      binaries.postgres,
      [
        '-D',
        place.dataFolder,
        '-k',
        place.socketFolder,
        '-p',
        String(PORT),
        ...settings,
        '-c',
        'listen_addresses=',
        '-c',
        'unix_socket_permissions=0700',
      ],
      // A session of its own: Ctrl-C in the terminal reaches us, and we end the server when we are done with it.
      { ...processOptions(place), stdio: ['ignore', logFile.descriptor, logFile.descriptor], detached: true },
    );
    closeSync(logFile.descriptor);
    const server = identify(child);
    const unguard = guardExit({ stop: () => stopServer(server), stopNow: () => stopBlocking(server, false) });
    const ended = await waitUntilReady(place, child, log).finally(unguard);
    if (ended === undefined) {
      child.unref();
      return child;
    }
    const tail = readFileSync(logFile.path)
      .subarray(logFile.startBytes)
      .toString('utf8')
      .slice(-LOG_TAIL_BYTES);
    if (/pre-existing shared memory block/.test(tail) && Date.now() - startedAt < FORMER_SESSIONS_TIMEOUT_MS)
      continue;
    throw startFailed(`PostgreSQL ended with ${ended.code ?? ended.signal} while it started`, tail);
  }
}

/** Undefined when ready, else how it ended. A stale lock file says ready too: its first line must be our child. */
async function waitUntilReady(
  place: Place,
  child: ChildProcess,
  log: (line: string) => void,
): Promise<ServerExit | undefined> {
  let ended: ServerExit | undefined;
  let failed: unknown;
  exitOf(child).then(
    (exit) => {
      ended = exit;
    },
    (error: unknown) => {
      failed = error;
    },
  );
  const startedAt = Date.now();
  for (let told = false; ended === undefined; await delay(POLL_MS)) {
    if (failed !== undefined) throw failed;
    const lines = readOptional(join(place.dataFolder, 'postmaster.pid'))?.split('\n') ?? [];
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return undefined;
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > 1_000 && !told) {
      log('the database recovers what was written before a crash');
      told = true;
    }
    if (waitedMs > START_TIMEOUT_MS) {
      await stopServer(identify(child));
      throw startFailed(
        `PostgreSQL was not ready after ${START_TIMEOUT_MS / 1_000} s`,
        `see postgres.log in ${place.folder}`,
      );
    }
  }
  return ended;
}

/** What the system knows of a child; one that is gone is a zombie. */
export const identify = (child: ChildProcess): ProcessInfo =>
  inspectProcess(child.pid ?? 0) ?? { pid: child.pid ?? 0, zombie: true, startMark: '', command: '' };

/** A checkpoint makes the next start quick; a server that takes longer goes on without us and stops by itself. */
export function stopBlocking(server: ProcessInfo, temporary: boolean): void {
  sendSignal(server, temporary ? 'SIGQUIT' : 'SIGINT');
  waitUntilGoneBlocking(server, EXIT_TIMEOUT_MS);
}

export function exitOf(child: ChildProcess): Promise<ServerExit> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null)
      return resolve({ code: child.exitCode, signal: child.signalCode });
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'the programs need glibc (not musl)' : cause.message;
      reject(
        new DatabaseError(
          'database-start-failed',
          'never',
          `database: cannot run PostgreSQL: ${why}: set DATABASE_URL to a server of your own`,
          { cause },
        ),
      );
    });
  });
}

function startFailed(what: string, output: string): DatabaseError {
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new DatabaseError(
      'disk-full',
      'safe',
      `database: ${what}: no space left on the disk, nothing was lost: free space and start again`,
    );
  }
  if (/lock file "postmaster.pid" already exists/.test(output)) {
    return new DatabaseError(
      'database-in-use',
      'safe',
      `database: ${what}: another server runs in this folder:\n${output.trim()}`,
    );
  }
  return new DatabaseError('database-start-failed', 'never', `database: ${what}:\n${output.trim()}`);
}

function processOptions(place: Place): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  // Nothing of our environment: it may hold secrets, and PG* and LC_* change what the programs do.
  return {
    cwd: place.folder,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...place.user.switchTo,
  };
}

function openLog(folder: string): { path: string; descriptor: number; startBytes: number } {
  const path = join(folder, 'postgres.log');
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a', 0o600);
  return { path, descriptor, startBytes: statSync(path).size };
}

/** Makes a rename in a folder durable. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
