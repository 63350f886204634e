/**
 * A Journal that lives in memory: for tests, simulations and benches. Nothing survives the process.
 */
import type { Journal } from './journal.ts';

/** What a memory journal may be told. */
export interface MemoryJournalOptions {
  /** False: records are taken and forgotten, for many wallets in one process that never restart. */
  readonly keep?: boolean;
}

const NOTHING: readonly Uint8Array[] = Object.freeze([]);

const forgetfulJournal: Journal = Object.freeze({
  forgets: true,
  read: () => NOTHING,
  append: () => {},
  replace: () => {},
  close: () => {},
});

/** A journal in memory; with `{ keep: false }` it keeps nothing and costs nothing. */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  if (options.keep === false) return forgetfulJournal;
  let kept: Uint8Array[] = [];
  return {
    read: () => kept.slice(),
    append: (records) => {
      kept.push(...records);
    },
    replace: (records) => {
      kept = [...records];
    },
    close: () => {},
  };
}
