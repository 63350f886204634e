/** Checks before a key is derived from a passphrase. */
import { isScryptCost, MAX_PASSPHRASE_CHARACTERS } from '../limits.ts';
import type { ScryptCost } from '../port.ts';

export const KEK_BYTES = 32;

/** The bytes of a passphrase: NFKC, so that every keyboard gives the same. @throws RangeError */
export function passphraseBytes(passphrase: string, cost: ScryptCost): Uint8Array {
  if (!isScryptCost(cost)) throw new RangeError('scrypt cost: outside its bounds');
  if (passphrase.length > MAX_PASSPHRASE_CHARACTERS) {
    throw new RangeError(`passphrase: expected at most ${MAX_PASSPHRASE_CHARACTERS} characters`);
  }
  return utf8(passphrase.normalize('NFKC'));
}

/** @throws RangeError unless there are 32 bytes */
export function checkKekBytes(bytes: Uint8Array): void {
  if (bytes.length !== KEK_BYTES)
    throw new RangeError(`kek: expected ${KEK_BYTES} bytes, got ${bytes.length}`);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
