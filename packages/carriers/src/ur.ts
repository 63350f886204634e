/**
 * Uniform Resources (BCR-2020-005): CBOR as `ur:type/words`, or as parts `ur:type/number-count/words` of a
 * fountain code. The text is not trusted.
 *
 * Case does not matter (QR codes carry capitals); only ASCII letters are folded. What the CBOR means is not
 * judged here.
 */
import { decodeBytewords, encodeBytewords } from './bytewords.ts';
import { FountainEncoder, type FragmentSizes } from './fountain.ts';
import { decodeFountainPart, encodeFountainPart, type FountainPart } from './fountain-part.ts';
import { MAX_UR_BYTES, MAX_UR_CHARACTERS, MAX_UR_TYPE_CHARACTERS } from './limits.ts';
import { accept, type CarrierResult, reject } from './rejection.ts';

export interface Ur {
  /** Lower case: letters, digits and hyphens. */
  readonly type: string;
  readonly cbor: Uint8Array;
}

/** What one line of UR text is. */
export type UrText =
  | { readonly kind: 'whole'; readonly ur: Ur }
  | { readonly kind: 'part'; readonly type: string; readonly part: FountainPart };

const SCHEME = 'ur:';
const TYPE = /^[a-z0-9-]+$/;
const SEQUENCE = /^([1-9][0-9]{0,9})-([1-9][0-9]{0,5})$/;
const ASCII = /^[!-~]*$/;

/** Whether a text begins as a UR does. */
export const hasUrScheme = (text: string): boolean => /^[uU][rR]:/.test(text);

/** One text with the whole of it, in lower case. @throws RangeError outside of the limits */
export function encodeUr(ur: Ur): string {
  checkType(ur.type);
  if (ur.cbor.length > MAX_UR_BYTES) {
    throw new RangeError(`ur: expected at most ${MAX_UR_BYTES} bytes, got ${ur.cbor.length}`);
  }
  return `${SCHEME}${ur.type}/${encodeBytewords(ur.cbor, 'minimal')}`;
}

/** The capitals of a UR text, which QR codes hold in alphanumeric mode. */
export const upperCaseUr = (text: string): string => text.toUpperCase();

/** Makes the parts of one UR, each from its number alone; a single text where one fragment holds it. */
export class UrEncoder {
  readonly #ur: Ur;
  readonly #fountain: FountainEncoder;

  /** @throws RangeError for a type, a message or a number of parts outside of the limits */
  constructor(ur: Ur, sizes: FragmentSizes) {
    checkType(ur.type);
    this.#ur = ur;
    this.#fountain = new FountainEncoder(ur.cbor, sizes);
  }

  /** Parts without loss that carry it: those numbered 1 … this. */
  get partCount(): number {
    return this.#fountain.fragmentCount;
  }

  /** Part `partNumber` (1 … 2^32−1) in lower case. Numbers above {@link partCount} mix several fragments. */
  part(partNumber: number): string {
    const part = this.#fountain.part(partNumber);
    if (this.partCount === 1) return encodeUr(this.#ur);
    const words = encodeBytewords(encodeFountainPart(part), 'minimal');
    return `${SCHEME}${this.#ur.type}/${part.partNumber}-${part.fragmentCount}/${words}`;
  }
}

/**
 * Reads one UR text. Codes in order: `input-too-large`, `bad-ur` (scheme, type, path), `bad-sequence`, those of
 * `decodeBytewords`, `input-too-large` (payload), `bad-part` (also where the numbers in the text and in the
 * part differ).
 */
export function parseUr(text: string): CarrierResult<UrText> {
  if (text.length > MAX_UR_CHARACTERS) {
    return reject('input-too-large', `at most ${MAX_UR_CHARACTERS} characters`, `${text.length}`);
  }
  if (!hasUrScheme(text)) return reject('bad-ur', 'a text that starts with "ur:"', 'another start');
  if (!ASCII.test(text)) return reject('bad-ur', 'letters, digits, "-", "/" and ":"', 'other characters');
  const path = text.slice(SCHEME.length).toLowerCase().split('/');
  const [type = '', middle = '', last] = path;
  if (path.length < 2 || path.length > 3)
    return reject('bad-ur', 'two or three pieces apart by "/"', `${path.length}`);
  if (!TYPE.test(type) || type.length > MAX_UR_TYPE_CHARACTERS) {
    return reject('bad-ur', `a type of 1 to ${MAX_UR_TYPE_CHARACTERS} letters, digits, "-"`, 'another');
  }
  return last === undefined ? parseWhole(type, middle) : parsePart(type, middle, last);
}

function parseWhole(type: string, words: string): CarrierResult<UrText> {
  const cbor = decodeBytewords(words, 'minimal');
  if (!cbor.ok) return cbor;
  if (cbor.value.length > MAX_UR_BYTES) {
    return reject('input-too-large', `at most ${MAX_UR_BYTES} bytes`, `${cbor.value.length}`);
  }
  return accept({ kind: 'whole', ur: { type, cbor: cbor.value } });
}

function parsePart(type: string, sequence: string, words: string): CarrierResult<UrText> {
  const match = SEQUENCE.exec(sequence);
  if (match === null) return reject('bad-sequence', 'a part number, "-" and a count, from 1', 'another text');
  const cbor = decodeBytewords(words, 'minimal');
  if (!cbor.ok) return cbor;
  const part = decodeFountainPart(cbor.value);
  if (!part.ok) return part;
  const { partNumber, fragmentCount } = part.value;
  if (Number(match[1]) !== partNumber || Number(match[2]) !== fragmentCount) {
    return reject('bad-part', `part ${sequence}`, `part ${partNumber}-${fragmentCount}`);
  }
  return accept({ kind: 'part', type, part: part.value });
}

function checkType(type: string): void {
  if (!TYPE.test(type) || type.length > MAX_UR_TYPE_CHARACTERS) {
    throw new RangeError('ur: expected a type of lower-case letters, digits and hyphens');
  }
}
