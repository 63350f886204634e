/** SET-12: the audit recomputes everything; whatever somebody changes by hand shows, with what it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditReport } from '../../src/engine/walk.ts';
import { audit } from '../../src/engine/walk.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { makeMarket } from '../helpers/market.ts';
import { uploadOf } from '../helpers/money.ts';
import { randomFrom } from '../helpers/random.ts';
import { enrol, load, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres } from './support.ts';

const UNDO = new Error('undo');
const ONE_CLAIM =
  "(SELECT child_id FROM piece WHERE outcome = 1 AND account LIKE 'account:1:%' ORDER BY child_id LIMIT 1)";

describeWithPostgres('SET-12 audit', () => {
  let server: EmbeddedPostgres;
  let database: Database;
  let clean: AuditReport;

  /** The audit of a change that is undone again. */
  async function auditOf(...changes: string[]): Promise<AuditReport> {
    let report: AuditReport | undefined;
    const run = inTransaction(database.pool, async (client) => {
      for (const change of changes) expect((await client.query(change)).rowCount).toBeGreaterThan(0);
      report = await audit(client);
      throw UNDO;
    });
    await expect(run).rejects.toBe(UNDO);
    return report ?? expect.unreachable('a report');
  }

  beforeAll(async () => {
    server = await temporaryPostgres();
    database = await openDatabase({ databaseUrl: server.connectionString });
    const registry = await openWorld(database);
    const parties = await enrol(registry, ['anna', 'bert', 'cora']);
    const coins = await Promise.all(
      parties.map(async (party) =>
        (await load(registry, party, [50, 50])).map((holding) => ({ party, holding })),
      ),
    );
    const random = randomFrom(5);
    const market = makeMarket({ random, parties, coins: coins.flat(), steps: 60, cheating: 0.15 });
    for (const one of [...market.uploads, ...market.returns]) await send(registry, uploadOf(one));
    clean = await registry.audit();
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  test('passes what the registry wrote, and says what there is', () => {
    expect(clean).toMatchObject({ balanced: true, differenceFen: 0, problems: [], coins: 6 });
    expect(clean.supplyFen).toBe(
      ['reserve', 'outstanding', 'account', 'fund'].reduce(
        (sum, kind) => sum + (clean.accounts[kind] ?? 0),
        0,
      ),
    );
    expect(clean.accounts.owed ?? 0).toBe(0);
  });

  test.each([
    [
      'a posting is raised',
      /do not sum to 0/,
      1,
      [`UPDATE posting SET amount = amount + 1 WHERE set_id = ${ONE_CLAIM} AND amount > 0`],
    ],
    [
      'a posting is deleted',
      /do not sum to 0/,
      1,
      [`DELETE FROM posting WHERE set_id = ${ONE_CLAIM} AND amount > 0`],
    ],
    ['a whole set is deleted', /its postings say/, 1, [`DELETE FROM posting WHERE set_id = ${ONE_CLAIM}`]],
    [
      'a balance is raised',
      /balance of account:1:.* its postings say/,
      1,
      [
        "UPDATE balance SET amount = amount + 1 WHERE account = (SELECT min(account) FROM balance WHERE account LIKE 'account:1:%')",
      ],
    ],
    ['a balance is deleted', /balance of supply is 0/, 1, ["DELETE FROM balance WHERE account = 'supply'"]],
    [
      'a coin is worth more',
      /the coins hold/,
      7,
      ['UPDATE coin SET value = value + 7 WHERE coin_id = (SELECT min(coin_id) FROM coin)'],
    ],
    [
      'a coin is deleted',
      /the coins hold|name coins that are gone/,
      1,
      ['DELETE FROM coin WHERE coin_id = (SELECT min(coin_id) FROM coin)'],
    ],
    [
      'a credited claim covers less',
      /the coins hold/,
      1,
      [
        'UPDATE piece SET range_to = range_to - 1 WHERE ctid = (SELECT min(ctid) FROM piece WHERE outcome = 1 AND range_to - range_from > 1)',
      ],
    ],
    [
      'a judged credit is deleted',
      /the coins hold/,
      1,
      ['DELETE FROM credit WHERE ctid = (SELECT min(ctid) FROM credit WHERE line = 0)'],
    ],
    [
      'a judged credit is written twice',
      /was credited twice/,
      1,
      [
        "INSERT INTO credit SELECT bucket, coin_id, child_id, child_index, range_from, range_to, 0, 'coin', NULL FROM piece WHERE ctid = (SELECT min(ctid) FROM piece WHERE outcome = 1)",
      ],
    ],
    [
      'a branch is credited twice',
      /was credited twice/,
      1,
      [
        'INSERT INTO credit SELECT bucket, coin_id, child_id, child_index + 1000, range_from, range_to, line, source, culprit FROM credit WHERE ctid = (SELECT min(ctid) FROM credit WHERE line > 0)',
      ],
    ],
    [
      'a set with its balances credits somebody else',
      /not posted to the accounts/,
      1,
      [
        `UPDATE balance b SET amount = b.amount + CASE WHEN b.account = c.account THEN -c.amount ELSE c.amount END
         FROM (SELECT account, sum(amount)::bigint AS amount FROM posting WHERE set_id = ${ONE_CLAIM} AND account LIKE 'account:%' GROUP BY account) c
         WHERE b.account IN (c.account, 'account:1:00')`,
        `UPDATE posting SET account = 'account:1:00' WHERE set_id = ${ONE_CLAIM} AND account LIKE 'account:%'`,
        "INSERT INTO balance SELECT 'account:1:00', currency, sum(amount)::bigint FROM posting WHERE account = 'account:1:00' GROUP BY currency",
      ],
    ],
    [
      'an account is overdrawn by a balanced set',
      /is negative/,
      1,
      [
        "INSERT INTO posting SELECT 0, 'b', 's', account, currency, -amount - 1 FROM balance WHERE account = 'fund:1'",
        "INSERT INTO posting SELECT 0, 'b', 's', 'reserve:1', currency, amount + 1 FROM balance WHERE account = 'fund:1'",
      ],
    ],
    [
      'a receivable is forgiven on one side',
      /receivables, owed and recovery/,
      1,
      ["INSERT INTO posting VALUES (0, 'b', 's', 'receivable:1:00', 156, 3)"],
    ],
  ] as const)('shows when %s', async (_name, problem, atLeast, changes) => {
    const report = await auditOf(...changes);
    expect(report.balanced).toBe(false);
    expect(report.problems.join('\n')).toMatch(problem);
    expect(report.differenceFen).toBeGreaterThanOrEqual(atLeast);
  });

  test('is right while postings still wait to be delivered', async () => {
    await database.pool.query('SELECT deliver_outbox(1000)');
    const waiting = [
      "INSERT INTO posting VALUES (0, 'w', 's', 'supply', 156, -5), (0, 'w', 's', 'account:1:77', 156, 5)",
      "INSERT INTO outbox (bucket, batch, accounts, currencies, amounts) VALUES (0, 'w', '{supply,account:1:77}', '{156,156}', '{-5,5}')",
    ];
    expect(await auditOf(...waiting)).toMatchObject({ balanced: true, supplyFen: clean.supplyFen + 5 });
    const [postings = ''] = waiting;
    expect((await auditOf(postings)).balanced).toBe(false);
  });
});
