/** Byte-string helpers without a platform: comparison, concatenation, hexadecimal. */
import type { IdText, KeyText, ObjectId, PublicKey } from './brand.ts';

/** Codes of the digits of each byte: '00' to 'ff'. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => digitCode(byte >> 4));
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => digitCode(byte & 15));
/** Bytes turned into text in one call. */
const HEX_CHUNK = 1_024;

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Order of unsigned bytes, shorter first on a common prefix: the order of PostgreSQL `bytea`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Lower-case hexadecimal, as one flat string: these are kept as map keys, and ropes would cost ten times as much. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > HEX_CHUNK) return toHex(bytes.subarray(0, HEX_CHUNK)) + toHex(bytes.subarray(HEX_CHUNK));
  const codes = new Array<number>(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    codes[2 * i] = HIGH[byte] ?? 0;
    codes[2 * i + 1] = LOW[byte] ?? 0;
  }
  return String.fromCharCode.apply(null, codes);
}

function digitCode(digit: number): number {
  return (digit < 10 ? 0x30 : 0x57) + digit;
}

/** @throws RangeError when the text is not an even number of hexadecimal digits */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw new RangeError('hex: expected an even number of hexadecimal digits');
  }
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** The map key of an id. */
export const idText = (id: ObjectId): IdText => knownHex(id) as IdText;

/** The map key of a public key. */
export const keyText = (key: PublicKey): KeyText => knownHex(key) as KeyText;

/** A payment asks for the same few names dozens of times: the last ones are kept, by what they end in. */
const KNOWN_NAMES = 1_024;
const known = new Array<{ readonly bytes: Uint8Array; readonly text: string } | undefined>(KNOWN_NAMES);

function knownHex(bytes: Uint8Array): string {
  const slot = (((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0)) % KNOWN_NAMES;
  const entry = known[slot];
  if (entry && equalBytes(entry.bytes, bytes)) return entry.text;
  const text = toHex(bytes);
  known[slot] = { bytes: new Uint8Array(bytes), text };
  return text;
}
