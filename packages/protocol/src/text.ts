/** Text to bytes without a platform: UTF-8 and unpadded base64url (RFC 4648 §5). */
import { utf8Length, writeUtf8 } from './cbor/utf8.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** UTF-8 of a text. @throws RangeError on a lone surrogate */
export function utf8(text: string): Uint8Array {
  const length = utf8Length(text);
  if (length === undefined) throw new RangeError('text: a lone surrogate has no UTF-8');
  const out = new Uint8Array(length);
  writeUtf8(text, out, 0);
  return out;
}

export function base64url(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(4, Math.ceil(((bytes.length - i) * 8) / 6));
    for (let d = 0; d < digits; d++) out += ALPHABET[(group >> (18 - 6 * d)) & 63];
  }
  return out;
}
