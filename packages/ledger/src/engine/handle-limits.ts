/**
 * LIMIT-1: the issuer bounds the live keys and coins of a handle. Each owner key counts its own payments, so what
 * a broken device can spend twice grows with the keys that it holds; whoever holds many brings them back first.
 *
 * A key is live until its certificate ends. A coin is live while its owner key may still sign something of it: before
 * spendBy, not revoked, not claimed, spent or returned to the end.
 */
import type { Handle } from '@duet/protocol/objects/fields';
import { binary, hexOf, type Queryable } from '../sql/rows.ts';

export interface HandleLimits {
  /** Wallet keys whose certificate is in force. Terminals are their operator's to count. */
  readonly keys: number;
  readonly coins: number;
}

/** A new key at every sync, 45 a day for 90 days; sixteen times the coins that a wallet keeps after a sync (SET-9). */
export const HANDLE_LIMITS: HandleLimits = { keys: 4_096, coins: 256 };

export interface Holder {
  readonly operator: number;
  readonly handle: Handle | Uint8Array;
}

/** What the issuer knows of an account before it gives it keys or coins. */
export interface Standing {
  readonly restricted: boolean;
  /** Live wallet keys. */
  readonly keys: number;
  /** Coins before spendBy: at least the live ones. */
  readonly coins: number;
}

export const holderKey = ({ operator, handle }: Holder): string => `${operator}:${hexOf(handle)}`;

/** Accounts by {@link holderKey}, locked against others that issue to them; unknown ones are missing. */
export async function standingsOf(
  queryable: Queryable,
  holders: readonly Holder[],
  today: number,
): Promise<Map<string, Standing>> {
  const rows = await queryable.query<Standing & { operator: number; handle: Buffer }>(
    `SELECT a.operator, a.handle, a.restricted,
       (SELECT count(*) FROM certificate c WHERE c.operator = a.operator AND c.handle = a.handle
          AND c.valid_until > $3 AND c.authority = 0)::bigint AS keys,
       (SELECT count(*) FROM coin c WHERE c.home_operator = a.operator AND c.home = a.handle
          AND c.spend_by > $3 AND c.state < 2 AND NOT c.revoked)::bigint AS coins
     FROM account a JOIN unnest($1::int[], $2::bytea[]) AS k(o, h) ON a.operator = k.o AND a.handle = k.h
     ORDER BY a.operator, a.handle FOR NO KEY UPDATE OF a`,
    [holders.map(({ operator }) => operator), holders.map(({ handle }) => binary(handle)), today],
  );
  return new Map(rows.rows.map((row) => [holderKey(row), row]));
}

/**
 * Coins that a locked account may get, where `wanted` are asked for. Near the bound they are counted exactly: coins of
 * which the owner key can sign nothing more are left out, and those that others made before they let go of the lock
 * are seen.
 */
export async function roomForCoins(
  queryable: Queryable,
  holder: Holder,
  standing: Standing,
  wanted: number,
  limits: HandleLimits,
  today: number,
): Promise<number> {
  if (standing.coins + wanted <= limits.coins / 2) return wanted;
  return Math.max(0, limits.coins - (await liveCoinsOf(queryable, holder, today)));
}

/** A range counts once, however many Claims name it: two of one key accuse nobody. */
async function liveCoinsOf(
  queryable: Queryable,
  { operator, handle }: Holder,
  today: number,
): Promise<number> {
  const rows = await queryable.query<{ coins: number }>(
    `SELECT count(*)::bigint AS coins FROM coin c
     WHERE c.home_operator = $1 AND c.home = $2 AND c.spend_by > $3 AND c.state < 2 AND NOT c.revoked
       AND c.value > (SELECT coalesce(sum(upper(u.part) - lower(u.part)), 0) FROM (
         SELECT unnest(range_agg(int8range(p.range_from, p.range_to))) AS part FROM piece p
         WHERE p.bucket = c.bucket AND p.coin_id = c.coin_id AND p.parent_index < 0 AND NOT p.void) u)`,
    [operator, binary(handle), today],
  );
  return rows.rows[0]?.coins ?? 0;
}
