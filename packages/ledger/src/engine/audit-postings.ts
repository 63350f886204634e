/**
 * Audit of the postings (SET-12): every set has a reason that is stored, and moves what that reason says. Balanced
 * sets alone do not show that money went from one customer to another, or out of a reserve.
 *
 *   set named by     takes from                           gives
 *   a load           account                              outstanding, the same
 *   a reissue        clearing                             outstanding, account
 *   a claim, return  outstanding, loss                    account, ticket, clearing
 *   a coin           outstanding                          account: what its close credited
 *   a due            fund, reserve, loss: what it was paid  account
 *   a debt           account, reserve: what of it was paid  account
 *   a receivable     account                              fund, the same
 *   a ticket         the ticket                           account
 *   anything         supply                               account, reserve, fund: from outside
 */
import type { Queryable } from '../sql/rows.ts';
import type { Findings } from './audit-findings.ts';

interface Checked {
  readonly text: string;
  readonly count: number;
  readonly amount: number;
}

/** Sums of each set by kind of account, with what its name stands for. */
const SETS = `
WITH lines AS (
  SELECT set_id, currency, account, split_part(account, ':', 1) AS kind, amount FROM posting
), sets AS (
  SELECT set_id, currency, bool_or(kind = 'supply') AS outside, sum(abs(amount))::bigint / 2 AS moved,
    coalesce(-sum(amount) FILTER (WHERE kind IN ('account', 'holding', 'ticket') AND amount < 0), 0)::bigint AS taken,
    coalesce(-sum(amount) FILTER (WHERE account = 'ticket:' || encode(set_id, 'hex') AND amount < 0), 0)::bigint AS redeemed,
    coalesce(sum(amount) FILTER (WHERE kind = 'outstanding' AND amount > 0), 0)::bigint AS issued,
    coalesce(-sum(amount) FILTER (WHERE kind = 'clearing' AND amount < 0), 0)::bigint AS cleared,
    coalesce(sum(amount) FILTER (WHERE kind = 'receivable' AND amount > 0), 0)::bigint AS recovered,
    coalesce(sum(amount) FILTER (WHERE kind = 'fund'), 0)::bigint AS fund,
    coalesce(sum(amount) FILTER (WHERE kind = 'reserve'), 0)::bigint AS reserve,
    coalesce(sum(amount) FILTER (WHERE kind = 'loss'), 0)::bigint AS loss
  FROM lines GROUP BY set_id, currency
), named AS (
  SELECT sets.*, o.order_id IS NOT NULL AS ordered,
    CASE WHEN length(o.content) = 8 THEN ('x' || encode(o.content, 'hex'))::bit(64)::bigint END AS reissued, due.paid AS due, debt.paid AS debt,
    get_byte(set_id, 0) = 114 AND set_id LIKE 'receivable:%'::bytea AS recovery,
    o.order_id IS NOT NULL OR due.paid IS NOT NULL OR debt.paid IS NOT NULL OR ticket.ticket IS NOT NULL
      OR m.claim_id IS NOT NULL OR coin.coin_id IS NOT NULL AS known
  FROM sets
  LEFT JOIN coin_order o ON o.order_id = set_id
  LEFT JOIN fund_due due ON due.due_id = set_id
  LEFT JOIN debt ON debt.debt_id = set_id
  LEFT JOIN ticket ON ticket.ticket = set_id
  LEFT JOIN claim_message m ON m.claim_id = set_id
  LEFT JOIN coin ON coin.coin_id = set_id
  WHERE length(set_id) > 0
)
SELECT text, count(*)::bigint AS count, sum(abs(amount))::bigint AS amount FROM named, LATERAL (VALUES
  ('posting sets without a reason', CASE WHEN NOT (outside OR known OR recovery) THEN moved END),
  ('posting sets that take from accounts what nothing says', taken - CASE
    WHEN ordered THEN greatest(issued - cleared, 0)
    WHEN debt IS NOT NULL THEN debt + least(reserve, 0)
    WHEN recovery THEN recovered
    ELSE redeemed END),
  ('posting sets that take from funds and reserves what nothing says', CASE
    WHEN outside THEN 0
    WHEN due IS NOT NULL THEN fund + reserve + loss + due
    WHEN debt IS NOT NULL THEN abs(fund) + greatest(reserve, 0)
    WHEN recovery THEN fund - recovered
    ELSE abs(fund) + abs(reserve) END),
  ('reissues that differ from what was cleared for them', cleared - coalesce(reissued, 0))
) AS v(text, amount) WHERE amount <> 0 GROUP BY text`;

/** What is credited, due and owed, against the sets that posted it. */
const REASONS: readonly (readonly [text: string, sql: string])[] = [
  [
    'closes that were not posted to the accounts that they name',
    `SELECT c.sum AS one, p.sum AS other FROM (
       SELECT c.coin_id AS id, c.account, sum(c.range_to - c.range_from)::bigint AS sum FROM credit c
       JOIN coin USING (bucket, coin_id) WHERE c.source = 'close' AND c.line = 0 AND coin.known GROUP BY 1, 2) c
     FULL JOIN (
       SELECT p.set_id AS id, p.account, sum(p.amount)::bigint AS sum FROM posting p JOIN coin ON coin.coin_id = p.set_id
       WHERE p.amount > 0 AND split_part(p.account, ':', 1) IN ('account', 'holding') GROUP BY 1, 2) p USING (id, account)`,
  ],
  [
    'dues that differ from what is receivable',
    `SELECT d.sum AS one, p.sum AS other FROM (
       SELECT child_id AS id, sum(amount)::bigint AS sum FROM fund_due GROUP BY 1) d
     FULL JOIN (
       SELECT set_id AS id, -sum(amount)::bigint AS sum FROM posting WHERE account LIKE 'receivable:%'
         AND amount < 0 AND account NOT LIKE 'receivable:late:%' GROUP BY 1) p USING (id)`,
  ],
  [
    'dues that differ from what was credited',
    `SELECT c.sum AS one, d.sum AS other FROM (
       SELECT child_id AS id, sum(range_to - range_from)::bigint AS sum FROM credit
       WHERE line > 0 AND culprit IS NOT NULL GROUP BY 1) c
     FULL JOIN (SELECT child_id AS id, sum(amount)::bigint AS sum FROM fund_due WHERE operator <> 0 GROUP BY 1) d USING (id)`,
  ],
  [
    'debts that differ from what is receivable',
    `SELECT d.sum AS one, p.sum AS other FROM (
       SELECT 'receivable:late:' || debtor AS account, sum(amount - paid)::bigint AS sum FROM debt GROUP BY 1) d
     FULL JOIN (
       SELECT account, -sum(amount)::bigint AS sum FROM posting
       WHERE account LIKE 'receivable:%' AND account LIKE 'receivable:late:%' GROUP BY 1) p USING (account)`,
  ],
  [
    'accounts that nobody opened',
    `SELECT 0 AS one, sum(abs(amount))::bigint AS other FROM posting
     WHERE account LIKE 'account:%' AND NOT EXISTS (SELECT 1 FROM account a
       WHERE account = 'account:' || a.operator || ':' || encode(a.handle, 'hex')) GROUP BY account`,
  ],
  [
    'accounts of a kind that the chart does not have',
    `SELECT 0 AS one, sum(abs(amount))::bigint AS other FROM posting WHERE split_part(account, ':', 1) NOT IN
       ('supply', 'reserve', 'outstanding', 'account', 'clearing', 'fund', 'loss', 'holding', 'ticket', 'receivable',
        'owed', 'recovery') GROUP BY account`,
  ],
  [
    'operators whose coins exceed their reserve',
    `SELECT greatest(o.sum - coalesce(r.sum, 0), 0) AS one, 0 AS other FROM (
       SELECT split_part(account, ':', 2) AS operator, currency, sum(amount)::bigint AS sum FROM posting
       WHERE account LIKE 'outstanding:%' GROUP BY 1, 2) o
     LEFT JOIN (
       SELECT split_part(account, ':', 2) AS operator, currency, sum(amount)::bigint AS sum FROM posting
       WHERE account LIKE 'reserve:%' GROUP BY 1, 2) r USING (operator, currency)`,
  ],
];

export async function auditPostings(queryable: Queryable, findings: Findings): Promise<void> {
  for (const { text, count, amount } of (await queryable.query<Checked>(SETS)).rows)
    findings.add(text, amount, count);
  for (const [text, sql] of REASONS) {
    const { rows } = await queryable.query<Omit<Checked, 'text'>>(
      `SELECT count(*)::bigint AS count, coalesce(sum(abs(coalesce(one, 0) - coalesce(other, 0))), 0)::bigint AS amount
       FROM (${sql}) t WHERE coalesce(one, 0) <> coalesce(other, 0)`,
    );
    for (const { count, amount } of rows) findings.add(text, amount, count);
  }
}
