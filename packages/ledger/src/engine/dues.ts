/**
 * What a fund, or the issuer, owes for one credited range (SET-5, SET-1): acknowledged here as a memo, receivable −
 * against owed +; `funds.ts` pays it.
 */
import type { Hashes } from '@duet/protocol/suite';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import { CLEARING, HOLDING, kindOf, owedTo, receivableFrom } from '../core/chart.ts';
import type { Judgement } from '../core/line.ts';
import type { PostingLine } from '../sql/postings.ts';
import { binary, type LockedCoin, type Queryable, type StoredPiece } from '../sql/rows.ts';
import { accountOfKey } from './late.ts';
import { holderOf } from './proofs.ts';

/** The operator number of what the issuer owes. */
export const ISSUER = 0;

export interface DueContext {
  readonly hashes: Hashes;
  readonly trust: TrustView;
  /** Days since the epoch: divided by the policy's period it is the period of the caps. */
  readonly today: number;
}

/**
 * A second branch: owed to the holder, receivable from the culprit. Without a culprit it is a coin that the registry
 * does not know, beyond `lossCap`: owed by the issuer.
 */
export async function dueLines(
  queryable: Queryable,
  coin: LockedCoin,
  row: StoredPiece,
  part: Judgement,
  culprit: Buffer | undefined,
  { hashes, trust, today }: DueContext,
): Promise<PostingLine[]> {
  const holder = culprit && (await holderOf(queryable, culprit, coin));
  // A key without a handle: the operator that the coin names vouches.
  const operator = culprit ? holder?.operator || coin.operator : ISSUER;
  const issuer = trust.key(coin.issuer_key, 'issuer')?.key ?? new Uint8Array(0);
  const account = await accountOwed(queryable, coin, row);
  const amount = part.to - part.from;
  const due = hashes.hash(
    1,
    Buffer.from(`${row.child_id.toString('hex')}:${row.child_index}:${part.from}:${part.line}`),
  );
  const period = Math.floor(today / Math.max(1, trust.policy(coin.policy)?.fundPeriodDays ?? 1));
  await queryable.query(
    `INSERT INTO fund_due (due_id, coin_id, child_id, child_index, culprit, operator, account, account_operator, currency, policy, amount, period, stored)
     VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT DO NOTHING`,
    [
      binary(due),
      coin.coin_id,
      row.child_id,
      row.child_index,
      culprit ?? binary(issuer),
      operator,
      account,
      row.account_operator ?? operator,
      coin.currency,
      coin.policy,
      amount,
      period,
      row.stored,
    ],
  );
  const line = (name: string, value: number): PostingLine => ({
    set: row.child_id,
    account: name,
    currency: coin.currency,
    amount: value,
  });
  return [line(receivableFrom(operator, holder?.handle), -amount), line(owedTo(account), amount)];
}

/** What is credited later than a refresh or return goes to the account of its handle (SET-9). */
export async function accountOwed(queryable: Queryable, coin: LockedCoin, row: StoredPiece): Promise<string> {
  const account = row.account ?? HOLDING;
  if (kindOf(account) !== CLEARING) return account;
  return accountOfKey(queryable, row.signer, coin);
}
