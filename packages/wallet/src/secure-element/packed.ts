/**
 * Bytes as a string of one character for each: what is kept by the ten thousand and seldom looked at takes a
 * third of the memory of byte arrays, and prefixes are compared in one step. This file gives the brands.
 */
import type { Branded, ObjectId } from '@duet/protocol/brand';
import { ID_BYTES } from '@duet/protocol/suite';

/** Characters 0 to 255, one for each byte. */
export type Packed = Branded<string, 'Packed'>;

/** Characters made in one call. */
const CHUNK = 4_096;

const scratch = new Uint8Array(CHUNK);

export function pack(bytes: Uint8Array): Packed {
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK)
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(i, i + CHUNK));
  return text as Packed;
}

/** Of several parts one flat text: ropes would keep all their parts. */
export function packParts(parts: readonly Uint8Array[]): Packed {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return pack(joined);
}

export function unpack(packed: Packed, from = 0, to: number = packed.length): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let i = from; i < to; i++) bytes[i - from] = packed.charCodeAt(i);
  return bytes;
}

/** The 32 bytes of an id that was packed at a place. */
export const unpackId = (packed: Packed, at: number): ObjectId =>
  unpack(packed, at, at + ID_BYTES) as Uint8Array as ObjectId;
