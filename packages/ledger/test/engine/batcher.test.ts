/** Calls that share a batch: each gets its own answer, and none can spoil it for the others. */
import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/engine/batcher.ts';
import { DatabaseError } from '../../src/postgres/database-error.ts';

describe('batcher', () => {
  test('gathers what comes in one turn, up to its size, and answers each call with its own', async () => {
    const sizes: number[] = [];
    const batcher = new Batcher<number, number>(
      async (inputs) => {
        sizes.push(inputs.length);
        return inputs.map((input) => 10 * input);
      },
      4,
      1,
    );
    const inputs = Array.from({ length: 10 }, (_, i) => i);
    expect(await Promise.all(inputs.map((input) => batcher.call(input)))).toEqual(
      inputs.map((input) => 10 * input),
    );
    expect(sizes).toEqual([4, 4, 2]);
  });

  test('never runs more batches at once than it may', async () => {
    let [running, most] = [0, 0];
    const batcher = new Batcher<number, number>(
      async (inputs) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running--;
        return inputs;
      },
      1,
      2,
    );
    await Promise.all(Array.from({ length: 12 }, (_, i) => batcher.call(i)));
    expect(most).toBe(2);
  });

  test.each([
    ['a defect', new Error('planted')],
    ['content that the schema forbids', new DatabaseError('constraint-violated', 'never', 'planted')],
  ])('%s in one call fails that one alone', async (_name, error) => {
    const batcher = new Batcher<number, number>(
      async (inputs) => {
        if (inputs.includes(3)) throw error;
        return inputs;
      },
      8,
      1,
    );
    const ends = await Promise.allSettled([1, 2, 3, 4].map((input) => batcher.call(input)));
    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason))).toEqual([
      1,
      2,
      error,
      4,
    ]);
  });

  test('a failure of the database is told to all at once, and the next batch is tried anew', async () => {
    const full = new DatabaseError('disk-full', 'safe', 'planted');
    const runs: number[] = [];
    const batcher = new Batcher<number, number>(
      async (inputs) => {
        runs.push(inputs.length);
        if (runs.length === 1) throw full;
        return inputs;
      },
      8,
      1,
    );
    const ends = await Promise.allSettled([1, 2, 3].map((input) => batcher.call(input)));
    expect(ends.map((end) => (end.status === 'rejected' ? end.reason : end.value))).toEqual([
      full,
      full,
      full,
    ]);
    expect(runs).toEqual([3]);
    expect(await batcher.call(7)).toBe(7);
  });
});
