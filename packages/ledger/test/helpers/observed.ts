/** What a database of a registry says, in the words of `reference-ledger.ts`, for comparing. */
import type pg from 'pg';
import { walkCoins } from '../../src/engine/walk.ts';

export interface CreditColumns {
  readonly coin: string;
  readonly child: string;
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly source: string;
  readonly culprit: string;
}

/** Every credited range: whole claims of the hot path, and what was judged piece by piece. */
export async function creditsOf(pool: pg.Pool): Promise<CreditColumns[]> {
  const rows = await pool.query<CreditColumns>(`
    SELECT bucket || ':' || encode(coin_id, 'hex') AS coin, encode(child_id, 'hex') AS child,
      range_from AS "from", range_to AS "to", 0 AS line, 'coin' AS source, '' AS culprit
    FROM piece WHERE outcome = 1
    UNION ALL
    SELECT bucket || ':' || encode(coin_id, 'hex'), encode(child_id, 'hex'), range_from, range_to, line, source,
      coalesce(encode(culprit, 'hex'), '') FROM credit`);
  return rows.rows;
}

/** Per coin and fen: who was paid by which message, on which line; and the deepest owner of what is open. */
export async function observedState(
  pool: pg.Pool,
): Promise<Map<string, { paid: string[]; owner: string | undefined }[]>> {
  const credits = await creditsOf(pool);
  const state = new Map<string, { paid: string[]; owner: string | undefined }[]>();
  for await (const coin of walkCoins(pool)) {
    const key = `${coin.bucket}:${coin.id.toString('hex')}`;
    const own = credits.filter((credit) => credit.coin === key);
    const walk = coin.line.walk(coin.credits);
    state.set(
      key,
      Array.from({ length: coin.value }, (_, fen) => ({
        paid: own
          .filter(({ from, to }) => from <= fen && fen < to)
          .map(({ child, line, source, culprit }) => `${child} ${line} ${source} ${culprit}`)
          .sort(),
        owner: walk.find(({ from, to }) => from <= fen && fen < to)?.owner,
      })),
    );
  }
  return state;
}

/** Everything that a resent upload must not change. */
export async function snapshot(pool: pg.Pool): Promise<Record<string, unknown>> {
  const tables: Record<string, string> = {
    piece:
      'SELECT child_id, child_index, coin_id, void, outcome, stored FROM piece ORDER BY coin_id, child_id, child_index',
    credit: 'SELECT * FROM credit ORDER BY coin_id, child_id, child_index, range_from',
    posting:
      'SELECT account, currency, sum(amount)::bigint AS amount, count(*) AS postings FROM posting GROUP BY 1, 2 ORDER BY 1, 2',
    coin: 'SELECT coin_id, state, review_due, revoked FROM coin ORDER BY coin_id',
    fraud: 'SELECT proof_id, case_id FROM fraud_proof ORDER BY proof_id',
    fund: 'SELECT due_id, amount, paid FROM fund_due ORDER BY due_id',
    verdict: 'SELECT verdict_id FROM verdict ORDER BY verdict_id',
  };
  const found: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(tables)) found[name] = (await pool.query(text)).rows;
  return found;
}

/** Pairs of credited ranges of one coin and line that overlap: there must be none (SET-2). */
export async function overlaps(pool: pg.Pool): Promise<number> {
  const credits = await creditsOf(pool);
  const byLine = new Map<string, CreditColumns[]>();
  for (const credit of credits)
    byLine.set(`${credit.coin}:${credit.line}`, [
      ...(byLine.get(`${credit.coin}:${credit.line}`) ?? []),
      credit,
    ]);
  let found = 0;
  for (const list of byLine.values()) {
    list.sort((a, b) => a.from - b.from);
    for (const [i, { from }] of list.entries()) if (from < (list[i - 1]?.to ?? 0)) found++;
  }
  return found;
}

/** Keys that the fraud cases name. */
export async function namedKeys(pool: pg.Pool): Promise<string[]> {
  const rows = await pool.query<{ culprit: Buffer }>('SELECT DISTINCT culprit FROM fraud_case');
  return rows.rows.map(({ culprit }) => culprit.toString('hex')).sort();
}
