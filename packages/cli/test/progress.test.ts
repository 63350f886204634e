/** What is shown while a command works must not stand in the way of an interrupt. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { processContext } from '../src/context.ts';
import { watching } from '../src/replay/command.ts';
import { Phases } from '../src/replay/phases.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listeners = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));

const { isTTY } = process.stderr;
const { CI } = process.env;
beforeAll(() => {
  // What ora asks of a terminal.
  const terminal = {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  };
  Object.assign(process.stderr, terminal, { write: () => true });
  delete process.env.CI;
});
afterAll(() => {
  process.stderr.isTTY = isTTY;
  if (CI !== undefined) process.env.CI = CI;
});

// The database stops on a signal only where nobody else listens to it: a listener too many, and Ctrl-C does nothing.
test('a spinner in a terminal listens to no signal', async () => {
  const before = listeners();
  const progress = processContext(false, 'en').progress('Working');
  await import('ora');
  await sleep(200);
  expect(listeners()).toEqual(before);
  progress.stop();
  expect(listeners()).toEqual(before);
});

test('a terminal without a width gets lines, not a spinner that counts its lines for ever', () => {
  Object.assign(process.stderr, { columns: 0 });
  const written: string[] = [];
  process.stderr.write = (text) => written.push(String(text)) > 0;
  const progress = processContext(false, 'en').progress('Reading', true);
  progress.update('Reading');
  progress.update('Paying: 1 of 2');
  progress.update('Paying: 2 of 2');
  progress.stop();
  expect(written).toEqual(['Reading …\n', 'Paying …\n']);
});

test.each([false, true])('long work says where it is at least every ten seconds (--json: %s)', (json) => {
  vi.useFakeTimers();
  try {
    Object.assign(process.stderr, { columns: 0 });
    const written: string[] = [];
    process.stderr.write = (text) => written.push(String(text)) > 0;
    const progress = processContext(json, 'zh').progress('正在读取', true);
    progress.update('正在支付: 1 / 90');
    vi.advanceTimersByTime(8_500);
    expect(written).toEqual(['正在读取 …\n', '正在支付 …\n']);
    progress.update('正在支付: 60 / 90');
    vi.advanceTimersByTime(500);
    expect(written.slice(2)).toEqual(['正在支付: 60 / 90 …\n']);
    vi.advanceTimersByTime(60_000);
    expect(written.length).toBe(9);
    progress.stop();
    vi.advanceTimersByTime(60_000);
    expect(written.length).toBe(9);
    expect(processContext(json, 'zh').progress('正在同步').update('正在同步')).toBeUndefined();
    expect(written.length).toBe(9);
  } finally {
    vi.useRealTimers();
  }
});

test('a replay names each phase once, and how far it is', async () => {
  const told: string[] = [];
  const progress = { update: (text: string) => void told.push(text), succeed: String, stop: () => undefined };
  const watch = watching(progress, 'en');
  const phases = new Phases(watch);
  await phases.time('database', () => undefined);
  for (const done of [0, 1]) {
    watch('pay', done, 1_234);
    await phases.time('sync', () => undefined);
    await phases.time('pay', () => undefined);
  }
  await phases.time('audit', () => undefined);
  expect(told).toEqual([
    'Starting the database',
    'Paying offline: 0 of 1,234',
    'Paying offline: 1 of 1,234',
    'Checking the books',
  ]);
});
