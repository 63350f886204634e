/**
 * One transaction on one connection, with errors that say whether it was stored.
 *
 *   BEGIN ── work ── COMMIT ── done
 *     │       │        ├ ERROR: rolled back                     → as the code says
 *     │       │        └ connection lost: stored or not         → unknown-outcome
 *     └───────┴ error or lost connection: nothing stored        → safe, or never where repeating cannot help
 */
import type pg from 'pg';
import {
  DatabaseError,
  isFromServer,
  isLostConnection,
  type Phase,
  toDatabaseError,
} from './database-error.ts';

export interface TransactionOptions {
  /** How often it is done at most when it meets another one (serialization conflict, deadlock). Default 1. */
  readonly attempts?: number;
  /** Default: the server's, which is read committed. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/**
 * Runs `work` in a transaction and gives its result once COMMIT is acknowledged.
 * What `work` throws itself rolls back and is thrown unchanged; errors of the database become
 * {@link DatabaseError}. With `attempts` above 1, `work` must be fit to run again.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(pool, work, options);
    } catch (error) {
      const conflict =
        error instanceof DatabaseError &&
        (error.code === 'serialization-conflict' || error.code === 'deadlock');
      if (!conflict || attempt >= (options.attempts ?? 1)) throw error;
    }
  }
}

async function runOnce<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const client = await pool
    .connect()
    .catch((error: unknown) => Promise.reject(toDatabaseError(error, 'connect')));
  // The loss of a connection between two statements is an event; without a listener it would end the process.
  const onLost = () => undefined;
  client.on('error', onLost);
  let phase: Phase = 'transaction';
  let broken = false;
  try {
    await client.query(
      options.isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${options.isolation}`,
    );
    const result = await work(client);
    phase = 'commit';
    // After a failed statement that `work` swallowed, COMMIT is answered with ROLLBACK and no error.
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') {
      throw new DatabaseError(
        'transaction-aborted',
        'never',
        'database: a statement failed inside the transaction and the error was not passed on: nothing was stored',
      );
    }
    return result;
  } catch (error) {
    broken = await rollBack(client);
    throw isFromServer(error) || isLostConnection(error) ? toDatabaseError(error, phase) : error;
  } finally {
    client.off('error', onLost);
    client.release(broken);
  }
}

/** Whether the connection is unusable now. */
async function rollBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return false;
  } catch {
    return true;
  }
}
