/** Look-ups without a bucket read a few rows of the coins, however many there are: judged by what the server read. */
import { day, dayOf } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { beforeAll, expect, test } from 'vitest';
import { ISSUER_KEY } from '../../src/engine/authority.ts';
import { holderOf } from '../../src/engine/proofs.ts';
import type { Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import {
  CRYPTO,
  claimOf,
  type Holding,
  NOW,
  type Party,
  pay,
  standingRequest,
  uploadOf,
  wholeOf,
} from '../helpers/money.ts';
import { enrol, load, makeAuthority, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

/** Coins of others: owner, serial and dates of their own, all due a month from now. */
const OTHERS = `
INSERT INTO coin (bucket, coin_id, value, currency, operator, issuer_key, owner, status, policy, spend_by, claim_by,
  serial, conditional, home_operator, home, known, body)
SELECT g % 1024, sha256(('coin' || g)::bytea), 100, 156, 9, 1, '\\x0102'::bytea || sha256(('owner' || g)::bytea), g, 1,
  $1 + 30 + g % 90, $1 + 60 + g % 90, substring(sha256(('serial' || g)::bytea) from 1 for 16), false, 9,
  sha256((g % 5000)::text::bytea), true, sha256('body') FROM generate_series(1, 30000) g`;

/** Payments to a standing request that were answered long ago, as spends of other coins and their Verdicts. */
const PAID_BEFORE = `
WITH v AS (
  INSERT INTO verdict (bucket, request_id, nonce, verdict_id, accepted, body, request, stored, payee)
  SELECT bucket, request_id, substring(sha256(('nonce' || g)::bytea) from 1 for 16), sha256(('verdict' || g)::bytea),
    ARRAY[sha256(('spend' || g)::bytea)], body, request, stored - g, payee
  FROM verdict, generate_series(1, 5000) g WHERE request_id = $1
)
INSERT INTO piece (bucket, coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to, signer,
  payee, request_id, nonce, seq, child_tag, request_tag, stored)
SELECT g % 1024, sha256(('coin' || g)::bytea), sha256(('spend' || g)::bytea), 0, 0, sha256(('coin' || g)::bytea), -1, 0, 10,
  '\\x0102'::bytea || sha256(('owner' || g)::bytea), $2, $1, substring(sha256(('nonce' || g)::bytea) from 1 for 16), 1,
  tag_of(sha256(('spend' || g)::bytea)), tag_of($1), g FROM generate_series(1, 5000) g`;

describeWithPostgres('look-ups', () => {
  const authority = makeAuthority();
  // One connection: what it read is counted in one place.
  const opened = temporaryDatabase(1);
  let database: Database;
  let registry: Registry;
  let anna: Party;
  let bert: Party;
  let coin: Holding;

  beforeAll(async () => {
    database = opened();
    registry = await openWorld(database, authority);
    const [first, second] = await enrol(registry, ['anna', 'bert']);
    const [loaded] = first ? await load(registry, first, [100]) : [];
    if (!first || !second || !loaded) throw new Error('two parties and a coin');
    [anna, bert, coin] = [first, second, loaded];
    await database.pool.query(OTHERS, [dayOf(NOW)]);
    await database.pool.query('VACUUM ANALYZE');
  });
  /** Rows that the work read of a table, by an index or not. */
  async function rowsRead(table: string, work: () => Promise<unknown>): Promise<number> {
    const read = async (): Promise<number> => {
      await database.pool.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await database.pool.query<{ read: number }>(
        'SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS read FROM pg_stat_user_tables WHERE relname = $1',
        [table],
      );
      return rows[0]?.read ?? expect.unreachable('statistics');
    };
    const before = await read();
    await work();
    return (await read()) - before;
  }

  /** How often the work read all coins, and how often it used an index of them. */
  async function scansOf(work: () => Promise<unknown>): Promise<{ whole: number; byIndex: number }> {
    const read = async () => {
      await database.pool.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await database.pool.query<{ whole: number; by_index: number }>(
        `SELECT seq_scan AS whole, idx_scan AS by_index FROM pg_stat_user_tables WHERE relname = 'coin'`,
      );
      return rows[0] ?? expect.unreachable('statistics');
    };
    const before = await read();
    await work();
    const after = await read();
    return { whole: after.whole - before.whole, byIndex: after.by_index - before.by_index };
  }

  const expectNoScan = async (work: () => Promise<unknown>): Promise<void> => {
    const { whole, byIndex } = await scansOf(work);
    expect(whole).toBe(0);
    expect(byIndex).toBeGreaterThan(0);
  };

  test('the measure sees a scan', async () => {
    expect((await scansOf(() => database.pool.query('SELECT sum(value) FROM coin'))).whole).toBeGreaterThan(
      0,
    );
  });

  test('SET-6 the holder of a key that owns coins is found by an index', async () => {
    await expectNoScan(async () => {
      const holder = await holderOf(database.pool, coin.key.publicKey);
      expect(holder?.handle.equals(Buffer.from(anna.handle))).toBe(true);
    });
  });

  test('SET-7 coins to be closed are found by an index', async () => {
    await expectNoScan(() => registry.close(day(dayOf(NOW) + 3)));
  });

  test('SET-4 LIMIT-1 another coin of one serial, and the coins of a handle, are found by an index', async () => {
    const key = CRYPTO.generateKey(1, 'sign');
    const body = { ...coin.coin.body, issuerKey: ISSUER_KEY, owner: key.publicKey, value: fen(70) };
    const twin = wholeOf(authority.signAsIssuer(COIN, body), key);
    await expectNoScan(() => send(registry, uploadOf({ answered: [pay([twin], bert)] })));
    expect((await registry.cases()).map(({ form }) => form)).toEqual([5]);
    await expectNoScan(() => load(registry, anna, [10]));
  });

  test('PAY-12 of all payments to a standing request the one that is asked for is read', async () => {
    const standing = standingRequest(bert);
    const coins = await load(registry, anna, [10, 10]);
    const [first, second] = coins.map((one) => pay([one], bert, { standing }));
    if (!first || !second) throw new Error('two payments');
    await send(registry, uploadOf({ answered: [first] }));
    await database.pool.query(PAID_BEFORE, [Buffer.from(standing.id), Buffer.from(bert.key.publicKey)]);
    await database.pool.query('VACUUM ANALYZE');
    const payerAsks = { ...uploadOf({ payments: [second] }), openSpends: [second.spend.id] };
    const steps = [
      () => send(registry, payerAsks),
      () => send(registry, { ...uploadOf({}), verdicts: [encodeSigned(VERDICT, second.verdict)] }),
      () => send(registry, uploadOf({ claims: [claimOf(second.received, bert)] })),
      () => send(registry, payerAsks),
    ];
    for (const step of steps) {
      let verdicts = 0;
      const pieces = await rowsRead('piece', async () => {
        verdicts = await rowsRead('verdict', step);
      });
      expect(verdicts).toBeLessThan(30);
      expect(pieces).toBeLessThan(60);
    }
    expect((await send(registry, payerAsks)).verdicts).toEqual([encodeSigned(VERDICT, second.verdict)]);
  });
});
