/** The mutators know CBOR well enough to change one thing and leave the rest right. */
import { OBJECTS } from '@duet/protocol/testing/samples';
import { expect, test } from 'vitest';
import { allNodes, parseItems, writeItems } from './cbor-tree.ts';
import { itemsOf, mutate } from './mutate.ts';
import { Random } from './random.ts';

test('what is read as a tree is written as it was, payloads inside byte strings too', () => {
  for (const { bytes, name } of OBJECTS) {
    const items = parseItems(bytes);
    expect(items && Buffer.from(writeItems(items)).equals(bytes), name).toBe(true);
    expect(items && allNodes(items).length, name).toBeGreaterThan(10);
  }
});

test('heads that are not the shortest are kept as they are', () => {
  for (const hex of [
    '1800',
    '190018',
    '1a00000001',
    '1b0000000000000001',
    '5801ff',
    '9a0000000101',
    'b90001 0102',
    'd81201',
  ]) {
    const bytes = Buffer.from(hex.replace(' ', ''), 'hex');
    const items = parseItems(bytes);
    expect(items && Buffer.from(writeItems(items)).toString('hex'), hex).toBe(bytes.toString('hex'));
  }
});

test('a length inside is mended all the way up', () => {
  const [{ bytes } = { bytes: new Uint8Array() }] = OBJECTS;
  const parsed = itemsOf(Uint8Array.of(7, ...bytes));
  if (!parsed) return expect.fail('no items');
  const text = allNodes(parsed.items).find(({ major, content }) => major === 3 && content.length > 20);
  if (!text) return expect.fail('no text');
  text.content = Buffer.concat([text.content, Buffer.from('abc')]);
  const longer = writeItems(parsed.items);
  expect(longer.length).toBeGreaterThanOrEqual(bytes.length + 3);
  expect(parseItems(longer)).toBeDefined();
});

test('one seed gives one sequence of inputs', () => {
  const sequence = (seed: number): string[] => {
    const random = new Random(seed);
    const [one, other] = OBJECTS.map(({ bytes }) => bytes);
    if (!one || !other) return [];
    return Array.from({ length: 200 }, () => Buffer.from(mutate(one, other, random)).toString('hex'));
  };
  expect(sequence(7)).toEqual(sequence(7));
  expect(new Set(sequence(7)).size).toBeGreaterThan(150);
  expect(sequence(8)).not.toEqual(sequence(7));
});
