/** The summary line counts what ran and never hides a failure. */
import { expect, test } from 'vitest';
import {
  addCounts,
  type Counts,
  countsOfCheck,
  countsOfVitest,
  isGood,
  NO_COUNTS,
  summaryLine,
} from './counts.ts';

const counts = (passed: number, failed: number, skipped = 0): Counts => ({ passed, failed, skipped });

const report = (...files: readonly (readonly [string, ...string[]])[]): string =>
  JSON.stringify({
    testResults: files.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });

const CASES: readonly (readonly [
  name: string,
  report: string | undefined,
  exitCode: number,
  counts: Counts,
])[] = [
  ['all passed', report(['passed', 'passed', 'passed'], ['passed', 'passed']), 0, counts(3, 0)],
  ['one failed', report(['failed', 'passed', 'failed']), 1, counts(1, 1)],
  ['skipped of every kind', report(['passed', 'passed', 'skipped', 'pending', 'todo']), 0, counts(1, 0, 3)],
  ['all skipped', report(['passed', 'skipped']), 0, counts(0, 0, 1)],
  ['a file that broke before its tests', report(['failed'], ['passed', 'passed']), 1, counts(1, 1)],
  ['a file that broke after its tests', report(['failed', 'passed']), 1, counts(1, 1)],
  ['an error outside any test', report(['passed', 'passed']), 1, counts(1, 1)],
  ['no test at all', report(), 0, counts(0, 1)],
  ['no report', undefined, 0, counts(0, 1)],
  ['a damaged report', '{"testResults": [', 0, counts(0, 1)],
  ['a report of another shape', '{"testResults": 3}', 0, counts(0, 1)],
];

test.each(CASES)('vitest: %s', (_name, text, exitCode, expected) => {
  expect(countsOfVitest(text, exitCode)).toEqual(expected);
});

test('a check is one test', () => {
  expect([countsOfCheck(0), countsOfCheck(2)]).toEqual([counts(1, 0), counts(0, 1)]);
});

test('the line names the skipped only where there are some', () => {
  expect(summaryLine(addCounts(counts(2, 0), counts(1, 1)))).toBe('3 passed, 1 failed');
  expect(summaryLine(counts(2, 0, 4))).toBe('2 passed, 0 failed, 4 skipped');
});

test('a run is good only where something passed and nothing failed', () => {
  expect([counts(1, 0), counts(1, 1), counts(0, 0, 5), NO_COUNTS].map(isGood)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
