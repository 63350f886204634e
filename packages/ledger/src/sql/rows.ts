/** Rows between engine and SQL: packed columns for the hot function, typed reads of the tables. */
import type pg from 'pg';
import { rivalCoins } from '../core/rivals.ts';

/** One new input for `settle_batch`. */
export interface PieceRow {
  /** Names the piece: the id of its message in hexadecimal, and its place there. */
  readonly key: string;
  readonly bucket: number;
  readonly coin: Uint8Array;
  /** The coin's id in hexadecimal. */
  readonly coinText: string;
  readonly child: Uint8Array;
  readonly index: number;
  readonly kind: 0 | 1 | 2;
  readonly parent: Uint8Array;
  /** -1: the coin itself. */
  readonly parentIndex: number;
  readonly from: number;
  readonly to: number;
  readonly signer: Uint8Array;
  /** Spends: 34 bytes. */
  readonly payee?: Uint8Array;
  readonly request?: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly void: boolean;
  /** Claims and returns: what is credited. */
  readonly account?: string;
  readonly accountOperator?: number;
  readonly body?: Uint8Array;
  readonly seq?: number;
}

export const pieceKey = (child: string, index: number): string => `${child}:${index}`;

/** Anything that runs SQL: a pool, or a client inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/** Node's view of bytes without a copy: the driver sends it in binary form. */
export const binary = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The map key of bytes from the database or from a message. */
export const hexOf = (bytes: Uint8Array): string => binary(bytes).toString('hex');

/** Columns of equal width in one byte string; an absent entry is zeros. */
export function packed(width: number, entries: readonly (Uint8Array | undefined)[]): Buffer {
  const out = Buffer.alloc(width * entries.length);
  for (const [i, entry] of entries.entries()) if (entry) out.set(entry, i * width);
  return out;
}

/** A column of numbers or booleans as an array in PostgreSQL's text form; the driver would quote and escape each value. */
export const column = (values: readonly (number | boolean | undefined)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;

export interface BatchOutcome {
  readonly place: number;
  /** 1 credited, 3 to be judged piece by piece. */
  readonly outcome: number;
}

/** Messages of all lengths in one byte string: 1-based starts, and lengths; length 0 for none. */
function packedBodies(rows: readonly PieceRow[]): { bytes: Buffer; from: number[]; lengths: number[] } {
  const lengths = rows.map((row) => row.body?.length ?? 0);
  const from: number[] = [];
  let next = 1;
  for (const length of lengths) {
    from.push(next);
    next += length;
  }
  return { bytes: Buffer.concat(rows.flatMap((row) => (row.body ? [row.body] : []))), from, lengths };
}

/** One call of `settle_batch`: one transaction when `queryable` is a pool. */
export async function settleBatch(
  queryable: Queryable,
  batch: Uint8Array,
  lane: number,
  rows: readonly PieceRow[],
): Promise<BatchOutcome[]> {
  const rivals = rivalCoins(rows);
  const bodies = packedBodies(rows);
  const result = await queryable.query<{ place: number; outcome: number }>(
    'SELECT place, outcome FROM settle_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)',
    [
      binary(batch),
      lane,
      column(rows.map((row) => row.bucket)),
      packed(
        32,
        rows.map((row) => row.coin),
      ),
      packed(
        32,
        rows.map((row) => row.child),
      ),
      column(rows.map((row) => row.index)),
      column(rows.map((row) => row.kind)),
      packed(
        32,
        rows.map((row) => row.parent),
      ),
      column(rows.map((row) => row.parentIndex)),
      column(rows.map((row) => row.from)),
      column(rows.map((row) => row.to)),
      packed(
        34,
        rows.map((row) => row.signer),
      ),
      packed(
        34,
        rows.map((row) => row.payee),
      ),
      packed(
        32,
        rows.map((row) => row.request),
      ),
      packed(
        16,
        rows.map((row) => row.nonce),
      ),
      column(rows.map((row) => row.nonce !== undefined)),
      column(rows.map((row) => row.void)),
      rows.map((row) => row.account ?? null),
      column(rows.map((row) => row.accountOperator)),
      bodies.bytes,
      column(bodies.from),
      column(bodies.lengths),
      column(rows.map((row) => row.seq)),
      column(rows.map((row) => rivals.has(row.coinText))),
    ],
  );
  return result.rows;
}

export interface CoinRow {
  readonly bucket: number;
  readonly coin_id: Buffer;
  readonly value: number;
  readonly currency: number;
  readonly operator: number;
  readonly issuer_key: number;
  readonly owner: Buffer;
  readonly policy: number;
  readonly spend_by: number;
  readonly claim_by: number;
  readonly conditional: boolean;
  readonly home_operator: number;
  readonly home: Buffer;
  readonly known: boolean;
  /** Its owner key owns another coin too. */
  readonly shared: boolean;
  readonly state: number;
  /** The last 64 bytes of the coin's COSE_Sign1: with the id it tells whether a coin came back byte for byte. */
  readonly signature: Buffer;
}

/** A coin that this transaction has locked, with its COSE_Sign1. */
export interface LockedCoin extends CoinRow {
  readonly body: Buffer;
}

const COIN_COLUMNS = `bucket, coin_id, value, currency, operator, issuer_key, owner, policy, spend_by, claim_by,
  conditional, home_operator, home, known, shared, state, substring(body from octet_length(body) - 63) AS signature`;

/** Coins by id; unknown ones are missing. */
export async function readCoins(
  queryable: Queryable,
  keys: readonly { bucket: number; id: Uint8Array }[],
): Promise<CoinRow[]> {
  if (keys.length === 0) return [];
  const result = await queryable.query<CoinRow>(
    `SELECT ${COIN_COLUMNS} FROM unnest($1::int[]) WITH ORDINALITY AS k(b, g)
     JOIN coin ON coin.bucket = k.b AND coin.coin_id = substring($2::bytea FROM k.g::int * 32 - 31 FOR 32)`,
    [
      column(keys.map((key) => key.bucket)),
      packed(
        32,
        keys.map((key) => key.id),
      ),
    ],
  );
  return result.rows;
}

/** Locks one coin for judgement. */
export async function lockCoin(
  queryable: Queryable,
  bucket: number,
  id: Uint8Array,
): Promise<LockedCoin | undefined> {
  const result = await queryable.query<LockedCoin>(
    `SELECT ${COIN_COLUMNS}, body FROM coin WHERE bucket = $1 AND coin_id = $2 FOR UPDATE`,
    [bucket, binary(id)],
  );
  return result.rows[0];
}

export interface StoredPiece {
  readonly bucket: number;
  readonly coin_id: Buffer;
  readonly child_id: Buffer;
  readonly child_index: number;
  readonly kind: number;
  readonly parent_id: Buffer;
  readonly parent_index: number;
  readonly range_from: number;
  readonly range_to: number;
  readonly signer: Buffer;
  readonly payee: Buffer | null;
  readonly request_id: Buffer | null;
  readonly nonce: Buffer | null;
  readonly seq: number | null;
  readonly void: boolean;
  readonly outcome: number;
  readonly account: string | null;
  readonly account_operator: number | null;
  readonly stored: number;
  /** Spends of a closed coin: what reached the payee or those after; null for what came after the close. */
  readonly reached: number | null;
  readonly body: Buffer | null;
}

/** Columns of a {@link StoredPiece} without its message. */
export const PIECE_COLUMNS =
  'bucket, coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to, signer, payee, request_id, nonce, seq, void, outcome, account, account_operator, stored, reached';

/** Every piece of one coin, with its message. */
export async function readLine(
  queryable: Queryable,
  bucket: number,
  coin: Uint8Array,
): Promise<StoredPiece[]> {
  const result = await queryable.query<StoredPiece>(
    `SELECT ${PIECE_COLUMNS}, body FROM piece WHERE bucket = $1 AND coin_id = $2 ORDER BY stored, child_index`,
    [bucket, binary(coin)],
  );
  return result.rows;
}

/** Signed 64-bit number of the first eight bytes of an id, as the SQL function `tag_of` gives it. */
export const tagOf = (id: Uint8Array): string => binary(id.subarray(0, 8)).readBigInt64BE(0).toString();

/** Pieces whose message is one of these. A fan-out read on a sharded database. */
export async function readPiecesByChild(
  queryable: Queryable,
  ids: readonly Uint8Array[],
): Promise<StoredPiece[]> {
  if (ids.length === 0) return [];
  const result = await queryable.query<StoredPiece>(
    `SELECT ${PIECE_COLUMNS}, body FROM piece WHERE child_tag = ANY($1::bigint[]) AND child_id = ANY($2::bytea[])`,
    [ids.map(tagOf), ids.map(binary)],
  );
  return result.rows;
}
