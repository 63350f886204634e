/**
 * Piece-by-piece judgement of one coin, for everything that is not plain: conflicts, voided spends, returns,
 * late claims, coins the registry does not know (SET-1, SET-2, SET-4, SET-5).
 *
 *   settle_batch marks the coin review_due ── review: lock, judge, credit, post, open cases, clear the mark
 *
 * All in one transaction with the coin locked. A crash before its commit leaves the mark, and the next sweep
 * or the same upload again does it; a crash after it leaves nothing to do.
 */
import { randomBytes } from 'node:crypto';
import type { FraudProof } from '@duet/protocol/objects/fraud-proof';
import { lossOf, outstandingOf, reserveOf } from '../core/chart.ts';
import {
  type Conflict,
  type Credit,
  type Interval,
  type Judgement,
  nodeOf,
  type Piece,
  without,
} from '../core/line.ts';
import { finishReview, type LoadedLine, lockLine, type NewCredit, writeCredits } from '../sql/lines.ts';
import { paymentKey, paymentOf } from '../sql/payments.ts';
import { currentBalanceOf, lockOperators, type PostingLine, post } from '../sql/postings.ts';
import { binary, type LockedCoin, type Queryable, readLine, type StoredPiece } from '../sql/rows.ts';
import { isBy, readVerdicts, type VerdictRow } from '../sql/verdicts.ts';
import { debtLines } from './debts.ts';
import { accountOwed, type DueContext, dueLines } from './dues.ts';
import { lateParts } from './late.ts';
import { capOf } from './policies.ts';
import { holderOf, holderOfRequest, messageOf, type NewCase, openCases } from './proofs.ts';

/** What one claim or return input got in this review. */
export interface Judged {
  readonly child: string;
  readonly index: number;
  /** Judged now. */
  readonly parts: readonly Judgement[];
  /** Credited by an earlier upload of the same claim. */
  readonly earlier: readonly Credit[];
}

export interface ReviewContext extends DueContext {
  readonly stored: number;
}

const CLOSED = 2;

/** Judges one coin inside the caller's transaction. */
export async function reviewCoin(
  queryable: Queryable,
  bucket: number,
  id: Uint8Array,
  context: ReviewContext,
): Promise<readonly Judged[]> {
  // Locked first, so that nothing arrives between the reads below.
  await queryable.query('SELECT 1 FROM coin WHERE bucket = $1 AND coin_id = $2 FOR UPDATE', [
    bucket,
    binary(id),
  ]);
  const stored = await readLine(queryable, bucket, id);
  const verdicts = await verdictsOf(queryable, stored);
  const loaded = await lockLine(queryable, bucket, id, (row) => isVoided(row, verdicts), stored);
  if (!loaded) return [];
  const voided = stored.filter((row) => !row.void && isVoided(row, verdicts));
  const judged =
    loaded.coin.state === CLOSED
      ? await judgeLate(queryable, loaded)
      : await withinLossCap(queryable, loaded, judgeAll(loaded), context);
  await settleJudged(queryable, loaded, judged, context);
  const cases = [
    ...(await conflictCases(queryable, loaded)),
    ...(await voidUseCases(queryable, loaded, verdicts, context)),
    ...(await sequenceCases(queryable, loaded)),
  ];
  await openCases(queryable, cases, context.stored, context.hashes);
  const touched = [...loaded.rows]
    .filter(([piece, row]) => piece.kind !== 'spend' && row.outcome === 0)
    .map(([, row]) => row);
  await finishReview(queryable, loaded.coin, voided, touched);
  return judged;
}

/** By payment, first stored first: of a payee that signed two, either binds it. */
type Verdicts = ReadonlyMap<string, readonly VerdictRow[]>;

const verdictsOf = (queryable: Queryable, rows: readonly StoredPiece[]): Promise<Verdicts> =>
  readVerdicts(
    queryable,
    rows.flatMap((row) => paymentOf(row) ?? []),
  );

/** The verdict by its payee, of its payment, that does not list a spend. */
function voidingVerdict(row: StoredPiece, verdicts: Verdicts): VerdictRow | undefined {
  const payment = row.kind === 0 ? paymentOf(row) : undefined;
  const known = payment && verdicts.get(paymentKey(payment));
  return known?.find(
    (verdict) => isBy(verdict, row.payee) && !verdict.accepted.some((id) => id.equals(row.child_id)),
  );
}

const isVoided = (row: StoredPiece, verdicts: Verdicts): boolean =>
  voidingVerdict(row, verdicts) !== undefined;

/** Spends that a stored Verdict leaves void and that do not stand as void: a crash came between the two. */
export async function unmarkedVoids(
  queryable: Queryable,
  rows: readonly StoredPiece[],
): Promise<StoredPiece[]> {
  const open = rows.filter((row) => row.kind === 0 && !row.void);
  const verdicts = await verdictsOf(queryable, open);
  return open.filter((row) => isVoided(row, verdicts));
}

function judgeAll({ line, rows, credits }: LoadedLine): Judged[] {
  const judged: Judged[] = [];
  const known = [...credits];
  for (const piece of rows.keys()) {
    if (piece.kind === 'spend') continue;
    const own = known.filter((credit) => credit.child === piece.child && credit.index === piece.index);
    const parts = without(piece, own).flatMap((left) => line.judge(narrowed(line, piece, left), known));
    judged.push({ child: piece.child, index: piece.index, parts, earlier: own });
    for (const { from, to, source, line: number } of parts) {
      if (source !== 'none')
        known.push({ child: piece.child, index: piece.index, from, to, line: number ?? 0, source });
    }
  }
  return judged;
}

/** The same piece when it is whole; a part of it keeps its place in the line. */
const narrowed = (
  line: LoadedLine['line'],
  piece: Piece,
  { from, to }: { from: number; to: number },
): Piece =>
  from === piece.from && to === piece.to
    ? piece
    : { ...(line.find(piece.child, piece.index) ?? piece), from, to };

/** After the close nothing moves on the coin: what is claimed later is owed (SET-7). */
async function judgeLate(queryable: Queryable, loaded: LoadedLine): Promise<Judged[]> {
  const credits = loaded.credits.filter((credit) => credit.source !== 'close');
  const judged: Judged[] = [];
  for (const one of judgeAll({ ...loaded, credits })) {
    const found = [...loaded.rows].find(([piece]) => piece.child === one.child && piece.index === one.index);
    if (!found) continue;
    const [piece, row] = found;
    const parts = await lateParts(
      queryable,
      loaded,
      piece,
      one.parts,
      await accountOwed(queryable, loaded.coin, row),
    );
    judged.push({ ...one, parts });
  }
  return judged;
}

/**
 * A coin that the registry does not know is paid from the issuer's loss account up to `lossCap` for the epoch;
 * what is above it is owed by the issuer: parts of source `fund` without a culprit (SET-1).
 */
async function withinLossCap(
  queryable: Queryable,
  { coin }: LoadedLine,
  judged: readonly Judged[],
  { trust }: ReviewContext,
): Promise<readonly Judged[]> {
  if (coin.known) return judged;
  // Whoever takes from the loss account holds this lock.
  await lockOperators(queryable);
  const lost = -(await currentBalanceOf(queryable, lossOf(coin.issuer_key), coin.currency));
  let room = Math.max(0, capOf(trust.policy(coin.policy)?.lossCap) - lost);
  return judged.map((one) => {
    const parts = one.parts.flatMap((part): Judgement[] => {
      if (part.source !== 'coin') return [part];
      const paid = Math.min(room, part.to - part.from);
      room -= paid;
      const cut = part.from + paid;
      return [
        ...(paid > 0 ? [{ ...part, to: cut }] : []),
        ...(cut < part.to ? [{ ...part, from: cut, source: 'fund' as const, code: 'owed' as const }] : []),
      ];
    });
    return { ...one, parts };
  });
}

/** Writes credits, postings and what the funds owe. */
async function settleJudged(
  queryable: Queryable,
  { coin, rows }: LoadedLine,
  judged: readonly Judged[],
  context: ReviewContext,
): Promise<void> {
  const byNode = new Map([...rows].map(([piece, row]) => [nodeOf(piece.child, piece.index), row]));
  const credits: NewCredit[] = [];
  const lines: PostingLine[] = [];
  for (const { child, index, parts } of judged) {
    const row = byNode.get(`${child}:${index}`);
    if (!row?.account) continue;
    for (const part of parts) {
      if (part.source === 'none') continue;
      const culprit = part.culprit ? Buffer.from(part.culprit, 'hex') : undefined;
      credits.push({
        child: row.child_id.toString('hex') as NewCredit['child'],
        index,
        from: part.from,
        to: part.to,
        line: part.line ?? 0,
        source: part.source,
        ...(culprit ? { culprit } : {}),
      });
      if (part.debtor)
        lines.push(
          ...(await debtLines(
            queryable,
            coin,
            row,
            part,
            await accountOwed(queryable, coin, row),
            context.hashes,
          )),
        );
      else if (part.source === 'fund')
        lines.push(...(await dueLines(queryable, coin, row, part, culprit, context)));
      else lines.push(...coinLines(coin, row, part));
    }
  }
  await writeCredits(queryable, coin, credits);
  await post(queryable, coin.bucket, randomBytes(16), lines);
}

/** From the coin; a coin the registry does not know is paid by its issuer. */
function coinLines(coin: LockedCoin, row: StoredPiece, { from, to }: Judgement): PostingLine[] {
  const amount = to - from;
  const account = row.account ?? '';
  const operator = row.account_operator ?? coin.operator;
  const line = (name: string, value: number): PostingLine => ({
    set: row.child_id,
    account: name,
    currency: coin.currency,
    amount: value,
  });
  if (!coin.known) return [line(lossOf(coin.issuer_key), -amount), line(account, amount)];
  const lines = [line(outstandingOf(coin.operator), -amount), line(account, amount)];
  if (operator !== coin.operator)
    lines.push(line(reserveOf(coin.operator), -amount), line(reserveOf(operator), amount));
  return lines;
}

/** Form 1: two inputs of one key, one parent, overlapping. */
async function conflictCases(queryable: Queryable, { coin, line, rows }: LoadedLine): Promise<NewCase[]> {
  const byNode = new Map([...rows].map(([piece, row]) => [nodeOf(piece.child, piece.index), row]));
  const cases: NewCase[] = [];
  for (const { first, second } of pairsToProve(line.conflicts())) {
    const [a, b] = [
      byNode.get(nodeOf(first.child, first.index)),
      byNode.get(nodeOf(second.child, second.index)),
    ];
    if (!a || !b) continue;
    const [one, two] = [await messageOf(queryable, a), await messageOf(queryable, b)];
    const holder = await holderOf(queryable, a.signer, coin);
    if (!one || !two || !holder) continue;
    const proof: FraudProof = {
      form: 1,
      evidence: [one, two],
      inputs: [a.child_index, b.child_index],
      holder: holder.body,
    };
    cases.push({ culprit: a.signer, proof, coin });
  }
  return cases;
}

/**
 * Enough pairs to prove every range that was signed twice: of a message with those before it, the earliest that
 * shows something new. So many messages over one range are as many proofs, not their square.
 */
function pairsToProve(conflicts: readonly Conflict[]): Conflict[] {
  const shown = new Map<string, Interval[]>();
  return [...conflicts]
    .sort((a, b) => a.first.stored - b.first.stored)
    .filter(({ first, second }) => {
      const node = nodeOf(second.child, second.index);
      const before = shown.get(node) ?? [];
      const overlap = { from: Math.max(first.from, second.from), to: Math.min(first.to, second.to) };
      shown.set(node, [...before, overlap]);
      return without(overlap, before).length > 0;
    });
}

/** Form 3: the payee's own Verdict voided a Spend, and the payee's key used it all the same. */
async function voidUseCases(
  queryable: Queryable,
  { coin, line, rows }: LoadedLine,
  verdicts: Verdicts,
  { hashes }: ReviewContext,
): Promise<NewCase[]> {
  const byNode = new Map([...rows].map(([piece, row]) => [nodeOf(piece.child, piece.index), row]));
  const cases: NewCase[] = [];
  for (const piece of line.pieces) {
    const above = piece.kind === 'return' ? undefined : byNode.get(piece.parent);
    const row = byNode.get(nodeOf(piece.child, piece.index));
    const verdict = above && voidingVerdict(above, verdicts);
    if (!verdict || !row) continue;
    const [spend, later] = [above.body, await messageOf(queryable, row)];
    const holder = await holderOfRequest(queryable, verdict.request, row.signer, hashes);
    if (!spend || !later || !holder) continue;
    const proof: FraudProof = {
      form: 3,
      evidence: [verdict.body, spend, later],
      inputs: [row.child_index],
      holder: holder.body,
      request: verdict.request,
    };
    cases.push({ culprit: row.signer, proof, coin });
  }
  return cases;
}

/** Form 4: two Spends of one key with one seq on this coin: a copied or rolled-back key. */
async function sequenceCases(queryable: Queryable, { coin, rows }: LoadedLine): Promise<NewCase[]> {
  const seen = new Map<string, StoredPiece>();
  const cases: NewCase[] = [];
  for (const row of rows.values()) {
    if (row.kind !== 0 || row.seq === null) continue;
    const key = `${row.signer.toString('hex')}:${row.seq}`;
    const other = seen.get(key);
    if (!other) {
      seen.set(key, row);
      continue;
    }
    if (other.child_id.equals(row.child_id)) continue;
    const holder = await holderOf(queryable, row.signer, coin);
    const [one, two] = [await messageOf(queryable, other), await messageOf(queryable, row)];
    if (!holder || !one || !two) continue;
    cases.push({
      culprit: row.signer,
      proof: { form: 4, evidence: [one, two], inputs: [], holder: holder.body },
      coin,
    });
  }
  return cases;
}
