/**
 * A payment as its Verdict names it: by the request, and where that is a standing one by the nonce of the payment (PAY-12).
 * A standing request is paid any number of times: nothing reads all of its payments for the sake of one.
 */
import { binary, hexOf, PIECE_COLUMNS, type Queryable, type StoredPiece, tagOf } from './rows.ts';

const NO_NONCE = Buffer.alloc(0);

/** A nonce as the tables have it: empty where there is none. */
export const nonceKey = (nonce: Uint8Array | null | undefined): Buffer => (nonce ? binary(nonce) : NO_NONCE);

export interface PaymentId {
  readonly request: Uint8Array;
  readonly nonce?: Uint8Array | null | undefined;
}

/** The map key of a payment. */
export const paymentKey = ({ request, nonce }: PaymentId): string =>
  `${hexOf(request)}:${hexOf(nonceKey(nonce))}`;

/** The payment that a stored Spend is part of. */
export const paymentOf = ({
  request_id: request,
  nonce,
}: Pick<StoredPiece, 'request_id' | 'nonce'>): PaymentId | undefined =>
  request ? { request, nonce } : undefined;

/** Spends of these payments. A fan-out read on a sharded database. */
export async function readPiecesByPayment(
  queryable: Queryable,
  payments: readonly PaymentId[],
): Promise<StoredPiece[]> {
  if (payments.length === 0) return [];
  const result = await queryable.query<StoredPiece>(
    `SELECT ${PIECE_COLUMNS}, NULL::bytea AS body FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS k(tag, id, n)
     JOIN piece ON piece.request_tag = k.tag AND coalesce(piece.nonce, '') = k.n AND piece.request_id = k.id`,
    [
      payments.map(({ request }) => tagOf(request)),
      payments.map(({ request }) => binary(request)),
      payments.map(({ nonce }) => nonceKey(nonce)),
    ],
  );
  return result.rows;
}
