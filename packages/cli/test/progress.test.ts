/** What is shown while a command works must not stand in the way of an interrupt. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processContext } from '../src/context.ts';

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
  const progress = processContext(false, 'en').progress('Working', true);
  progress.update('Paying: 1 of 2');
  progress.update('Paying: 2 of 2');
  expect(written).toEqual(['Paying …\n']);
});
