/** Double-entry posting sets written with what they belong to, and their delivery to the balances (SET-3). */
import { binary, hexOf, type Queryable } from './rows.ts';

/** One line of a posting set: credits positive, debits negative. */
export interface PostingLine {
  readonly set: Uint8Array;
  readonly account: string;
  readonly currency: number;
  readonly amount: number;
}

/** @throws Error (a bug) when a set does not sum to 0 */
function assertBalanced(lines: readonly PostingLine[]): void {
  const sums = new Map<string, number>();
  for (const { set, currency, amount } of lines) {
    const key = `${hexOf(set)}:${currency}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  for (const [key, sum] of sums) if (sum !== 0) throw new Error(`posting set ${key} sums to ${sum}`);
}

/** Adds equal accounts of one set together. */
function merged(lines: readonly PostingLine[]): PostingLine[] {
  const byKey = new Map<string, PostingLine>();
  for (const line of lines) {
    const key = `${hexOf(line.set)}:${line.account}:${line.currency}`;
    const known = byKey.get(key);
    byKey.set(key, known ? { ...known, amount: known.amount + line.amount } : line);
  }
  return [...byKey.values()];
}

/** Writes balanced sets and their outbox row. Call it inside the transaction of what they belong to. */
export async function post(
  queryable: Queryable,
  bucket: number,
  batch: Uint8Array,
  lines: readonly PostingLine[],
): Promise<void> {
  const rows = merged(lines);
  if (rows.length === 0) return;
  assertBalanced(rows);
  await queryable.query(
    `INSERT INTO posting (bucket, batch, set_id, account, currency, amount)
     SELECT $1, $2, u.set_id, u.account, u.currency, u.amount
     FROM unnest($3::bytea[], $4::text[], $5::int[], $6::bigint[]) AS u(set_id, account, currency, amount)`,
    [
      bucket,
      binary(batch),
      rows.map((row) => binary(row.set)),
      rows.map((row) => row.account),
      rows.map((row) => row.currency),
      rows.map((row) => row.amount),
    ],
  );
  await queryable.query(
    `INSERT INTO outbox (bucket, batch, accounts, currencies, amounts) VALUES ($1, $2, $3, $4, $5)`,
    [
      bucket,
      binary(batch),
      rows.map((row) => row.account),
      rows.map((row) => row.currency),
      rows.map((row) => row.amount),
    ],
  );
}

const ROWS_PER_DELIVERY = 500;

/** Delivers every outbox row to the balances. */
export async function deliverAll(queryable: Queryable): Promise<void> {
  for (;;) {
    const result = await queryable.query<{ taken: number }>('SELECT deliver_outbox($1) AS taken', [
      ROWS_PER_DELIVERY,
    ]);
    if ((result.rows[0]?.taken ?? 0) === 0) break;
  }
  // Reserve moves with claims across operators, and quota with it: outstanding <= quota <= reserve (SET-11).
  await queryable.query(`
    WITH moved AS (
      SELECT operator.operator, least(greatest(operator.quota, o.amount), r.amount) AS quota
      FROM operator, balance r, balance o
      WHERE r.account = 'reserve:' || operator.operator AND o.account = 'outstanding:' || operator.operator
        AND (operator.quota > r.amount OR operator.quota < o.amount) AND o.amount <= r.amount
      ORDER BY operator.operator FOR UPDATE OF operator
    )
    UPDATE operator SET quota = moved.quota FROM moved WHERE operator.operator = moved.operator`);
}

/** Issuing, paying from funds and reserves, and moving debts take turns by this lock; balances are exact under it. */
export async function lockOperators(queryable: Queryable): Promise<void> {
  await queryable.query('SELECT 1 FROM operator ORDER BY operator FOR UPDATE');
}

/**
 * The balance of an account with what waits in the outbox: one statement, so one snapshot. It is exact for an
 * account from which only the holder of a lock takes.
 */
export async function currentBalanceOf(
  queryable: Queryable,
  account: string,
  currency: number,
): Promise<number> {
  const result = await queryable.query<{ amount: number }>(
    `SELECT coalesce(sum(amount), 0)::bigint AS amount FROM (
       SELECT amount FROM balance WHERE account = $1 AND currency = $2
       UNION ALL
       SELECT u.amount FROM outbox, unnest(accounts, currencies, amounts) AS u(account, currency, amount)
       WHERE NOT delivered AND u.account = $1 AND u.currency = $2) t`,
    [account, currency],
  );
  return result.rows[0]?.amount ?? 0;
}
