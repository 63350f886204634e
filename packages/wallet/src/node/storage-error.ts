/**
 * Operational errors of a wallet's files. `retry` is about the whole call that failed:
 *
 *   safe             nothing was changed; the same call may be made again
 *   never            it fails again until somebody changes something
 *   unknown-outcome  it may or may not be stored: close the wallet, open it again and look
 *
 * Messages hold no path, key, record or passphrase: the caller knows which wallet it opened.
 */

export type Retry = 'safe' | 'never' | 'unknown-outcome';

/** Stable codes of {@link StorageError}. */
export type StorageCode =
  // opening
  | 'wallet-exists'
  | 'wallet-unknown'
  | 'wallet-in-use'
  | 'wallet-damaged'
  | 'wallet-newer'
  | 'passphrase-required'
  | 'passphrase-wrong'
  // working
  | 'disk-full'
  | 'wallet-io-error';

/** What failed in the files of a wallet. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageCode;
  readonly retry: Retry;

  constructor(code: StorageCode, retry: Retry, message: string, cause?: unknown) {
    super(`wallet: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retry = retry;
  }
}

/**
 * Where in a call an error came:
 *   before  nothing durable was asked for yet, or the work was rolled back
 *   commit  the commit was on its way
 */
export type Phase = 'before' | 'commit';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

/** Gives any error of SQLite or of the file system its {@link StorageError}; keeps one that is one. */
export function toStorageError(error: unknown, phase: Phase = 'before'): StorageError {
  if (error instanceof StorageError) return error;
  const systemCode = fieldOf(error, 'code');
  if (typeof systemCode === 'string' && NO_SPACE.has(systemCode)) return diskFull(error);
  const resultCode = fieldOf(error, 'errcode');
  // The low byte is the primary code, the rest says more.
  switch (typeof resultCode === 'number' ? resultCode & 0xff : undefined) {
    case SQLITE_FULL:
      return diskFull(error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return inUse(error);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged('its journal is not readable as a database', error);
    default:
      return ioError(phase, error);
  }
}

const diskFull = (cause?: unknown): StorageError =>
  new StorageError(
    'disk-full',
    'safe',
    'no space left on the disk; nothing was changed. Free some space',
    cause,
  );

const inUse = (cause?: unknown): StorageError =>
  new StorageError('wallet-in-use', 'safe', 'another program uses this wallet. Close it first', cause);

export const damaged = (what: string, cause?: unknown): StorageError =>
  new StorageError('wallet-damaged', 'never', `${what}. Restore a backup into a new wallet and sync`, cause);

/** Reading or writing failed; after a failed sync nobody knows what the disk holds. */
export function ioError(phase: Phase, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return phase === 'commit'
    ? new StorageError(
        'wallet-io-error',
        'unknown-outcome',
        `storing failed half-way (${why}). Open the wallet again to see what was stored`,
        cause,
      )
    : new StorageError('wallet-io-error', 'never', `its files cannot be used (${why})`, cause);
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
