/**
 * How Spends without a Verdict ended, once all their coins are closed (SET-7, PAY-8): what of each reached its payee or
 * those after, and what came back to the account of its signer. One of which a part went to neither, on a branch of
 * somebody else's double spend, has no end that could be told.
 */
import type { ObjectId } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import type { SpendEnd } from '@duet/protocol/objects/notes';
import { accountOf, HOLDING } from '../core/chart.ts';
import { type CoinRow, hexOf, type Queryable, readCoins, type StoredPiece } from '../sql/rows.ts';
import { homeOfKey } from './proofs.ts';

const CLOSED = 2;

/** Ends by Spend, in hexadecimal; the pieces are all that is stored of the Spends. */
export async function spendEnds(
  queryable: Queryable,
  pieces: readonly StoredPiece[],
): Promise<Map<string, SpendEnd>> {
  const ends = new Map<string, SpendEnd>();
  const bySpend = new Map<string, StoredPiece[]>();
  for (const piece of pieces.filter(({ kind }) => kind === 0)) {
    const spend = hexOf(piece.child_id);
    bySpend.set(spend, [...(bySpend.get(spend) ?? []), piece]);
  }
  const wanted = new Map(pieces.map(({ bucket, coin_id: id }) => [hexOf(id), { bucket, id }]));
  const coins = new Map(
    (await readCoins(queryable, [...wanted.values()])).map((coin) => [hexOf(coin.coin_id), coin]),
  );
  for (const [spend, own] of bySpend) {
    const end = await endOf(queryable, own, coins);
    if (end) ends.set(spend, end);
  }
  return ends;
}

async function endOf(
  queryable: Queryable,
  pieces: readonly StoredPiece[],
  coins: ReadonlyMap<string, CoinRow>,
): Promise<SpendEnd | undefined> {
  const [first] = pieces;
  let returned = 0;
  for (const piece of pieces) {
    const coin = coins.get(hexOf(piece.coin_id));
    if (!coin?.known || coin.state !== CLOSED) return undefined;
    const missing = piece.range_to - piece.range_from - (piece.reached ?? 0);
    if (missing === 0) continue;
    if ((await returnedTo(queryable, piece, coin)) < missing) return undefined;
    returned += missing;
  }
  if (!first) return undefined;
  const spend = first.child_id as Uint8Array as ObjectId;
  return returned > 0 ? { spend, returned: fen(returned) } : { spend };
}

/** What the close gave of the range of a Spend to the account of its signer. */
async function returnedTo(queryable: Queryable, piece: StoredPiece, coin: CoinRow): Promise<number> {
  const home = await homeOfKey(queryable, piece.signer, coin);
  const account = home && home.operator !== 0 ? accountOf(home.operator, home.handle) : HOLDING;
  const { bucket, coin_id: id, range_from: from, range_to: to } = piece;
  const given = await queryable.query<{ amount: number }>(
    `SELECT coalesce(sum(least(range_to, $5) - greatest(range_from, $4)), 0)::bigint AS amount FROM credit
     WHERE bucket = $1 AND coin_id = $2 AND source = 'close' AND line = 0 AND account = $3 AND range_from < $5 AND $4 < range_to`,
    [bucket, id, account, from, to],
  );
  return given.rows[0]?.amount ?? 0;
}
