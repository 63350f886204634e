/** The cost of a passphrase, as it stands in files: bounded again by the reader, who pays it. */
import type { ScryptCost } from '@duet/crypto/port';
import { type Codec, field, record, uint } from '@duet/protocol/cbor/codec';

/** At most 256 MB and a second or two: a file from elsewhere must not take the machine's memory. */
export const scryptCostField: Codec<ScryptCost> = record({
  logN: field(1, uint(18, 1)),
  blockSize: field(2, uint(8, 1)),
  parallelism: field(3, uint(2, 1)),
});

/** Random salt of a passphrase, in bytes. */
export const SALT_BYTES = 16;
