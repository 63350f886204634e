/**
 * Requests that the registry knows from other uploads: a Verdict may come without its request, after the payment
 * went up, or cut into the next upload. From an earlier Verdict and its payee, else from recorded payments.
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
import { hexOf, type Queryable } from '../sql/rows.ts';
import { readAnyVerdicts, readRecordedRequests } from '../sql/verdicts.ts';
import { type Holder, holderOfRequest } from './proofs.ts';

/** Request messages by request id in hex; unknown ones are missing. */
export async function knownRequests(
  queryable: Queryable,
  ids: readonly Uint8Array[],
  hashes: Hashes,
): Promise<Map<string, RequestMessage>> {
  const found = new Map<string, RequestMessage>();
  for (const row of await readAnyVerdicts(queryable, ids)) {
    const holder = await holderOfRequest(queryable, row.request, row.payee, hashes);
    const payee = holder && documentOf(holder, hashes);
    if (payee)
      found.set(hexOf(row.request_id), { request: decodeSigned(REQUEST, row.request, hashes), payee });
  }
  const open = ids.filter((id) => !found.has(hexOf(id)));
  for (const [id, bytes] of await readRecordedRequests(queryable, open)) {
    const message = decodeRequest(bytes, hashes);
    if (message.ok) found.set(id, message.value);
  }
  return found;
}

function documentOf({ body }: Holder, hashes: Hashes): PayeeDocument | undefined {
  const read = reading(() => decodeAny(body, hashes));
  return read.ok && (read.value.kind === 'certificate' || read.value.kind === 'coin')
    ? read.value
    : undefined;
}
