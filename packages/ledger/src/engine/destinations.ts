/**
 * Where claims and returns ask their money to go: to an account that is there, through an operator that is there, or
 * to keys that belong to nobody else. Others are refused before anything of them is stored, so that the device can name another one.
 */
import type { Code } from '@duet/protocol/codes';
import type { Claim, Destination, Return } from '@duet/protocol/objects/claim';
import { binary, type Queryable } from '../sql/rows.ts';
import { type ClaimRows, type Holdings, rowsOfClaim, rowsOfReturn } from './claims.ts';
import { type Facts, LISTS } from './facts.ts';
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
    const isKnown = ({ body }: Claim | Return): boolean => known.has(keyOf(body));
    await refuseOrders(facts, 'account-unknown', async (order) => !isKnown(order));
  }
}

/**
 * Takes orders for coins onto keys of other accounts out of the facts. New keys, as wallets make them, cost one look-up for
 * the batch.
 */
export async function refuseForeignKeys(
  all: readonly Facts[],
  holdings: Holdings,
  queryable: Queryable,
): Promise<void> {
  const orders = all.flatMap(({ claims, returns }) => [
    ...claims.map(({ claim }) => claim),
    ...returns.map(({ order }) => order),
  ]);
  const owners = await keyOwners(queryable, orders.flatMap(outputKeys));
  if (owners.size === 0) return;
  const isRefused = async (order: Claim | Return): Promise<boolean> => {
    const keys = outputKeys(order).filter((key) => owners.has(binary(key).toString('hex')));
    if (keys.length === 0) return false;
    const rows = rowsOf(order, holdings);
    const first = rows.rows[0];
    const coin = first && holdings.coins.get(binary(first.coin).toString('hex'));
    const home = rows.owner && coin && (await homeOfKey(queryable, rows.owner, coin));
    return keys.some((key) => isForeign(owners, key, home));
  };
  for (const facts of all) await refuseOrders(facts, 'key-certified', isRefused);
}

const outputKeys = ({ body: { destination } }: Claim | Return): readonly Uint8Array[] =>
  destination.kind === 'coins' ? destination.outputs.map(({ owner }) => owner) : [];

const rowsOf = (order: Claim | Return, holdings: Holdings): ClaimRows =>
  order.kind === 'claim' ? rowsOfClaim(order, holdings) : rowsOfReturn(order, holdings);

async function refuseOrders(
  facts: Facts,
  code: Code,
  isRefused: (order: Claim | Return) => Promise<boolean>,
): Promise<void> {
  for (const entry of facts.claims.splice(0)) {
    if (await isRefused(entry.claim)) facts.refused.push({ list: LISTS.claim, place: entry.place, code });
    else facts.claims.push(entry);
  }
  for (const entry of facts.returns.splice(0)) {
    if (await isRefused(entry.order)) facts.refused.push({ list: LISTS.return, place: entry.place, code });
    else facts.returns.push(entry);
  }
}
