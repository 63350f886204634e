/** Reasons for what is not reached stand beside code that is still there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reachedBy, summaryOf } from './reached.ts';
import { UNREACHED } from './unreached.ts';

const ROOT = join(import.meta.dirname, '../..');

test.each(UNREACHED)('$file: $text', ({ file, text }) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toContain(text);
});

test('an arm that one target reached counts, and one that none reached is listed with its line', () => {
  const file = 'packages/protocol/src/cbor/codec.ts';
  const arm = (line: number, place: number) => ({
    ...{ file, line, type: 'if', arm: place },
    from: [line, 0] as const,
    to: [line, 9] as const,
  });
  const result = reachedBy(ROOT, [
    { arm: arm(48, 0), reached: false },
    { arm: arm(48, 0), reached: true },
    { arm: arm(62, 0), reached: false },
    { arm: { ...arm(1, 0), file: 'packages/carriers/src/ur.ts' }, reached: false },
  ]);
  expect([result.reached, result.of, result.percent]).toEqual([1, 2, 50]);
  expect(result.missing).toMatchObject([{ file, line: 62, reason: expect.stringMatching(/bug of ours/) }]);
  expect(summaryOf(result)).toContain('1 of 2 (50 %)');
});
