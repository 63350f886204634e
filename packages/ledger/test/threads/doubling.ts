/** A thread for the tests of lines: it doubles, asks back, fails and dies as it is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import type { ThreadLine } from '../../src/threads/line.ts';
import { lineToStarter } from '../../src/threads/thread.ts';

export type Doubling = {
  /** Twice the number, after so many milliseconds. */
  readonly double: {
    readonly args: { readonly value: number; readonly after: number };
    readonly answer: number;
  };
  /** Twice what the starter gives. */
  readonly doubleYours: { readonly args: undefined; readonly answer: number };
  readonly fail: { readonly args: 'database' | 'plain' | 'own'; readonly answer: never };
  readonly die: { readonly args: 'throw' | 'exit'; readonly answer: never };
};

/** `note` is told before the answer that follows it. */
export type Starter = {
  readonly number: { readonly args: undefined; readonly answer: number };
  readonly note: { readonly args: string; readonly answer: undefined };
};

const deadlock = (): DatabaseError => new DatabaseError('deadlock', 'safe', 'two waited for each other');
const forever = new Promise<never>(() => undefined);

const line: ThreadLine<Starter, Doubling> = lineToStarter<Starter, Doubling>(
  {
    double: async ({ value, after }) => {
      await sleep(after);
      return 2 * value;
    },
    doubleYours: async () => {
      const given = await line.call('number', undefined);
      void line.call('note', 'asked');
      return 2 * given;
    },
    fail: (how) => {
      if (how === 'database') throw deadlock();
      throw how === 'plain'
        ? new TypeError('no such thing')
        : Object.assign(new Error('a disk'), { code: 'journal-full', retry: 'safe' });
    },
    die: (how) => {
      setImmediate(() => {
        if (how === 'exit') process.exit(3);
        throw deadlock();
      });
      return forever;
    },
  },
  async () => {
    await line.call('note', 'stopped');
  },
);
