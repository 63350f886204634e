/** Small parts of a replay: clocks, counts, sizes, draws. */
import { instant } from '@duet/protocol/brand';
import { SeededRandom } from '@duet/simulator/random';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/replay/in-parallel.ts';
import { Tally } from '../../src/replay/tally.ts';
import { stepsToSeconds, VirtualClock } from '../../src/replay/virtual-clock.ts';

describe('the clock of a world', () => {
  it('never goes back', () => {
    const clock = new VirtualClock(instant(1_000));
    clock.moveTo(instant(500));
    clock.advance(5);
    expect(clock.read()).toBe(1_005);
  });

  it('takes a step for a second, and compresses what is longer than a world lasts', () => {
    expect([3, 1, 8].map(stepsToSeconds([3, 1, 8], 100))).toEqual([2, 0, 7]);
    const long = stepsToSeconds([0, 1_000_000], 100);
    expect([0, 500_000, 1_000_000].map(long)).toEqual([0, 50, 100]);
    expect(stepsToSeconds([], 100)(0)).toBeTypeOf('number');
  });
});

describe('counts', () => {
  it('give sizes by depth, and codes in order', () => {
    const tally = new Tally();
    for (const bytes of [30, 10, 20, 40]) tally.accepted(1, bytes);
    tally.accepted(2, 99);
    for (const code of ['too-many-hops', 'count-limit', 'count-limit'] as const) tally.refuse(code);
    expect(tally.paid).toBe(5);
    expect(tally.hops()).toEqual({ 1: 4, 2: 1 });
    expect(tally.offerBytes()).toEqual({ 1: { p50: 20, max: 40 }, 2: { p50: 99, max: 99 } });
    expect(Object.entries(tally.refused())).toEqual([
      ['count-limit', 2],
      ['too-many-hops', 1],
    ]);
  });
});

describe('draws', () => {
  it('come from the seed, stay in range and repeat nothing in a sample', () => {
    const draws = (seed: string) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 200 }, () => random.below(7));
    };
    expect(draws('a')).toEqual(draws('a'));
    expect(draws('a')).not.toEqual(draws('b'));
    expect(new Set(draws('a'))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    const sample = new SeededRandom('s').sample([1, 2, 3, 4], 9);
    expect([...sample].sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('work at the same time', () => {
  it('stays below its limit, does everything, and ends at the first error', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      done.push(item);
      running--;
    });
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    expect(most).toBe(2);
    await expect(inParallel([1], 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
