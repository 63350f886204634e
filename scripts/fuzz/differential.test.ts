/**
 * Our generic codec against two foreign ones, cbor2 (in its CDE mode) and cborg (strict), on random trees and on
 * mutations of them and of the published vectors. The rule of agreement:
 *
 * 1. what we accept they accept, with the same value;
 * 2. what we refuse and they accept is refused under one of the codes in the table, each with its reason.
 */
import { encodeBytes, tryDecode } from '@duet/protocol/cbor/codec';
import type { DecodeCode } from '@duet/protocol/cbor/reader';
import { type CborValue, cborValue, MAX_DEPTH } from '@duet/protocol/cbor/value';
import * as cbor2 from 'cbor2';
import * as cborg from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tree } from '../../packages/protocol/test/cbor/arbitraries.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { publishedBytes } from './vectors.ts';

const SEED = 20_261_128;
const MAX_BYTES = 64 * 1_024;

/** Another codec, and what it may accept that we refuse. */
interface Foreign {
  readonly name: string;
  /** @throws for what it refuses */
  decode(bytes: Uint8Array): unknown;
  readonly looser: Readonly<Partial<Record<DecodeCode, string>>>;
}

const DATA_MODEL = 'floats, undefined, other simple values and bignums are outside of our data model';
const DEPTH = 'our bound on nesting; theirs is the stack';

const FOREIGN: readonly Foreign[] = [
  {
    name: 'cbor2',
    decode: (bytes) =>
      cbor2.decode(bytes, { ...cbor2.cdeDecodeOptions, ignoreGlobalTags: true, preferMap: true }),
    looser: { unsupported: DATA_MODEL, 'too-deep': DEPTH },
  },
  {
    name: 'cborg',
    decode: (bytes) =>
      cborg.decode(bytes, {
        strict: true,
        allowIndefinite: false,
        allowUndefined: false,
        useMaps: true,
        rejectDuplicateMapKeys: true,
        tags: anyTag(),
      }),
    looser: {
      unsupported: DATA_MODEL,
      'too-deep': DEPTH,
      'unsorted-keys': 'it takes map keys in any order',
      'duplicate-key': 'it sees repeated keys that are numbers or texts, not those that are arrays or bytes',
      'bad-utf8': 'it puts replacement characters for bytes that are no UTF-8',
    },
  },
];

class Tagged {
  readonly tag: number;
  readonly content: unknown;
  constructor(tag: number, content: unknown) {
    this.tag = tag;
    this.content = content;
  }
}

/** A table of tags in which every number stands. */
const anyTag = (): { readonly [tag: number]: cborg.TagDecoder } =>
  new Proxy(
    {},
    {
      get: (_, tag) =>
        typeof tag === 'string' ? (content: () => unknown) => new Tagged(Number(tag), content()) : undefined,
      has: () => true,
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    },
  );

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A value as one line, the same for equal values of any of the three. */
function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `h'${hex(value)}'`;
  if (value instanceof Tagged) return `${value.tag}(${shown(value.content)})`;
  if (value instanceof cbor2.Tag) return `${Number(value.tag)}(${shown(value.contents)})`;
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  if (value instanceof Map)
    return `{${[...value].map(([key, item]) => `${shown(key)}:${shown(item)}`).join()}}`;
  return String(value);
}

function ours(value: CborValue): string {
  switch (value.kind) {
    case 'array':
      return `[${value.items.map(ours).join()}]`;
    case 'map':
      return `{${value.entries.map(({ key, value: item }) => `${ours(key)}:${ours(item)}`).join()}}`;
    case 'tag':
      return `${Number(value.tag)}(${ours(value.content)})`;
    case 'null':
      return 'null';
    default:
      return shown(value.value);
  }
}

/** Holds one input against one other codec; what we said of it. */
function compare(bytes: Uint8Array, { name, decode, looser }: Foreign): string {
  const read = tryDecode(cborValue, bytes, MAX_BYTES);
  let theirs: { readonly value: unknown } | { readonly error: unknown };
  try {
    theirs = { value: decode(bytes) };
  } catch (error) {
    theirs = { error };
  }
  const what = `${name}, ${hex(bytes)}`;
  if (read.ok) {
    expect('value' in theirs ? shown(theirs.value) : String(theirs.error), what).toBe(ours(read.value));
    return 'accepted';
  }
  if ('value' in theirs)
    expect(Object.keys(looser), `${what}: ${read.error.message}`).toContain(read.error.code);
  return 'value' in theirs ? `looser: ${read.error.code}` : 'refused';
}

/** Compares, and counts what was said. */
function compareAll(foreign: Foreign, inputs: Iterable<Uint8Array>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const input of inputs) {
    const said = compare(input, foreign);
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  return counts;
}

/** Encoded trees, and mutations of them, of each other and of published examples. */
function* inputs(count: number): Generator<Uint8Array> {
  const trees = fc.sample(tree, { numRuns: 600, seed: SEED }).map((value) => encodeBytes(cborValue, value));
  yield* trees;
  const published = ['cbor-rfc7049-appendix-a', 'cbor-cde', 'dcbor-hildjj'].flatMap(publishedBytes);
  const deep = Uint8Array.of(...new Uint8Array(MAX_DEPTH).fill(0x81), 0x80);
  const corpus = [...trees, ...published, deep].filter(({ length }) => length > 0 && length < 400);
  const random = new Random(SEED);
  for (let i = 0; i < count; i++) yield mutate(random.pick(corpus), random.pick(corpus), random);
}

test.each(FOREIGN)('$name agrees on random and mutated inputs, but for what is named', (foreign) => {
  const counts = compareAll(foreign, inputs(20_000));
  expect(counts.get('accepted')).toBeGreaterThan(3_000);
  expect(counts.get('refused')).toBeGreaterThan(1_000);
  // Every exception in the table is there for inputs that occur.
  const occurred = [...counts.keys()]
    .filter((said) => said.startsWith('looser'))
    .map((said) => said.slice(8));
  expect(occurred.sort()).toEqual(Object.keys(foreign.looser).sort());
});

test('all three write a tree the same way', () => {
  const foreign = (value: CborValue): unknown => {
    switch (value.kind) {
      case 'array':
        return value.items.map(foreign);
      case 'map':
        return new Map(value.entries.map(({ key, value: item }) => [foreign(key), foreign(item)]));
      case 'tag':
        return new cbor2.Tag(value.tag, foreign(value.content));
      case 'null':
        return null;
      default:
        return value.value;
    }
  };
  for (const value of fc.sample(tree, { numRuns: 1_000, seed: SEED })) {
    const bytes = encodeBytes(cborValue, value);
    expect(hex(cbor2.encode(foreign(value), cbor2.cdeEncodeOptions))).toBe(hex(bytes));
    if (isPlain(value))
      expect(hex(cborg.encode(foreign(value), cborg.rfc8949EncodeOptions))).toBe(hex(bytes));
  }
});

/** cborg writes tags by the type of a value, not by a number, and sorts keys that are numbers or texts of one kind. */
function isPlain(value: CborValue): boolean {
  if (value.kind === 'array') return value.items.every(isPlain);
  if (value.kind !== 'map') return value.kind !== 'tag';
  const kinds = new Set(value.entries.map(({ key }) => key.kind));
  return (
    kinds.size <= 1 &&
    !['array', 'map', 'tag'].includes([...kinds][0] ?? '') &&
    value.entries.every((entry) => isPlain(entry.value))
  );
}
