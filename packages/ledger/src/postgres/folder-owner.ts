/**
 * One owner per database folder: whoever listens on its `owner.sock`.
 *
 * A listening socket dies with its process, so nothing has to be believed about a file that a killed process
 * left behind: it refuses connections and is replaced. Whoever connects is told who runs.
 * Two starters that meet a stale socket in the same instant could both win here; the server's own lock
 * (postmaster.pid) then refuses the second, and a server whose owner lives is never taken for an orphan
 * (former-server.ts).
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { DatabaseError } from './database-error.ts';
import { inspectProcess } from './process.ts';

export interface FolderOwner {
  /** Names this owner to the server that it starts: `<pid>:<start mark>`. */
  readonly mark: string;
  release(): Promise<void>;
  /** For the `exit` event: removes the socket at once. */
  releaseNow(): void;
}

/** Who holds a folder; the number is 0 when the holder did not say. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
  readonly since: string;
}

const ATTEMPTS = 5;
const ANSWER_TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 4_096;

/** Takes the folder. @throws DatabaseError `database-in-use` naming the process that holds it */
export async function claimFolder(socketPath: string, folder: string): Promise<FolderOwner> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = await listen(socketPath);
    if (server !== undefined) return ownerOf(server, socketPath);
    const holder = await ask(socketPath);
    if (holder !== undefined) throw inUse(folder, holder);
    rmSync(socketPath, { force: true });
  }
  throw inUse(folder, { pid: 0, command: '', since: '' });
}

/** The error of a folder that somebody else works on. */
export function inUse(folder: string, holder: Holder): DatabaseError {
  const who =
    holder.pid === 0
      ? 'another process'
      : holder.pid === process.pid
        ? `this process (${holder.pid})`
        : `process ${holder.pid}`;
  const what = holder.command === '' ? '' : ` (${holder.command.slice(0, 120)})`;
  const since = holder.since === '' ? '' : ` since ${holder.since}`;
  return new DatabaseError(
    'database-in-use',
    'safe',
    `database: the folder ${folder} is in use by ${who}${what}${since}: stop it, or choose another folder with DUET_STATE`,
  );
}

/** `<pid>:<start mark>` of this process. */
function ownMark(): string {
  return `${process.pid}:${inspectProcess(process.pid)?.startMark ?? ''}`;
}

function ownerOf(server: Server, socketPath: string): FolderOwner {
  let released = false;
  return {
    mark: ownMark(),
    release: () =>
      new Promise((done) => {
        if (released) return done();
        released = true;
        // Closing removes the socket file, so a new owner's socket is never touched.
        server.close(() => done());
      }),
    releaseNow: () => {
      if (!released) rmSync(socketPath, { force: true });
      released = true;
    },
  };
}

function listen(socketPath: string): Promise<Server | undefined> {
  const answer = JSON.stringify({
    pid: process.pid,
    command: process.argv.slice(1, 3).join(' '),
    since: new Date().toISOString(),
  });
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(answer);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else
        reject(
          new DatabaseError(
            'database-folder-unusable',
            'never',
            `database: cannot listen on ${socketPath}: ${error.message}`,
            { cause: error },
          ),
        );
    });
    server.listen(socketPath, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Who listens; undefined when nobody does. */
function ask(socketPath: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    let connected = false;
    let text = '';
    const socket = connect(socketPath);
    const finish = () => {
      socket.destroy();
      resolve(connected ? parseHolder(text) : undefined);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, finish);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_ANSWER_BYTES) finish();
    });
    socket.on('end', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A full queue of a busy owner (EAGAIN) or no permission is an owner too.
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') connected = true;
      finish();
    });
  });
}

function parseHolder(text: string): Holder {
  const unknown: Holder = { pid: 0, command: '', since: '' };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return unknown;
    const { pid, command, since } = { pid: 0, command: '', since: '', ...value };
    if (typeof pid !== 'number' || typeof command !== 'string' || typeof since !== 'string') return unknown;
    return { pid, command, since };
  } catch {
    return unknown;
  }
}
