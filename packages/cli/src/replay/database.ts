/**
 * A database for one world, gone when the world ends: an embedded server of its own, or with `DATABASE_URL` a
 * database of its own on that server. An interrupted run removes it, too.
 */
import { randomUUID } from 'node:crypto';
import { type Database, openDatabase, withName } from '@duet/ledger/postgres/database';
import { toDatabaseError } from '@duet/ledger/postgres/database-error';
import { guardExit } from '@duet/ledger/postgres/exit-guard';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';

/** Opens an empty database. `close` removes it. @throws DatabaseError */
export async function openWorldDatabase(
  env: NodeJS.ProcessEnv = process.env,
  log: (line: string) => void = () => undefined,
): Promise<Database> {
  const url = env.DATABASE_URL ?? '';
  return url === '' ? embedded(log) : onServer(url, log);
}

async function embedded(log: (line: string) => void): Promise<Database> {
  const server = await temporaryPostgres({ log });
  try {
    const database = await openDatabase({ databaseUrl: server.connectionString, log });
    return { ...database, close: closing(database, () => server.stop()) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function onServer(url: string, log: (line: string) => void): Promise<Database> {
  const name = `duet_world_${randomUUID().slice(0, 8)}`;
  const outer = await openDatabase({ databaseUrl: url, poolSize: 1, log });
  const drop = async (): Promise<void> => {
    release();
    try {
      await run(outer, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    } finally {
      await outer.close();
    }
  };
  // Nothing is left on a server of somebody's when the run is interrupted.
  const release = guardExit({ stop: drop, stopNow: () => undefined });
  try {
    await run(outer, `CREATE DATABASE ${name}`);
    const database = await openDatabase({ databaseUrl: withName(url, name), log });
    return { ...database, close: closing(database, drop) };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** Ends the connections first, then what they led to. */
const closing = (database: Database, last: () => Promise<void>) => async (): Promise<void> => {
  try {
    await database.close();
  } finally {
    await last();
  }
};

const run = ({ pool }: Database, statement: string): Promise<unknown> =>
  pool.query(statement).catch((error: unknown) => Promise.reject(toDatabaseError(error)));
