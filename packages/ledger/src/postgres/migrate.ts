/**
 * The schema: an ordered list of migrations, each applied once, in a transaction of its own.
 *
 * Two starters at once take turns by locking the first row of the migration table; advisory locks are not used,
 * because a sharded PostgreSQL lacks them. A database that holds a migration this program does not know was
 * written by a newer one and is refused untouched. A migration is never edited after it was released: its
 * SHA-256 is recorded and compared.
 *
 * A crash in a migration leaves the transaction undone; the next start applies it again.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { inTransaction } from './transaction.ts';

export interface Migration {
  /** Stable name, unique in the list, such as `0001-coins`. */
  readonly id: string;
  /** One or more statements; no BEGIN or COMMIT. */
  readonly sql: string;
}

interface Applied {
  readonly id: string;
  readonly sha256: string;
}

/** The row that starters lock; sorts before every migration and is none. */
const LOCK_POSITION = 0;
const CREATE_ATTEMPTS = 5;
/** Two at once made the same table (42P07), or its row type (42710). */
const RACED: ReadonlySet<string> = new Set(['42P07', '42710']);

/** Brings the schema to the last migration; gives the ids it applied. @throws DatabaseError */
export async function migrate(
  pool: pg.Pool,
  migrations: readonly Migration[],
  log: (line: string) => void = () => undefined,
): Promise<string[]> {
  const ids = new Set(migrations.map(({ id }) => id));
  if (ids.size !== migrations.length || ids.has(''))
    throw new RangeError('migrate: every migration needs an id of its own');
  await createTable(pool);
  const applied: string[] = [];
  for (;;) {
    const id = await applyNext(pool, migrations);
    if (id === undefined) return applied;
    log(`schema: applied ${id}`);
    applied.push(id);
  }
}

function applyNext(pool: pg.Pool, migrations: readonly Migration[]): Promise<string | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT position FROM duet_migration WHERE position = $1 FOR UPDATE', [LOCK_POSITION]);
    // A statement of its own: under read committed it sees what the former holder of the lock committed.
    const { rows } = await client.query<Applied>(
      'SELECT id, sha256 FROM duet_migration WHERE position > $1 ORDER BY position',
      [LOCK_POSITION],
    );
    requireKnown(rows, migrations);
    const next = migrations[rows.length];
    if (next === undefined) return undefined;
    try {
      await client.query(next.sql);
    } catch (error) {
      throw failed(next, error);
    }
    await client.query('INSERT INTO duet_migration (position, id, sha256) VALUES ($1, $2, $3)', [
      rows.length + 1,
      next.id,
      sha256(next.sql),
    ]);
    return next.id;
  });
}

function requireKnown(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [i, { id, sha256: recorded }] of applied.entries()) {
    const ours = migrations[i];
    if (!migrations.some((migration) => migration.id === id)) {
      throw new DatabaseError(
        'schema-newer',
        'never',
        `schema: the database holds the migration ${id}, which this program does not know: use the newer program that wrote it`,
      );
    }
    if (ours === undefined || ours.id !== id || sha256(ours.sql) !== recorded) {
      throw new DatabaseError(
        'schema-changed',
        'never',
        `schema: expected ${ours?.id ?? 'no migration'} as number ${i + 1} as this program has it, got ${id} with other content: released migrations must not change`,
      );
    }
  }
}

async function createTable(pool: pg.Pool): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pool.query(
        'CREATE TABLE IF NOT EXISTS duet_migration (position integer PRIMARY KEY, id text NOT NULL UNIQUE,' +
          ' sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
      );
      await pool.query(
        "INSERT INTO duet_migration (position, id, sha256) VALUES ($1, '', '') ON CONFLICT DO NOTHING",
        [LOCK_POSITION],
      );
      return;
    } catch (error) {
      const known = toDatabaseError(error);
      // IF NOT EXISTS does not look under another's uncommitted CREATE: the loser meets a key of the catalogue.
      const raced = known.code === 'constraint-violated' || RACED.has(known.sqlState ?? '');
      if (!raced || attempt >= CREATE_ATTEMPTS) throw known;
    }
  }
}

function failed(migration: Migration, error: unknown): DatabaseError {
  const known = toDatabaseError(error, 'transaction');
  if (known.retry === 'safe') return known;
  const why = error instanceof Error ? error.message : String(error);
  return new DatabaseError(
    'migration-failed',
    'never',
    `schema: ${migration.id} failed and was undone: ${why}`,
    {
      cause: error,
      sqlState: known.sqlState,
    },
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
