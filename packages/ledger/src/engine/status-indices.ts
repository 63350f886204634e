/**
 * Status indices: the place of a key, coin or terminal in the list of its authority. Random, without replacement,
 * so that no two objects that anybody still judges are revoked together; used again only when nobody can use what
 * had it before. See ADR 18 and 23.
 */
import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant } from '@duet/protocol/brand';
import { DatabaseError } from '../postgres/database-error.ts';
import type { Queryable } from '../sql/rows.ts';
import type { Authority } from './authority.ts';

/** Indices are drawn from `first` while at least half of a draw is free, then from twice as many, up to `last`. */
export interface StatusSpace {
  readonly first: number;
  readonly last: number;
}

export const STATUS_SPACE: StatusSpace = { first: 1 << 20, last: 1 << 24 };

/** The list of the issuer: wallet certificates and coins. */
export const ISSUER_AUTHORITY = 0;

/** Draws of one call: with the samples below one in ten thousand free indices is still found. */
const MAX_DRAWS = 32;
/** Indices that a draw tries after the first one. */
const SAMPLE = 512;

export interface StatusContext {
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly now: Instant;
}

/**
 * Objects that ended on or before this day have no use for their place in a list. A key may spend what it received
 * after its certificate ended, until the youngest coin that could reach it is past spendBy: the longest time to
 * spend that any policy gives.
 */
export function endedBefore({ authority, now }: Pick<StatusContext, 'authority' | 'now'>): number {
  const longest = authority.bundle.body.policies.reduce(
    (days, policy) => Math.max(days, policy.spendDays),
    1,
  );
  return dayOf(now) - longest;
}

/** Indices of one list for objects that end on a day. @throws DatabaseError `status-list-full` */
export async function drawStatuses(
  queryable: Queryable,
  list: number,
  count: number,
  expires: Day,
  context: StatusContext,
  space: StatusSpace = STATUS_SPACE,
): Promise<number[]> {
  const drawn: number[] = [];
  let size = space.first;
  for (let draws = 0; drawn.length < count; draws++) {
    if (draws === MAX_DRAWS) throw listFull(list, space);
    const wanted = count - drawn.length;
    const tries = draws === 0 ? wanted : Math.max(wanted, SAMPLE);
    const tried = new Set(Array.from({ length: tries }, () => randomStatus(context.crypto, size)));
    const free = await queryable.query<{ status: number }>(
      `INSERT INTO status_index (authority, status, expires)
       SELECT $1, f.status, $3 FROM (
         SELECT t.status FROM unnest($2::bigint[]) AS t(status)
         LEFT JOIN status_index s ON s.authority = $1 AND s.status = t.status
         WHERE s.status IS NULL OR s.expires <= $4 LIMIT $5) f ORDER BY f.status
       ON CONFLICT (authority, status) DO UPDATE SET expires = excluded.expires WHERE status_index.expires <= $4
       RETURNING status`,
      [list, [...tried], expires, endedBefore(context), wanted],
    );
    drawn.push(...free.rows.map((row) => row.status));
    if (free.rows.length < Math.min(wanted, tried.size / 2)) size = Math.min(2 * size, space.last);
  }
  return drawn;
}

const listFull = (list: number, { last }: StatusSpace): DatabaseError =>
  new DatabaseError(
    'status-list-full',
    'safe',
    `registry: status list ${list} has no free index among ${last}, nothing was issued: wait until older keys and coins end, or issue under another authority`,
  );

function randomStatus(crypto: SyncCrypto, size: number): number {
  const raw = crypto.randomBytes(4);
  return (((raw[0] ?? 0) << 16) | ((raw[1] ?? 0) << 8) | (raw[2] ?? 0)) % size;
}
