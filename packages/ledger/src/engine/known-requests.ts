/**
 * Requests that the registry knows from other uploads: a Verdict may come without its request, after the payment
 * went up, or cut into the next upload. From recorded payments, else from an earlier Verdict and its payee.
 */

import { reading } from '@duet/protocol/messages/decoding';
import {
  decodeRequest,
  type PayeeDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { decodeAny } from '@duet/protocol/objects/types';
import type { Hashes } from '@duet/protocol/suite';
import { bucketOf } from '../core/bucket.ts';
import { type Queryable, readPiecesByRequest } from '../sql/rows.ts';
import { readRecordedRequests, readVerdicts } from '../sql/verdicts.ts';
import { holderOf } from './proofs.ts';

/** Request messages by request id in hex; unknown ones are missing. */
export async function knownRequests(
  queryable: Queryable,
  ids: readonly Uint8Array[],
  hashes: Hashes,
): Promise<Map<string, RequestMessage>> {
  const found = new Map<string, RequestMessage>();
  for (const [id, bytes] of await readRecordedRequests(queryable, ids)) {
    const message = decodeRequest(bytes, hashes);
    if (message.ok) found.set(id, message.value);
  }
  const verdicts = await readVerdicts(
    queryable,
    ids.map((id) => ({ bucket: bucketOf(id), id })),
  );
  const pieces = await readPiecesByRequest(
    queryable,
    verdicts.map((row) => row.request_id),
  );
  for (const row of verdicts) {
    const id = row.request_id.toString('hex');
    const payee = pieces.find((piece) => piece.request_id?.equals(row.request_id))?.payee;
    if (found.has(id) || !payee) continue;
    const document = await documentOf(queryable, payee, hashes);
    if (document) found.set(id, { request: decodeSigned(REQUEST, row.request, hashes), payee: document });
  }
  return found;
}

async function documentOf(
  queryable: Queryable,
  key: Uint8Array,
  hashes: Hashes,
): Promise<PayeeDocument | undefined> {
  const holder = await holderOf(queryable, key);
  const read = holder && reading(() => decodeAny(holder.body, hashes));
  return read?.ok && (read.value.kind === 'certificate' || read.value.kind === 'coin')
    ? read.value
    : undefined;
}
