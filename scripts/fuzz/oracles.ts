/** Oracles that targets share: what a decoder may do with any bytes. */
import { DecodeError } from '@duet/protocol/cbor/reader';
import { CODES } from '@duet/protocol/codes';
import type { Result } from '@duet/protocol/rejection';
import { must, mustBeSame } from './target.ts';

/** A value, or `undefined` where the decoder threw the one error that it may throw. */
export function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    must(Number.isSafeInteger(error.offset) && error.offset >= 0, 'a decode error without a place');
    return undefined;
  }
}

const KNOWN: ReadonlySet<string> = new Set(CODES.map(({ code }) => code));

/** The value of a result; a rejection has a code of the table and says what was expected. */
export function acceptedOf<T>(result: Result<T>): T | undefined {
  if (result.ok) return result.value;
  const { code, expected } = result.rejection;
  must(KNOWN.has(code) && expected !== '', `a rejection without a known code: ${code}`);
  return undefined;
}

/** A strict decoder that throws: refused, or written again byte for byte. */
export function refusedOrSame<T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): T | undefined {
  const value = decoded(() => decode(input));
  if (value !== undefined) mustBeSame(encode(value), input, 'object');
  return value;
}
