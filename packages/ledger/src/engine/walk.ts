/**
 * The registry's walk over all coins (SET-7) and the audit (SET-12), from the rows alone: nothing that was
 * computed on the way is trusted.
 */

import type { IdText, KeyText } from '@duet/protocol/brand';
import { BUCKETS } from '../core/bucket.ts';
import { kindOf, MEMO_KINDS, MONEY_KINDS, outstandingOf, SUPPLY } from '../core/chart.ts';
import { type Credit, Line, type Piece } from '../core/line.ts';
import { pieceOf } from '../sql/lines.ts';
import type { Queryable, StoredPiece } from '../sql/rows.ts';
import { auditDocuments } from './audit-documents.ts';
import { Findings } from './audit-findings.ts';
import { type AuditCrypto, auditMessages } from './audit-messages.ts';
import { auditPostings } from './audit-postings.ts';

export interface WalkedCoin {
  readonly bucket: number;
  readonly id: Buffer;
  readonly operator: number;
  readonly currency: number;
  readonly value: number;
  readonly state: number;
  readonly known: boolean;
  readonly claimBy: number;
  readonly policy: number;
  readonly homeOperator: number;
  readonly home: Buffer;
  readonly owner: KeyText;
  readonly line: Line;
  readonly credits: readonly Credit[];
}

interface CoinColumns {
  readonly bucket: number;
  readonly coin_id: Buffer;
  readonly operator: number;
  readonly currency: number;
  readonly value: number;
  readonly state: number;
  readonly known: boolean;
  readonly claim_by: number;
  readonly policy: number;
  readonly home_operator: number;
  readonly home: Buffer;
  readonly owner: Buffer;
}

const BUCKETS_PER_READ = 64;

/** Every coin with its line, some buckets at a time. */
export async function* walkCoins(queryable: Queryable): AsyncGenerator<WalkedCoin> {
  for (let from = 0; from < BUCKETS; from += BUCKETS_PER_READ) {
    const range = [from, from + BUCKETS_PER_READ];
    const coins = await queryable.query<CoinColumns>(
      `SELECT bucket, coin_id, operator, currency, value, state, known, claim_by, policy, home_operator, home, owner
       FROM coin WHERE bucket >= $1 AND bucket < $2`,
      range,
    );
    const pieces = groupByCoin(
      (
        await queryable.query<StoredPiece>(
          `SELECT coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to, signer, payee, void,
             outcome, stored FROM piece WHERE bucket >= $1 AND bucket < $2`,
          range,
        )
      ).rows,
    );
    const credits = groupByCoin(
      (
        await queryable.query<CreditColumns>(
          'SELECT coin_id, child_id, child_index, range_from, range_to, line, source FROM credit WHERE bucket >= $1 AND bucket < $2',
          range,
        )
      ).rows,
    );
    for (const coin of coins.rows) yield walked(coin, pieces, credits);
  }
}

interface CreditColumns {
  readonly coin_id: Buffer;
  readonly child_id: Buffer;
  readonly child_index: number;
  readonly range_from: number;
  readonly range_to: number;
  readonly line: number;
  readonly source: string;
}

function groupByCoin<Row extends { readonly coin_id: Buffer }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.coin_id.toString('hex');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

function walked(
  coin: CoinColumns,
  pieces: Map<string, StoredPiece[]>,
  credits: Map<string, CreditColumns[]>,
): WalkedCoin {
  const id = coin.coin_id.toString('hex');
  const own: Piece[] = (pieces.get(id) ?? []).map(pieceOf);
  const whole = (pieces.get(id) ?? []).filter((row) => row.outcome === 1);
  const creditOf = (row: Omit<CreditColumns, 'coin_id'>): Credit => ({
    child: row.child_id.toString('hex') as IdText,
    index: row.child_index,
    from: row.range_from,
    to: row.range_to,
    line: row.line,
    source: row.source === 'fund' || row.source === 'close' ? row.source : 'coin',
  });
  const owner = coin.owner.toString('hex') as KeyText;
  return {
    bucket: coin.bucket,
    id: coin.coin_id,
    operator: coin.operator,
    currency: coin.currency,
    value: coin.value,
    state: coin.state,
    known: coin.known,
    claimBy: coin.claim_by,
    policy: coin.policy,
    homeOperator: coin.home_operator,
    home: coin.home,
    owner,
    line: new Line(coin.value, owner, own),
    credits: [
      ...whole.map((row) => creditOf({ ...row, line: 0, source: 'coin' })),
      ...(credits.get(id) ?? []).map(creditOf),
    ],
  };
}

/** Accounts of keys: `operator:handle` in hex, by certificate or by coin. */
export async function homesOfKeys(queryable: Queryable): Promise<Map<string, string>> {
  const homes = new Map<string, string>();
  const certificates = await queryable.query<{ subject: Buffer; operator: number; handle: Buffer }>(
    'SELECT subject, operator, handle FROM certificate',
  );
  for (const row of certificates.rows)
    homes.set(row.subject.toString('hex'), `${row.operator}:${row.handle.toString('hex')}`);
  return homes;
}

export interface AuditReport {
  readonly balanced: boolean;
  /** Sum of every difference found, in the minor unit. */
  readonly differenceFen: number;
  readonly supplyFen: number;
  /** Sums by kind of account. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly coins: number;
  readonly problems: readonly string[];
}

/** Recomputes every balance from the postings and every coin from its claims (SET-12). */
export async function audit(queryable: Queryable, crypto: AuditCrypto): Promise<AuditReport> {
  const problems: string[] = [];
  let difference = 0;
  const findings = new Findings();
  const problem = (text: string, amount: number): void => {
    problems.push(text);
    difference += Math.abs(amount);
  };
  const unbalanced = await queryable.query<{ sets: number; amount: number }>(
    `SELECT count(*)::bigint AS sets, coalesce(sum(abs(amount)), 0)::bigint AS amount
     FROM (SELECT sum(amount)::bigint AS amount FROM posting GROUP BY bucket, batch, set_id, currency HAVING sum(amount) <> 0) t`,
  );
  const bad = unbalanced.rows[0];
  if (bad && bad.sets > 0) problem(`${bad.sets} posting sets do not sum to 0`, bad.amount);
  const sums = await queryable.query<{ account: string; currency: number; posted: number; held: number }>(
    `SELECT coalesce(p.account, b.account) AS account, coalesce(p.currency, b.currency) AS currency,
       coalesce(p.amount, 0)::bigint AS posted, coalesce(b.amount, 0)::bigint AS held
     FROM (SELECT account, currency, sum(amount)::bigint AS amount FROM posting GROUP BY account, currency) p
     FULL JOIN (SELECT account, currency, sum(amount)::bigint AS amount FROM (
       SELECT account, currency, amount FROM balance
       UNION ALL
       SELECT u.account, u.currency, u.amount FROM outbox, unnest(accounts, currencies, amounts) AS u(account, currency, amount)
       WHERE NOT delivered) t GROUP BY account, currency) b ON b.account = p.account AND b.currency = p.currency`,
  );
  const kinds: Record<string, number> = {};
  const outstanding = new Map<string, number>();
  for (const row of sums.rows) {
    if (row.posted !== row.held)
      problem(
        `balance of ${row.account} is ${row.held}, its postings say ${row.posted}`,
        row.posted - row.held,
      );
    const kind = kindOf(row.account);
    kinds[kind] = (kinds[kind] ?? 0) + row.posted;
    if (kind === 'outstanding') outstanding.set(`${row.account}:${row.currency}`, row.posted);
    if (
      row.posted < 0 &&
      ['account', 'reserve', 'outstanding', 'clearing', 'fund', 'holding', 'ticket', 'owed'].includes(kind)
    ) {
      problem(`${row.account} is negative: ${row.posted}`, row.posted);
    }
  }
  const money = MONEY_KINDS.reduce((total, kind) => total + (kinds[kind] ?? 0), 0);
  const supply = -(kinds[SUPPLY] ?? 0);
  if (supply !== money)
    problem(`supply is ${supply}, reserves, coins and accounts are ${money}`, supply - money);
  const memo = MEMO_KINDS.reduce((total, kind) => total + (kinds[kind] ?? 0), 0);
  if (memo !== 0) problem(`receivables, owed and recovery sum to ${memo}`, memo);
  await auditClaims(queryable, problem);
  const coins = await auditCoins(queryable, outstanding, findings, problem);
  await auditPostings(queryable, findings);
  await auditDocuments(queryable, crypto, findings);
  await auditMessages(queryable, crypto, findings);
  problems.push(...findings.problems);
  difference += findings.amount;
  return {
    balanced: problems.length === 0,
    differenceFen: difference,
    supplyFen: supply,
    accounts: kinds,
    coins,
    problems,
  };
}

/** What a claim was credited from its coins is posted to the account that it names. */
async function auditClaims(
  queryable: Queryable,
  problem: (text: string, amount: number) => void,
): Promise<void> {
  const wrong = await queryable.query<{ claims: number; amount: number }>(
    `WITH claimed AS (
       SELECT child_id, account, sum(amount)::bigint AS amount FROM (
         SELECT child_id, account, range_to - range_from AS amount FROM piece WHERE outcome = 1
         UNION ALL
         SELECT child_id, p.account, c.range_to - c.range_from FROM credit c
         JOIN piece p USING (bucket, coin_id, child_id, child_index) WHERE c.source = 'coin'
       ) t GROUP BY child_id, account
     ), posted AS (
       SELECT set_id, account, sum(amount)::bigint AS amount FROM posting
       WHERE amount > 0 AND split_part(account, ':', 1) IN ('account', 'holding', 'ticket', 'clearing') GROUP BY set_id, account
     )
     SELECT count(*) AS claims, coalesce(sum(abs(c.amount - coalesce(p.amount, 0))), 0)::bigint AS amount
     FROM claimed c LEFT JOIN posted p ON p.set_id = c.child_id AND p.account = c.account
     WHERE c.amount <> coalesce(p.amount, 0)`,
  );
  const { claims = 0, amount = 0 } = wrong.rows[0] ?? {};
  if (claims > 0) problem(`${claims} claims were not posted to the accounts that they name`, amount);
}

/** Every piece is signed by the owner of what it takes, and takes no more; a Return takes what a Verdict voided. */
function auditLine({ line }: WalkedCoin, findings: Findings): void {
  for (const piece of line.pieces) {
    const above = line.parentOf(piece);
    const size = piece.to - piece.from;
    if (!above) findings.add('Spends and Claims that rest on nothing', size);
    else if (above.owner !== piece.signer)
      findings.add('Spends and Claims that another key than the owner signed', size);
    else if (piece.from < above.from || piece.to > above.to)
      findings.add('Spends and Claims beyond what was received', size);
    const voided = (other: Piece): boolean =>
      other.kind === 'spend' &&
      other.void &&
      other.parent === piece.parent &&
      other.signer === piece.signer &&
      other.from === piece.from &&
      other.to === piece.to;
    if (piece.kind === 'return' && !line.pieces.some(voided))
      findings.add('Returns of what was not void', size);
  }
}

/** Credited ranges of one line never overlap (SET-2), and what is left of all coins is what stands outstanding. */
async function auditCoins(
  queryable: Queryable,
  outstanding: ReadonlyMap<string, number>,
  findings: Findings,
  problem: (text: string, amount: number) => void,
): Promise<number> {
  const left = new Map<string, number>();
  const orphans = await queryable.query<{ amount: number }>(
    `SELECT coalesce(sum(p.range_to - p.range_from), 0)::bigint AS amount FROM piece p
     WHERE NOT EXISTS (SELECT 1 FROM coin c WHERE c.bucket = p.bucket AND c.coin_id = p.coin_id)`,
  );
  const gone = orphans.rows[0]?.amount ?? 0;
  if (gone !== 0) problem(`spends and claims of ${gone} name coins that are gone`, gone);
  let coins = 0;
  for await (const coin of walkCoins(queryable)) {
    coins++;
    auditLine(coin, findings);
    let credited = 0;
    const ends = new Map<number, number>();
    for (const { from, to, line } of [...coin.credits].sort((one, other) => one.from - other.from)) {
      const end = ends.get(line) ?? 0;
      if (from < end)
        problem(`coin ${coin.id.toString('hex').slice(0, 16)} was credited twice over ${from}`, end - from);
      ends.set(line, Math.max(end, to));
      if (line === 0) credited += to - from;
    }
    if (!coin.known) continue;
    const key = `${outstandingOf(coin.operator)}:${coin.currency}`;
    left.set(key, (left.get(key) ?? 0) + coin.value - credited);
  }
  for (const key of new Set([...left.keys(), ...outstanding.keys()])) {
    const [walkedSum, posted] = [left.get(key) ?? 0, outstanding.get(key) ?? 0];
    if (walkedSum !== posted) problem(`${key} is ${posted}, the coins hold ${walkedSum}`, posted - walkedSum);
  }
  return coins;
}
