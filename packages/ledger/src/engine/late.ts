/**
 * Claims and Returns after the close (SET-7): nothing moves on the coin any more. What a claim would have got is a
 * debt of the account that got the gap, or of the key that a FraudProof names; where a Verdict was first seen after
 * the close, of the account that the walk had credited. A voided Spend is owed by nobody. Who pays a debt of what an
 * operator had taken in time: `intake-notes.ts`.
 */

import type { KeyText } from '@duet/protocol/brand';
import type { Code } from '@duet/protocol/codes';
import { accountOf, HOLDING } from '../core/chart.ts';
import { type Credit, type Judgement, type Line, type Piece, without } from '../core/line.ts';
import type { LoadedLine } from '../sql/lines.ts';
import type { LockedCoin, Queryable } from '../sql/rows.ts';
import { holderOf } from './proofs.ts';

const LATE: Code = 'claim-late';

/** The account of a key: of the coin for its own key, else by certificate; the holding account for others. */
export async function accountOfKey(queryable: Queryable, key: Uint8Array, coin: LockedCoin): Promise<string> {
  const holder = await holderOf(queryable, key, coin);
  return holder && holder.operator !== 0 ? accountOf(holder.operator, holder.handle) : HOLDING;
}

/** Turns what a claim would have got from the coin into debts of those who got it at the close. */
export async function lateParts(
  queryable: Queryable,
  { coin, line, credits }: LoadedLine,
  piece: Piece,
  parts: readonly Judgement[],
  creditor: string,
): Promise<Judgement[]> {
  const closed = credits.filter((credit) => credit.source === 'close' && credit.line === 0);
  const own = credits.filter((credit) => credit.source === 'close' && credit.account === creditor);
  const late: Judgement[] = [];
  for (const part of parts) {
    if (part.source === 'none') {
      late.push(part);
      continue;
    }
    const left = without(part, own);
    for (const { from, to } of without(part, left))
      late.push({ from, to, source: 'none', code: 'already-claimed' });
    for (const range of left) {
      if (part.source === 'fund') late.push({ ...part, ...range });
      else late.push(...(await gapParts(queryable, line, piece, cutBy({ ...part, ...range }, closed), coin)));
    }
  }
  return late;
}

interface Gap {
  readonly from: number;
  readonly to: number;
  /** Account that the close credited. */
  readonly gap: string | undefined;
}

async function gapParts(
  queryable: Queryable,
  line: Line,
  piece: Piece,
  gaps: readonly Gap[],
  coin: LockedCoin,
): Promise<Judgement[]> {
  const parts: Judgement[] = [];
  for (const { from, to, gap } of gaps) {
    const debtor = await debtorOf(queryable, line, piece, gap, coin);
    if (debtor === undefined) parts.push({ from, to, source: 'none', code: LATE });
    else parts.push({ from, to, source: 'fund', line: 1, code: LATE, debtor });
  }
  return parts;
}

/** Parts of a range by the account that the close credited. */
function cutBy(range: Judgement, closed: readonly Credit[]): Gap[] {
  const inside = closed
    .map(({ from, to, account }) => ({
      from: Math.max(from, range.from),
      to: Math.min(to, range.to),
      gap: account,
    }))
    .filter(({ from, to }) => from < to);
  const rest = without(range, inside).map(({ from, to }) => ({ from, to, gap: undefined }));
  return [...inside, ...rest].sort((a, b) => a.from - b.from);
}

/** The account that got the gap where it stands on the way to the claimant, else that of the key that parted from it. */
async function debtorOf(
  queryable: Queryable,
  line: Line,
  piece: Piece,
  gap: string | undefined,
  coin: LockedCoin,
): Promise<string | undefined> {
  if (gap === undefined) return undefined;
  if (piece.kind === 'return') return gap;
  const path = line.pathTo(piece) ?? [];
  const owners: KeyText[] = [line.owner, ...path.flatMap(({ payee }) => payee ?? [])];
  for (const owner of owners)
    if ((await accountOfKey(queryable, Buffer.from(owner, 'hex'), coin)) === gap) return gap;
  const conflict = line
    .conflicts()
    .find(({ first, second }) => path.some((one) => one.child === first.child || one.child === second.child));
  return conflict ? accountOfKey(queryable, Buffer.from(conflict.culprit, 'hex'), coin) : gap;
}
