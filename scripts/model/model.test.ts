/**
 * The model of one coin's life, checked by TLC: the bounds of every test run take every action and keep every
 * invariant, and each mutant breaks the one that it is for. Skipped with the reason where there is no Java. The bound
 * `ci` and the findings take longer: `npm run model`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { check, type Outcome } from './check.ts';
import { readOutput } from './output.ts';
import { ACTIONS, type Run, runsOf } from './runs.ts';
import { findTlc } from './tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'model');
/** To end what hangs; the bound takes minutes, on a busy machine many. */
const TIMEOUT_MS = 3_600_000;

const IN_EVERY_TEST_RUN: readonly string[] = [ACTIONS, 'healing'];

const runs = runsOf(FOLDER);
const bounds = runs.filter(({ name }) => IN_EVERY_TEST_RUN.includes(name));
const mutants = runs.filter(({ kind }) => kind === 'mutant');
const tlc = findTlc(ROOT);
if (!tlc.available) console.log(`Skipped: ${tlc.reason}.`);

const outcomeOf = (run: Run): Promise<Outcome> => {
  if (!tlc.available) throw new Error(tlc.reason);
  return check(run, { jar: tlc.jar, folder: FOLDER, workers: 2 });
};

test.skipIf(!process.env.CI)('where CI is set there are Java and TLC', () => {
  expect(tlc).toMatchObject({ available: true });
});

describe.skipIf(!tlc.available)('TLC', () => {
  test.each(mutants)('$name breaks $breaks, and nothing else', { timeout: TIMEOUT_MS }, async (run) => {
    expect((await outcomeOf(run)).problems).toEqual([]);
  });

  test('every invariant holds, every payment ends, every action is taken', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const outcomes: Outcome[] = [];
    for (const run of bounds) outcomes.push(await outcomeOf(run));
    expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    expect(outcomes).toHaveLength(IN_EVERY_TEST_RUN.length);
  });
});

test('each invariant and the property have a mutant', () => {
  const base = runs.find(({ name }) => name === 'ci')?.config ?? '';
  const listed = /^INVARIANTS\n((?: {2}\w+\n)+)/m.exec(base)?.[1]?.trim().split(/\s+/) ?? [];
  const broken = new Set(mutants.map(({ breaks }) => breaks));
  expect(listed.length).toBeGreaterThan(5);
  expect([...listed, 'EveryPaymentEnds'].filter((name) => !broken.has(name))).toEqual([]);
});

const STATISTICS = `The coverage statistics at 2026-01-01 00:00:00
<Pay line 1, col 1 to line 1, col 3 of module Coin>: 3:5
<Pay line 9, col 1 to line 9, col 3 of module Coin>: 1:2
<Lose line 2, col 1 to line 2, col 4 of module Coin>: 0:0
`;

describe('what TLC prints', () => {
  test('a complete run', () => {
    const text = `Model checking completed. No error has been found.
${STATISTICS}60 states generated, 20 distinct states found, 0 states left on queue.
The depth of the complete state graph search is 7.
`;
    expect(readOutput(text)).toEqual({
      complete: true,
      generated: 60,
      distinct: 20,
      depth: 7,
      actions: [
        { action: 'Pay', found: 4, taken: 7 },
        { action: 'Lose', found: 0, taken: 0 },
      ],
      trace: [],
    });
  });

  test('a broken invariant, with its trace', () => {
    const text = `Error: Invariant OneVerdict is violated.
Error: The behavior up to this point is:
State 1: <Initial predicate>
State 2: <Ask line 3, col 1 to line 3, col 9 of module Coin>
9 states generated, 8 distinct states found, 3 states left on queue.
`;
    const { violated, complete, trace, error } = readOutput(text);
    expect({ violated, complete, trace, error }).toEqual({
      violated: 'OneVerdict',
      complete: false,
      trace: ['Ask'],
      error: undefined,
    });
  });

  test('a broken property, an error of the model, and nothing at all', () => {
    expect(readOutput('Error: Temporal properties were violated.\n').violated).toBe('temporal');
    expect(readOutput('Error: Parsing or semantic analysis failed.\n').error).toContain('Parsing');
    expect(readOutput('').error).toBe('TLC ended without a result');
  });
});
