/**
 * Base45 (RFC 9285): bytes as the characters of a QR code's alphanumeric mode. The text is not trusted.
 *
 * Two bytes are three characters, least significant first; one last byte is two characters.
 */
import { MAX_BASE45_CHARACTERS } from './limits.ts';
import { accept, type CarrierResult, reject } from './rejection.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = 45;
const NOT_A_DIGIT = -1;

/** Value of each ASCII character, −1 for those outside of the alphabet. */
const VALUES: Int8Array = (() => {
  const values = new Int8Array(128).fill(NOT_A_DIGIT);
  for (let i = 0; i < BASE; i++) values[ALPHABET.charCodeAt(i)] = i;
  return values;
})();

/** Bytes as base45 text. The last character of a text is never a space. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const high = bytes[i] ?? 0;
    const low = bytes[i + 1];
    if (low === undefined) {
      text += digit(high) + digit(Math.floor(high / BASE));
    } else {
      const n = high * 256 + low;
      text += digit(n) + digit(Math.floor(n / BASE)) + digit(Math.floor(n / (BASE * BASE)));
    }
  }
  return text;
}

/**
 * Reads base45 text. Codes in order: `input-too-large`, `bad-length`, `bad-character`, `bad-group` (a group
 * above what its bytes can hold, which RFC 9285 §4 says to reject). There is one text per content.
 */
export function decodeBase45(text: string, maxCharacters = MAX_BASE45_CHARACTERS): CarrierResult<Uint8Array> {
  if (text.length > maxCharacters) {
    return reject('input-too-large', `at most ${maxCharacters} characters`, `${text.length}`);
  }
  const tail = text.length % 3;
  if (tail === 1) {
    return reject('bad-length', 'groups of three characters, or two at the end', `${text.length} characters`);
  }
  for (let i = 0; i < text.length; i++) {
    if (valueAt(text, i) === NOT_A_DIGIT) {
      return reject('bad-character', 'only characters of base45', `another at place ${i + 1}`);
    }
  }
  const groups = (text.length - tail) / 3;
  const bytes = new Uint8Array(2 * groups + (tail === 2 ? 1 : 0));
  for (let group = 0; group < groups; group++) {
    const at = 3 * group;
    const n = valueAt(text, at) + BASE * (valueAt(text, at + 1) + BASE * valueAt(text, at + 2));
    if (n > 0xffff) return reject('bad-group', 'a group of at most 65535', `${n} at place ${at + 1}`);
    bytes[2 * group] = n >> 8;
    bytes[2 * group + 1] = n & 0xff;
  }
  if (tail === 2) {
    const at = 3 * groups;
    const n = valueAt(text, at) + BASE * valueAt(text, at + 1);
    if (n > 0xff) return reject('bad-group', 'a last group of at most 255', `${n} at place ${at + 1}`);
    bytes[2 * groups] = n;
  }
  return accept(bytes);
}

const digit = (n: number): string => ALPHABET.charAt(n % BASE);

const valueAt = (text: string, place: number): number => VALUES[text.charCodeAt(place)] ?? NOT_A_DIGIT;
