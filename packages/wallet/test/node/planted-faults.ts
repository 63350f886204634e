/** Faults that the tests of system calls and of kills must see, planted into the real driver. */
import { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../../src/journal.ts';

/** `skips the sync`: SQLite is told not to wait for the disk. Other names change nothing. */
export function plantFault(name: string): void {
  if (name !== 'skips the sync') return;
  const honest = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    honest.call(this, sql.replace('synchronous = FULL', 'synchronous = OFF'));
  };
}

/** A journal that says yes before it has stored: each append reaches the disk with the next one. */
export function lateJournal(journal: Journal): Journal {
  let late: readonly Uint8Array[] = [];
  return {
    read: () => [...journal.read(), ...late],
    append(records) {
      journal.append(late);
      late = [...records];
    },
    replace: (records) => journal.replace(records),
    close() {
      journal.append(late);
      journal.close();
    },
  };
}
