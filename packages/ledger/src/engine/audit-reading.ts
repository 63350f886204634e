/** What the parts of an audit read with: bucket ranges, stored objects by their ids. */
import { equalBytes } from '@duet/protocol/bytes';
import { reading } from '@duet/protocol/messages/decoding';
import { decodeSigned, type ObjectType, type Signed } from '@duet/protocol/objects/signed';
import type { Hashes } from '@duet/protocol/suite';
import { BUCKETS, bucketOf } from '../core/bucket.ts';
import { type CoinRow, type Queryable, readCoins } from '../sql/rows.ts';

/** [from, to) */
export type BucketRange = readonly [number, number];

/** All buckets, `size` at a time. */
export const bucketRanges = (size: number): readonly BucketRange[] =>
  Array.from({ length: BUCKETS / size }, (_, i) => [i * size, (i + 1) * size]);

/** What one read of an audit holds in memory. */
export const BUCKET_RANGES = bucketRanges(64);

/** The bucket of an id in SQL, as `bucketOf` gives it; of a key from its third byte. */
export const bucketIn = (id: string, first = 0): string =>
  `((get_byte(${id}, ${first}) << 8) | get_byte(${id}, ${first + 1})) % ${BUCKETS}`;

/** An object that can be read and has the id under which it is stored. */
export function readAs<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  body: Buffer | null,
  id: Buffer,
  hashes: Hashes,
): Signed<Kind, Body> | undefined {
  if (!body) return undefined;
  const read = reading(() => decodeSigned(type, body, hashes));
  return read.ok && equalBytes(read.value.id, id) ? read.value : undefined;
}

/** Stored coins by id in hex. */
export async function coinsById(
  queryable: Queryable,
  ids: readonly Uint8Array[],
): Promise<ReadonlyMap<string, CoinRow>> {
  const rows = await readCoins(
    queryable,
    ids.map((id) => ({ bucket: bucketOf(id), id })),
  );
  return new Map(rows.map((row) => [row.coin_id.toString('hex'), row]));
}
