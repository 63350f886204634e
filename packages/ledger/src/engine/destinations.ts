/**
 * Where claims and returns ask their money to go: to an account that is there, through an operator that is there, or
 * to keys that belong to nobody else. Others are refused before anything of them is stored, so that the device can name another one.
 */
import type { Destination } from '@duet/protocol/objects/claim';
import { binary, hexOf, type Queryable, readPiecesByChild } from '../sql/rows.ts';
import type { ClaimRows, Holdings } from './claims.ts';
import { type Facts, LISTS } from './facts.ts';
import { holderKey } from './handle-limits.ts';
import { isForeign, keyOwners } from './key-owners.ts';
import { homeOfKey } from './proofs.ts';

interface Order {
  readonly operator: number;
  readonly destination: Destination;
}

/** An account by its handle; for coins and tickets the operator alone. */
const handleOf = ({ destination }: Order): Buffer | null =>
  destination.kind === 'account' ? binary(destination.handle) : null;

const keyOf = (order: Order): string => `${order.operator}:${handleOf(order)?.toString('hex') ?? ''}`;

/** Takes orders to unknown accounts out of the facts, each with its code. */
export async function refuseUnknownDestinations(all: readonly Facts[], queryable: Queryable): Promise<void> {
  const wanted = new Map<string, Order>();
  for (const { claims, returns } of all) {
    for (const { claim } of claims) wanted.set(keyOf(claim.body), claim.body);
    for (const { order } of returns) wanted.set(keyOf(order.body), order.body);
  }
  if (wanted.size === 0) return;
  const orders = [...wanted.values()];
  const found = await queryable.query<{ operator: number; handle: Buffer | null }>(
    `SELECT k.operator, k.handle FROM unnest($1::int[], $2::bytea[]) AS k(operator, handle)
     WHERE CASE WHEN k.handle IS NULL THEN EXISTS (SELECT 1 FROM operator o WHERE o.operator = k.operator)
       ELSE EXISTS (SELECT 1 FROM account a WHERE a.operator = k.operator AND a.handle = k.handle) END`,
    [orders.map(({ operator }) => operator), orders.map(handleOf)],
  );
  const known = new Set(
    found.rows.map(({ operator, handle }) => `${operator}:${handle?.toString('hex') ?? ''}`),
  );
  if (known.size === wanted.size) return;
  for (const facts of all) {
    const claims = facts.claims.splice(0);
    for (const entry of claims) {
      if (known.has(keyOf(entry.claim.body))) facts.claims.push(entry);
      else facts.refused.push({ list: LISTS.claim, place: entry.place, code: 'account-unknown' });
    }
    const returns = facts.returns.splice(0);
    for (const entry of returns) {
      if (known.has(keyOf(entry.order.body))) facts.returns.push(entry);
      else facts.refused.push({ list: LISTS.return, place: entry.place, code: 'account-unknown' });
    }
  }
}

/** An order whose signature holds. */
interface SignedOrder {
  readonly id: Uint8Array;
  readonly body: Pick<Order, 'destination'>;
  readonly rows: ClaimRows;
}

/**
 * Those of the orders that ask for coins onto keys of other accounts. New keys, as wallets make them, cost one look-up for
 * the batch. What was taken in before goes on: it may be credited already, and only the same order moves that money on.
 */
export async function foreignOrders<Asked extends SignedOrder>(
  orders: readonly Asked[],
  holdings: Holdings,
  queryable: Queryable,
): Promise<ReadonlySet<Asked>> {
  const owners = await keyOwners(queryable, orders.flatMap(outputKeys));
  const foreign = new Set<Asked>();
  // Keys that several orders of this batch name: the first of them has it.
  const named = new Set<string>();
  const twice = new Set<string>();
  for (const name of orders.flatMap(outputKeys).map((key) => hexOf(key)))
    (named.has(name) ? twice : named).add(name);
  for (const order of owners.size + twice.size > 0 ? orders : []) {
    const keys = outputKeys(order).filter((key) => {
      const name = hexOf(key);
      return owners.has(name) || twice.has(name);
    });
    const { owner, rows } = order.rows;
    const coin = rows[0] && holdings.coins.get(rows[0].coinText);
    const home = keys.length > 0 && owner && coin ? await homeOfKey(queryable, owner, coin) : undefined;
    if (keys.some((key) => isForeign(owners, key, home))) foreign.add(order);
    else if (home && home.operator !== 0) for (const key of keys) owners.set(hexOf(key), holderKey(home));
  }
  if (foreign.size === 0) return foreign;
  const stored = await readPiecesByChild(
    queryable,
    [...foreign].map(({ id }) => id),
  );
  const known = new Set(stored.map((row) => hexOf(row.child_id)));
  return new Set([...foreign].filter(({ id }) => !known.has(hexOf(id))));
}

const outputKeys = ({ body: { destination } }: SignedOrder): readonly Uint8Array[] =>
  destination.kind === 'coins' ? destination.outputs.map(({ owner }) => owner) : [];
