/** Bounds of this package, each with its reason. */
import type { ScryptCost } from './port.ts';

/** Imported public keys kept ready per driver: 4096 payers of one till's day, about 4 MB. */
export const KEY_CACHE_ENTRIES = 4096;

/** Upper bounds of a scrypt cost, which is read from a file before it is trusted: 1 GiB, a few seconds. */
const MAX_SCRYPT_LOG_N = 20;
const MAX_SCRYPT_BLOCK_SIZE = 8;
const MAX_SCRYPT_PARALLELISM = 4;

/** A passphrase longer than this is a file pasted by mistake. */
export const MAX_PASSPHRASE_CHARACTERS = 1024;

/** Draws of a scalar before a random source is called broken: chance 2^-32 each, so 8 never happen. */
export const MAX_SCALAR_DRAWS = 8;

const inRange = (value: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= 1 && value <= most;

/** Is a cost, perhaps read from a file, inside the bounds? */
export const isScryptCost = (cost: ScryptCost): boolean =>
  inRange(cost.logN, MAX_SCRYPT_LOG_N) &&
  inRange(cost.blockSize, MAX_SCRYPT_BLOCK_SIZE) &&
  inRange(cost.parallelism, MAX_SCRYPT_PARALLELISM);
