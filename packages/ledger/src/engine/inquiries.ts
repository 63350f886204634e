/**
 * What payers recorded for a payee (SET-13) is told to its own device alone: to an upload that holds an Inquiry by a
 * key of the same account. See ADR 24.
 *
 * An Inquiry that proves nothing gets the answer of one to whom nobody paid: a refusal would tell a stranger that
 * there was a payment. So its signature is looked at only where there is something to tell.
 */
import type { SyncCrypto } from '@duet/crypto/port';
import type { PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import { reading } from '@duet/protocol/messages/decoding';
import { type Exchange, MAX_UPLOAD_ENTRIES, type Upload } from '@duet/protocol/messages/upload';
import { INQUIRY, type Inquiry } from '@duet/protocol/objects/inquiry';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import type pg from 'pg';
import { bucketOfKey } from '../core/bucket.ts';
import type { Queryable } from '../sql/rows.ts';
import { readRecorded } from '../sql/verdicts.ts';
import { holderKey } from './handle-limits.ts';
import type { KnownSignatures } from './known-signatures.ts';
import { holderOf } from './proofs.ts';

/** What one upload asks, or why that cannot be read. */
export interface AskedKeys {
  readonly inquiry?: Inquiry;
  readonly refused?: Code;
}

export interface InquiryContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly signatures: KnownSignatures;
}

export function readInquiry({ inquiry }: Upload, { crypto }: InquiryContext): AskedKeys {
  if (!inquiry) return {};
  const read = reading(() => decodeSigned(INQUIRY, inquiry, crypto));
  return read.ok ? { inquiry: read.value } : { refused: read.rejection.code };
}

/** Recorded payments for each of the inquiries, oldest first. */
export async function recordedFor(
  asked: readonly AskedKeys[],
  context: InquiryContext,
): Promise<readonly (readonly Exchange[])[]> {
  const keys = distinct(asked.flatMap(({ inquiry }) => inquiry?.body.payeeKeys ?? []));
  const recorded = await recordedByKey(context.pool, keys);
  if (recorded.size === 0) return asked.map(() => []);
  const answers: Exchange[][] = [];
  for (const { inquiry } of asked) {
    const paid = distinct(inquiry?.body.payeeKeys ?? []).filter((key) => recorded.has(keyText(key)));
    const own = inquiry && paid.length > 0 ? await keysOfAsker(inquiry, paid, context) : [];
    answers.push(own.flatMap((key) => recorded.get(keyText(key)) ?? []).slice(0, MAX_UPLOAD_ENTRIES));
  }
  return answers;
}

const distinct = (keys: readonly PublicKey[]): PublicKey[] => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
];

/** Those of the keys that belong to the account of the key that signed. */
async function keysOfAsker(
  inquiry: Inquiry,
  keys: readonly PublicKey[],
  { pool, signatures }: InquiryContext,
): Promise<PublicKey[]> {
  const { signer } = inquiry.body;
  if (!suitesAgree(inquiry, signer) || !signatures.holds(checkOf(inquiry, signer))) return [];
  const asker = await holderOf(pool, signer);
  // The holding account is nobody in particular.
  if (!asker || asker.operator === 0) return [];
  const own: PublicKey[] = [];
  for (const key of keys) {
    const holder = await holderOf(pool, key);
    if (holder && holderKey(asker) === holderKey(holder)) own.push(key);
  }
  return own;
}

async function recordedByKey(
  queryable: Queryable,
  keys: readonly Uint8Array[],
): Promise<Map<string, readonly Exchange[]>> {
  const found = new Map<string, Exchange[]>();
  const rows = await readRecorded(
    queryable,
    keys.map((key) => ({ bucket: bucketOfKey(key), key })),
    MAX_UPLOAD_ENTRIES * Math.max(1, keys.length),
  );
  for (const { payee, request, offer } of rows) {
    const key = payee.toString('hex');
    found.set(key, [...(found.get(key) ?? []), { request, offer }]);
  }
  return found;
}
