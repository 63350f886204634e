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
import { Reader } from '@duet/protocol/cbor/reader';
import { type CborValue, cborValue, diagnostic, MAX_DEPTH } from '@duet/protocol/cbor/value';
import { Writer } from '@duet/protocol/cbor/writer';
import { type Node, parseItems } from '../cbor-tree.ts';
import { must, mustBeSame, type Target } from '../target.ts';
import { publishedBytes } from '../vectors.ts';

const MAX_BYTES = 256;

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
function decodesAsItEncodes<T>(codec: Codec<T>, payload: Uint8Array, maxBytes: number = MAX_BYTES): boolean {
  const result = tryDecode(codec, payload, maxBytes);
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

const MANY = Number.MAX_SAFE_INTEGER;

/** A tree that was not decoded: keys repeated and in any order, bignums, too deep, texts that are no UTF-16. */
function asValue({ major, argument, content, children }: Node): CborValue {
  const number = argument <= MANY && argument % 2n === 0n ? Number(argument) : argument;
  const [first] = children;
  switch (major) {
    case 0:
      return { kind: 'int', value: number };
    case 1:
      return { kind: 'int', value: -1n - argument * (argument > 2n ** 63n ? 4n : 1n) };
    case 2:
      return { kind: 'bytes', value: content };
    case 3:
      return { kind: 'text', value: Buffer.from(content).toString('utf16le') };
    case 4:
      return { kind: 'array', items: children.map(asValue) };
    case 5:
      return {
        kind: 'map',
        entries: children.flatMap((key, i) => {
          const value = children[i + 1];
          return i % 2 === 0 && value ? [{ key: asValue(key), value: asValue(value) }] : [];
        }),
      };
    case 6:
      return { kind: 'tag', tag: number, content: first ? asValue(first) : { kind: 'null' } };
    default:
      return argument % 2n === 0n ? { kind: 'null' } : { kind: 'bool', value: argument % 4n === 1n };
  }
}

/** What the encoder takes from a caller decodes again; all else it refuses. */
function encoder(payload: Uint8Array): void {
  for (const item of parseItems(payload) ?? []) {
    const value = asValue(item);
    if (!encodes(cborValue, value)) continue;
    const bytes = encodeBytes(cborValue, value);
    must(decodesAsItEncodes(cborValue, bytes, bytes.length), 'the encoder writes what the decoder refuses');
  }
}

/** The writer alone: what it takes the reader gives back, and it takes nothing that has no head. */
function writer(payload: Uint8Array): void {
  for (const { major, argument } of parseItems(payload) ?? []) {
    const w = new Writer();
    const n = (major % 2 === 0 ? 1 : -1) * Number(argument) * (argument % 7n === 3n ? 0.5 : 1);
    try {
      w.int(n);
      w.null();
      // One byte at a time, over the end of a buffer.
      for (let i = 0n; i < argument % 600n; i++) w.bool(i % 2n === 0n);
      w.tagHead(Number(argument));
      must(w.majorAt(0) === (n < 0 ? 1 : 0), 'another major type');
      w.majorAt(argument % 2n === 0n ? 0 : w.length);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      continue;
    }
    const r = new Reader(w.finish());
    must(r.int() === n, 'another number');
    r.null();
    for (let i = 0n; i < argument % 600n; i++) must(r.bool() === (i % 2n === 0n), 'another boolean');
    must(r.tagHead() === Number(argument), 'another tag');
    r.end();
  }
}

const OTHERS: Readonly<Record<number, (payload: Uint8Array) => void>> = { 254: encoder, 253: writer };

export const target: Target = {
  // The encoder takes a buffer for the keys of each map that it sorts.
  mayAllocate: 128 * 1_024,
  maxInputBytes: MAX_BYTES + 40,
  *seeds() {
    const published = ['cbor-rfc7049-appendix-a', 'cbor-cde', 'dcbor-hildjj'].flatMap(publishedBytes);
    const deep = Uint8Array.of(...new Uint8Array(MAX_DEPTH).fill(0x81), 0x80);
    for (const item of [...published, deep]) {
      if (item.length < MAX_BYTES) for (const choice of [255, 254, 253]) yield Uint8Array.of(choice, ...item);
    }
    for (const hex of HOSTILE) yield Uint8Array.of(254, ...fromHex(hex));
    for (const hex of NO_TEXT) for (const choice of [6, 255]) yield Uint8Array.of(choice, ...fromHex(hex));
    for (const [at, items] of SAMPLES.entries())
      for (const hex of items) yield Uint8Array.of(at, ...fromHex(hex));
  },
  run(input) {
    const [choice = 0] = input;
    const payload = input.subarray(1);
    const chosen = PAIRS[choice];
    if (chosen) chosen.check(payload);
    else (OTHERS[choice] ?? generic)(payload);
  },
};

/** Trees that no encoder may take: a key twice, a bignum, halves of surrogate pairs. */
const HOSTILE: readonly string[] = [
  'a201000102',
  'c24101',
  '6200d8',
  '6400d80000',
  '6400d800dc',
  '3bffffffffffffffff',
  'c21b0000000000000002',
];

/** Texts that are no UTF-8: overlong, halves of surrogate pairs, beyond the last character, cut. */
const NO_TEXT: readonly string[] = [
  '62c080',
  '63e08080',
  '63eda080',
  '63edbfbf',
  '64f0808080',
  '64f4908080',
  '61c3',
  '6180',
];

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
