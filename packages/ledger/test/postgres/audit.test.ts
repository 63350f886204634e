/** SET-12: the audit recomputes everything; whatever somebody changes by hand shows, with what it is. */
import { beforeAll, expect, test } from 'vitest';
import type { AuditReport } from '../../src/engine/walk.ts';
import { audit } from '../../src/engine/walk.ts';
import type { Database } from '../../src/postgres/database.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { makeMarket } from '../helpers/market.ts';
import { CRYPTO, claimOf, toCoins, uploadOf } from '../helpers/money.ts';
import { randomFrom } from '../helpers/random.ts';
import { enrol, load, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

const UNDO = new Error('undo');
const ONE_CLAIM =
  "(SELECT child_id FROM piece WHERE outcome = 1 AND account LIKE 'account:1:%' ORDER BY child_id LIMIT 1)";

/** A balanced set between two accounts, delivered: nothing but its reason is missing. */
const moved = (from: string, to: string, amount: number): string[] => [
  `INSERT INTO posting VALUES (0, 'b', 's', ${from}, 156, -${amount}), (0, 'b', 's', ${to}, 156, ${amount})`,
  `INSERT INTO balance VALUES (${from}, 156, -${amount}), (${to}, 156, ${amount})
   ON CONFLICT (account, currency) DO UPDATE SET amount = balance.amount + excluded.amount`,
];

describeWithPostgres('SET-12 audit', () => {
  const opened = temporaryDatabase();
  let database: Database;
  let clean: AuditReport;

  /** The audit of a change that is undone again. */
  async function auditOf(...changes: string[]): Promise<AuditReport> {
    let report: AuditReport | undefined;
    const run = inTransaction(database.pool, async (client) => {
      for (const change of changes) expect((await client.query(change)).rowCount).toBeGreaterThan(0);
      report = await audit(client, CRYPTO);
      throw UNDO;
    });
    await expect(run).rejects.toBe(UNDO);
    return report ?? expect.unreachable('a report');
  }

  beforeAll(async () => {
    database = opened();
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
    const [dora] = await enrol(registry, ['dora']);
    const [held] = dora ? await load(registry, dora, [30]) : [];
    if (!dora || !held) throw new Error('a coin');
    const owner = CRYPTO.generateKey(1, 'sign').publicKey;
    const refresh = claimOf([held], dora, toCoins([{ owner, amount: 20 }]));
    await send(registry, uploadOf({ claims: [refresh] }));
    clean = await registry.audit();
  });
  test('passes what the registry wrote, and says what there is', () => {
    expect(clean).toMatchObject({ balanced: true, differenceFen: 0, problems: [], coins: 8 });
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
      ['UPDATE coin SET value = value + 7 WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)'],
    ],
    [
      'a coin is deleted',
      /the coins hold|name coins that are gone/,
      1,
      ['DELETE FROM coin WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)'],
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
    [
      'money is moved from one customer to another',
      /take from accounts what nothing says/,
      5,
      moved("'account:1:616e6e61'", "'account:2:62657274'", 5),
    ],
    [
      'money is taken out of a reserve',
      /take from funds and reserves what nothing says/,
      5,
      moved("'reserve:1'", "'account:1:616e6e61'", 5),
    ],
    [
      'money is taken out of a fund',
      /take from funds and reserves what nothing says/,
      5,
      moved("'fund:2'", "'account:1:616e6e61'", 5),
    ],
    ['money goes out without a reason', /without a reason/, 5, moved("'fund:2'", "'reserve:2'", 5)],
    [
      'money goes to an account that nobody opened',
      /accounts that nobody opened/,
      5,
      moved("'account:1:616e6e61'", "'account:1:99'", 5),
    ],
    [
      'money goes to an account that the chart does not have',
      /a kind that the chart does not have/,
      5,
      moved("'account:1:616e6e61'", "'pocket:1'", 5),
    ],
    [
      'an outbox row is written twice',
      /its postings say/,
      1,
      [
        "INSERT INTO outbox SELECT bucket, 'again', accounts, currencies, amounts, false FROM outbox WHERE ctid = (SELECT min(ctid) FROM outbox)",
      ],
    ],
    [
      'a delivered outbox row is due again',
      /its postings say/,
      1,
      ['UPDATE outbox SET delivered = false WHERE ctid = (SELECT min(ctid) FROM outbox)'],
    ],
    [
      'a credited claim is deleted',
      /the coins hold/,
      1,
      ['DELETE FROM piece WHERE ctid = (SELECT min(ctid) FROM piece WHERE outcome = 1)'],
    ],
    [
      'a claim names another account',
      /Claims that differ/,
      1,
      [
        "UPDATE piece SET account = 'account:2:62657274' WHERE ctid = (SELECT min(ctid) FROM piece WHERE account = 'account:1:616e6e61')",
      ],
    ],
    [
      'the message of a claim is deleted',
      /Claims without their message/,
      1,
      [`DELETE FROM claim_message WHERE claim_id = ${ONE_CLAIM}`],
    ],
    [
      'the message of a claim is another one',
      /Claims that differ/,
      1,
      [
        `UPDATE claim_message SET body = (SELECT min(body) FROM claim_message WHERE claim_id <> ${ONE_CLAIM}) WHERE claim_id = ${ONE_CLAIM}`,
      ],
    ],
    [
      'a Spend in the middle is deleted',
      /rest on nothing/,
      1,
      [
        'DELETE FROM piece s WHERE kind = 0 AND EXISTS (SELECT 1 FROM piece p WHERE p.parent_id = s.child_id AND p.parent_index = s.child_index)',
      ],
    ],
    [
      'a Spend pays somebody else',
      /Spends that differ/,
      1,
      [
        'UPDATE piece SET payee = (SELECT subject FROM certificate WHERE subject <> piece.payee ORDER BY subject LIMIT 1) WHERE ctid = (SELECT max(ctid) FROM piece WHERE kind = 0)',
      ],
    ],
    [
      'a Spend is longer',
      /Spends that differ/,
      1,
      [
        'UPDATE piece SET range_to = range_to + 1 WHERE ctid = (SELECT min(ctid) FROM piece WHERE kind = 0 AND range_to < 50)',
      ],
    ],
    [
      'a Spend is signed by another key',
      /another key than the owner/,
      1,
      [
        'UPDATE piece SET signer = (SELECT subject FROM certificate WHERE subject <> piece.signer ORDER BY subject LIMIT 1) WHERE ctid = (SELECT min(ctid) FROM piece WHERE kind = 0)',
      ],
    ],
    [
      'a Spend is made void',
      /void without a Verdict/,
      1,
      ['UPDATE piece SET void = true WHERE ctid = (SELECT min(ctid) FROM piece WHERE kind = 0 AND NOT void)'],
    ],
    [
      'a voided Spend counts again',
      /although a Verdict voids them/,
      1,
      [
        'UPDATE verdict SET stored = stored - 3600000000',
        'UPDATE piece SET void = false WHERE ctid = (SELECT min(ctid) FROM piece WHERE kind = 0 AND void)',
      ],
    ],
    [
      'a Return gives back what was not void',
      /Returns of what was not void/,
      1,
      [
        'UPDATE piece SET void = false WHERE ctid = (SELECT min(s.ctid) FROM piece s JOIN piece r ON r.kind = 2 AND r.parent_id = s.parent_id AND r.parent_index = s.parent_index AND r.range_from = s.range_from WHERE s.kind = 0 AND s.void)',
      ],
    ],
    [
      'a coin belongs to somebody else',
      /coins that differ/,
      50,
      [
        'UPDATE coin SET owner = (SELECT min(subject) FROM certificate) WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)',
      ],
    ],
    [
      'a coin ends later',
      /coins that differ/,
      50,
      [
        'UPDATE coin SET claim_by = claim_by + 1 WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)',
      ],
    ],
    [
      'what is left of a coin goes to another account',
      /goes to another account/,
      50,
      ["UPDATE coin SET home = 'nobody' WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)"],
    ],
    [
      'a coin comes from nowhere',
      /the coins hold/,
      1,
      [
        "INSERT INTO coin SELECT bucket, 'x', value, currency, operator, issuer_key, owner, status, policy, spend_by, claim_by, serial, conditional, home_operator, home, known, revoked, 0, false, body FROM coin WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)",
      ],
    ],
    [
      'a due is larger',
      /dues that differ/,
      3,
      ['UPDATE fund_due SET amount = amount + 3 WHERE ctid = (SELECT min(ctid) FROM fund_due)'],
    ],
    [
      'a due is deleted',
      /dues that differ/,
      1,
      ['DELETE FROM fund_due WHERE ctid = (SELECT min(ctid) FROM fund_due)'],
    ],
    [
      'a paid due counts as not paid',
      /take from funds and reserves what nothing says/,
      1,
      ['UPDATE fund_due SET paid = 0 WHERE ctid = (SELECT min(ctid) FROM fund_due WHERE paid > 0)'],
    ],
    [
      'somebody gets a debt',
      /debts that differ/,
      9,
      ["INSERT INTO debt VALUES ('d', 'account:1:616e6e61', 'account:2:62657274', 156, 9, 0)"],
    ],
    [
      'a close is written that did not happen',
      /closes that were not posted/,
      1,
      [
        "INSERT INTO credit SELECT bucket, coin_id, coin_id, 0, 0, 1, 0, 'close', NULL, 'account:1:616e6e61' FROM coin WHERE coin_id = (SELECT min(coin_id) FROM coin WHERE value = 50)",
      ],
    ],
    [
      'a key belongs to another account',
      /keys of another account/,
      1,
      ["UPDATE certificate SET handle = 'nobody' WHERE ctid = (SELECT min(ctid) FROM certificate)"],
    ],
    [
      'a Verdict lists another Spend',
      /Verdicts that differ/,
      1,
      ["UPDATE verdict SET accepted = ARRAY['x'::bytea] WHERE ctid = (SELECT min(ctid) FROM verdict)"],
    ],
    [
      'a Verdict is laid into the mouth of another payee',
      /Verdicts that another key than their payee signed/,
      0,
      [
        'UPDATE verdict SET payee = (SELECT subject FROM certificate WHERE subject <> verdict.payee LIMIT 1) WHERE ctid = (SELECT min(ctid) FROM verdict)',
      ],
    ],
    [
      'a Verdict is nobody’s, and so anybody’s',
      /Verdicts that another key than their payee signed/,
      0,
      ["UPDATE verdict SET payee = '' WHERE ctid = (SELECT min(ctid) FROM verdict)"],
    ],
    [
      'a Verdict of a payee whose certificate is gone is another key’s',
      /Verdicts that another key than their payee signed/,
      0,
      [
        'UPDATE verdict SET payee = (SELECT owner FROM coin LIMIT 1) WHERE ctid = (SELECT min(ctid) FROM verdict)',
        'DELETE FROM certificate',
      ],
    ],
    [
      'the Request of a Verdict is another one',
      /Verdicts that differ/,
      0,
      [
        'UPDATE verdict SET request = (SELECT request FROM verdict v WHERE v.request_id <> verdict.request_id LIMIT 1) WHERE ctid = (SELECT min(ctid) FROM verdict)',
      ],
    ],
    [
      'the credit of a branch is deleted',
      /dues that differ from what was credited/,
      1,
      ['DELETE FROM credit WHERE ctid = (SELECT min(ctid) FROM credit WHERE line > 0)'],
    ],
    [
      'a load is forgotten',
      /without a reason/,
      50,
      ['DELETE FROM coin_order WHERE ctid = (SELECT min(ctid) FROM coin_order WHERE length(content) > 8)'],
    ],
    [
      'a refresh is forgotten',
      /reissues that differ/,
      1,
      ['DELETE FROM coin_order WHERE ctid = (SELECT min(ctid) FROM coin_order WHERE length(content) = 8)'],
    ],
    [
      'a refresh was made of less',
      /reissues that differ/,
      1,
      [
        'UPDATE coin_order SET content = int8send(1) WHERE ctid = (SELECT min(ctid) FROM coin_order WHERE length(content) = 8)',
      ],
    ],
  ] as const)('shows when %s', async (_name, problem, atLeast, changes) => {
    const report = await auditOf(...changes);
    expect(report.balanced).toBe(false);
    expect(report.problems.join('\n')).toMatch(problem);
    expect(report.differenceFen).toBeGreaterThanOrEqual(atLeast);
  });

  test('goes by the signature of a Verdict where the certificate of its payee is gone', async () => {
    const { problems } = await auditOf('DELETE FROM certificate');
    expect(problems.join('\n')).not.toMatch(/another key than their payee/);
  });

  test('is right while postings still wait to be delivered', async () => {
    await database.pool.query('SELECT deliver_outbox(1000)');
    const waiting = [
      "INSERT INTO account (operator, handle, kind) VALUES (1, '\\x77', 'customer')",
      "INSERT INTO posting VALUES (0, 'w', 's', 'supply', 156, -5), (0, 'w', 's', 'account:1:77', 156, 5)",
      "INSERT INTO outbox (bucket, batch, accounts, currencies, amounts) VALUES (0, 'w', '{supply,account:1:77}', '{156,156}', '{-5,5}')",
    ];
    expect(await auditOf(...waiting)).toMatchObject({ balanced: true, supplyFen: clean.supplyFen + 5 });
    const [account = '', postings = ''] = waiting;
    expect((await auditOf(account, postings)).balanced).toBe(false);
  });
});
