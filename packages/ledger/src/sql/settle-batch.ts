/** The function that settles a batch, as it is now; how it came to be is the business of the migrations. */

/**
 * One batch of pieces in one transaction: lock the coins, insert, find conflicts, credit what is clean, post.
 *
 * Arrays and packed byte strings run in parallel: entry g of `n_coin` is bytes 32(g−1)+1 … 32g; no piece comes
 * twice, and `n_rival` marks those of coins on which pieces of the batch meet. The result holds a row for a claim that
 * stands credited (1), whether now or before, and for every piece of a coin that must be judged piece by piece
 * (3). Whether a claim won is read from the rows that came back, never from a row count.
 *
 * Joins go from the batch into `piece` by its key alone: the planner takes ten rows for any array, and a join of
 * the batch with itself would be a nested loop over all of it.
 */
export const SETTLE_BATCH = `
DROP FUNCTION settle_batch;
CREATE FUNCTION settle_batch(
  p_batch bytea, p_lane int,
  n_bucket int[], n_coin bytea, n_child bytea, n_child_index int[], n_kind int[],
  n_parent bytea, n_parent_index int[], n_from bigint[], n_to bigint[],
  n_signer bytea, n_payee bytea, n_request bytea, n_nonce bytea, n_has_nonce boolean[], n_void boolean[],
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
      CASE WHEN u.has_nonce THEN substring(n_nonce from u.place::int * 16 - 15 for 16) END AS nonce,
      u.void, u.account, u.account_operator,
      CASE WHEN u.body_length > 0 THEN substring(n_body from u.body_from for u.body_length) END AS body, u.seq, u.rival
    FROM unnest(n_bucket, n_child_index, n_kind, n_parent_index, n_from, n_to, n_has_nonce, n_void, n_account,
        n_account_operator, n_body_from, n_body_length, n_seq, n_rival)
      WITH ORDINALITY AS u(bucket, child_index, kind, parent_index, range_from, range_to, has_nonce, void, account,
        account_operator, body_from, body_length, seq, rival, place)
  ), owned AS MATERIALIZED (
    SELECT fresh.*, coin.operator, coin.currency, coin.state, coin.known
    FROM fresh JOIN coin USING (bucket, coin_id)
  ), near AS MATERIALIZED (
    /* Stored pieces of the coins of the batch, looked up once; those that say nothing are not kept. */
    SELECT looked.* FROM (
      SELECT o.place, o.bucket, o.coin_id, p.outcome, (p.child_id, p.child_index) = (o.child_id, o.child_index) AS same,
        (p.child_id, p.child_index) <> (o.child_id, o.child_index)
          AND p.range_from < o.range_to AND o.range_from < p.range_to
          AND ((p.parent_id = o.parent_id AND p.parent_index = o.parent_index) OR (p.kind > 0 AND o.kind > 0))
          OR (p.signer = o.signer AND p.seq = o.seq AND p.child_id <> o.child_id) AS rival
      FROM owned o JOIN piece p ON p.bucket = o.bucket AND p.coin_id = o.coin_id
    ) looked WHERE looked.same OR looked.rival
  ), special AS MATERIALIZED (
    SELECT bucket, coin_id FROM near WHERE rival
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
  SELECT b.place, 1 FROM near b
  WHERE b.same AND b.outcome = 1 AND (b.bucket, b.coin_id) NOT IN (SELECT bucket, coin_id FROM special)
  UNION ALL
  SELECT o.place, 3 FROM owned o WHERE (o.bucket, o.coin_id) IN (SELECT bucket, coin_id FROM special)
    AND (SELECT count(*) FROM due) >= 0 AND (SELECT count(*) FROM marked) >= 0;
END $fn$;
`;
