/**
 * Certificates for enrolments, in batches: a key is certified once, the same enrolment gives the same one. The live
 * wallet keys of a handle are bounded (LIMIT-1).
 */

import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import { reading } from '@duet/protocol/messages/decoding';
import { CERTIFICATE, type Certificate, holderOf } from '@duet/protocol/objects/certificate';
import { ENROLMENT, type Enrolment } from '@duet/protocol/objects/enrolment';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { checkOfCertificate } from '@duet/protocol/verify/chain-signatures';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { bucketOfKey } from '../core/bucket.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { binary, hexOf, type Queryable } from '../sql/rows.ts';
import { type Authority, ISSUER_KEY, operatorKeyOf } from './authority.ts';
import { type HandleLimits, holderKey, type Standing, standingsOf } from './handle-limits.ts';
import { isForeign, lockKeyOwners } from './key-owners.ts';
import type { KnownSignatures } from './known-signatures.ts';
import { CERTIFICATE_DAYS } from './policies.ts';
import { drawStatuses, ISSUER_AUTHORITY } from './status-indices.ts';

export interface CertifyContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly signatures: KnownSignatures;
  readonly limits: HandleLimits;
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
  const owners = await lockKeyOwners(
    client,
    good.map(({ body }) => body.subject),
  );
  const known = await storedCertificates(client, good);
  const isFree = ({ body }: Enrolment): boolean =>
    !known.has(subjectKey(body)) && !isForeign(owners, body.subject, body);
  const asked = good.filter((one) => isFree(one) && isCertifiable(one.body));
  const wanted = [...new Map(asked.map((one) => [subjectKey(one.body), one])).values()];
  const accounts = await standings(client, good, wanted, context);
  const fresh = withinLimit(wanted, accounts, context.limits);
  const statuses = await statusesFor(client, fresh, context);
  const trust = new TrustView(context.authority.bundle);
  const made = fresh.flatMap((enrolment) => {
    const certificate = certificateFor(enrolment, statuses, context);
    // Its own signature needs no check when it comes back.
    const check = certificate && checkOfCertificate(certificate, trust);
    if (check) context.signatures.add(check);
    return certificate ? [{ enrolment, certificate }] : [];
  });
  await client.query(
    `INSERT INTO certificate (bucket, subject, certificate_id, enrolment_id, operator, handle, status, authority, body, enrolment, valid_until)
     SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[], $5::int[], $6::bytea[], $7::bigint[], $8::int[], $9::bytea[],
       $10::bytea[], $11::int[])
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
      made.map(({ certificate }) => certificate.body.validUntil),
    ],
  );
  const stored = await storedCertificates(client, good);
  return read.map((result): Answer => {
    if (!result.ok) return result;
    const { body } = result.value;
    const account = accounts.get(holderKey(body));
    if (!account) return reject('account-unknown', 'an account of the operator', 'none');
    if (account.restricted) return reject('revoked', 'an account without an open case', 'a locked account');
    const row = stored.get(subjectKey(body));
    if (!row && isForeign(owners, body.subject, body))
      return reject('key-certified', 'a key of the account, or a new one', 'the owner key of other coins');
    if (!row && isCertifiable(body) && !fresh.includes(result.value)) {
      const { keys } = context.limits;
      return reject('too-many-keys', `at most ${keys} keys of one handle in force`, `${keys} and a new one`);
    }
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

const subjectKey = ({ subject }: Enrolment['body']): string => hexOf(subject);

/** A wallet without a name, or a terminal with one. */
const isCertifiable = ({ holder, name }: Enrolment['body']): boolean =>
  holderOf(holder).role === (name === undefined ? 'wallet' : 'terminal');

type Standings = ReadonlyMap<string, Standing>;

/** Accounts of the enrolments, locked; near the bound counted again under the lock. */
async function standings(
  client: Queryable,
  enrolments: readonly Enrolment[],
  wanted: readonly Enrolment[],
  { limits, now }: CertifyContext,
): Promise<Standings> {
  const read = (): Promise<Standings> =>
    standingsOf(
      client,
      enrolments.map(({ body }) => body),
      dayOf(now),
    );
  const found = await read();
  const near = [...found.values()].some(({ keys }) => keys + wanted.length > limits.keys / 2);
  return near ? read() : found;
}

/** Enrolments in order while their handle has room for another live wallet key (LIMIT-1). */
function withinLimit(
  wanted: readonly Enrolment[],
  accounts: Standings,
  { keys: limit }: HandleLimits,
): Enrolment[] {
  const given = new Map<string, number>();
  return wanted.filter(({ body }) => {
    const holder = holderKey(body);
    const account = accounts.get(holder);
    if (!account || account.restricted) return false;
    if (authorityOf(body) !== ISSUER_AUTHORITY) return true;
    const keys = given.get(holder) ?? account.keys;
    given.set(holder, keys + 1);
    return keys < limit;
  });
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
  context: CertifyContext,
): Promise<Statuses> {
  const counts = new Map<number, number>();
  for (const { body } of enrolments) counts.set(authorityOf(body), (counts.get(authorityOf(body)) ?? 0) + 1);
  const drawn = new Map<number, number[]>();
  const expires = validUntilOf(context.now);
  for (const [authority, count] of counts)
    drawn.set(authority, await drawStatuses(client, authority, count, expires, context));
  return drawn;
}

const validUntilOf = (now: Instant): Day => (dayOf(now) + CERTIFICATE_DAYS) as Day;

/** Wallets are certified by the issuer, under a pseudonym; terminals by their operator, under a name. */
function certificateFor(
  { body }: Enrolment,
  statuses: Statuses,
  { authority, now }: CertifyContext,
): Certificate | undefined {
  const { role, walletClass } = holderOf(body.holder);
  const base = {
    operator: body.operator,
    subject: body.subject,
    role,
    walletClass,
    status: statuses.get(authorityOf(body))?.pop() ?? 0,
    validFrom: dayOf(now),
    validUntil: validUntilOf(now),
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
