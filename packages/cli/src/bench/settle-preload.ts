/** Fills a registry with claims of the shape that the bench measures, under random ids. */

import { BUCKETS } from '@duet/ledger/core/bucket';
import type { Queryable } from '@duet/ledger/sql/rows';

const ROWS_PER_STATEMENT = 100_000;

/** Coins, spends and claims written by SQL; balanced postings and their delivery included. */
export async function preloadClaims(queryable: Queryable, claims: number): Promise<void> {
  for (let from = 0; from < claims; from += ROWS_PER_STATEMENT) {
    const count = Math.min(ROWS_PER_STATEMENT, claims - from);
    await queryable.query(PRELOAD, [from, count, BUCKETS]);
  }
  await queryable.query('ANALYZE coin, piece, posting');
  await queryable.query('CHECKPOINT');
}

const PRELOAD = `
WITH made AS MATERIALIZED (
  SELECT g, sha256(int8send(($1 + g)::bigint) || '\\x01'::bytea || uuid_send(gen_random_uuid())) AS coin_id,
    sha256(int8send(($1 + g)::bigint) || '\\x02'::bytea || uuid_send(gen_random_uuid())) AS spend_id,
    sha256(int8send((($1 + g) / 16)::bigint) || '\\x03'::bytea) AS claim_id,
    sha256(int8send(($1 + g)::bigint) || '\\x04'::bytea || uuid_send(gen_random_uuid())) AS request_id
  FROM generate_series(1, $2::int) g
), placed AS MATERIALIZED (
  SELECT *, (get_byte(coin_id, 0) * 256 + get_byte(coin_id, 1)) % $3::int AS bucket,
    '\\x0102'::bytea || coin_id AS payer, '\\x0102'::bytea || sha256(int8send((g % 4096)::bigint)) AS payee
  FROM made
), coins AS (
  INSERT INTO coin (bucket, coin_id, value, currency, operator, issuer_key, owner, status, policy, spend_by, claim_by,
    serial, conditional, home_operator, home, known, body)
  SELECT bucket, coin_id, 5000, 156, 1, 1, payer, 1, 1, 30000, 30030, substring(coin_id for 16), false, 1, 'bench', true,
    spend_id || request_id || coin_id || spend_id || request_id || coin_id FROM placed
), spends AS (
  INSERT INTO piece (bucket, coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to, signer,
    payee, request_id, seq, child_tag, request_tag, stored, body)
  SELECT bucket, coin_id, spend_id, 0, 0, coin_id, -1, 0, 1250, payer, payee, request_id, 1, tag_of(spend_id),
    tag_of(request_id), 0, spend_id || request_id || coin_id || spend_id || request_id || coin_id FROM placed
), claims AS (
  INSERT INTO piece (bucket, coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to, signer,
    child_tag, outcome, account, account_operator, stored)
  SELECT bucket, coin_id, claim_id, g % 16, 1, spend_id, 0, 0, 1250, payee, tag_of(claim_id), 1, 'account:1:bench', 1, 0
  FROM placed
), lines AS (
  INSERT INTO posting (bucket, batch, set_id, account, currency, amount)
  SELECT bucket, int8send($1::bigint), claim_id || int8send(g), account, 156, amount
  FROM placed, LATERAL (VALUES ('outstanding:1', -1250), ('account:1:bench', 1250)) AS v(account, amount)
)
INSERT INTO outbox (bucket, batch, accounts, currencies, amounts)
SELECT 0, int8send($1::bigint), ARRAY['outstanding:1', 'account:1:bench'], ARRAY[156, 156],
  ARRAY[-1250 * count(*), 1250 * count(*)]::bigint[] FROM placed
`;
