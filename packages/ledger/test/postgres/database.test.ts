import { rm } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Database,
  openDatabase,
  parseInteger,
  requireSupportedServer,
} from '../../src/postgres/database.ts';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { ask, describeWithPostgres, testFolder } from './support.ts';

const silent = () => undefined;

describeWithPostgres('openDatabase', () => {
  let server: EmbeddedPostgres;
  let database: Database;
  beforeAll(async () => {
    server = await temporaryPostgres();
    database = await openDatabase({ databaseUrl: server.connectionString });
    await database.pool.query('CREATE TABLE note (id bigint PRIMARY KEY, amounts bigint[])');
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  test('bigint comes as a number, in arrays too, and never rounded (MONEY-1)', async () => {
    const { rows } = await database.pool.query(
      "SELECT 9007199254740991::bigint AS top, ARRAY[1, NULL, -9007199254740991]::bigint[] AS list, '{{1,2},{3,4}}'::bigint[] AS deep, 3::int AS small",
    );
    expect(rows).toEqual([
      {
        top: 9_007_199_254_740_991,
        list: [1, null, -9_007_199_254_740_991],
        deep: [
          [1, 2],
          [3, 4],
        ],
        small: 3,
      },
    ]);
    await expect(database.pool.query('SELECT 9007199254740992::bigint')).rejects.toMatchObject({
      code: 'integer-too-large',
      retry: 'never',
    });
    await expect(database.pool.query('SELECT ARRAY[9007199254740993]::bigint[]')).rejects.toMatchObject({
      code: 'integer-too-large',
    });
    expect(() => parseInteger('-9007199254740992')).toThrow(DatabaseError);
  });

  test('the query builder runs over the same pool with the same types', async () => {
    const query = database.kysely<{ note: { id: number } }>();
    await query.insertInto('note').values({ id: 5 }).execute();
    expect(await query.selectFrom('note').select('id').where('id', '=', 5).execute()).toEqual([{ id: 5 }]);
    const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM note WHERE id = 5`.execute(query);
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('a server below 15 is refused with what to do; one that may forget is told of', async () => {
    const answering = (row: Record<string, unknown>) => ({ query: () => Promise.resolve({ rows: [row] }) });
    const old = requireSupportedServer(answering({ number: '140012' }), silent);
    await expect(old).rejects.toMatchObject({ code: 'database-too-old', retry: 'never' });
    await expect(old).rejects.toThrow(/expected PostgreSQL 15 or newer, got 14: upgrade/);
    await expect(requireSupportedServer(answering({}), silent)).rejects.toMatchObject({
      code: 'database-too-old',
    });
    await requireSupportedServer(answering({ number: '150000' }), silent);
    const lines: string[] = [];
    await requireSupportedServer(
      answering({ number: '180004', fsync: 'off', commit: 'on', pages: 'on' }),
      (line) => lines.push(line),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('fsync');
  });

  test('wrong addresses: a code, what to do, and no password', async () => {
    await expect(openDatabase({ databaseUrl: 'mysql://u:hidden@h/d' })).rejects.toMatchObject({
      code: 'database-url-invalid',
    });
    const refused = openDatabase({ databaseUrl: 'postgres://u:hidden@127.0.0.1:1/d' });
    await expect(refused).rejects.toMatchObject({ code: 'database-unreachable', retry: 'safe' });
    await expect(refused).rejects.toThrow(/^(?!.*hidden)/);
    const missing = server.connectionString.replace('/postgres?', '/absent?');
    await expect(openDatabase({ databaseUrl: missing })).rejects.toMatchObject({
      code: 'database-missing',
      retry: 'never',
    });
  });

  test('a failed transaction leaves nothing; what the work throws comes out unchanged', async () => {
    const mine = new Error('a rejection of ours');
    const outcome = inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO note VALUES (10)');
      throw mine;
    });
    await expect(outcome).rejects.toBe(mine);
    const twice = inTransaction(database.pool, (client) =>
      client.query('INSERT INTO note VALUES (11), (11)'),
    );
    await expect(twice).rejects.toMatchObject({
      code: 'constraint-violated',
      retry: 'never',
      sqlState: '23505',
    });
    const swallowed = inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO note VALUES (12)');
      await client.query('SELECT 1/0').catch(silent);
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'transaction-aborted' });
    expect(await ask(server, 'SELECT count(*)::int AS rows FROM note WHERE id >= 10')).toEqual({ rows: 0 });
  });

  test('two serializable transactions in conflict: the loser is told safe, and with attempts it wins', async () => {
    await database.pool.query('INSERT INTO note VALUES (20)');
    const bump = (attempts: number, wait: Promise<unknown>, met: () => void) =>
      inTransaction(
        database.pool,
        async (client) => {
          await client.query('SELECT amounts FROM note WHERE id = 20');
          met();
          await wait;
          await client.query('UPDATE note SET amounts = array_append(amounts, 1) WHERE id = 20');
        },
        { attempts, isolation: 'serializable' },
      );
    for (const attempts of [1, 3]) {
      const gates: (() => void)[] = [];
      const bothRead = Promise.all([0, 1].map(() => new Promise<void>((open) => gates.push(open))));
      const [first, second] = await Promise.allSettled(
        [0, 1].map((i) => bump(attempts, bothRead, () => gates[i]?.())),
      );
      const losers = [first, second].filter((outcome) => outcome?.status === 'rejected');
      expect(losers).toHaveLength(attempts === 1 ? 1 : 0);
      for (const loser of losers)
        expect(loser).toMatchObject({ reason: { code: 'serialization-conflict', retry: 'safe' } });
    }
    expect(await ask(server, 'SELECT cardinality(amounts) AS n FROM note WHERE id = 20')).toEqual({ n: 3 });
  });

  test('the session ended inside a transaction: safe, nothing stored, and the pool goes on', async () => {
    const outcome = inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO note VALUES (30)');
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      await ask(server, `SELECT pg_terminate_backend(${rows[0].pid}, 5000)`);
      await client.query('SELECT 1');
    });
    await expect(outcome).rejects.toMatchObject({ code: 'connection-lost', retry: 'safe' });
    expect((await database.pool.query('SELECT id FROM note WHERE id = 30')).rows).toEqual([]);
  });

  test('the session ended while COMMIT is on its way: unknown-outcome', async () => {
    // A deferred trigger makes COMMIT itself wait, so that it is under way when the session is ended.
    await database.pool.query(`
      CREATE TABLE slow (id int);
      CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait_at_commit();`);
    let pid = 0;
    const outcome = inTransaction(database.pool, async (client) => {
      pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
      await client.query('INSERT INTO slow VALUES (1)');
    }).catch((error: unknown) => error);
    const committing = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND pid = `;
    while ((await ask(server, committing + pid)).n !== 1);
    await ask(server, `SELECT pg_terminate_backend(${pid}, 5000)`);
    expect(await outcome).toMatchObject({ code: 'connection-lost', retry: 'unknown-outcome' });
  });

  test('without a URL the embedded server is started, and closed with the pool', async () => {
    const folder = testFolder('open');
    const embedded = await openDatabase({ databaseUrl: '', folder });
    expect(embedded.server?.folder).toBe(folder);
    expect((await embedded.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await embedded.close();
    await embedded.close();
    expect(await embedded.server?.exited).toEqual({ code: 0, signal: null });
    await rm(folder, { recursive: true });
  });
});
