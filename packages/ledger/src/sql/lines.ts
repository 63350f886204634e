/** One coin's line in SQL: load it, write what was judged. */
import type { IdText, KeyText } from '@duet/protocol/brand';
import { type Credit, Line, nodeOf, type Piece, type PieceKind, ROOT } from '../core/line.ts';
import { binary, type CoinRow, type LockedCoin, lockCoin, type Queryable, type StoredPiece } from './rows.ts';

const KINDS: readonly PieceKind[] = ['spend', 'claim', 'return'];

/** An id as text. */
export const idOf = (bytes: Buffer): IdText => bytes.toString('hex') as IdText;
const keyOf = (bytes: Buffer): KeyText => bytes.toString('hex') as KeyText;

/** A coin's line with the rows behind it. */
export interface LoadedLine {
  readonly coin: LockedCoin;
  readonly line: Line;
  readonly rows: ReadonlyMap<Piece, StoredPiece>;
  readonly credits: readonly Credit[];
}

/** A stored row as a piece of the pure line. */
export const pieceOf = (row: StoredPiece): Piece => ({
  kind: KINDS[row.kind] ?? 'spend',
  child: idOf(row.child_id),
  index: row.child_index,
  parent: row.parent_index < 0 ? ROOT : nodeOf(idOf(row.parent_id), row.parent_index),
  from: row.range_from,
  to: row.range_to,
  signer: keyOf(row.signer),
  ...(row.payee ? { payee: keyOf(row.payee) } : {}),
  void: row.void,
  stored: row.stored,
});

interface CreditRow {
  readonly child_id: Buffer;
  readonly child_index: number;
  readonly range_from: number;
  readonly range_to: number;
  readonly line: number;
  readonly source: string;
  readonly account?: string | null;
}

const creditOf = (row: CreditRow): Credit => ({
  child: idOf(row.child_id),
  index: row.child_index,
  from: row.range_from,
  to: row.range_to,
  line: row.line,
  source: row.source === 'fund' || row.source === 'close' ? row.source : 'coin',
  ...(row.account ? { account: row.account } : {}),
});

/** Locks the coin and loads its line; spends in `voided` count as void. */
export async function lockLine(
  queryable: Queryable,
  bucket: number,
  id: Uint8Array,
  isVoid: (row: StoredPiece) => boolean,
  rows: readonly StoredPiece[],
): Promise<LoadedLine | undefined> {
  const coin = await lockCoin(queryable, bucket, id);
  if (!coin) return undefined;
  const byPiece = new Map<Piece, StoredPiece>();
  for (const row of rows) byPiece.set({ ...pieceOf(row), void: row.void || isVoid(row) }, row);
  const stored = await queryable.query<CreditRow>(
    'SELECT child_id, child_index, range_from, range_to, line, source, account FROM credit WHERE bucket = $1 AND coin_id = $2',
    [bucket, binary(id)],
  );
  const whole = rows
    .filter((row) => row.outcome === 1)
    .map((row) => creditOf({ ...row, line: 0, source: 'coin', account: null }));
  const line = new Line(coin.value, keyOf(coin.owner), [...byPiece.keys()]);
  return { coin, line, rows: byPiece, credits: [...whole, ...stored.rows.map(creditOf)] };
}

export interface NewCredit extends Credit {
  readonly culprit?: Uint8Array;
}

export async function writeCredits(
  queryable: Queryable,
  coin: CoinRow,
  credits: readonly NewCredit[],
): Promise<void> {
  if (credits.length === 0) return;
  await queryable.query(
    `INSERT INTO credit (bucket, coin_id, child_id, child_index, range_from, range_to, line, source, culprit, account)
     SELECT $1, $2, u.* FROM unnest($3::bytea[], $4::int[], $5::bigint[], $6::bigint[], $7::int[], $8::text[], $9::bytea[], $10::text[]) AS u`,
    [
      coin.bucket,
      coin.coin_id,
      credits.map((credit) => Buffer.from(credit.child, 'hex')),
      credits.map((credit) => credit.index),
      credits.map((credit) => credit.from),
      credits.map((credit) => credit.to),
      credits.map((credit) => credit.line),
      credits.map((credit) => credit.source),
      credits.map((credit) => (credit.culprit ? binary(credit.culprit) : null)),
      credits.map((credit) => credit.account ?? null),
    ],
  );
}

/** Keeps what of each Spend reached its payee or those after, at the close of the coin. */
export async function writeReached(
  queryable: Queryable,
  coin: CoinRow,
  reached: ReadonlyMap<Piece, number>,
): Promise<void> {
  if (reached.size === 0) return;
  const spends = [...reached.keys()];
  await queryable.query(
    `UPDATE piece SET reached = u.reached FROM unnest($3::bytea[], $4::int[], $5::bigint[]) AS u(child, place, reached)
     WHERE bucket = $1 AND coin_id = $2 AND child_id = u.child AND child_index = u.place`,
    [
      coin.bucket,
      coin.coin_id,
      spends.map(({ child }) => Buffer.from(child, 'hex')),
      spends.map(({ index }) => index),
      [...reached.values()],
    ],
  );
}

/** Marks spends as void and claims as judged; the coin's review is done. */
export async function finishReview(
  queryable: Queryable,
  coin: CoinRow,
  voided: readonly StoredPiece[],
  judged: readonly StoredPiece[],
): Promise<void> {
  for (const [rows, change] of [
    [voided, 'void = true'],
    [judged, 'outcome = 2'],
  ] as const) {
    if (rows.length === 0) continue;
    await queryable.query(
      `UPDATE piece SET ${change} FROM unnest($3::bytea[], $4::int[]) AS u(child, place)
       WHERE bucket = $1 AND coin_id = $2 AND child_id = u.child AND child_index = u.place`,
      [coin.bucket, coin.coin_id, rows.map((row) => row.child_id), rows.map((row) => row.child_index)],
    );
  }
  await queryable.query('UPDATE coin SET review_due = false WHERE bucket = $1 AND coin_id = $2', [
    coin.bucket,
    coin.coin_id,
  ]);
}
