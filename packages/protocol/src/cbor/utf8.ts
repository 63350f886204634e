/**
 * Strict UTF-8 (RFC 3629) without a platform: the pure packages have no TextEncoder.
 *
 * Decoding trusts nothing: overlong forms, surrogates, values above U+10FFFF and cut sequences are
 * refused, and U+FEFF is a character like any other, so text and bytes correspond one to one.
 */

/** Bytes that `text` takes in UTF-8, or `undefined` when it holds a lone surrogate. */
export function utf8Length(text: string): number | undefined {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else {
      if (unit > 0xdbff) return undefined;
      const low = text.charCodeAt(i + 1);
      if (!(low >= 0xdc00 && low <= 0xdfff)) return undefined;
      length += 4;
      i++;
    }
  }
  return length;
}

/** Writes `text`, which has no lone surrogate, at `offset`; the room was made by {@link utf8Length}. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): void {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      const point = 0x10000 + ((unit - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
      target[at++] = 0x80 | (point & 0x3f);
    }
  }
}

/** The text of the whole of `bytes`, or `undefined` when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at++] ?? 0;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    // 0x80..0xc1 are continuations or overlong two-byte forms, above 0xf4 lies nothing.
    if (lead < 0xc2 || lead > 0xf4) return undefined;
    const continuations = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let point = lead & (0x3f >> continuations);
    for (let i = 0; i < continuations; i++) {
      const byte = bytes[at++];
      if (byte === undefined || (byte & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (byte & 0x3f);
    }
    if (continuations === 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return undefined;
    if (continuations === 3 && (point < 0x10000 || point > 0x10ffff)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
