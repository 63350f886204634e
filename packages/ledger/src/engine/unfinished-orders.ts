/**
 * Claims and Returns that a crash left between the credit of their inputs and their new coins (SET-3, SET-9): the money
 * stands on their clearing accounts. Their device sends them again and gets the coins; it may never come, so the registry
 * takes them in again itself, once it starts and before it closes coins. The same order again changes nothing else.
 */
import { fromHex } from '@duet/protocol/bytes';
import { EMPTY_UPLOAD, type Upload } from '@duet/protocol/messages/upload';
import { decodeAny } from '@duet/protocol/objects/types';
import type { Hashes } from '@duet/protocol/suite';
import type pg from 'pg';
import { bucketOf } from '../core/bucket.ts';
import { CLEARING } from '../core/chart.ts';
import { deliverAll } from '../sql/postings.ts';
import { binary } from '../sql/rows.ts';

/** Each as an upload of its own. */
export async function unfinishedOrders(pool: pg.Pool, hashes: Hashes): Promise<Upload[]> {
  await deliverAll(pool);
  const open = await pool.query<{ order: string }>(
    `SELECT substr(account, $2) AS order FROM balance WHERE account LIKE $1 AND amount > 0`,
    [`${CLEARING}:%`, CLEARING.length + 2],
  );
  const ids = open.rows.map(({ order }) => fromHex(order));
  const messages = await pool.query<{ body: Buffer }>(
    `SELECT body FROM unnest($1::int[], $2::bytea[]) AS k(b, i)
     JOIN claim_message ON claim_message.bucket = k.b AND claim_message.claim_id = k.i`,
    [ids.map(bucketOf), ids.map(binary)],
  );
  return messages.rows.map(({ body }) => {
    const isClaim = decodeAny(body, hashes).kind === 'claim';
    return { ...EMPTY_UPLOAD, claims: isClaim ? [body] : [], returns: isClaim ? [] : [body] };
  });
}
