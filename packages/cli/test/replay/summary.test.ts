/** What a person reads of a replay, in both languages. */
import { expect, test } from 'vitest';
import type { ReplayResult } from '../../src/replay/result.ts';
import { describeReplay, hopLines } from '../../src/replay/summary.ts';

const EMPTY: ReplayResult = {
  transfers: 0,
  paid: 0,
  refused: {},
  loads: 0,
  syncs: 0,
  hops: {},
  offerBytes: {},
  doubleSpends: { planted: 0, proven: 0, culpritsNamed: 0, honestNamed: 0 },
  unpaidHonestPayees: 0,
  audit: { balanced: true, differenceFen: 0 },
  balancesFen: '/tmp/b.json',
  seconds: {
    read: 0.04,
    database: 1.2,
    open: 0.5,
    load: 0,
    pay: 2,
    sync: 3,
    settle: 1,
    audit: 0.25,
    close: 0,
  },
};
const ONE = { ...EMPTY, transfers: 1, paid: 1, hops: { 1: 1 }, offerBytes: { 1: { p50: 208, max: 208 } } };
const textOf = (result: ReplayResult, language: 'en' | 'zh'): string =>
  describeReplay(result, language).lines.join('\n');

test('a file without transfers, and one of which all are refused: nothing was paid, and no table of it', () => {
  for (const result of [EMPTY, { ...EMPTY, transfers: 2, refused: { 'paying-oneself': 2 } }]) {
    const { lines, json, exit } = describeReplay(result, 'en');
    expect(lines).toContain('Nothing was paid.');
    expect(lines.join('\n')).not.toMatch(/Hop|was paid\.\n.*was paid|\n\n\n/);
    expect(json).toMatchObject({ paid: 0, hops: {}, offerBytes: {}, refused: result.refused });
    expect(exit).toBe(0);
    expect(hopLines(result, 'zh')).toEqual(['没有成功的付款。']);
  }
  expect(textOf({ ...EMPTY, unpaidHonestPayees: 3 }, 'en')).toContain('NOT PAID, honest payees: 3.');
});

test('one transfer has its table', () => {
  expect(textOf(ONE, 'en')).toMatch(/Hop .*\n +1 +1 +208 +208 +#+\n\nEvery honest payee was paid\./);
});

test('the seconds of each phase, in the language of the person', () => {
  expect(textOf(ONE, 'en')).toMatch(/^8\.0 s \(read 0\.0, database 1\.2, .*audit 0\.3, close 0\.0\)$/m);
  expect(textOf(ONE, 'zh')).toMatch(/^用时 8\.0 秒\(读取 0\.0, 数据库 1\.2, /m);
  expect(textOf(ONE, 'zh').replace('/tmp/b.json', '')).not.toMatch(/[A-Za-z]/);
});
