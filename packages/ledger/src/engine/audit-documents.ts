/**
 * Audit of coins and certificates against the signed documents behind them (SET-12): whose each key is, what each
 * coin is, and to whom its unspent value goes.
 */
import { equalBytes, idText } from '@duet/protocol/bytes';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { decodeSigned } from '@duet/protocol/objects/signed';
import type { Hashes } from '@duet/protocol/suite';
import { BUCKETS } from '../core/bucket.ts';
import { coinsInOrder } from '../sql/coin-orders.ts';
import type { Queryable } from '../sql/rows.ts';
import type { Findings } from './audit-findings.ts';
import {
  BUCKET_RANGES,
  type BucketRange,
  bucketIn,
  bucketRanges,
  coinsById,
  readAs,
} from './audit-reading.ts';

export async function auditDocuments(
  queryable: Queryable,
  hashes: Hashes,
  findings: Findings,
): Promise<void> {
  for (const range of BUCKET_RANGES) {
    await auditCertificates(queryable, range, hashes, findings);
    await auditCoinRows(queryable, range, hashes, findings);
  }
  for (const range of HALVES) await auditHomes(queryable, range, hashes, findings);
}

/** Each of these reads goes over all postings and claims. */
const HALVES = bucketRanges(BUCKETS / 2);

interface CoinColumns {
  readonly coin_id: Buffer;
  readonly value: number;
  readonly currency: number;
  readonly operator: number;
  readonly issuer_key: number;
  readonly owner: Buffer;
  readonly status: number;
  readonly policy: number;
  readonly spend_by: number;
  readonly claim_by: number;
  readonly serial: Buffer;
  readonly conditional: boolean;
  readonly body: Buffer;
}

async function auditCoinRows(
  queryable: Queryable,
  range: BucketRange,
  hashes: Hashes,
  findings: Findings,
): Promise<void> {
  const coins = await queryable.query<CoinColumns>(
    `SELECT coin_id, value, currency, operator, issuer_key, owner, status, policy, spend_by, claim_by, serial, conditional, body
     FROM coin WHERE bucket >= $1 AND bucket < $2`,
    range,
  );
  for (const row of coins.rows) {
    const body = readAs(COIN, row.body, row.coin_id, hashes)?.body;
    const same =
      body &&
      body.value === row.value &&
      body.currency === row.currency &&
      body.operator === row.operator &&
      body.issuerKey === row.issuer_key &&
      body.status === row.status &&
      body.policy === row.policy &&
      body.spendBy === row.spend_by &&
      body.claimBy === row.claim_by &&
      (body.condition !== undefined) === row.conditional &&
      equalBytes(body.owner, row.owner) &&
      equalBytes(body.serial, row.serial);
    if (!same) findings.add('coins that differ from what the issuer signed', row.value);
  }
}

interface CertificateColumns {
  readonly certificate_id: Buffer;
  readonly subject: Buffer;
  readonly operator: number;
  readonly handle: Buffer;
  readonly body: Buffer;
  readonly enrolment_id: Buffer;
  readonly enrolment: Buffer;
}

/** Whose a key is says the enrolment that it signed. */
async function auditCertificates(
  queryable: Queryable,
  range: BucketRange,
  hashes: Hashes,
  findings: Findings,
): Promise<void> {
  const rows = await queryable.query<CertificateColumns>(
    `SELECT certificate_id, subject, operator, handle, body, enrolment_id, enrolment
     FROM certificate WHERE bucket >= $1 AND bucket < $2`,
    range,
  );
  for (const row of rows.rows) {
    const certificate = readAs(CERTIFICATE, row.body, row.certificate_id, hashes)?.body;
    const enrolment = readAs(ENROLMENT, row.enrolment, row.enrolment_id, hashes)?.body;
    const same =
      certificate &&
      enrolment &&
      equalBytes(certificate.subject, row.subject) &&
      equalBytes(enrolment.subject, row.subject) &&
      equalBytes(enrolment.handle, row.handle) &&
      enrolment.operator === row.operator;
    if (!same) findings.add('keys of another account than the one that they enrolled for', 0);
  }
}

/**
 * Where the unspent value of made coins goes: of a load to the account that it was taken from; of a reissue to the
 * account of the key that claimed.
 */
async function auditHomes(
  queryable: Queryable,
  range: BucketRange,
  hashes: Hashes,
  findings: Findings,
): Promise<void> {
  const orders = await queryable.query<{ coins: Buffer; homes: string[] }>(
    `SELECT o.coins, array_agg(DISTINCT s.home) AS homes FROM coin_order o JOIN (
       SELECT set_id AS id, substring(account from 9) AS home FROM posting
       WHERE bucket = 0 AND account LIKE 'account:%' AND amount < 0
       UNION ALL
       SELECT p.child_id, CASE WHEN c.owner = p.signer THEN c.home_operator || ':' || encode(c.home, 'hex')
         ELSE t.operator || ':' || encode(t.handle, 'hex') END
       FROM piece p JOIN coin c USING (bucket, coin_id)
       LEFT JOIN certificate t ON t.bucket = ${bucketIn('p.signer', 2)} AND t.subject = p.signer
       WHERE p.kind > 0) s ON s.id = o.order_id
     WHERE o.bucket >= $1 AND o.bucket < $2 AND s.home IS NOT NULL GROUP BY o.bucket, o.order_id`,
    range,
  );
  const made = orders.rows.flatMap(({ coins, homes }) =>
    coinsInOrder(coins).map((bytes) => ({ id: decodeSigned(COIN, bytes, hashes).id, homes })),
  );
  const stored = await coinsById(
    queryable,
    made.map(({ id }) => id),
  );
  for (const { id, homes } of made) {
    const coin = stored.get(idText(id));
    const home = coin && `${coin.home_operator}:${coin.home.toString('hex')}`;
    if (!home || !homes.includes(home))
      findings.add('coins whose unspent value goes to another account', coin?.value ?? 0);
  }
}
