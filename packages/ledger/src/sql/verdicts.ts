/** Verdicts and recorded payments in SQL (SET-13). */
import { BUCKETS, bucketOf } from '../core/bucket.ts';
import { nonceKey, type PaymentId, paymentKey } from './payments.ts';
import { binary, column, hexOf, packed, type Queryable } from './rows.ts';

export interface VerdictRow {
  readonly request_id: Buffer;
  readonly nonce: Buffer;
  readonly verdict_id: Buffer;
  /** Key that signed it; empty where that was not kept yet. */
  readonly payee: Buffer;
  readonly accepted: Buffer[];
  readonly body: Buffer;
  readonly request: Buffer;
  readonly stored: number;
}

/**
 * Whether a Verdict is about what was spent to this key. A Spend on the way to later holders names its request by a hash
 * that they cannot look behind: it may be that of somebody else.
 */
export const isBy = ({ payee }: Pick<VerdictRow, 'payee'>, key: Uint8Array | null | undefined): boolean =>
  payee.length === 0 || (key != null && payee.equals(key));

export interface NewVerdict {
  readonly bucket: number;
  readonly request: Uint8Array;
  readonly nonce: Uint8Array | undefined;
  readonly id: Uint8Array;
  readonly payee: Uint8Array;
  readonly accepted: readonly Uint8Array[];
  readonly body: Uint8Array;
  readonly requestMessage: Uint8Array;
}

/** Stores verdicts that are new; a second, different one of a request is kept as evidence. */
export async function storeVerdicts(
  queryable: Queryable,
  stored: number,
  rows: readonly NewVerdict[],
): Promise<void> {
  if (rows.length === 0) return;
  const accepted = rows.map((row) => row.accepted.map((id) => hexOf(id)).join(','));
  await queryable.query(
    `INSERT INTO verdict (bucket, request_id, nonce, verdict_id, accepted, body, request, payee, stored)
     SELECT u.bucket, u.request_id, u.nonce, u.verdict_id,
       ARRAY(SELECT decode(x, 'hex') FROM unnest(string_to_array(nullif(u.accepted, ''), ',')) x),
       u.body, u.request, u.payee, $9 + u.place
     FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[])
       WITH ORDINALITY AS u(bucket, request_id, nonce, verdict_id, accepted, body, request, payee, place)
     ORDER BY u.bucket, u.request_id, u.nonce, u.verdict_id
     ON CONFLICT DO NOTHING`,
    [
      rows.map((row) => row.bucket),
      rows.map((row) => binary(row.request)),
      rows.map((row) => nonceKey(row.nonce)),
      rows.map((row) => binary(row.id)),
      accepted,
      rows.map((row) => binary(row.body)),
      rows.map((row) => binary(row.requestMessage)),
      rows.map((row) => binary(row.payee)),
      stored,
    ],
  );
}

/**
 * Verdicts of some payments by {@link paymentKey}, first stored first. A standing request has as many as it was paid: those
 * of its other payments are not read.
 */
export async function readVerdicts(
  queryable: Queryable,
  payments: readonly PaymentId[],
): Promise<Map<string, VerdictRow[]>> {
  const found = new Map<string, VerdictRow[]>();
  const wanted = [...new Map(payments.map((payment) => [paymentKey(payment), payment])).values()];
  if (wanted.length === 0) return found;
  const result = await queryable.query<VerdictRow>(
    `SELECT request_id, nonce, verdict_id, payee, accepted, body, request, stored
     FROM unnest($1::int[], $2::boolean[]) WITH ORDINALITY AS k(b, standing, g)
     JOIN verdict ON verdict.bucket = k.b AND verdict.request_id = substring($3::bytea FROM k.g::int * 32 - 31 FOR 32)
       AND verdict.nonce = substring($4::bytea FROM k.g::int * 16 - 15 FOR CASE WHEN k.standing THEN 16 ELSE 0 END)
     ORDER BY stored`,
    [
      column(wanted.map(({ request }) => bucketOf(request))),
      column(wanted.map(({ nonce }) => nonce != null)),
      packed(
        32,
        wanted.map(({ request }) => request),
      ),
      packed(
        16,
        wanted.map(({ nonce }) => nonce ?? undefined),
      ),
    ],
  );
  for (const row of result.rows) {
    const key = paymentKey({ request: row.request_id, nonce: row.nonce });
    const verdicts = found.get(key);
    if (verdicts) verdicts.push(row);
    else found.set(key, [row]);
  }
  return found;
}

/** A Verdict of each request, whatever payment it answers, and the key that signed it. */
export async function readAnyVerdicts(
  queryable: Queryable,
  requests: readonly Uint8Array[],
): Promise<Pick<VerdictRow, 'request_id' | 'payee' | 'request'>[]> {
  const result = await queryable.query<VerdictRow>(
    `SELECT v.request_id, v.payee, v.request FROM unnest($1::int[], $2::bytea[]) AS k(b, id), LATERAL (
       SELECT request_id, request, coalesce(nullif(payee, ''), (
         SELECT p.payee FROM piece p WHERE p.request_tag = tag_of(k.id) AND p.request_id = k.id LIMIT 1)) AS payee
       FROM verdict WHERE bucket = k.b AND request_id = k.id LIMIT 1) v WHERE v.payee IS NOT NULL`,
    [requests.map(bucketOf), requests.map(binary)],
  );
  return result.rows;
}

export interface NewRecorded {
  readonly bucket: number;
  readonly payee: Uint8Array;
  readonly request: Uint8Array;
  readonly nonce?: PaymentId['nonce'];
  readonly exchange: Uint8Array;
  readonly requestMessage: Uint8Array;
  readonly offer: Uint8Array;
  readonly amount: number;
}

/** Keeps payments for payees that have not answered them. */
export async function storeRecorded(
  queryable: Queryable,
  stored: number,
  rows: readonly NewRecorded[],
): Promise<void> {
  if (rows.length === 0) return;
  await queryable.query(
    `INSERT INTO recorded (bucket, payee, request_id, nonce, exchange_id, request, offer, amount, stored)
     SELECT u.bucket, u.payee, u.request_id, u.nonce, u.exchange_id, u.request, u.offer, u.amount, $9 + u.place
     FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[])
       WITH ORDINALITY AS u(bucket, payee, request_id, nonce, exchange_id, request, offer, amount, place)
     ORDER BY u.bucket, u.payee, u.request_id, u.nonce
     ON CONFLICT DO NOTHING`,
    [
      rows.map((row) => row.bucket),
      rows.map((row) => binary(row.payee)),
      rows.map((row) => binary(row.request)),
      rows.map((row) => nonceKey(row.nonce)),
      rows.map((row) => binary(row.exchange)),
      rows.map((row) => binary(row.requestMessage)),
      rows.map((row) => binary(row.offer)),
      rows.map((row) => row.amount),
      stored,
    ],
  );
}

/** Forgets recorded payments that have their verdict. */
export async function clearRecorded(
  queryable: Queryable,
  rows: readonly { bucket: number; payee: Uint8Array; request: Uint8Array; nonce: Uint8Array | undefined }[],
): Promise<void> {
  if (rows.length === 0) return;
  await queryable.query(
    `DELETE FROM recorded USING unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[]) AS u(b, p, r, n)
     WHERE recorded.bucket = u.b AND recorded.payee = u.p AND recorded.request_id = u.r AND recorded.nonce = u.n`,
    [
      rows.map((row) => row.bucket),
      rows.map((row) => binary(row.payee)),
      rows.map((row) => binary(row.request)),
      rows.map((row) => nonceKey(row.nonce)),
    ],
  );
}

export interface RecordedRow {
  readonly payee: Buffer;
  readonly request: Buffer;
  readonly offer: Buffer;
  readonly amount: number;
}

/** Recorded payments to some keys, oldest first. */
export async function readRecorded(
  queryable: Queryable,
  keys: readonly { bucket: number; key: Uint8Array }[],
  limit: number,
): Promise<RecordedRow[]> {
  if (keys.length === 0) return [];
  const result = await queryable.query<RecordedRow>(
    `SELECT payee, request, offer, amount FROM unnest($1::int[], $2::bytea[]) AS k(b, p)
     JOIN recorded ON recorded.bucket = k.b AND recorded.payee = k.p ORDER BY stored LIMIT $3`,
    [keys.map((key) => key.bucket), keys.map((key) => binary(key.key)), limit],
  );
  return result.rows;
}

/** A recorded request message of each request, by request id in hex. A fan-out read on a sharded database. */
export async function readRecordedRequests(
  queryable: Queryable,
  ids: readonly Uint8Array[],
): Promise<Map<string, Buffer>> {
  const result = await queryable.query<{ id: Buffer; request: Buffer }>(
    `SELECT k.id, r.request FROM unnest($1::bytea[]) AS k(id), LATERAL (
       SELECT recorded.request FROM (
         SELECT DISTINCT payee FROM piece WHERE request_tag = tag_of(k.id) AND request_id = k.id) p
       JOIN recorded ON recorded.bucket = ((get_byte(p.payee, 2) << 8) | get_byte(p.payee, 3)) % $2
         AND recorded.payee = p.payee AND recorded.request_id = k.id LIMIT 1) r`,
    [ids.map(binary), BUCKETS],
  );
  return new Map(result.rows.map((row) => [hexOf(row.id), row.request]));
}
