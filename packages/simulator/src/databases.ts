/**
 * A new registry database for each world, quickly: a copy of one that was migrated, on a server of its own that
 * writes nothing through to the disk. What a world ends with is checked in it and then forgotten.
 */
import { type Database, openDatabase, withName } from '@duet/ledger/postgres/database';
import type { EmbeddedPostgres } from '@duet/ledger/postgres/embedded';
import { migrate } from '@duet/ledger/postgres/migrate';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { MIGRATIONS } from '@duet/ledger/sql/schema';

const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const TEMPLATE = 'world_template';

export class WorldDatabases {
  readonly #server: EmbeddedPostgres;
  readonly #outer: Database;
  #made = 0;

  private constructor(server: EmbeddedPostgres, outer: Database) {
    this.#server = server;
    this.#outer = outer;
  }

  /** @throws DatabaseError */
  static async open(): Promise<WorldDatabases> {
    const server = await temporaryPostgres({ settings: FORGETFUL });
    try {
      const outer = await openDatabase({ databaseUrl: server.connectionString, poolSize: 1 });
      const databases = new WorldDatabases(server, outer);
      await databases.#makeTemplate();
      return databases;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Gives a new database to some work, and removes it. @throws DatabaseError */
  async with<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const name = `world_${++this.#made}`;
    await this.#outer.pool.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    const database = await this.#connect(name);
    try {
      return await work(database);
    } finally {
      await database.close();
      await this.#outer.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  }

  async close(): Promise<void> {
    await this.#outer.close();
    await this.#server.stop();
  }

  async #makeTemplate(): Promise<void> {
    await this.#outer.pool.query(`CREATE DATABASE ${TEMPLATE}`);
    const template = await this.#connect(TEMPLATE);
    try {
      await migrate(template.pool, MIGRATIONS);
    } finally {
      await template.close();
    }
  }

  #connect(name: string): Promise<Database> {
    return openDatabase({ databaseUrl: withName(this.#server.connectionString, name), poolSize: 4 });
  }
}
