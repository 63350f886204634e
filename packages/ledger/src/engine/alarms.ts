/**
 * Alarms (SET-1): a coin under a valid issuer signature that the registry never made means that the key is in other
 * hands, or that the registry forgot. Either stops the epoch, which is an issuer key: a stop notice for offline
 * acceptance goes into the next trust bundle (LIMIT-4), and ends by itself.
 *
 * The notice is stored in the transaction that stores the coin, so a crash leaves both or neither. Every process of a
 * registry makes the same bundle of the authority's and the stored notices, with one version for each notice.
 */
import { type Instant, instant, type KeyText, later, plusSeconds } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { type Fen, fen } from '@duet/protocol/money';
import { type StopNotice, stopScopeNumber } from '@duet/protocol/objects/trust-bundle';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type { Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';
import { ISSUER } from './dues.ts';

/** A stored stop of one epoch. */
export interface EpochStop {
  readonly epoch: number;
  readonly raisedAt: Instant;
  readonly until: Instant;
}

/** What the registry knows of coins of one epoch that it never made. */
export interface Alarm {
  /** Number and text of the issuer key. */
  readonly epoch: number;
  readonly issuerKey: KeyText | undefined;
  readonly coins: number;
  readonly valueFen: Fen;
  /** Paid from the issuer's loss account. */
  readonly lostFen: Fen;
  /** Beyond `lossCap`, and not paid after a review yet. */
  readonly owedFen: Fen;
  readonly raisedAt: Instant;
  /** End of the newest stop notice. */
  readonly stoppedUntil: Instant;
}

/** As long as terminals stay offline at most by the default policy: until then everybody has seen the notice. */
const STOP_SECONDS = 7 * 86_400;

/**
 * Stops epochs, inside the transaction that stores the coins and under its lock, so that two alarms at once make one
 * notice. One that still runs for half its time is left.
 */
export async function stopEpochs(
  queryable: Queryable,
  epochs: readonly number[],
  now: Instant,
): Promise<void> {
  await queryable.query(
    `INSERT INTO epoch_stop (epoch, raised_at, until)
     SELECT DISTINCT e.epoch, $2::bigint, $3::bigint FROM unnest($1::int[]) AS e(epoch)
     WHERE NOT EXISTS (SELECT 1 FROM epoch_stop s WHERE s.epoch = e.epoch AND s.until >= $4)
     ON CONFLICT DO NOTHING`,
    [epochs, now, plusSeconds(now, STOP_SECONDS), plusSeconds(now, STOP_SECONDS / 2)],
  );
}

/** Every notice, in one order. */
export async function readStops(queryable: Queryable): Promise<EpochStop[]> {
  const stops = await queryable.query<{ epoch: number; raised_at: number; until: number }>(
    'SELECT epoch, raised_at, until FROM epoch_stop ORDER BY epoch, until',
  );
  return stops.rows.map(({ epoch, raised_at: raisedAt, until }) => ({
    epoch,
    raisedAt: instant(raisedAt),
    until: instant(until),
  }));
}

/** The authority with the notices in its bundle; the same one where there are none. */
export function withStops(authority: Authority, raised: readonly EpochStop[]): Authority {
  if (raised.length === 0) return authority;
  const { body } = authority.bundle;
  const scope = stopScopeNumber('epoch');
  // By epoch the last one: it ends last.
  const stops = new Map(
    raised.map(({ epoch, until }): [number, StopNotice] => [epoch, { scope, value: epoch, until }]),
  );
  const others = body.stops.filter(
    (stop) => stop.scope !== scope || !stops.has(stop.value) || isLater(stop, stops),
  );
  const issuedAt = raised.reduce((newest, stop) => later(newest, stop.raisedAt), body.issuedAt);
  return authority.withBundle({ stops: [...others, ...stops.values()], issuedAt }, raised.length);
}

const isLater = (stop: StopNotice, stops: ReadonlyMap<number, StopNotice>): boolean =>
  stop.until > (stops.get(stop.value)?.until ?? 0);

interface AlarmRow {
  readonly epoch: number;
  readonly coins: number;
  readonly value: number;
  readonly lost: number;
  readonly owed: number;
  readonly raised_at: number;
  readonly until: number;
}

/** Alarms by epoch: one for each issuer key under which an unknown coin came in. */
export async function readAlarms(queryable: Queryable, trust: TrustView): Promise<Alarm[]> {
  const rows = await queryable.query<AlarmRow>(
    `SELECT c.issuer_key AS epoch, count(*) AS coins, sum(c.value)::bigint AS value,
       coalesce((SELECT -sum(b.amount) FROM balance b WHERE b.account = 'loss:' || c.issuer_key), 0)::bigint AS lost,
       coalesce((SELECT sum(d.amount - d.paid) FROM fund_due d JOIN coin u ON NOT u.known AND u.coin_id = d.coin_id
         WHERE d.operator = $1 AND u.issuer_key = c.issuer_key), 0)::bigint AS owed,
       (SELECT min(s.raised_at) FROM epoch_stop s WHERE s.epoch = c.issuer_key) AS raised_at,
       (SELECT max(s.until) FROM epoch_stop s WHERE s.epoch = c.issuer_key) AS until
     FROM coin c WHERE NOT c.known GROUP BY c.issuer_key ORDER BY c.issuer_key`,
    [ISSUER],
  );
  return rows.rows.map((row) => {
    const key = trust.key(row.epoch, 'issuer');
    return {
      epoch: row.epoch,
      issuerKey: key && keyText(key.key),
      coins: row.coins,
      valueFen: fen(row.value),
      lostFen: fen(row.lost),
      owedFen: fen(row.owed),
      raisedAt: instant(row.raised_at),
      stoppedUntil: instant(row.until),
    };
  });
}
