/** Certificates for enrolments, in batches: a key is certified once, the same enrolment gives the same one. */

import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import { reading } from '@duet/protocol/messages/decoding';
import { CERTIFICATE, type Certificate, holderOf } from '@duet/protocol/objects/certificate';
import { ENROLMENT, type Enrolment } from '@duet/protocol/objects/enrolment';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import type pg from 'pg';
import { bucketOfKey } from '../core/bucket.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { binary, type Queryable } from '../sql/rows.ts';
import { type Authority, ISSUER_KEY, operatorKeyOf } from './authority.ts';
import { drawStatuses, ISSUER_AUTHORITY } from './coin-maker.ts';
import type { KnownSignatures } from './known-signatures.ts';
import { CERTIFICATE_DAYS } from './policies.ts';

export interface CertifyContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly signatures: KnownSignatures;
  readonly now: Instant;
}

type Answer = Result<Uint8Array>;

export function certifyAll(enrolments: readonly Uint8Array[], context: CertifyContext): Promise<Answer[]> {
  return inTransaction(context.pool, (client) => certifyInside(client, enrolments, context), { attempts: 5 });
}

async function certifyInside(
  client: Queryable,
  enrolments: readonly Uint8Array[],
  context: CertifyContext,
): Promise<Answer[]> {
  const read = enrolments.map((bytes) => readEnrolment(bytes, context));
  const good = read.flatMap((result) => (result.ok ? [result.value] : []));
  const accounts = await knownAccounts(client, good);
  const known = await storedCertificates(client, good);
  const fresh = good.filter(
    (enrolment) =>
      accounts.get(accountKeyOf(enrolment)) === false &&
      !known.has(binary(enrolment.body.subject).toString('hex')),
  );
  const statuses = await statusesFor(client, fresh, context);
  const made = fresh.flatMap((enrolment) => {
    const certificate = certificateFor(enrolment, statuses, context);
    return certificate ? [{ enrolment, certificate }] : [];
  });
  await client.query(
    `INSERT INTO certificate (bucket, subject, certificate_id, enrolment_id, operator, handle, status, authority, body, enrolment)
     SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[], $5::int[], $6::bytea[], $7::bigint[], $8::int[], $9::bytea[], $10::bytea[])
     ON CONFLICT DO NOTHING`,
    [
      made.map(({ enrolment }) => bucketOfKey(enrolment.body.subject)),
      made.map(({ enrolment }) => binary(enrolment.body.subject)),
      made.map(({ certificate }) => binary(certificate.id)),
      made.map(({ enrolment }) => binary(enrolment.id)),
      made.map(({ enrolment }) => enrolment.body.operator),
      made.map(({ enrolment }) => binary(enrolment.body.handle)),
      made.map(({ certificate }) => certificate.body.status),
      made.map(({ enrolment }) => authorityOf(enrolment.body)),
      made.map(({ certificate }) => binary(encodeSigned(CERTIFICATE, certificate))),
      made.map(({ enrolment }) => binary(encodeSigned(ENROLMENT, enrolment))),
    ],
  );
  const stored = await storedCertificates(client, good);
  return read.map((result): Answer => {
    if (!result.ok) return result;
    const account = accounts.get(accountKeyOf(result.value));
    if (account === undefined) return reject('account-unknown', 'an account of the operator', 'none');
    if (account) return reject('revoked', 'an account without an open case', 'a locked account');
    const row = stored.get(binary(result.value.body.subject).toString('hex'));
    if (!row) return reject('role-not-allowed', 'a wallet or a terminal of a known operator', 'another role');
    return equalBytes(row.enrolment_id, result.value.id)
      ? accept(row.body)
      : reject('key-certified', 'a key that was not certified before', 'a certified key');
  });
}

function readEnrolment(bytes: Uint8Array, { crypto, signatures }: CertifyContext): Result<Enrolment> {
  const read = reading(() => decodeSigned(ENROLMENT, bytes, crypto));
  if (!read.ok) return read;
  const { subject } = read.value.body;
  const held = suitesAgree(read.value, subject) && signatures.holds(checkOf(read.value, subject));
  return held ? read : reject('bad-signature', 'a signature by the subject key', 'another one');
}

const accountKeyOf = ({ body }: Enrolment): string =>
  `${body.operator}:${binary(body.handle).toString('hex')}`;

/** Whether each account is restricted; unknown ones are missing. */
async function knownAccounts(
  client: Queryable,
  enrolments: readonly Enrolment[],
): Promise<Map<string, boolean>> {
  const rows = await client.query<{ operator: number; handle: Buffer; restricted: boolean }>(
    `SELECT a.operator, a.handle, a.restricted FROM unnest($1::int[], $2::bytea[]) AS k(o, h)
     JOIN account a ON a.operator = k.o AND a.handle = k.h`,
    [enrolments.map(({ body }) => body.operator), enrolments.map(({ body }) => binary(body.handle))],
  );
  return new Map(rows.rows.map((row) => [`${row.operator}:${row.handle.toString('hex')}`, row.restricted]));
}

interface CertificateRow {
  readonly subject: Buffer;
  readonly enrolment_id: Buffer;
  readonly body: Buffer;
}

async function storedCertificates(
  client: Queryable,
  enrolments: readonly Enrolment[],
): Promise<Map<string, CertificateRow>> {
  const rows = await client.query<CertificateRow>(
    `SELECT subject, enrolment_id, body FROM unnest($1::int[], $2::bytea[]) AS k(b, s)
     JOIN certificate ON certificate.bucket = k.b AND certificate.subject = k.s`,
    [
      enrolments.map(({ body }) => bucketOfKey(body.subject)),
      enrolments.map(({ body }) => binary(body.subject)),
    ],
  );
  return new Map(rows.rows.map((row) => [row.subject.toString('hex'), row]));
}

/** Free status indices by authority. */
type Statuses = ReadonlyMap<number, number[]>;

/** Whose list a new certificate stands in: the issuer's for wallets, the operator's for terminals. */
const authorityOf = (body: Enrolment['body']): number =>
  body.name === undefined ? ISSUER_AUTHORITY : body.operator;

async function statusesFor(
  client: Queryable,
  enrolments: readonly Enrolment[],
  { crypto }: CertifyContext,
): Promise<Statuses> {
  const counts = new Map<number, number>();
  for (const { body } of enrolments) counts.set(authorityOf(body), (counts.get(authorityOf(body)) ?? 0) + 1);
  const drawn = new Map<number, number[]>();
  for (const [authority, count] of counts)
    drawn.set(authority, await drawStatuses(client, authority, count, crypto));
  return drawn;
}

/** Wallets are certified by the issuer, under a pseudonym; terminals by their operator, under a name. */
function certificateFor(
  { body }: Enrolment,
  statuses: Statuses,
  { authority, now }: CertifyContext,
): Certificate | undefined {
  const { role, walletClass } = holderOf(body.holder);
  const validFrom = dayOf(now);
  const base = {
    operator: body.operator,
    subject: body.subject,
    role,
    walletClass,
    status: statuses.get(authorityOf(body))?.pop() ?? 0,
    validFrom,
    validUntil: (validFrom + CERTIFICATE_DAYS) as Day,
  };
  if (role === 'wallet' && body.name === undefined) {
    return authority.signAsIssuer(CERTIFICATE, { ...base, signerKey: ISSUER_KEY });
  }
  if (
    role !== 'terminal' ||
    body.name === undefined ||
    body.category === undefined ||
    body.region === undefined
  )
    return undefined;
  const terminal = { name: body.name, category: body.category, region: body.region };
  return authority.signAsOperator(body.operator, CERTIFICATE, {
    ...base,
    terminal,
    signerKey: operatorKeyOf(body.operator),
  });
}
