/** The fixed hash by which the hot tables are keyed and, on a sharded database, distributed. */

/** A fixed number, more than shards ever; changing it means rewriting every table. */
export const BUCKETS = 1_024;

/** Bucket of anything named by a hash, such as a coin or a request: ids are uniform already. */
export const bucketOf = (id: Uint8Array): number => (((id[0] ?? 0) << 8) | (id[1] ?? 0)) % BUCKETS;

/** Bucket of a public key: bytes of its x coordinate, which are as good as random. */
export const bucketOfKey = (key: Uint8Array): number => bucketOf(key.subarray(2));
