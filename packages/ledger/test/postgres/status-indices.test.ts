/** Status indices on a real database: random, none twice while anybody may use what has it, and with an end. */
import { day, dayOf, type Instant, plusSeconds, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/engine/policies.ts';
import { drawStatuses, STATUS_SPACE } from '../../src/engine/status-indices.ts';
import type { Database } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { MIGRATIONS } from '../../src/sql/schema.ts';
import { CRYPTO, NOW } from '../helpers/money.ts';
import { makeAuthority } from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

const SMALL = { first: 8, last: 32 };
const LIST = 0;
const authority = makeAuthority([DEFAULT_POLICY]);

describeWithPostgres('PRIV-1 status indices', () => {
  const opened = temporaryDatabase();
  let database: Database;
  beforeAll(async () => {
    database = opened();
    await migrate(database.pool, MIGRATIONS);
  });
  beforeEach(() => database.pool.query('DELETE FROM status_index'));
  const later = (days: number): Instant => plusSeconds(NOW, days * SECONDS_PER_DAY);
  const draw = (count: number, now = NOW, days = 90, list = LIST): Promise<number[]> =>
    drawStatuses(
      database.pool,
      list,
      count,
      day(dayOf(now) + days),
      { crypto: CRYPTO, authority, now },
      SMALL,
    );

  test('PRIV-1 every index of the space is given once, one by one and together, then there is an end', async () => {
    const drawn = [...(await draw(5))];
    while (drawn.length < 20) drawn.push(...(await draw(1)));
    drawn.push(...(await draw(12)));
    expect([...new Set(drawn)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: SMALL.last }, (_, i) => i),
    );
    await expect(draw(1)).rejects.toMatchObject({ code: 'status-list-full', retry: 'safe' });
    expect(await draw(3, NOW, 90, 7)).toHaveLength(3);
  });

  test('PRIV-1 an index is used again when no money of the key can be spent any more, not a day before', async () => {
    const old = await draw(4, NOW, 10);
    const young = await draw(28, NOW, 11);
    const ends = 10 + DEFAULT_POLICY.spendDays;
    await expect(draw(1, later(ends - 1))).rejects.toMatchObject({ code: 'status-list-full' });
    expect((await draw(4, later(ends))).sort()).toEqual(old.sort());
    await expect(draw(1, later(ends))).rejects.toMatchObject({ code: 'status-list-full' });
    expect((await draw(28, later(ends + 1))).sort()).toEqual(young.sort());
  });

  test('draws at the same time share no index', async () => {
    const context = { crypto: CRYPTO, authority, now: NOW };
    const one = (): Promise<number[]> =>
      inTransaction(
        database.pool,
        (client) => drawStatuses(client, LIST, 4, day(dayOf(NOW) + 90), context, SMALL),
        { attempts: 20 },
      );
    const drawn = (await Promise.all(Array.from({ length: 8 }, one))).flat();
    expect(new Set(drawn).size).toBe(32);
  });

  test('the first list holds 2^20 indices, the last one 2^24', () => {
    expect(STATUS_SPACE).toEqual({ first: 2 ** 20, last: 2 ** 24 });
  });
});
