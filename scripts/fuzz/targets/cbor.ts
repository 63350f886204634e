/** The generic codec, and every combinator of typed ones. The first byte chooses. */
import { fromHex } from '@duet/protocol/bytes';
import {
  array,
  bool,
  bytes,
  type Codec,
  decodeBytes,
  either,
  encodeBytes,
  field,
  int,
  literal,
  optional,
  record,
  refine,
  text,
  tryDecode,
  tuple,
  uint,
} from '@duet/protocol/cbor/codec';
import { cborValue, diagnostic } from '@duet/protocol/cbor/value';
import { must, mustBeSame, type Target } from '../target.ts';
import { publishedBytes } from '../vectors.ts';

const MAX_BYTES = 4_096;

/** A strict codec, and one of the same shape that takes more: what its values make the encoder of the first do. */
interface Pair {
  check(payload: Uint8Array): void;
}

function pair<T>(strict: Codec<T>, loose: Codec<T>): Pair {
  return {
    check(payload) {
      const decoded = decodesAsItEncodes(strict, payload);
      const taken = tryDecode(loose, payload, MAX_BYTES);
      if (!taken.ok) return must(!decoded, 'the strict codec takes what the loose one refuses');
      must(
        encodes(strict, taken.value) === decoded,
        'encoder and decoder of one codec differ in what they take',
      );
    },
  };
}

/** Whether a codec takes bytes; if so it writes them again. */
function decodesAsItEncodes<T>(codec: Codec<T>, payload: Uint8Array): boolean {
  const result = tryDecode(codec, payload, MAX_BYTES);
  if (result.ok) mustBeSame(encodeBytes(codec, result.value), payload, 'codec');
  else
    must(result.error.offset >= 0 && result.error.offset <= payload.length, 'an offset outside of the input');
  return result.ok;
}

/** Whether an encoder takes a value. It throws RangeError or nothing. */
function encodes<T>(codec: Codec<T>, value: T): boolean {
  try {
    encodeBytes(codec, value);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

const number = int();
const string = text(MAX_BYTES);
const blob = bytes({ max: MAX_BYTES });
const fields = (value: Codec<number>) =>
  record({
    one: field(1, value),
    two: field(2, optional(string)),
    far: optional(field(70_000, bool)),
    minus: optional(field(-1, value)),
    under: optional(field(-70_001, blob)),
  });
const even = (value: number): string | undefined => (value % 2 === 0 ? undefined : 'odd');

const PAIRS: readonly Pair[] = [
  pair(uint(1_000), number),
  pair(uint(1_000, 24), number),
  pair(int(-24, 255), number),
  pair(literal(7), uint(300) as Codec<7>),
  pair(bytes({ length: 4 }), blob),
  pair(bytes({ min: 1, max: 30 }), blob),
  pair(text(8), string),
  pair(bool, bool),
  pair(array(number, { min: 1, max: 3 }), array(number, { max: 300 })),
  pair(tuple(number, string, bool), tuple(number, string, bool)),
  pair(refine(number, even), number),
  pair(fields(uint(23)), fields(number)),
  pair(
    either(number, [0, 1], array(string, { max: 4 }), [4]),
    either(number, [0, 1], array(string, { max: 9 }), [4]),
  ),
  pair(either(blob, [2], bool, [7]), either(blob, [2], bool, [7])),
  pair(either(string, [3], fields(number), [5]), either(string, [3], fields(number), [5])),
  pair(
    either(uint(9), [0], uint(99) as Codec<number>, [1], (value) => value < 10),
    number,
  ),
];

function generic(payload: Uint8Array): void {
  if (!decodesAsItEncodes(cborValue, payload)) return;
  const shown = diagnostic(decodeBytes(cborValue, payload, MAX_BYTES));
  must(!/[\p{Cc}\u202a-\u202e]/u.test(shown), 'a character that acts on a terminal');
}

export const target: Target = {
  mayAllocate: 16 * 1_024,
  maxInputBytes: MAX_BYTES + 1,
  *seeds() {
    const published = ['cbor-rfc7049-appendix-a', 'cbor-cde', 'dcbor-hildjj'].flatMap(publishedBytes);
    for (const item of published) if (item.length < 200) yield Uint8Array.of(255, ...item);
    for (const [at, items] of SAMPLES.entries())
      for (const hex of items) yield Uint8Array.of(at, ...fromHex(hex));
  },
  run(input) {
    const [choice = 0] = input;
    const payload = input.subarray(1);
    const chosen = PAIRS[choice];
    if (chosen) chosen.check(payload);
    else generic(payload);
  },
};

/** Of each pair values that it takes. */
const SAMPLES: readonly (readonly string[])[] = [
  ['00', '1903e8'],
  ['1818', '1903e8'],
  ['37', '18ff'],
  ['07'],
  ['4401020304'],
  ['4101', '581d00000000000000000000000000000000000000000000000000000000'],
  ['60', '63e6b0b4', '64f09f9880', '62c3a9'],
  ['f4', 'f5'],
  ['8101', '83010203'],
  ['83016161f5'],
  ['02', '21'],
  ['a10101', 'a501010261611a00011170f520013a0001117041ff'],
  ['01', '8261616162'],
  ['4101', 'f5'],
  ['6161', 'a10101'],
  ['05'],
];
