/**
 * Bytewords (BCR-2020-012): each byte as a word of four letters, or as its first and last letter, with the
 * CRC-32 of all bytes behind them, most significant byte first. The text is not trusted.
 */
import { crc32 } from './crc32.ts';
import { MAX_UR_CHARACTERS } from './limits.ts';
import { accept, type CarrierResult, reject } from './rejection.ts';

/** `standard`: words apart by spaces; `uri`: by hyphens; `minimal`: two letters a byte, as URs use it. */
export type BytewordsStyle = 'standard' | 'uri' | 'minimal';

/** The words of BCR-2020-012 (list of October 2020), in the order of the bytes 0x00 … 0xff. */
const WORDS: readonly string[] = (
  'able acid also apex aqua arch atom aunt away axis back bald barn belt beta bias ' +
  'blue body brag brew bulb buzz calm cash cats chef city claw code cola cook cost ' +
  'crux curl cusp cyan dark data days deli dice diet door down draw drop drum dull ' +
  'duty each easy echo edge epic even exam exit eyes fact fair fern figs film fish ' +
  'fizz flap flew flux foxy free frog fuel fund gala game gear gems gift girl glow ' +
  'good gray grim guru gush gyro half hang hard hawk heat help high hill holy hope ' +
  'horn huts iced idea idle inch inky into iris iron item jade jazz join jolt jowl ' +
  'judo jugs jump junk jury keep keno kept keys kick kiln king kite kiwi knob lamb ' +
  'lava lazy leaf legs liar limp lion list logo loud love luau luck lung main many ' +
  'math maze memo menu meow mild mint miss monk nail navy need news next noon note ' +
  'numb obey oboe omit onyx open oval owls paid part peck play plus poem pool pose ' +
  'puff puma purr quad quiz race ramp real redo rich road rock roof ruby ruin runs ' +
  'rust safe saga scar sets silk skew slot soap solo song stub surf swan taco task ' +
  'taxi tent tied time tiny toil tomb toys trip tuna twin ugly undo unit urge user ' +
  'vast very veto vial vibe view visa void vows wall wand warm wasp wave waxy webs ' +
  'what when whiz wolf work yank yawn yell yoga yurt zaps zero zest zinc zone zoom'
).split(' ');

const PAIRS: readonly string[] = WORDS.map((word) => word.charAt(0) + word.charAt(3));

const BYTE_OF_WORD: ReadonlyMap<string, number> = new Map(WORDS.map((word, byte) => [word, byte]));
const BYTE_OF_PAIR: ReadonlyMap<string, number> = new Map(PAIRS.map((pair, byte) => [pair, byte]));

const SEPARATORS: Readonly<Record<BytewordsStyle, string>> = { standard: ' ', uri: '-', minimal: '' };
const CHECKSUM_BYTES = 4;

/** Bytes and their checksum as lower-case words. @throws RangeError for no bytes: there is no such text */
export function encodeBytewords(bytes: Uint8Array, style: BytewordsStyle): string {
  if (bytes.length === 0) throw new RangeError('bytewords: expected at least one byte, got none');
  const table = style === 'minimal' ? PAIRS : WORDS;
  const checksum = crc32(bytes);
  const words: string[] = [];
  for (const byte of bytes) words.push(table[byte] ?? '');
  for (const shift of [24, 16, 8, 0]) words.push(table[(checksum >>> shift) & 0xff] ?? '');
  return words.join(SEPARATORS[style]);
}

/**
 * Reads words in lower case and gives the bytes before the checksum. Codes in order: `input-too-large`,
 * `bad-length` (no byte before the checksum, half a pair), `bad-word`, `bad-checksum`.
 */
export function decodeBytewords(text: string, style: BytewordsStyle): CarrierResult<Uint8Array> {
  const [wordCharacters, stride] = style === 'minimal' ? [2, 2] : [4, 5];
  const maxCharacters = (MAX_UR_CHARACTERS / 2) * stride;
  if (text.length > maxCharacters) {
    return reject('input-too-large', `at most ${maxCharacters} characters`, `${text.length}`);
  }
  const count = (text.length + stride - wordCharacters) / stride;
  if (!Number.isInteger(count) || count <= CHECKSUM_BYTES) {
    return reject(
      'bad-length',
      `whole words of ${wordCharacters} letters, at least ${CHECKSUM_BYTES + 1}`,
      `${text.length} characters`,
    );
  }
  const table = style === 'minimal' ? BYTE_OF_PAIR : BYTE_OF_WORD;
  const all = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * stride;
    const byte = table.get(text.slice(at, at + wordCharacters));
    const separated = i === 0 || text.slice(at + wordCharacters - stride, at) === SEPARATORS[style];
    if (byte === undefined || !separated) {
      return reject('bad-word', 'words of the Bytewords list', `another as word ${i + 1}`);
    }
    all[i] = byte;
  }
  const bytes = all.subarray(0, count - CHECKSUM_BYTES);
  const expected = crc32(bytes);
  const got = new DataView(all.buffer).getUint32(bytes.length);
  if (got !== expected) return reject('bad-checksum', 'the checksum of its words', 'another one');
  return accept(bytes);
}
