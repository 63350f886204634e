/**
 * The way into the database: `DATABASE_URL` (one's own PostgreSQL 15 or newer, or one compatible with it), else
 * the embedded server.
 *
 * `bigint` columns arrive as numbers and an integer beyond 2^53−1 is an error, never a rounded amount (MONEY-1);
 * `numeric`, which `sum(bigint)` gives, stays text: cast sums to bigint. Passwords stay out of messages.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';
import type { Settings } from './server-settings.ts';

export interface DatabaseOptions {
  /** A `postgres://` URL. Default: the environment's `DATABASE_URL`; an empty text means embedded. */
  readonly databaseUrl?: string;
  /** Folder of the embedded server; takes no effect with a URL. */
  readonly folder?: string;
  readonly settings?: Settings;
  readonly log?: (line: string) => void;
  /** Connections at most. Default 8. */
  readonly poolSize?: number;
}

export interface Database {
  readonly pool: pg.Pool;
  /** Where else to connect to it, from another thread. It may hold a password. */
  readonly url: string;
  /** The embedded server, when that is what runs. */
  readonly server: EmbeddedPostgres | undefined;
  /** A typed query builder over the pool; it needs no closing. */
  kysely<Schema>(): Kysely<Schema>;
  /** Ends the connections, then the embedded server; may be called twice. */
  close(): Promise<void>;
}

/** What the version check needs of a pool. */
export interface VersionSource {
  query(text: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

const MIN_VERSION = 15;
const POOL_SIZE = 8;
const CONNECT_TIMEOUT_MS = 15_000;
const INT8 = 20;
const INT8_ARRAY = 1016;

/** Connects, starting the embedded server where no URL is given, and checks the version. @throws DatabaseError */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const url = options.databaseUrl ?? process.env.DATABASE_URL ?? '';
  const log = options.log ?? (() => undefined);
  if (url !== '' && !/^postgres(ql)?:\/\//.test(url)) {
    throw new DatabaseError(
      'database-url-invalid',
      'never',
      'database: DATABASE_URL must start with postgres:// or postgresql://',
    );
  }
  const server = url === '' ? await startEmbeddedPostgres(pick(options)) : undefined;
  const pool = openPool(
    server === undefined ? { connectionString: url } : server.poolConfig,
    options.poolSize ?? POOL_SIZE,
    log,
  );
  const close = closer(pool, server);
  try {
    await requireSupportedServer(pool, log);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pool,
    url: server?.connectionString ?? url,
    server,
    kysely: <Schema>() => new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }),
    close,
  };
}

/** A pool with our types; the death of an idle connection is logged and survived. @throws DatabaseError */
export function openPool(config: pg.PoolConfig, max: number, log: (line: string) => void): pg.Pool {
  try {
    const pool = new pg.Pool({
      application_name: 'duet',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...config,
      max,
      types: { getTypeParser },
    });
    pool.on('error', (error) => log(toDatabaseError(error).message));
    tellErrors(pool);
    return pool;
  } catch (error) {
    // The cause names the URL with its password, so it is left out.
    const what = error instanceof Error ? error.name : 'error';
    throw new DatabaseError(
      'database-url-invalid',
      'never',
      `database: DATABASE_URL cannot be read (${what})`,
    );
  }
}

/** Statements outside a transaction fail with {@link DatabaseError} as well; `inTransaction` tells its own. */
function tellErrors(pool: pg.Pool): void {
  const query: unknown = pool.query;
  if (typeof query !== 'function') throw new TypeError('database: the pool has no query method');
  const value = (...words: unknown[]): unknown => {
    const answer: unknown = Reflect.apply(query, pool, words);
    return answer instanceof Promise
      ? answer.catch((error: unknown) => Promise.reject(toDatabaseError(error)))
      : answer;
  };
  Object.defineProperty(pool, 'query', { value });
}

/** Refuses a server older than PostgreSQL 15; warns when it may forget what it acknowledged. @throws DatabaseError */
export async function requireSupportedServer(
  source: VersionSource,
  log: (line: string) => void,
): Promise<void> {
  const result = await source
    .query(
      "SELECT current_setting('server_version_num') AS number, current_setting('fsync', true) AS fsync," +
        " current_setting('synchronous_commit', true) AS commit, current_setting('full_page_writes', true) AS pages",
    )
    .catch((error: unknown) => Promise.reject(toDatabaseError(error, 'connect')));
  const row = result.rows[0] ?? {};
  const major = Math.floor(Number(row.number) / 10_000);
  if (!(major >= MIN_VERSION)) {
    throw new DatabaseError(
      'database-too-old',
      'never',
      `database: expected PostgreSQL ${MIN_VERSION} or newer, got ${Number.isNaN(major) ? 'an unknown version' : major}: upgrade the server, or unset DATABASE_URL to use the embedded one`,
    );
  }
  const off = (['fsync', 'commit', 'pages'] as const).filter((name) => row[name] === 'off');
  if (off.length > 0)
    log(`database: ${off.join(', ')} off: a crash of the server can lose acknowledged payments`);
}

/** A PostgreSQL `bigint` as a number. @throws DatabaseError beyond ±(2^53−1) */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new DatabaseError(
      'integer-too-large',
      'never',
      `database: expected an integer within ±(2^53−1), got ${text.slice(0, 20)}`,
    );
  }
  return value;
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (format !== 'binary' && oid === INT8) return parseInteger;
  const parse: (value: string) => unknown = pg.types.getTypeParser(oid, format);
  return format !== 'binary' && oid === INT8_ARRAY ? (value) => deepIntegers(parse(value)) : parse;
}

function deepIntegers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepIntegers);
  return typeof value === 'string' ? parseInteger(value) : value;
}

function closer(pool: pg.Pool, server: EmbeddedPostgres | undefined): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= pool.end().finally(() => server?.stop());
    return closing;
  };
}

function pick({ folder, settings, log }: DatabaseOptions): Parameters<typeof startEmbeddedPostgres>[0] {
  return {
    ...(folder === undefined ? {} : { folder }),
    ...(settings === undefined ? {} : { settings }),
    ...(log === undefined ? {} : { log }),
  };
}

/** The same server, another database; a URL may name no host (a socket folder stands in its query). */
export const withName = (url: string, name: string): string =>
  url.replace(/^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${name}`);
