/**
 * Where the embedded database keeps its files, and as whom it runs.
 *
 * The state folder is `$DUET_STATE`; else `$XDG_STATE_HOME/duet` or `~/.local/state/duet`; for root always
 * `/var/lib/duet`, because PostgreSQL refuses to run as root: it runs as the user `postgres`, else `nobody`, who
 * can enter no home of mode 700. Nothing below a checkout is used. Layout:
 *
 *   binaries/<version>-<platform>/   copy of the programs, written by us only
 *   postgres/                        the default database: data/, run/ (sockets), postgres.log
 *   temporary/<pid>-<random>/        databases of tests, removed when they stop, swept when their owner died
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { makeFolders } from '@duet/crypto/make-folders';
import { DatabaseError } from './database-error.ts';

/** The user that the server runs as; `switchTo` is there only when that is not ourselves. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly switchTo: { readonly uid: number; readonly gid: number } | undefined;
}

const ROOT_STATE_FOLDER = '/var/lib/duet';
const ROOT_CANDIDATES = ['postgres', 'nobody'];

/** The path of the state folder; makes nothing. */
export function stateFolderPath(env: NodeJS.ProcessEnv = process.env, uid: number = ownUid()): string {
  if (env.DUET_STATE !== undefined && env.DUET_STATE !== '') return resolve(env.DUET_STATE);
  if (uid === 0) return ROOT_STATE_FOLDER;
  const xdg = env.XDG_STATE_HOME;
  // XDG Base Directory: a relative path is invalid and must be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'duet');
  return join(homedir(), '.local', 'state', 'duet');
}

/** Ourselves, or as root the owner of the data that is there already, else `postgres`, else `nobody`. */
export function chooseServerUser(dataFolder: string): ServerUser {
  const uid = ownUid();
  if (uid !== 0) return { name: `uid ${uid}`, uid, gid: process.getgid?.() ?? uid, switchTo: undefined };
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return asUser(`uid ${owner.uid}`, owner.uid, owner.gid);
  for (const name of ROOT_CANDIDATES) {
    const found = [lookUp('-u', name), lookUp('-g', name)];
    const [userId, groupId] = found;
    if (userId !== undefined && groupId !== undefined && userId !== 0) return asUser(name, userId, groupId);
  }
  throw new DatabaseError(
    'database-start-failed',
    'never',
    'database: PostgreSQL does not run as root, and there is no user "postgres" or "nobody": create one of them, or set DATABASE_URL',
  );
}

/** Makes a folder that the server's user can enter; gives its real path. @throws DatabaseError with what to do */
export function makeFolder(folder: string, user: ServerUser, owner: 'us' | 'server'): string {
  try {
    const mode = user.switchTo === undefined ? 0o700 : 0o755;
    const first = makeFolders(folder, mode);
    // A strict umask must not shut the server out of what was just made.
    for (let at = resolve(folder); first !== undefined && at.startsWith(first); at = dirname(at))
      chmodSync(at, mode);
    if (owner === 'server') handOver(folder, user);
    const real = realpathSync(folder);
    requireEnterable(real, user);
    return real;
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw unusable(folder, error instanceof Error ? error.message : String(error), error);
  }
}

/** Gives a folder to the server's user alone. */
export function handOver(folder: string, user: ServerUser): void {
  if (user.switchTo !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}

/**
 * Makes a folder under a name that anybody could have taken first (below /tmp).
 * @throws DatabaseError when it is a link or belongs to somebody else
 */
export function makePrivateFolder(folder: string, user: ServerUser): void {
  makeFolders(folder, 0o700);
  const found = lstatSync(folder);
  if (!found.isDirectory() || (found.uid !== ownUid() && found.uid !== user.uid)) {
    throw unusable(folder, 'it belongs to somebody else or is a link: remove it', undefined);
  }
  if (found.uid !== user.uid || user.switchTo === undefined) handOver(folder, user);
}

function ownUid(): number {
  return process.getuid?.() ?? -1;
}

function requireEnterable(folder: string, user: ServerUser): void {
  if (user.switchTo === undefined) return;
  for (let at = folder; ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw unusable(
        folder,
        `the user ${user.name} cannot enter ${at} (mode ${(mode & 0o777).toString(8)})`,
        undefined,
      );
    }
    if (at === dirname(at)) return;
  }
}

function unusable(folder: string, why: string, cause: unknown): DatabaseError {
  return new DatabaseError(
    'database-folder-unusable',
    'never',
    `database: cannot use the folder ${folder}: ${why}. Set DUET_STATE to a folder that the database may use, or DATABASE_URL to a server of your own`,
    { cause },
  );
}

function asUser(name: string, uid: number, gid: number): ServerUser {
  return { name, uid, gid, switchTo: { uid, gid } };
}

function lookUp(what: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(
      execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return undefined;
  }
}
