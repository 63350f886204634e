/** What every driver of the Journal port must do; run against each of them. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Journal } from '../../src/journal.ts';

/** One journal of a driver, for one test. */
export interface JournalStore {
  /** Makes the journal. Called once. */
  create(): Journal;
  /** Opens it again; absent for drivers whose journals end with their process. */
  readonly open?: () => Journal;
}

/** Errors of drivers that can be compared: by their stable code. */
export const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? String(Reflect.get(error, 'code') ?? error.message) : String(error);
  }
  return 'none';
};

export const bytesOf = (...texts: readonly string[]): Uint8Array[] =>
  texts.map((text) => new TextEncoder().encode(text));

/** The records as plain arrays: drivers may give Buffers or views. */
export const contents = (journal: Journal): number[][] => journal.read().map((record) => [...record]);

const plain = (records: readonly Uint8Array[]): number[][] => records.map((record) => [...record]);

const recordArbitrary = fc.uint8Array({ maxLength: 40 });
const stepArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.array(recordArbitrary, { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      records: fc.array(recordArbitrary, { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reopen' as const), records: fc.constant<Uint8Array[]>([]) }),
  },
);

/**
 * @param durable whether its stores can be opened again
 * @param makeStore gives a new, empty store; whatever it needs is released by `onTestFinished`
 */
export function journalContract(name: string, durable: boolean, makeStore: () => JournalStore): void {
  const make = (): { journal: Journal; store: JournalStore } => {
    const store = makeStore();
    const journal = store.create();
    onTestFinished(() => journal.close());
    return { journal, store };
  };

  describe(`journal: ${name}`, () => {
    it('starts empty', () => {
      expect(make().journal.read()).toEqual([]);
    });

    it('keeps records in the order of their appends', () => {
      const { journal } = make();
      journal.append(bytesOf('one', 'two'));
      journal.append([]);
      journal.append(bytesOf('', 'three'));
      expect(contents(journal)).toEqual(plain(bytesOf('one', 'two', '', 'three')));
    });

    it('keeps what was given, whatever the caller does to the list later', () => {
      const { journal } = make();
      const given = bytesOf('one');
      journal.append(given);
      given.push(...bytesOf('two'));
      expect(contents(journal)).toEqual(plain(bytesOf('one')));
      const read = journal.read();
      journal.append(bytesOf('three'));
      expect(plain(read)).toEqual(plain(bytesOf('one')));
    });

    it('replaces everything, also by nothing, and goes on', () => {
      const { journal } = make();
      journal.append(bytesOf('one', 'two', 'three'));
      journal.replace(bytesOf('all'));
      journal.append(bytesOf('next'));
      expect(contents(journal)).toEqual(plain(bytesOf('all', 'next')));
      journal.replace([]);
      expect(contents(journal)).toEqual([]);
      journal.append(bytesOf('again'));
      expect(contents(journal)).toEqual(plain(bytesOf('again')));
    });

    it('takes a record of a megabyte', () => {
      const { journal } = make();
      const large = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * 7);
      journal.append([large]);
      expect(journal.read()[0]?.length).toBe(large.length);
      expect(Buffer.compare(journal.read()[0] ?? large.subarray(1), large)).toBe(0);
    });

    it('may be closed twice', () => {
      const { journal } = make();
      journal.close();
      journal.close();
    });

    if (!durable) return;

    it('gives the same after it was opened again, step by step as a list would', () => {
      fc.assert(
        fc.property(fc.array(stepArbitrary, { maxLength: 12 }), (steps) => {
          const store = makeStore();
          let journal = store.create();
          let model: Uint8Array[] = [];
          for (const { kind, records } of steps) {
            if (kind === 'append') {
              journal.append(records);
              model = [...model, ...records];
            } else if (kind === 'replace') {
              journal.replace(records);
              model = [...records];
            } else {
              journal.close();
              journal = store.open?.() ?? journal;
            }
            expect(contents(journal)).toEqual(plain(model));
          }
          journal.close();
          const last = store.open?.() ?? journal;
          expect(contents(last)).toEqual(plain(model));
          last.close();
        }),
        { numRuns: 25, seed: 3 },
      );
    });

    it('refuses a second opener, without harm to the first', () => {
      const { journal, store } = make();
      journal.append(bytesOf('one'));
      expect(codeOf(() => store.open?.())).toBe('wallet-in-use');
      journal.append(bytesOf('two'));
      journal.close();
      const next = store.open?.() ?? journal;
      expect(contents(next)).toEqual(plain(bytesOf('one', 'two')));
      next.close();
    });
  });
}
