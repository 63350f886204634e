/** Changes of one CBOR item, one at each place: what a decoder must refuse, or take for another object. */
import type { CborEntry, CborValue } from '../../../src/cbor/value.ts';

export interface Variant {
  readonly what: string;
  readonly value: CborValue;
}

const int = (value: number): CborValue => ({ kind: 'int', value });
const OTHER_KEYS: readonly number[] = [0, 5, 20, 99];

/** Bounds of every range that the specification uses, and their neighbours. */
const BOUNDS: readonly number[] = [
  -70_003,
  -70_002,
  -65_702,
  -7,
  -1,
  0,
  1,
  2,
  3,
  4,
  6,
  7,
  8,
  9,
  16,
  17,
  19,
  20,
  255,
  256,
  3_650,
  3_651,
  9_999,
  10_000,
  49_710,
  49_711,
  65_535,
  65_536,
  999_999,
  1_000_000,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
];

/** All changes of an item and of what is in it. */
export function* variantsOf(value: CborValue, path = ''): Iterable<Variant> {
  yield* replaced(value, path);
  if (value.kind === 'array') yield* ofArray(value.items, path);
  if (value.kind === 'map') yield* ofMap(value.entries, path);
  if (value.kind === 'tag')
    for (const { what, value: content } of variantsOf(value.content, `${path}#`))
      yield { what, value: { ...value, content } };
}

/** Another type at the place, or another value of its type. */
function* replaced(value: CborValue, path: string): Iterable<Variant> {
  const others: readonly CborValue[] = [
    int(1),
    { kind: 'bytes', value: new Uint8Array(0) },
    { kind: 'text', value: 'x' },
    { kind: 'array', items: [] },
    { kind: 'map', entries: [] },
    { kind: 'bool', value: true },
    { kind: 'null' },
    { kind: 'tag', tag: 18, content: value },
  ];
  for (const other of others)
    if (other.kind !== value.kind) yield { what: `${path} as ${other.kind}`, value: other };
  if (value.kind === 'int')
    for (const bound of BOUNDS)
      if (bound !== value.value) yield { what: `${path} = ${bound}`, value: int(bound) };
  if (value.kind === 'bytes') {
    yield { what: `${path} one byte less`, value: { kind: 'bytes', value: value.value.slice(0, -1) } };
    yield {
      what: `${path} one byte more`,
      value: { kind: 'bytes', value: new Uint8Array([...value.value, 1]) },
    };
  }
  if (value.kind === 'text') {
    for (const length of [0, 33, 65, 256, 513])
      yield { what: `${path} of ${length} bytes`, value: { kind: 'text', value: 'x'.repeat(length) } };
  }
}

function* ofArray(items: readonly CborValue[], path: string): Iterable<Variant> {
  const [first] = items;
  yield { what: `${path} with one item more`, value: { kind: 'array', items: [...items, first ?? int(0)] } };
  yield { what: `${path} with a number more`, value: { kind: 'array', items: [...items, int(1)] } };
  for (const [i, item] of items.entries()) {
    yield { what: `${path}[${i}] left out`, value: { kind: 'array', items: items.toSpliced(i, 1) } };
    for (const { what, value } of variantsOf(item, `${path}[${i}]`))
      yield { what, value: { kind: 'array', items: items.with(i, value) } };
  }
}

function* ofMap(entries: readonly CborEntry[], path: string): Iterable<Variant> {
  const held = new Set(entries.map(({ key }) => (key.kind === 'int' ? key.value : undefined)));
  for (const key of OTHER_KEYS)
    if (!held.has(key))
      yield {
        what: `${path} with key ${key}`,
        value: { kind: 'map', entries: [...entries, { key: int(key), value: int(1) }] },
      };
  for (const [i, entry] of entries.entries()) {
    const name = `${path}.${entry.key.kind === 'int' || entry.key.kind === 'text' ? entry.key.value : '?'}`;
    yield { what: `${name} left out`, value: { kind: 'map', entries: entries.toSpliced(i, 1) } };
    for (const { what, value } of variantsOf(entry.value, name))
      yield { what, value: { kind: 'map', entries: entries.with(i, { ...entry, value }) } };
  }
}
