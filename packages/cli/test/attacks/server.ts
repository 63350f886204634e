/** One embedded PostgreSQL for the tests of a file, with a schema of its own for each world. */
import { findPlatformPackage } from '@duet/ledger/postgres/binaries';
import { openDatabase } from '@duet/ledger/postgres/database';
import type { EmbeddedPostgres } from '@duet/ledger/postgres/embedded';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { World, type WorldOptions } from './world.ts';

/** Opens a world on new tables; it is checked and closed after the test. */
export type OpenWorld = (options?: WorldOptions) => Promise<World>;

/** `describe` where the programs are there; else skipped with the reason, and a failure in CI. */
export function describeWithPostgres(name: string, body: (open: OpenWorld) => void): void {
  const found = findPlatformPackage();
  if (found.available) return void describe(name, () => body(sharedServer()));
  if (process.env.CI) throw new Error(`${name}: ${found.reason}`);
  describe.skip(`${name} (skipped: ${found.reason})`, () => body(sharedServer()));
}

function sharedServer(): OpenWorld {
  let server: EmbeddedPostgres | undefined;
  let worlds: World[] = [];
  let made = 0;
  beforeAll(async () => {
    // These tests are of rules, not of durability.
    server = await temporaryPostgres({ settings: { fsync: 'off' } });
  });
  afterEach(async () => {
    const opened = worlds;
    worlds = [];
    try {
      for (const world of opened) await world.check();
    } finally {
      for (const world of opened) await world.end();
    }
  });
  afterAll(() => server?.stop());
  return async (options = {}) => {
    if (!server) throw new Error('attacks: the server does not run');
    const schema = `world_${++made}`;
    const first = await openDatabase({ databaseUrl: server.connectionString, poolSize: 1 });
    await first.pool.query(`CREATE SCHEMA ${schema}`);
    await first.close();
    const url = `${server.connectionString}&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    const world = await World.open(url, options);
    worlds.push(world);
    return world;
  };
}
