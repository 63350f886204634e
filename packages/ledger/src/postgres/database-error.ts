/**
 * Operational errors of the database: what went wrong, and whether doing it again is safe.
 *
 * `retry` is about the whole unit of work that failed, not about the last statement:
 *   safe             nothing was stored; the same work may be sent again
 *   never            the same work fails again until somebody changes something
 *   unknown-outcome  it may or may not be stored: look first, or repeat only what is idempotent; never refund
 *
 * A server that answers ERROR has rolled back, also at COMMIT. FATAL, PANIC and a lost connection say nothing
 * about a COMMIT (or a statement outside a transaction, which commits itself) that was on its way.
 */

export type Retry = 'safe' | 'never' | 'unknown-outcome';

/** Stable codes of {@link DatabaseError}. */
export type DatabaseErrorCode =
  // the embedded server
  | 'database-in-use'
  | 'database-binaries-missing'
  | 'database-platform-unsupported'
  | 'database-folder-unusable'
  | 'database-folder-other-version'
  | 'database-start-failed'
  | 'database-stop-failed'
  // the connection
  | 'database-unreachable'
  | 'database-starting'
  | 'database-login-refused'
  | 'database-missing'
  | 'database-too-old'
  | 'database-url-invalid'
  | 'connection-lost'
  | 'too-many-connections'
  // the work
  | 'serialization-conflict'
  | 'deadlock'
  | 'lock-timeout'
  | 'query-cancelled'
  | 'transaction-aborted'
  | 'constraint-violated'
  | 'database-read-only'
  | 'disk-full'
  | 'database-out-of-memory'
  | 'database-io-error'
  | 'database-corrupted'
  | 'integer-too-large'
  | 'status-list-full'
  | 'statement-refused'
  // the schema
  | 'schema-newer'
  | 'schema-changed'
  | 'migration-failed';

/** An error of IO with the database. The message holds no statement, parameter, password or row. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly retry: Retry;
  /** The five characters of PostgreSQL (`errcodes.txt`), where the server answered. */
  readonly sqlState: string | undefined;

  constructor(
    code: DatabaseErrorCode,
    retry: Retry,
    message: string,
    details: { readonly cause?: unknown; readonly sqlState?: string | undefined } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retry = retry;
    this.sqlState = details.sqlState;
  }
}

/**
 * Where in a unit of work an error came:
 *   connect      before a connection was there
 *   transaction  inside an open transaction, COMMIT not yet sent
 *   commit       after COMMIT was sent
 *   autocommit   a statement outside a transaction (the careful default)
 */
export type Phase = 'connect' | 'transaction' | 'commit' | 'autocommit';

interface Mapping {
  readonly code: DatabaseErrorCode;
  readonly retry: Retry;
  readonly advice: string;
}

const AGAIN = 'nothing was stored: send the same work again';
const DISK_FULL =
  'no space left on the disk of the database, nothing was stored: free space, then send the work again';

/** By SQLSTATE, first the whole code, then its class (two characters). */
const BY_SQL_STATE: Readonly<Record<string, Mapping>> = {
  '40001': { code: 'serialization-conflict', retry: 'safe', advice: AGAIN },
  '40P01': { code: 'deadlock', retry: 'safe', advice: AGAIN },
  '40003': {
    code: 'connection-lost',
    retry: 'unknown-outcome',
    advice: 'look whether it was stored before repeating it',
  },
  '40': { code: 'serialization-conflict', retry: 'safe', advice: AGAIN },
  '53100': { code: 'disk-full', retry: 'safe', advice: DISK_FULL },
  '53200': {
    code: 'database-out-of-memory',
    retry: 'safe',
    advice: 'give the server memory or send smaller batches',
  },
  '53300': {
    code: 'too-many-connections',
    retry: 'safe',
    advice: 'raise max_connections or use smaller pools',
  },
  '53': { code: 'too-many-connections', retry: 'safe', advice: 'a resource limit of the server was reached' },
  '55P03': { code: 'lock-timeout', retry: 'safe', advice: AGAIN },
  '57014': { code: 'query-cancelled', retry: 'safe', advice: AGAIN },
  '57P03': {
    code: 'database-starting',
    retry: 'safe',
    advice: 'the server starts or stops: wait and try again',
  },
  '58': {
    code: 'database-io-error',
    retry: 'never',
    advice: 'the server cannot read or write its files: see its log',
  },
  '25006': {
    code: 'database-read-only',
    retry: 'safe',
    advice: 'the server is a standby: connect to the primary',
  },
  '25P02': {
    code: 'transaction-aborted',
    retry: 'safe',
    advice: 'an earlier statement of the transaction failed',
  },
  '23': { code: 'constraint-violated', retry: 'never', advice: 'the schema forbids this content' },
  '28': { code: 'database-login-refused', retry: 'never', advice: 'check user and password in DATABASE_URL' },
  '3D000': {
    code: 'database-missing',
    retry: 'never',
    advice: 'create the database that DATABASE_URL names',
  },
  XX001: { code: 'database-corrupted', retry: 'never', advice: 'stop writing and restore from a backup' },
  XX002: {
    code: 'database-corrupted',
    retry: 'never',
    advice: 'an index is damaged: REINDEX after a backup',
  },
};

const REFUSED: Mapping = {
  code: 'statement-refused',
  retry: 'never',
  advice: 'a defect of this program or its schema',
};

/** Server codes that end the session, whatever their severity says. */
const SESSION_ENDED = new Set(['57P01', '57P02', '57P04', '57P05', '25P03', '25P04']);

/** FATAL answers to a login: the session never was, so nothing was stored. */
const LOGIN_REFUSED = /^(53300|57P03|3D000|28...)$/;

/** Node codes of a connection that never was. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
]);
const LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);
const LOST_MESSAGE =
  /connection terminated|client has encountered a connection error|client was closed|query read timeout|timeout expired/i;
const POOL_WAIT_MESSAGE =
  /timeout exceeded when trying to connect|connection terminated due to connection timeout/i;

/** Gives any error of `pg`, of a socket or of the file system its {@link DatabaseError}; keeps one that is one. */
export function toDatabaseError(error: unknown, phase: Phase = 'autocommit'): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = textField(error, 'code');
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new DatabaseError('disk-full', 'safe', `database: ${DISK_FULL}`, { cause: error });
  if (code !== undefined && UNREACHABLE.has(code)) return unreachable(error, code);
  if (code === undefined && POOL_WAIT_MESSAGE.test(message)) return unreachable(error, 'a timeout');
  if (isLostConnection(error)) {
    return phase === 'connect' ? unreachable(error, code ?? message) : lost(error, phase, undefined);
  }
  if (code !== undefined && isFromServer(error)) return fromServer(error, code, phase);
  return new DatabaseError('statement-refused', 'never', `database: ${message}`, { cause: error });
}

/** Whether the server answered with an error: a severity and an SQLSTATE (`EPIPE` looks like one). */
export function isFromServer(error: unknown): boolean {
  return textField(error, 'severity') !== undefined && /^[0-9A-Z]{5}$/.test(textField(error, 'code') ?? '');
}

/** Whether a connection broke, as the socket or `pg` says it. */
export function isLostConnection(error: unknown): boolean {
  const code = textField(error, 'code');
  if (code !== undefined) return LOST.has(code);
  return error instanceof Error && LOST_MESSAGE.test(error.message);
}

function fromServer(error: unknown, sqlState: string, phase: Phase): DatabaseError {
  const severity = textField(error, 'severity');
  const fatal = severity === 'FATAL' || severity === 'PANIC';
  const known = BY_SQL_STATE[sqlState] ?? BY_SQL_STATE[sqlState.slice(0, 2)];
  if (sqlState === '08007' || sqlState === '40003') return lost(error, 'commit', sqlState);
  const ended =
    sqlState.startsWith('08') || SESSION_ENDED.has(sqlState) || (fatal && !LOGIN_REFUSED.test(sqlState));
  if (ended && phase !== 'connect') return lost(error, phase, sqlState);
  const { code, retry, advice } = known ?? (ended ? UNREACHABLE_MAPPING : REFUSED);
  const constraint =
    code === 'constraint-violated' ? ` (${textField(error, 'constraint') ?? 'unnamed'})` : '';
  return new DatabaseError(code, retry, `database: ${code}${constraint}, SQLSTATE ${sqlState}: ${advice}`, {
    cause: error,
    sqlState,
  });
}

const UNREACHABLE_MAPPING: Mapping = {
  code: 'database-unreachable',
  retry: 'safe',
  advice: 'check that the server runs and that DATABASE_URL names it',
};

function unreachable(cause: unknown, got: string): DatabaseError {
  const { code, retry, advice } = UNREACHABLE_MAPPING;
  return new DatabaseError(code, retry, `database: no connection (${got}): ${advice}`, { cause });
}

function lost(cause: unknown, phase: Phase, sqlState: string | undefined): DatabaseError {
  const open = phase === 'transaction' || phase === 'connect';
  const advice = open ? AGAIN : 'it may or may not be stored: look first, or repeat it if it is idempotent';
  return new DatabaseError(
    'connection-lost',
    open ? 'safe' : 'unknown-outcome',
    `database: connection lost: ${advice}`,
    {
      cause,
      sqlState,
    },
  );
}

function textField(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = Reflect.get(value, key);
  return typeof field === 'string' ? field : undefined;
}
