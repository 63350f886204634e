/**
 * Audit of Spends, Claims, Returns and Verdicts against the signed messages behind them (SET-12): rows say what was
 * signed, and voided are those Spends that a Verdict voids.
 *
 * Signatures were verified when the messages came, and proofs verify standing alone; here ids tie rows to messages. What
 * this cannot see is a Spend that is gone with its message before anybody claimed or passed on what it moved.
 */
import { concatBytes, equalBytes, idText } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { CLAIM, type Claim, RETURN, type Return } from '@duet/protocol/objects/claim';
import { keyField } from '@duet/protocol/objects/fields';
import { REQUEST } from '@duet/protocol/objects/request';
import { openEnvelope } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import type { Hashes, Verifier } from '@duet/protocol/suite';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import type { Queryable, StoredPiece } from '../sql/rows.ts';
import type { Findings } from './audit-findings.ts';
import { BUCKET_RANGES, type BucketRange, bucketIn, coinsById, readAs } from './audit-reading.ts';
import { creditAccount } from './claims.ts';

/** A Verdict that is younger may still wait for its batch: microseconds. */
const SETTLING = 600_000_000;

/** Ids, and the signatures of Verdicts whose payees are unknown. */
export type AuditCrypto = Hashes & Verifier<'sync'>;

export async function auditMessages(
  queryable: Queryable,
  crypto: AuditCrypto,
  findings: Findings,
): Promise<void> {
  const keys = await certifiedKeys(queryable);
  for (const range of BUCKET_RANGES) {
    await auditSpends(queryable, range, crypto, keys, findings);
    await auditClaims(queryable, range, crypto, findings);
    await auditVerdicts(queryable, range, crypto, keys, findings);
  }
  await auditVoids(queryable, findings);
  const lost = await queryable.query<{ count: number; amount: number }>(
    `SELECT count(*)::bigint AS count, coalesce(sum(range_to - range_from), 0)::bigint AS amount FROM piece p
     WHERE kind > 0 AND NOT EXISTS (SELECT 1 FROM claim_message m
       WHERE m.bucket = ${bucketIn('p.child_id')} AND m.claim_id = p.child_id)`,
  );
  for (const { count, amount } of lost.rows) findings.add('Claims without their message', amount, count);
}

/** Keys by the id of the certificate that names them, in hex. */
async function certifiedKeys(queryable: Queryable): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await queryable.query<{ id: Buffer; key: Buffer }>(
    'SELECT certificate_id AS id, subject AS key FROM certificate',
  );
  return new Map(rows.rows.map(({ id, key }) => [id.toString('hex'), key]));
}

/** Whether a row takes what an input says. */
function isInput(row: StoredPiece, input: Claim['body']['inputs'][number] | undefined): boolean {
  return (
    input !== undefined &&
    equalBytes(input.parent.id, row.parent_id) &&
    (input.parent.index ?? -1) === row.parent_index &&
    input.from === row.range_from &&
    input.to === row.range_to
  );
}

async function auditSpends(
  queryable: Queryable,
  range: BucketRange,
  hashes: Hashes,
  keys: ReadonlyMap<string, Buffer>,
  findings: Findings,
): Promise<void> {
  const spends = await queryable.query<StoredPiece>(
    `SELECT child_id, child_index, parent_id, parent_index, range_from, range_to, payee, request_id, nonce, seq, body
     FROM piece WHERE bucket >= $1 AND bucket < $2 AND kind = 0`,
    range,
  );
  const read = spends.rows.map((row) => ({ row, body: readAs(SPEND, row.body, row.child_id, hashes)?.body }));
  const refunds = read.flatMap(({ body }) => (body && !keys.has(idText(body.payee)) ? [body.payee] : []));
  const coins = await coinsById(queryable, refunds);
  for (const { row, body } of read) {
    const payee = body && (keys.get(idText(body.payee)) ?? coins.get(idText(body.payee))?.owner);
    const same =
      body &&
      isInput(row, body.inputs[row.child_index]) &&
      row.request_id !== null &&
      equalBytes(body.request, row.request_id) &&
      equalBytes(body.standing?.nonce ?? NONE, row.nonce ?? NONE) &&
      body.seq === row.seq &&
      (!payee || (row.payee !== null && payee.equals(row.payee)));
    if (!same)
      findings.add('Spends that differ from what their payers signed', row.range_to - row.range_from);
  }
}

const NONE = new Uint8Array(0);

/** Claims and Returns by their messages. */
async function auditClaims(
  queryable: Queryable,
  range: BucketRange,
  hashes: Hashes,
  findings: Findings,
): Promise<void> {
  const messages = await queryable.query<{ claim_id: Buffer; body: Buffer }>(
    'SELECT claim_id, body FROM claim_message WHERE bucket >= $1 AND bucket < $2',
    range,
  );
  const orders = new Map<string, Claim | Return | undefined>();
  for (const { claim_id: id, body } of messages.rows)
    orders.set(id.toString('hex'), readOrder(body, id, hashes));
  const rows = await queryable.query<StoredPiece>(
    `SELECT p.child_id, p.child_index, p.kind, p.parent_id, p.parent_index, p.range_from, p.range_to, p.account, p.account_operator
     FROM claim_message m JOIN piece p ON p.child_tag = tag_of(m.claim_id) AND p.child_id = m.claim_id AND p.kind > 0
     WHERE m.bucket >= $1 AND m.bucket < $2`,
    range,
  );
  for (const row of rows.rows) {
    const order = orders.get(row.child_id.toString('hex'));
    const same =
      order &&
      (order.kind === 'claim'
        ? row.kind === 1 && isInput(row, order.body.inputs[row.child_index])
        : row.kind === 2) &&
      order.body.operator === row.account_operator &&
      creditAccount(order.body.destination, order.body.operator, order.id) === row.account;
    if (!same)
      findings.add('Claims that differ from what their owners signed', row.range_to - row.range_from);
  }
}

function readOrder(body: Buffer, id: Buffer, hashes: Hashes): Claim | Return | undefined {
  const envelope = reading(() => openEnvelope(body, CLAIM.maxBytes));
  if (!envelope.ok) return undefined;
  return envelope.value.typ === RETURN.typ
    ? readAs(RETURN, body, id, hashes)
    : readAs(CLAIM, body, id, hashes);
}

interface VerdictColumns {
  readonly payee: Buffer;
  readonly request: Buffer;
  readonly verdict_id: Buffer;
  readonly request_id: Buffer;
  readonly nonce: Buffer;
  readonly accepted: Buffer[];
  readonly body: Buffer;
}

/** Each Verdict says what its row says, and is of the key that its Request names: it voids what was spent to that key. */
async function auditVerdicts(
  queryable: Queryable,
  range: BucketRange,
  crypto: AuditCrypto,
  keys: ReadonlyMap<string, Buffer>,
  findings: Findings,
): Promise<void> {
  const rows = await queryable.query<VerdictColumns>(
    'SELECT verdict_id, request_id, nonce, payee, accepted, body, request FROM verdict WHERE bucket >= $1 AND bucket < $2',
    range,
  );
  const read = rows.rows.map((row) => ({
    row,
    verdict: readAs(VERDICT, row.body, row.verdict_id, crypto),
    payee: readAs(REQUEST, row.request, row.request_id, crypto)?.body.payee,
  }));
  const refunds = read.flatMap(({ payee }) => (payee && !keys.has(idText(payee)) ? [payee] : []));
  const coins = await coinsById(queryable, refunds);
  for (const { row, verdict, payee } of read) {
    const body = verdict?.body;
    const same =
      body &&
      payee &&
      equalBytes(body.request, row.request_id) &&
      equalBytes(body.nonce ?? NONE, row.nonce) &&
      equalBytes(concatBytes(...body.accepted), concatBytes(...row.accepted));
    if (!same) {
      findings.add('Verdicts that differ from what their payees signed', 0);
      continue;
    }
    const named = keys.get(idText(payee)) ?? coins.get(idText(payee))?.owner;
    const isIts = named ? named.equals(row.payee) : isSignedBy(verdict, row.payee, crypto);
    if (!isIts) findings.add('Verdicts that another key than their payee signed', 0);
  }
}

/** Where the document that a Request names is not here, its signature says whose a Verdict is. */
function isSignedBy(verdict: Verdict, payee: Buffer, crypto: AuditCrypto): boolean {
  const key = reading(() => decodeBytes(keyField, encodeBytes(keyBytes, payee), MAX_KEY_BYTES));
  return key.ok && suitesAgree(verdict, key.value) && crypto.verify(checkOf(verdict, key.value));
}

const MAX_KEY_BYTES = 64;
const keyBytes = bytes({ max: MAX_KEY_BYTES - 2 });

/** A Spend is void by a Verdict of its request that does not list it, or by the close of its coin, and by nothing else. */
async function auditVoids(queryable: Queryable, findings: Findings): Promise<void> {
  const verdict = `SELECT 1 FROM verdict v WHERE v.bucket = ${bucketIn('p.request_id')} AND v.request_id = p.request_id
    AND v.nonce = coalesce(p.nonce, '') AND v.payee IN ('', p.payee) AND NOT p.child_id = ANY(v.accepted)`;
  const { rows } = await queryable.query<{ void: boolean; count: number; amount: number }>(
    `SELECT p.void, count(*)::bigint AS count, sum(p.range_to - p.range_from)::bigint AS amount
     FROM piece p JOIN coin c USING (bucket, coin_id)
     WHERE p.kind = 0 AND CASE WHEN p.void THEN c.state < 2 AND NOT EXISTS (${verdict})
       ELSE EXISTS (${verdict} AND v.stored < $1) END
     GROUP BY p.void`,
    [Date.now() * 1_000 - SETTLING],
  );
  for (const row of rows)
    findings.add(
      row.void ? 'Spends that are void without a Verdict' : 'Spends that count although a Verdict voids them',
      row.amount,
      row.count,
    );
}
