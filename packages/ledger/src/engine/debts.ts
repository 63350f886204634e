/**
 * Debts for what came after the close of a coin (SET-7). The debtor is an account, or the reserve of an operator that
 * held a Claim back; nothing else stands behind it.
 *
 * A debt is a memo when it arises: receivable −, owed +. Paying it is one set: the debtor −, the creditor +,
 * receivable +, owed −. Both can be stopped and repeated: paying starts from what is still open.
 */
import { randomBytes } from 'node:crypto';
import type { Hashes } from '@duet/protocol/suite';
import { HOLDING, lateDebtOf, operatorOf, owedTo, reserveOf, reserveOwnerOf } from '../core/chart.ts';
import type { Judgement } from '../core/line.ts';
import { currentBalanceOf, type PostingLine, post } from '../sql/postings.ts';
import { binary, type LockedCoin, type Queryable, type StoredPiece } from '../sql/rows.ts';
import { freeReserveOf } from './funds.ts';

/** Writes a debt; gives its memo postings. */
export async function debtLines(
  queryable: Queryable,
  coin: LockedCoin,
  row: StoredPiece,
  { from, to, debtor = HOLDING }: Judgement,
  creditor: string,
  hashes: Hashes,
): Promise<PostingLine[]> {
  const amount = to - from;
  const id = hashes.hash(1, Buffer.from(`debt:${row.child_id.toString('hex')}:${row.child_index}:${from}`));
  await queryable.query(
    `INSERT INTO debt (debt_id, debtor, creditor, currency, amount, child_id, child_index, claim_by)
     VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
    [binary(id), debtor, creditor, coin.currency, amount, row.child_id, row.child_index, coin.claim_by],
  );
  const line = (account: string, value: number): PostingLine => ({
    set: row.child_id,
    account,
    currency: coin.currency,
    amount: value,
  });
  return [line(lateDebtOf(debtor), -amount), line(owedTo(creditor), amount)];
}

interface DebtRow {
  readonly debt_id: Buffer;
  readonly debtor: string;
  readonly creditor: string;
  readonly currency: number;
  readonly amount: number;
  readonly paid: number;
}

/** Whose debts are paid: those of reserves alone, or of accounts as well. */
export type Debtors = 'operators' | 'all';

/** Pays what debtors hold, oldest id first; gives the sum paid. The caller holds the operators' lock, to the end. */
export async function payDebts(client: Queryable, debtors: Debtors): Promise<number> {
  const open = await client.query<DebtRow>(
    `SELECT debt_id, debtor, creditor, currency, amount, paid FROM debt
     WHERE paid < amount AND ($1 OR debtor LIKE 'reserve:%') ORDER BY debt_id`,
    [debtors === 'all'],
  );
  const left = new Map<string, number>();
  const lines: PostingLine[] = [];
  let total = 0;
  for (const row of open.rows) {
    const key = `${row.debtor}:${row.currency}`;
    const held = left.get(key) ?? (await heldBy(client, row.debtor, row.currency));
    const owed = row.amount - row.paid;
    const amount = Math.min(owed, held);
    left.set(key, held - amount);
    if (amount === 0) continue;
    total += amount;
    await client.query('UPDATE debt SET paid = paid + $2 WHERE debt_id = $1', [row.debt_id, amount]);
    lines.push(...paymentLines(row, amount));
  }
  await post(client, 0, randomBytes(16), lines);
  return total;
}

/** What a debtor can pay: of a reserve the part above quota alone. */
async function heldBy(client: Queryable, debtor: string, currency: number): Promise<number> {
  const operator = reserveOwnerOf(debtor);
  if (operator !== undefined) return freeReserveOf(client, operator, currency);
  return Math.max(0, await currentBalanceOf(client, debtor, currency));
}

function paymentLines({ debt_id: set, debtor, creditor, currency }: DebtRow, amount: number): PostingLine[] {
  const line = (account: string, value: number): PostingLine => ({ set, account, currency, amount: value });
  const lines = [
    line(debtor, -amount),
    line(creditor, amount),
    line(lateDebtOf(debtor), amount),
    line(owedTo(creditor), -amount),
  ];
  const [from, to] = [operatorOf(debtor), operatorOf(creditor)];
  if (from !== to && from !== undefined && to !== undefined)
    lines.push(line(reserveOf(from), -amount), line(reserveOf(to), amount));
  return lines;
}
