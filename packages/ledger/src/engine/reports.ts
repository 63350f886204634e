/** What is read of the registry: balances with the walk, fraud cases. */
import type { KeyText } from '@duet/protocol/brand';
import { type Fen, fen } from '@duet/protocol/money';
import { receivableFrom } from '../core/chart.ts';
import type { Queryable } from '../sql/rows.ts';
import { type CreditEntry, readCreditRecord } from './credit-record.ts';
import { homesOfKeys, walkCoins } from './walk.ts';

export interface Balances {
  /** Account money by `operator:handle` in hex. */
  readonly accounts: ReadonlyMap<string, Fen>;
  /** What the registry's walk gives the keys of each handle: coins not claimed yet. */
  readonly walk: ReadonlyMap<string, Fen>;
  /** Acknowledged as owed and not paid yet, by `operator:handle`. */
  readonly owed: ReadonlyMap<string, Fen>;
  readonly funds: ReadonlyMap<number, Fen>;
  /** Frozen at the issuer, by operator. */
  readonly reserves: ReadonlyMap<number, Fen>;
}

export async function readBalances(queryable: Queryable): Promise<Balances> {
  const accounts = new Map<string, Fen>();
  const owed = new Map<string, Fen>();
  const funds = new Map<number, Fen>();
  const reserves = new Map<number, Fen>();
  const rows = await queryable.query<{ account: string; amount: number }>(
    `SELECT account, sum(amount)::bigint AS amount FROM balance
     WHERE account LIKE 'account:%' OR account LIKE 'fund:%' OR account LIKE 'reserve:%' OR account LIKE 'owed:account:%' GROUP BY account`,
  );
  for (const { account, amount } of rows.rows) {
    const value = fen(Math.max(0, amount));
    if (account.startsWith('account:')) accounts.set(account.slice('account:'.length), value);
    else if (account.startsWith('owed:account:')) owed.set(account.slice('owed:account:'.length), value);
    else if (account.startsWith('reserve:')) reserves.set(Number(account.slice('reserve:'.length)), value);
    else funds.set(Number(account.slice('fund:'.length)), value);
  }
  return { accounts, walk: await walkByHandle(queryable), owed, funds, reserves };
}

async function walkByHandle(queryable: Queryable): Promise<Map<string, Fen>> {
  const homes = await homesOfKeys(queryable);
  const sums = new Map<string, Fen>();
  for await (const coin of walkCoins(queryable)) {
    if (coin.state === 2 || !coin.known) continue;
    for (const { from, to, owner } of coin.line.walk(coin.credits)) {
      const own =
        owner === coin.owner ? `${coin.homeOperator}:${coin.home.toString('hex')}` : homes.get(owner);
      const key = own ?? 'holding';
      sums.set(key, fen((sums.get(key) ?? 0) + to - from));
    }
  }
  return sums;
}

export interface FraudCase {
  readonly caseId: string;
  readonly culprit: KeyText;
  readonly form: number;
  readonly operator: number | undefined;
  /** Handle of the culprit in hex; the opening of it is logged. */
  readonly handle: string | undefined;
  /** Encoded FraudProofs, first stored first. */
  readonly proofs: readonly Uint8Array[];
  /** What funds have paid to innocent holders because of this key, and what they still owe them. */
  readonly paidFen: number;
  readonly owedFen: number;
  /** Receivable from the culprit's handle that is still open. */
  readonly receivableFen: number;
  /** Debts of the handle in the credit record, one for each currency. */
  readonly credit: readonly CreditEntry[];
  readonly openedAt: number;
}

interface CaseRow {
  readonly case_id: Buffer;
  readonly culprit: Buffer;
  readonly form: number;
  readonly operator: number | null;
  readonly handle: Buffer | null;
  readonly opened_at: number;
  readonly proofs: Buffer[];
  readonly owed: number;
  readonly paid: number;
}

export async function listCases(queryable: Queryable): Promise<FraudCase[]> {
  const rows = await queryable.query<CaseRow>(
    `SELECT c.case_id, c.culprit, c.form, c.operator, c.handle, c.opened_at,
       ARRAY(SELECT p.body FROM fraud_proof p WHERE p.case_id = c.case_id ORDER BY p.stored, p.proof_id) AS proofs,
       coalesce((SELECT sum(amount - paid) FROM fund_due d WHERE d.culprit = c.culprit), 0)::bigint AS owed,
       coalesce((SELECT sum(paid) FROM fund_due d WHERE d.culprit = c.culprit), 0)::bigint AS paid
     FROM fraud_case c ORDER BY c.opened_at, c.case_id`,
  );
  const open = await queryable.query<{ account: string; amount: number }>(
    `SELECT account, sum(amount)::bigint AS amount FROM balance WHERE account LIKE 'receivable:%' GROUP BY account`,
  );
  const record = await readCreditRecord(queryable);
  const receivables = new Map(open.rows.map((row) => [row.account, 0 - row.amount]));
  return rows.rows.map((row) => ({
    caseId: row.case_id.toString('hex'),
    culprit: row.culprit.toString('hex') as KeyText,
    form: row.form,
    operator: row.operator ?? undefined,
    handle: row.handle?.toString('hex'),
    proofs: row.proofs,
    owedFen: row.owed,
    paidFen: row.paid,
    receivableFen: receivables.get(receivableFrom(row.operator ?? 0, row.handle ?? undefined)) ?? 0,
    credit: record.filter(
      (entry) => entry.operator === row.operator && entry.handle === row.handle?.toString('hex'),
    ),
    openedAt: row.opened_at,
  }));
}
