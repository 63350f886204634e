/**
 * Several payers' Spends for one request without a Verdict: at the close the first stored payment counts, the
 * others are void (SET-7). A payment is what came as one offer; one that does not sum up comes after those that do.
 */
import { idText } from '@duet/protocol/bytes';
import { decodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import type { Hashes } from '@duet/protocol/suite';
import { bucketOfKey } from '../core/bucket.ts';
import { binary, type Queryable, type StoredPiece } from '../sql/rows.ts';
import { nonceKey } from '../sql/verdicts.ts';

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
      [bucketOfKey(row.payee), row.payee, row.request_id, nonceKey(row.nonce ?? undefined)],
    );
    if (recorded.rows.length < 2) continue;
    const spends = firstPayment(recorded.rows, hashes);
    const id = row.child_id.toString('hex');
    if (spends && !spends.has(id)) outrun.add(id);
  }
  return outrun;
}

function firstPayment(recorded: readonly RecordedOffer[], hashes: Hashes): Set<string> | undefined {
  const payments = recorded.flatMap((row) => {
    const message = decodeRequest(binary(row.request), hashes);
    const offer = message.ok ? decodeOffer(binary(row.offer), message.value, hashes) : undefined;
    if (!message.ok || !offer?.ok) return [];
    const stated = message.value.request.body.amount ?? offer.value.spends[0]?.body.standing?.total;
    return [{ offer: offer.value, whole: stated === row.amount }];
  });
  const first = payments.find(({ whole }) => whole) ?? payments[0];
  return first && idsOf(first.offer);
}

const idsOf = ({ spends }: Offer): Set<string> => new Set(spends.map(({ id }) => idText(id)));
