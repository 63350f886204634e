/**
 * The registry's tables. Hot tables are keyed by `bucket` (a fixed hash of the coin id) and the coin id
 * first; nothing here needs what a sharded PostgreSQL lacks: no sequences, triggers, exclusion constraints,
 * advisory locks or statements that span buckets for correctness.
 *
 * `piece` holds every input the registry ever saw (of Spends, Claims and Returns): the line of a coin is the
 * set of its pieces, walked from the coin to the deepest owner.
 */
import { BUCKETS } from '../core/bucket.ts';
import type { Migration } from '../postgres/migrate.ts';
import { SETTLE_BATCH } from './settle-batch.ts';

/** A day that does not come: the largest `int`. */
const NEVER = 2_147_483_647;

const TABLES = `
CREATE TABLE operator (
  operator int PRIMARY KEY,
  name text NOT NULL,
  quota bigint NOT NULL DEFAULT 0 CHECK (quota >= 0),
  stopped boolean NOT NULL DEFAULT false
);

CREATE TABLE account (
  operator int NOT NULL,
  handle bytea NOT NULL,
  kind text NOT NULL,
  restricted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (operator, handle)
);

CREATE TABLE certificate (
  bucket int NOT NULL,
  subject bytea NOT NULL,
  certificate_id bytea NOT NULL,
  enrolment_id bytea NOT NULL,
  operator int NOT NULL,
  handle bytea NOT NULL,
  status bigint NOT NULL,
  authority int NOT NULL,
  body bytea NOT NULL,
  enrolment bytea NOT NULL,
  revoked boolean NOT NULL DEFAULT false,
  PRIMARY KEY (bucket, subject)
);
CREATE INDEX certificate_handle ON certificate (operator, handle);
CREATE INDEX certificate_revoked ON certificate (authority) WHERE revoked;

CREATE TABLE coin (
  bucket int NOT NULL,
  coin_id bytea NOT NULL,
  value bigint NOT NULL CHECK (value > 0),
  currency int NOT NULL,
  operator int NOT NULL,
  issuer_key int NOT NULL,
  owner bytea NOT NULL,
  status bigint NOT NULL,
  policy int NOT NULL,
  spend_by int NOT NULL,
  claim_by int NOT NULL,
  serial bytea NOT NULL,
  conditional boolean NOT NULL,
  /* The account to which unspent value returns (SET-7). */
  home_operator int NOT NULL,
  home bytea NOT NULL,
  known boolean NOT NULL,
  revoked boolean NOT NULL DEFAULT false,
  /* 0 clean, 1 judged piece by piece, 2 closed */
  state smallint NOT NULL DEFAULT 0,
  review_due boolean NOT NULL DEFAULT false,
  body bytea NOT NULL,
  PRIMARY KEY (bucket, coin_id)
);
CREATE INDEX coin_review ON coin (bucket) WHERE review_due;
CREATE INDEX coin_home ON coin (home_operator, home);
CREATE INDEX coin_revoked ON coin (bucket) WHERE revoked;

/* Status indices in use: random, without replacement. */
CREATE TABLE status_index (
  authority int NOT NULL,
  status bigint NOT NULL,
  PRIMARY KEY (authority, status)
);

CREATE TABLE piece (
  bucket int NOT NULL,
  coin_id bytea NOT NULL,
  child_id bytea NOT NULL,
  child_index smallint NOT NULL,
  /* 0 spend, 1 claim, 2 return */
  kind smallint NOT NULL,
  parent_id bytea NOT NULL,
  /* -1: the coin itself */
  parent_index smallint NOT NULL,
  range_from bigint NOT NULL,
  range_to bigint NOT NULL,
  signer bytea NOT NULL,
  /* Spends: key of the payee. */
  payee bytea,
  request_id bytea,
  nonce bytea,
  /* Spends: sequence number of the signing key. */
  seq bigint,
  /* First eight bytes of child and request: small keys for look-ups that come without a bucket. */
  child_tag bigint NOT NULL,
  request_tag bigint,
  void boolean NOT NULL DEFAULT false,
  /* Claims: 0 not credited, 1 credited whole from the coin, 2 see table credit. */
  outcome smallint NOT NULL DEFAULT 0,
  /* Claims: the ledger account and operator that are credited. */
  account text,
  account_operator int,
  /* Order of arrival: first stored is the lowest. */
  stored bigint NOT NULL,
  body bytea,
  PRIMARY KEY (bucket, coin_id, child_id, child_index),
  CHECK (range_from >= 0 AND range_from < range_to)
);
CREATE INDEX piece_child ON piece (child_tag);
CREATE INDEX piece_request ON piece (request_tag) WHERE request_tag IS NOT NULL;
/* One seq on money of two coins: received money alone, so that first hops pay nothing for it. */
CREATE INDEX piece_seq ON piece (signer, seq) WHERE kind = 0 AND parent_index >= 0;

/* What piece-by-piece judgement credited. Line 0 is the coin; other lines are branches of a double spend. */
CREATE TABLE credit (
  bucket int NOT NULL,
  coin_id bytea NOT NULL,
  child_id bytea NOT NULL,
  child_index smallint NOT NULL,
  range_from bigint NOT NULL,
  range_to bigint NOT NULL,
  line smallint NOT NULL,
  source text NOT NULL,
  culprit bytea,
  /* Credits of the close: the account that got it. */
  account text,
  PRIMARY KEY (bucket, coin_id, child_id, child_index, range_from)
);

CREATE TABLE claim_message (
  bucket int NOT NULL,
  claim_id bytea NOT NULL,
  signer bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (bucket, claim_id)
);

CREATE TABLE verdict (
  bucket int NOT NULL,
  request_id bytea NOT NULL,
  nonce bytea NOT NULL,
  verdict_id bytea NOT NULL,
  accepted bytea[] NOT NULL,
  body bytea NOT NULL,
  request bytea NOT NULL,
  stored bigint NOT NULL,
  PRIMARY KEY (bucket, request_id, nonce, verdict_id)
);

/* Payments known from their payers alone: the payee's device answers them at its next sync (SET-13). */
CREATE TABLE recorded (
  bucket int NOT NULL,
  payee bytea NOT NULL,
  request_id bytea NOT NULL,
  nonce bytea NOT NULL,
  exchange_id bytea NOT NULL,
  request bytea NOT NULL,
  offer bytea NOT NULL,
  amount bigint NOT NULL,
  stored bigint NOT NULL,
  PRIMARY KEY (bucket, payee, request_id, nonce, exchange_id)
);

/* Coins made for a load, refresh or return: the same order again gives the same coins. */
CREATE TABLE coin_order (
  bucket int NOT NULL,
  order_id bytea NOT NULL,
  content bytea NOT NULL,
  /* CBOR array of COSE_Sign1 coins */
  coins bytea NOT NULL,
  PRIMARY KEY (bucket, order_id)
);

CREATE TABLE posting (
  bucket int NOT NULL,
  batch bytea NOT NULL,
  set_id bytea NOT NULL,
  account text NOT NULL,
  currency int NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (bucket, batch, set_id, account, currency)
);

CREATE TABLE outbox (
  bucket int NOT NULL,
  batch bytea NOT NULL,
  accounts text[] NOT NULL,
  currencies int[] NOT NULL,
  amounts bigint[] NOT NULL,
  delivered boolean NOT NULL DEFAULT false,
  PRIMARY KEY (bucket, batch)
);
CREATE INDEX outbox_due ON outbox (bucket) WHERE NOT delivered;

CREATE TABLE delivery (
  bucket int NOT NULL,
  batch bytea NOT NULL,
  PRIMARY KEY (bucket, batch)
);

/* Sums of delivered postings: audit recomputes them. */
CREATE TABLE balance (
  account text NOT NULL,
  currency int NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (account, currency)
);

CREATE TABLE fraud_case (
  case_id bytea PRIMARY KEY,
  culprit bytea NOT NULL,
  form smallint NOT NULL,
  operator int,
  handle bytea,
  opened_at bigint NOT NULL,
  /* Keys and coins of the handle are revoked, in a transaction after the one that opened the case. */
  revoked boolean NOT NULL DEFAULT false
);
CREATE INDEX fraud_case_due ON fraud_case (case_id) WHERE NOT revoked;

CREATE TABLE fraud_proof (
  proof_id bytea PRIMARY KEY,
  case_id bytea NOT NULL,
  coin_id bytea,
  body bytea NOT NULL,
  stored bigint NOT NULL
);
CREATE INDEX fraud_proof_case ON fraud_proof (case_id);

/* What the fund still has to pay, or has paid, for one credited range of a disputed coin. */
CREATE TABLE fund_due (
  due_id bytea PRIMARY KEY,
  coin_id bytea NOT NULL,
  child_id bytea NOT NULL,
  child_index int NOT NULL,
  culprit bytea NOT NULL,
  operator int NOT NULL,
  account text NOT NULL,
  account_operator int NOT NULL,
  currency int NOT NULL,
  policy int NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  paid bigint NOT NULL DEFAULT 0,
  period int NOT NULL
);
CREATE INDEX fund_due_coin ON fund_due (coin_id);
CREATE INDEX fund_due_child ON fund_due (child_id);
CREATE INDEX fund_due_account ON fund_due (account, period);

/* Claims after the close: what the account that got the gap owes (SET-7). */
CREATE TABLE debt (
  debt_id bytea PRIMARY KEY,
  debtor text NOT NULL,
  creditor text NOT NULL,
  currency int NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  paid bigint NOT NULL DEFAULT 0
);

CREATE TABLE ticket (
  ticket bytea PRIMARY KEY,
  opened_on int NOT NULL,
  tries int NOT NULL DEFAULT 0,
  redeemed boolean NOT NULL DEFAULT false
);

/* The order opened a pseudonym: append-only (PRIV-3). */
CREATE TABLE opening (
  case_id bytea PRIMARY KEY,
  culprit bytea NOT NULL,
  opened_at bigint NOT NULL
);
`;

/** The first form of `settle_batch`; see settle-batch.ts. */
const FIRST_SETTLE_BATCH = `
CREATE FUNCTION settle_batch(
  p_batch bytea, p_lane int,
  n_bucket int[], n_coin bytea, n_child bytea, n_child_index int[], n_kind int[],
  n_parent bytea, n_parent_index int[], n_from bigint[], n_to bigint[],
  n_signer bytea, n_payee bytea, n_request bytea, n_nonce bytea[], n_void boolean[],
  n_account text[], n_account_operator int[], n_body bytea, n_body_from int[], n_body_length int[],
  n_seq bigint[], n_rival boolean[]
) RETURNS TABLE (place int, outcome int) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM coin
  WHERE (bucket, coin_id) IN (
    SELECT n_bucket[g], substring(n_coin from g * 32 - 31 for 32) FROM generate_subscripts(n_bucket, 1) g)
  ORDER BY bucket, coin_id FOR UPDATE;

  RETURN QUERY
  WITH fresh AS MATERIALIZED (
    SELECT u.place::int AS place, u.bucket, substring(n_coin from u.place::int * 32 - 31 for 32) AS coin_id,
      substring(n_child from u.place::int * 32 - 31 for 32) AS child_id, u.child_index, u.kind,
      substring(n_parent from u.place::int * 32 - 31 for 32) AS parent_id, u.parent_index, u.range_from, u.range_to,
      substring(n_signer from u.place::int * 34 - 33 for 34) AS signer,
      CASE WHEN u.kind = 0 THEN substring(n_payee from u.place::int * 34 - 33 for 34) END AS payee,
      CASE WHEN u.kind = 0 THEN substring(n_request from u.place::int * 32 - 31 for 32) END AS request_id,
      u.nonce, u.void, u.account, u.account_operator,
      CASE WHEN u.body_length > 0 THEN substring(n_body from u.body_from for u.body_length) END AS body, u.seq, u.rival
    FROM unnest(n_bucket, n_child_index, n_kind, n_parent_index, n_from, n_to, n_nonce, n_void, n_account,
        n_account_operator, n_body_from, n_body_length, n_seq, n_rival)
      WITH ORDINALITY AS u(bucket, child_index, kind, parent_index, range_from, range_to, nonce, void, account,
        account_operator, body_from, body_length, seq, rival, place)
  ), owned AS MATERIALIZED (
    SELECT fresh.*, coin.operator, coin.currency, coin.state, coin.known
    FROM fresh JOIN coin USING (bucket, coin_id)
  ), before AS (
    SELECT o.place, o.bucket, o.coin_id, p.outcome FROM owned o JOIN piece p ON p.bucket = o.bucket
      AND p.coin_id = o.coin_id AND p.child_id = o.child_id AND p.child_index = o.child_index
  ), rivals AS (
    SELECT o.bucket, o.coin_id FROM owned o JOIN piece p ON p.bucket = o.bucket AND p.coin_id = o.coin_id
    WHERE (p.child_id, p.child_index) <> (o.child_id, o.child_index)
      AND p.range_from < o.range_to AND o.range_from < p.range_to
      AND ((p.parent_id = o.parent_id AND p.parent_index = o.parent_index) OR (p.kind > 0 AND o.kind > 0))
      OR (p.signer = o.signer AND p.seq = o.seq AND p.child_id <> o.child_id)
  ), special AS MATERIALIZED (
    SELECT bucket, coin_id FROM rivals
    UNION SELECT bucket, coin_id FROM owned WHERE rival OR state <> 0 OR NOT known OR void OR kind = 2
  ), arrival AS MATERIALIZED (
    /* Once for the batch: its inputs are in order by place, whatever order they are written in. */
    SELECT greatest(clock_micros(), coalesce((SELECT max(p.stored) + 1 FROM (SELECT DISTINCT bucket, coin_id FROM owned) c
      JOIN piece p ON p.bucket = c.bucket AND p.coin_id = c.coin_id), 0)) AS micros
  ), added AS (
    INSERT INTO piece (bucket, coin_id, child_id, child_index, kind, parent_id, parent_index, range_from, range_to,
      signer, payee, request_id, nonce, seq, child_tag, request_tag, void, outcome, account, account_operator, stored, body)
    SELECT DISTINCT ON (o.bucket, o.coin_id, o.child_id, o.child_index)
      o.bucket, o.coin_id, o.child_id, o.child_index, o.kind, o.parent_id, o.parent_index, o.range_from, o.range_to,
      o.signer, o.payee, o.request_id, o.nonce, o.seq, tag_of(o.child_id), tag_of(o.request_id), o.void,
      CASE WHEN o.kind = 1 AND (o.bucket, o.coin_id) NOT IN (SELECT bucket, coin_id FROM special) THEN 1 ELSE 0 END,
      o.account, o.account_operator,
      (SELECT micros FROM arrival) + o.place, o.body
    FROM owned o
    ORDER BY o.bucket, o.coin_id, o.child_id, o.child_index, o.place
    ON CONFLICT DO NOTHING
    RETURNING piece.bucket, piece.coin_id, piece.child_id, piece.outcome, piece.range_from, piece.range_to,
      piece.account, piece.account_operator, piece.stored
  ), won AS (
    SELECT a.child_id, a.account, a.account_operator, c.operator, c.currency,
      sum(a.range_to - a.range_from)::bigint AS amount
    FROM added a JOIN coin c ON c.bucket = a.bucket AND c.coin_id = a.coin_id
    WHERE a.outcome = 1
    GROUP BY a.child_id, a.account, a.account_operator, c.operator, c.currency
  ), lines AS (
    SELECT w.child_id, l.account, w.currency, sum(l.amount)::bigint AS amount
    FROM won w, LATERAL (VALUES
      ('outstanding:' || w.operator, -w.amount), (w.account, w.amount),
      ('reserve:' || w.operator, CASE WHEN w.operator <> w.account_operator THEN -w.amount END),
      ('reserve:' || w.account_operator, CASE WHEN w.operator <> w.account_operator THEN w.amount END)
    ) AS l(account, amount)
    WHERE l.amount IS NOT NULL
    GROUP BY w.child_id, l.account, w.currency
  ), posted AS (
    INSERT INTO posting (bucket, batch, set_id, account, currency, amount)
    SELECT p_lane, p_batch, child_id, account, currency, amount FROM lines
    RETURNING account, currency, amount
  ), due AS (
    INSERT INTO outbox (bucket, batch, accounts, currencies, amounts)
    SELECT p_lane, p_batch, array_agg(account), array_agg(currency), array_agg(amount)
    FROM (SELECT account, currency, sum(amount)::bigint AS amount FROM posted GROUP BY account, currency) t
    HAVING count(*) > 0
    RETURNING 1
  ), marked AS (
    UPDATE coin SET state = greatest(coin.state, 1::smallint), review_due = true
    FROM special WHERE coin.bucket = special.bucket AND coin.coin_id = special.coin_id
    RETURNING 1
  )
  SELECT (a.stored - m.micros)::int, 1 FROM added a, arrival m WHERE a.outcome = 1
  UNION ALL
  SELECT b.place, 1 FROM before b
  WHERE b.outcome = 1 AND (b.bucket, b.coin_id) NOT IN (SELECT bucket, coin_id FROM special)
  UNION ALL
  SELECT o.place, 3 FROM owned o WHERE (o.bucket, o.coin_id) IN (SELECT bucket, coin_id FROM special)
    AND (SELECT count(*) FROM due) >= 0 AND (SELECT count(*) FROM marked) >= 0;
END $fn$;
`;

const TAG_OF = `
CREATE FUNCTION tag_of(id bytea) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fn$
  SELECT ('x' || encode(substring(id from 1 for 8), 'hex'))::bit(64)::bigint
$fn$;
`;

/** Microseconds since the epoch: orders arrivals. Read under the coins' locks, and never behind what a coin holds. */
const CLOCK_MICROS = `
CREATE FUNCTION clock_micros() RETURNS bigint LANGUAGE sql VOLATILE AS $fn$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$fn$;
`;

/** Adds delivered sums to the balances once per (bucket, batch); returns what was delivered. */
const DELIVER = `
CREATE FUNCTION deliver_outbox(p_limit int) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE taken int;
BEGIN
  WITH due AS (
    SELECT bucket, batch, accounts, currencies, amounts FROM outbox WHERE NOT delivered
    ORDER BY bucket, batch LIMIT p_limit FOR UPDATE SKIP LOCKED
  ), fresh AS (
    INSERT INTO delivery (bucket, batch) SELECT bucket, batch FROM due ON CONFLICT DO NOTHING
    RETURNING bucket, batch
  ), sums AS (
    SELECT u.account, u.currency, sum(u.amount)::bigint AS amount
    FROM due JOIN fresh USING (bucket, batch), unnest(due.accounts, due.currencies, due.amounts)
      AS u(account, currency, amount)
    GROUP BY u.account, u.currency
  ), added AS (
    INSERT INTO balance (account, currency, amount)
    SELECT account, currency, amount FROM sums ORDER BY account, currency
    ON CONFLICT (account, currency) DO UPDATE SET amount = balance.amount + excluded.amount
    RETURNING 1
  ), done AS (
    UPDATE outbox SET delivered = true FROM due
    WHERE outbox.bucket = due.bucket AND outbox.batch = due.batch RETURNING 1
  )
  SELECT (SELECT count(*) FROM done) + 0 * (SELECT count(*) FROM added) INTO taken;
  RETURN taken;
END $fn$;
`;

/**
 * Dates that free a status index and end a key, the order in which funds pay, and indices for look-ups that come
 * without a bucket. Claims and payments write none of the indices: `coin` grows by loads and reissues (500 coins in
 * one statement: 9 ms before, 14 ms with them), and a receivable is posted for a fraud alone. Among 100,000 coins
 * each of these look-ups read the whole table, 20 to 40 ms; with its index it takes below 0.1 ms.
 */
const LOOK_UPS = `
/* Rows from before this was kept never end. */
ALTER TABLE certificate ADD COLUMN valid_until int NOT NULL DEFAULT ${NEVER};
/* Last day of the object that has the index: validUntil of a certificate, claimBy of a coin. */
ALTER TABLE status_index ADD COLUMN expires int NOT NULL DEFAULT ${NEVER};
/* Arrival of the claim: funds pay the oldest first. */
ALTER TABLE fund_due ADD COLUMN stored bigint NOT NULL DEFAULT 0;

/* Live keys and coins of a handle (LIMIT-1). */
DROP INDEX certificate_handle;
CREATE INDEX certificate_handle ON certificate (operator, handle, valid_until);
DROP INDEX coin_home;
CREATE INDEX coin_home ON coin (home_operator, home, spend_by);
/* The document of a key that has no certificate; two coins of one serial; coins to be closed. */
CREATE INDEX coin_owner ON coin (owner);
CREATE INDEX coin_serial ON coin (serial);
CREATE INDEX coin_due ON coin (claim_by) WHERE state < 2;
CREATE INDEX fund_due_open ON fund_due (stored, due_id) WHERE paid < amount;
CREATE INDEX posting_receivable ON posting (account) WHERE account LIKE 'receivable:%';
`;

/** IntakeNotes move a late claim's debt to the operator; a review lifts the caps of a due; alarms stop epochs. */
const NOTES_ALARMS_REVIEWS = `
/* Of which claim or return, and the claimBy of its coin: an IntakeNote of an earlier day makes the operator the debtor. */
ALTER TABLE debt ADD COLUMN child_id bytea NOT NULL DEFAULT '', ADD COLUMN child_index int NOT NULL DEFAULT 0,
  ADD COLUMN claim_by int NOT NULL DEFAULT 0, ADD COLUMN note bytea;
CREATE INDEX debt_child ON debt (child_id);

/* A review lifts the caps: what it paid does not count towards them. Operator 0: the issuer owes it, beyond lossCap. */
ALTER TABLE fund_due ADD COLUMN reviewed boolean NOT NULL DEFAULT false, ADD COLUMN paid_reviewed bigint NOT NULL DEFAULT 0;

/* Epochs that an alarm stopped for offline acceptance (SET-1): a notice is never changed, a later one follows it. */
CREATE TABLE epoch_stop (
  epoch int NOT NULL,
  raised_at bigint NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (epoch, until)
);
CREATE INDEX coin_unknown ON coin (issuer_key) WHERE NOT known;

/* Its owner key owns another coin too: one seq may stand on Spends of both (SET-4). */
ALTER TABLE coin ADD COLUMN shared boolean NOT NULL DEFAULT false;
`;

/** A Verdict leaves void what was spent to its own signer: a Spend to somebody else may name any request. */
const VERDICT_PAYEES = `
/* Key that signed it; empty in rows from before this was kept. */
ALTER TABLE verdict ADD COLUMN payee bytea NOT NULL DEFAULT '';
`;

/** What comes to a ticket after it was redeemed follows it to the account (SET-10). */
const TICKET_ACCOUNTS = `
ALTER TABLE ticket ADD COLUMN account text;
`;

/** One payment of a standing request among all that were made to it (PAY-12). */
const PAYMENT_LOOK_UPS = `
DROP INDEX piece_request;
CREATE INDEX piece_request ON piece (request_tag, coalesce(nonce, '')) WHERE request_tag IS NOT NULL;
`;

/** What the payer of a Spend without a Verdict is told after the close of its coins (PAY-8). */
const CLOSE_ENDS = `
/* Spends: what of it reached its payee or those after when the coin was closed; NULL before that, and for what came later. */
ALTER TABLE piece ADD COLUMN reached bigint;
`;

/** Rows of `key_lock` in a bucket: with 65,536 in all a batch of 500 keys locks one in 130. */
export const KEY_LOCK_PARTS = 64;

/** What is locked to give a key to an account: enrolments need not wait for loads and payouts (SET-7). */
const KEY_LOCKS = `
CREATE TABLE key_lock (
  bucket int NOT NULL,
  part int NOT NULL,
  PRIMARY KEY (bucket, part)
);
INSERT INTO key_lock SELECT b, p FROM generate_series(0, ${BUCKETS - 1}) b, generate_series(0, ${KEY_LOCK_PARTS - 1}) p;
`;

/** A repeated order gets the same answer (SET-14). */
const ORDER_CODES = `
/* Why a refresh or return made fewer coins than it lists; NULL where it did not, and in rows from before this was kept. */
ALTER TABLE coin_order ADD COLUMN code text;
`;

export const MIGRATIONS: readonly Migration[] = [
  { id: '001-registry', sql: TABLES },
  { id: '002-settle-batch', sql: TAG_OF + CLOCK_MICROS + FIRST_SETTLE_BATCH + DELIVER },
  { id: '003-look-ups', sql: LOOK_UPS },
  { id: '004-notes-alarms-reviews', sql: NOTES_ALARMS_REVIEWS },
  { id: '005-verdict-payees', sql: VERDICT_PAYEES },
  { id: '006-settle-batch', sql: SETTLE_BATCH },
  { id: '007-ticket-accounts', sql: TICKET_ACCOUNTS },
  { id: '008-payment-look-ups', sql: PAYMENT_LOOK_UPS },
  { id: '009-close-ends', sql: CLOSE_ENDS },
  { id: '010-key-locks', sql: KEY_LOCKS },
  { id: '011-order-codes', sql: ORDER_CODES },
];
