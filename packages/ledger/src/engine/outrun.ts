/**
 * Several payers' Spends for one request without a Verdict: at the close the first stored payment counts, the
 * others are void (SET-7). A payment is what came as one offer; one that does not sum up comes after those that do. A payee
 * that claims or passes on has said which payment it took: what it used counts, whenever that was stored, so that later
 * holders keep it, and of the others none.
 */
import { idText } from '@duet/protocol/bytes';
import { decodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import type { Hashes } from '@duet/protocol/suite';
import { bucketOfKey } from '../core/bucket.ts';
import { nonceKey } from '../sql/payments.ts';
import { binary, type Queryable, type StoredPiece, tagOf } from '../sql/rows.ts';

interface RecordedOffer {
  readonly request: Buffer;
  readonly offer: Buffer;
  readonly amount: number;
}

/** Ids in hex of the coin's Spends that another payment of their request outran. */
export async function outrunSpends(
  queryable: Queryable,
  rows: readonly StoredPiece[],
  hashes: Hashes,
): Promise<Set<string>> {
  const outrun = new Set<string>();
  for (const row of rows) {
    if (row.kind !== 0 || row.void || !row.request_id || !row.payee) continue;
    const recorded = await queryable.query<RecordedOffer>(
      'SELECT request, offer, amount FROM recorded WHERE bucket = $1 AND payee = $2 AND request_id = $3 AND nonce = $4 ORDER BY stored',
      [bucketOfKey(row.payee), row.payee, row.request_id, nonceKey(row.nonce)],
    );
    if (recorded.rows.length === 0) continue;
    const used = await usedSpends(queryable, row);
    if (used.length === 0 && recorded.rows.length < 2) continue;
    const spends =
      used.length > 0 ? usedPayments(used, recorded.rows, hashes) : firstPayment(recorded.rows, hashes);
    const id = row.child_id.toString('hex');
    if (spends && !spends.has(id)) outrun.add(id);
  }
  return outrun;
}

/** Ids in hex of Spends for the same request that their payee claimed or passed on. A fan-out read on a sharded database. */
async function usedSpends(
  queryable: Queryable,
  { request_id: request, payee, nonce }: StoredPiece,
): Promise<string[]> {
  if (!request || !payee) return [];
  const found = await queryable.query<{ id: Buffer }>(
    `SELECT DISTINCT p.child_id AS id FROM piece p JOIN piece c ON c.bucket = p.bucket AND c.coin_id = p.coin_id
       AND c.kind < 2 AND c.parent_id = p.child_id AND c.parent_index = p.child_index AND c.signer = p.payee
     WHERE p.request_tag = $1 AND p.request_id = $2 AND p.payee = $3 AND coalesce(p.nonce, '') = $4 AND NOT p.void`,
    [tagOf(request), request, payee, nonceKey(nonce)],
  );
  return found.rows.map(({ id }) => id.toString('hex'));
}

/** Used Spends, with those that came in one offer with them. */
function usedPayments(
  used: readonly string[],
  recorded: readonly RecordedOffer[],
  hashes: Hashes,
): Set<string> {
  const payments = paymentsOf(recorded, hashes).map(({ offer }) => idsOf(offer));
  return new Set([
    ...used,
    ...payments.filter((ids) => used.some((id) => ids.has(id))).flatMap((ids) => [...ids]),
  ]);
}

function firstPayment(recorded: readonly RecordedOffer[], hashes: Hashes): Set<string> | undefined {
  const payments = paymentsOf(recorded, hashes);
  const first = payments.find(({ whole }) => whole) ?? payments[0];
  return first && idsOf(first.offer);
}

interface Payment {
  readonly offer: Offer;
  /** It sums up to what was asked. */
  readonly whole: boolean;
}

function paymentsOf(recorded: readonly RecordedOffer[], hashes: Hashes): Payment[] {
  return recorded.flatMap((row) => {
    const message = decodeRequest(binary(row.request), hashes);
    const offer = message.ok ? decodeOffer(binary(row.offer), message.value, hashes) : undefined;
    if (!message.ok || !offer?.ok) return [];
    const stated = message.value.request.body.amount ?? offer.value.spends[0]?.body.standing?.total;
    return [{ offer: offer.value, whole: stated === row.amount }];
  });
}

const idsOf = ({ spends }: Offer): Set<string> => new Set(spends.map(({ id }) => idText(id)));
