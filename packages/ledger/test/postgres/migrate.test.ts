import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPool } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { type Migration, migrate } from '../../src/postgres/migrate.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { describeWithPostgres } from './support.ts';

const ONE: Migration = {
  id: '0001-coin',
  sql: 'CREATE TABLE coin (id int PRIMARY KEY); INSERT INTO coin VALUES (1)',
};
const TWO: Migration = { id: '0002-claim', sql: 'CREATE TABLE claim (id int)' };
const THREE: Migration = { id: '0003-wrong', sql: 'CREATE TABLE half (id int); SELECT absent FROM coin' };

describeWithPostgres('migrate', () => {
  let server: EmbeddedPostgres;
  const pools: pg.Pool[] = [];
  const pool = (): pg.Pool => {
    const made = openPool(server.poolConfig, 4, () => undefined);
    pools.push(made);
    return made;
  };
  beforeAll(async () => {
    server = await temporaryPostgres();
  });
  beforeEach(async () => {
    await pool().query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  });
  afterAll(async () => {
    await Promise.all(pools.map((each) => each.end()));
    await server?.stop();
  });

  test('applies each once, in order, and only what is new later', async () => {
    const own = pool();
    const lines: string[] = [];
    expect(await migrate(own, [ONE], (line) => lines.push(line))).toEqual(['0001-coin']);
    expect(await migrate(own, [ONE, TWO])).toEqual(['0002-claim']);
    expect(await migrate(own, [ONE, TWO])).toEqual([]);
    expect(lines).toEqual(['schema: applied 0001-coin']);
    expect((await own.query('SELECT id FROM coin')).rows).toEqual([{ id: 1 }]);
    expect(
      (await own.query('SELECT position, id FROM duet_migration WHERE position > 0 ORDER BY 1')).rows,
    ).toEqual([
      { position: 1, id: '0001-coin' },
      { position: 2, id: '0002-claim' },
    ]);
  });

  test('many starters at once on an empty database: each migration is applied by exactly one', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => migrate(pool(), [ONE, TWO])));
    expect(results.flat().sort()).toEqual(['0001-coin', '0002-claim']);
    expect((await pool().query('SELECT count(*) AS n FROM coin')).rows).toEqual([{ n: 1 }]);
  });

  test('a second starter waits for one in the middle of a migration', async () => {
    const own = pool();
    await migrate(own, [ONE]);
    const holder = await own.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM duet_migration WHERE position = 0 FOR UPDATE');
    let done = false;
    const waiting = migrate(pool(), [ONE, TWO]).then((ids) => {
      done = true;
      return ids;
    });
    const blocked = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while ((await own.query(blocked)).rows[0].n < 1);
    expect(done).toBe(false);
    await holder.query('COMMIT');
    holder.release();
    expect(await waiting).toEqual(['0002-claim']);
  });

  test('a schema of a newer program is refused, and nothing is changed', async () => {
    const own = pool();
    await migrate(own, [ONE, TWO]);
    await expect(migrate(own, [ONE])).rejects.toMatchObject({ code: 'schema-newer', retry: 'never' });
    await expect(migrate(own, [ONE])).rejects.toThrow(/0002-claim/);
    await expect(migrate(own, [{ id: '0000-other', sql: 'CREATE TABLE other ()' }])).rejects.toMatchObject({
      code: 'schema-newer',
    });
    expect((await own.query("SELECT to_regclass('other') AS found")).rows).toEqual([{ found: null }]);
  });

  test('a released migration that was edited or moved is refused', async () => {
    const own = pool();
    await migrate(own, [ONE, TWO]);
    const edited = migrate(own, [{ ...ONE, sql: `${ONE.sql} ` }, TWO]);
    await expect(edited).rejects.toMatchObject({ code: 'schema-changed', retry: 'never' });
    await expect(migrate(own, [TWO, ONE])).rejects.toMatchObject({ code: 'schema-changed' });
  });

  test('a migration that fails is undone whole; those before it stay', async () => {
    const own = pool();
    const failed = migrate(own, [ONE, TWO, THREE]);
    await expect(failed).rejects.toMatchObject({
      code: 'migration-failed',
      retry: 'never',
      sqlState: '42703',
    });
    await expect(failed).rejects.toThrow(/0003-wrong/);
    expect(
      (await own.query("SELECT to_regclass('half') AS half, to_regclass('claim')::text AS claim")).rows,
    ).toEqual([{ half: null, claim: 'claim' }]);
    expect(await migrate(own, [ONE, TWO, { id: '0003-right', sql: 'CREATE TABLE half (id int)' }])).toEqual([
      '0003-right',
    ]);
  });

  test('a list with a name twice is a defect of the program', async () => {
    await expect(migrate(pool(), [ONE, ONE])).rejects.toThrow(RangeError);
  });
});
