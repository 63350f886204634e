/**
 * A PostgreSQL server of our own: real programs from npm, one folder, one owner, gone when we are gone.
 *
 *   own the folder → copy programs → clear what a killed run left → initdb once → start → ready
 *
 * A crash in each step: the owner's socket dies with us; a torn copy or `initializing-*` is made again;
 * a server that outlives us is an orphan, which the next start stops. Listens on a Unix socket in a folder of
 * mode 700 only; no TCP. Standard errors of the server go to `postgres.log` beside the data.
 */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Binaries, installBinaries } from './binaries.ts';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { guardExit } from './exit-guard.ts';
import { claimFolder, type FolderOwner } from './folder-owner.ts';
import { clearFormerServer, OWNER_SETTING, stopServer } from './former-server.ts';
import { sendSignal } from './process.ts';
import {
  exitOf,
  identify,
  initialize,
  launch,
  type Place,
  PORT,
  type ServerExit,
  stopBlocking,
  USER,
} from './server-launch.ts';
import { type Settings, settingArguments } from './server-settings.ts';
import {
  chooseServerUser,
  makeFolder,
  makePrivateFolder,
  type ServerUser,
  stateFolderPath,
} from './state-folder.ts';

export interface EmbeddedOptions {
  /** The database's folder; made when missing. Default: `postgres` in the state folder (state-folder.ts). */
  readonly folder?: string;
  /** Takes a line for each long step. */
  readonly log?: (line: string) => void;
  /** Server settings over the defaults of server-settings.ts. */
  readonly settings?: Settings;
}

export interface EmbeddedPostgres {
  /** For programs that take a URL; holds no secret. */
  readonly connectionString: string;
  /** The same for `new pg.Pool(…)`. */
  readonly poolConfig: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** The number of the server's process. */
  readonly pid: number;
  readonly folder: string;
  /** Settles when the server's process ends, wanted or not. It is not started again by itself. */
  readonly exited: Promise<ServerExit>;
  /** Ends the server and gives the folder free; the second call waits for the first. @throws DatabaseError */
  stop(): Promise<void>;
}

const DATABASE = 'postgres';
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** Starts the server of a folder and waits until it takes connections. @throws DatabaseError */
export async function startEmbeddedPostgres(options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
  const place = preparePlace(options.folder ?? join(stateFolderPath(), 'postgres'));
  return startIn(place, options, false);
}

/** @internal */
export function preparePlace(wanted: string): Place {
  const user = chooseServerUser(join(wanted, 'data'));
  const folder = makeFolder(wanted, user, 'us');
  const near = join(folder, 'run');
  // The list of socket folders is split at commas and unquoted: such paths go the short way too.
  const usable = Buffer.byteLength(socketName(near)) <= MAX_SOCKET_PATH_BYTES && !/[,"]/.test(near);
  const socketFolder = usable
    ? near
    : `/tmp/duet-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  makePrivateFolder(socketFolder, user);
  return { folder, dataFolder: join(folder, 'data'), socketFolder, user };
}

/** @internal */
export const claimPlace = (place: Place): Promise<FolderOwner> =>
  claimFolder(join(place.socketFolder, 'owner.sock'), place.folder);

/** @internal Starts in a prepared place; a temporary database is removed when it stops. */
export async function startIn(
  place: Place,
  options: EmbeddedOptions,
  temporary: boolean,
): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const owner = await claimPlace(place);
  try {
    const binaries = await prepareBinaries(place.user);
    await clearFormerServer(place, log);
    await initialize(place, binaries, log, temporary);
    const settings = settingArguments({ ...options.settings, [OWNER_SETTING]: owner.mark });
    const child = await launch(place, binaries, settings, log);
    return supervise(place, owner, child, temporary);
  } catch (error) {
    await owner.release();
    throw startError(error);
  }
}

function supervise(
  place: Place,
  owner: FolderOwner,
  child: ChildProcess,
  temporary: boolean,
): EmbeddedPostgres {
  const pid = child.pid ?? 0;
  const server = identify(child);
  const exited = exitOf(child);
  let stopping: Promise<void> | undefined;
  const tidy = () => {
    if (!temporary) return;
    for (const made of [place.socketFolder, place.folder]) rmSync(made, { recursive: true, force: true });
  };
  const unguard = guardExit({
    stop: () => stop(),
    stopNow: () => {
      stopBlocking(server, temporary);
      owner.releaseNow();
      tidy();
    },
  });
  const stop = async (): Promise<void> => {
    stopping ??= (async () => {
      // Waiting for its end must keep this process alive, running it must not.
      child.ref();
      if (child.exitCode === null && child.signalCode === null) {
        if (temporary) sendSignal(server, 'SIGQUIT');
        await stopServer(server);
        await exited;
      }
      unguard();
      await owner.release();
      tidy();
    })();
    return stopping;
  };
  const poolConfig = { host: place.socketFolder, port: PORT, user: USER, database: DATABASE };
  const connectionString = `postgresql://${USER}@/${DATABASE}?host=${encodeURIComponent(place.socketFolder)}&port=${PORT}`;
  return { connectionString, poolConfig, pid, folder: place.folder, exited, stop };
}

function prepareBinaries(user: ServerUser): Promise<Binaries> {
  return installBinaries(makeFolder(join(stateFolderPath(), 'binaries'), user, 'us'));
}

/** Errors of the file system while starting: a full disk, or something in the way. */
function startError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const known = toDatabaseError(error, 'connect');
  if (known.code === 'disk-full') return known;
  const why = error instanceof Error ? error.message : String(error);
  return new DatabaseError('database-start-failed', 'never', `database: cannot start PostgreSQL: ${why}`, {
    cause: error,
  });
}

const socketName = (folder: string): string => join(folder, `.s.PGSQL.${PORT}`);
