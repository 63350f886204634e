/** Calls and answers between threads, with a real one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import { type LineMessage, type NoCalls, ThreadLine } from '../../src/threads/line.ts';
import { LinedThread } from '../../src/threads/thread.ts';
import type { Doubling, Starter } from './doubling.ts';

let thread: LinedThread<Doubling, Starter>;
let notes: string[];
beforeEach(() => {
  notes = [];
  thread = new LinedThread<Doubling, Starter>({
    file: new URL('./doubling.ts', import.meta.url),
    answers: { number: async () => 21, note: (text) => void notes.push(text) },
  });
});
afterEach(() => thread.stop());

const double = (value: number, after = 0) => thread.line.call('double', { value, after });

test('each call gets its own answer, in whatever order they come', async () => {
  const order: number[] = [];
  const calls = [80, 40, 0].map(async (after, value) => {
    const answer = await double(value, after);
    order.push(value);
    return answer;
  });
  expect(thread.line.load).toBe(3);
  expect(await Promise.all(calls)).toEqual([0, 2, 4]);
  expect(order).toEqual([2, 1, 0]);
  expect(thread.line.load).toBe(0);
});

test('a thread asks back, and what it calls before it answers is taken before the answer', async () => {
  expect(await thread.line.call('doubleYours', undefined)).toBe(42);
  expect(notes).toEqual(['asked']);
});

describe('what a call throws fails that call alone', () => {
  test('an error of the database stays one, with its code and retry', async () => {
    const [failed, fine] = await Promise.allSettled([thread.line.call('fail', 'database'), double(1)]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'deadlock', retry: 'safe' } });
    expect(failed.status === 'rejected' && failed.reason).toBeInstanceOf(DatabaseError);
    expect(fine).toEqual({ status: 'fulfilled', value: 2 });
  });

  test('another operational error keeps its code and retry, a defect tells where it was', async () => {
    await expect(thread.line.call('fail', 'own')).rejects.toMatchObject({
      message: 'a disk',
      code: 'journal-full',
      retry: 'safe',
    });
    await expect(thread.line.call('fail', 'plain')).rejects.toThrow(
      /TypeError: no such thing\n.*doubling\.ts/,
    );
  });
});

describe('a thread that ends', () => {
  test.each([
    ['throws', 'throw', { code: 'deadlock', retry: 'safe', message: 'two waited for each other' }],
    ['exits', 'exit', { message: 'a worker thread ended' }],
  ] as const)('fails all that waits when it %s, and what is asked later', async (_how, how, reason) => {
    const waiting = [double(1, 60_000), thread.line.call('die', how), double(2, 60_000)];
    for (const end of await Promise.allSettled(waiting))
      expect(end).toMatchObject({ status: 'rejected', reason });
    await expect(double(3)).rejects.toMatchObject(reason);
    expect(thread.line.load).toBe(Number.POSITIVE_INFINITY);
  });

  test('does what it has to when it is stopped, then it is gone', async () => {
    await double(4);
    await thread.stop();
    expect(notes).toEqual(['stopped']);
    await expect(double(5)).rejects.toThrow('a worker thread ended');
  });
});

test('what is asked together goes in one message', async () => {
  const messages: LineMessage<Doubling>[] = [];
  const line = new ThreadLine<Doubling, NoCalls>((message) => messages.push(message), {});
  const waiting = [1, 2, 3].map((value) => line.call('double', { value, after: 0 }));
  await new Promise((resolve) => setImmediate(resolve));
  expect(messages.map(({ calls }) => calls.length)).toEqual([3]);
  line.take({ calls: [], answers: [3, 1, 2].map((id) => ({ id, answer: id })) });
  expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
});
