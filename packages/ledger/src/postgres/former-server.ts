/**
 * What an earlier run left in a data folder: a server without its owner, or a lock file without its server.
 *
 *   postmaster.pid names …                         then
 *   a running server of this folder, owner alive   refuse: database-in-use
 *   a running server not started by us             refuse: database-in-use
 *   a running server, owner dead (an orphan)       stop it: fast, then immediate, then kill
 *   a zombie, or a process of another program      write our own number there (see below)
 *   nobody                                         leave it: PostgreSQL checks it better than we could
 *
 * The file is never removed: it also names the shared memory by which PostgreSQL notices sessions that outlived
 * a killed server. PostgreSQL takes a lock file with its parent's number for a stale one and still checks the
 * memory, so that is the number to write.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from './database-error.ts';
import { inUse } from './folder-owner.ts';
import { inspectProcess, isRunning, type ProcessInfo, sendSignal, waitUntilGone } from './process.ts';

/** The setting by which a server carries the mark of its owner. */
export const OWNER_SETTING = 'duet.owner';

const FAST_TIMEOUT_MS = 30_000;
const IMMEDIATE_TIMEOUT_MS = 10_000;

/** What is cleared: the data, and the folder of its sockets, which serves no other database. */
export interface Former {
  readonly folder: string;
  readonly dataFolder: string;
  readonly socketFolder: string;
}

/** Makes the data folder free to start in. The caller owns the folder's socket. @throws DatabaseError */
export async function clearFormerServer(place: Former, log: (line: string) => void): Promise<void> {
  const lockFile = join(place.dataFolder, 'postmaster.pid');
  const pid = Number(readLines(lockFile)?.[0]);
  const found = inspectProcess(pid);
  if (found !== undefined && !found.zombie && serves(found, place.dataFolder)) {
    const owner = ownerPid(found);
    if (owner === undefined) {
      throw inUse(place.folder, { pid, command: 'a PostgreSQL that Duet did not start', since: '' });
    }
    if (owner !== 0) throw inUse(place.folder, { pid: owner, command: '', since: '' });
    log(`stopping PostgreSQL ${pid}, left by a run that was killed`);
    await stopServer(found);
  }
  const left = readLines(lockFile);
  if (left !== undefined && Number(left[0]) === pid && inspectProcess(pid) !== undefined) {
    writeFileSync(lockFile, [String(process.pid), ...left.slice(1)].join('\n'));
  }
  // The lock beside the socket names the same zombie or stranger; it guards no memory.
  for (const name of readdirSync(place.socketFolder)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(place.socketFolder, name), { force: true });
  }
}

/** Fast shutdown (a checkpoint, the next start is quick), then immediate, then kill. @throws DatabaseError */
export async function stopServer(server: ProcessInfo): Promise<void> {
  try {
    sendSignal(server, 'SIGINT');
    if (await waitUntilGone(server, FAST_TIMEOUT_MS)) return;
    sendSignal(server, 'SIGQUIT');
    if (await waitUntilGone(server, IMMEDIATE_TIMEOUT_MS)) return;
    sendSignal(server, 'SIGKILL');
    if (await waitUntilGone(server, IMMEDIATE_TIMEOUT_MS)) return;
  } catch (cause) {
    throw new DatabaseError(
      'database-stop-failed',
      'never',
      `database: no permission to stop PostgreSQL ${server.pid}: stop it yourself`,
      { cause },
    );
  }
  throw new DatabaseError(
    'database-stop-failed',
    'safe',
    `database: PostgreSQL ${server.pid} does not stop: its disk may hang`,
  );
}

function serves(found: ProcessInfo, dataFolder: string): boolean {
  return `${found.command} `.includes(` -D ${dataFolder} `);
}

/** The number of the living owner, 0 when it is dead, undefined when the server is not one of ours. */
function ownerPid(server: ProcessInfo): number | undefined {
  const match = new RegExp(` ${OWNER_SETTING}=(\\d+):([0-9A-Za-z-]*) `).exec(`${server.command} `);
  if (match === null) return undefined;
  const pid = Number(match[1]);
  // Our own mark: an earlier stop in this process failed; we hold the socket, so it is ours to stop.
  return pid !== process.pid && isRunning(pid, match[2]) ? pid : 0;
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}
