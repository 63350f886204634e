/** A journal that kills its process around one of its appends: what a dying battery does, at every step. */
import type { Journal } from '../../src/journal.ts';

/** Kill just before, or just after, append number `at` (from 1). */
export interface KillPoint {
  readonly when: 'before' | 'after';
  readonly at: number;
}

export function killingJournal(journal: Journal, point: KillPoint): Journal {
  let appends = 0;
  const store = (write: () => void): void => {
    appends++;
    if (point.when === 'before' && appends === point.at) kill();
    write();
    if (point.when === 'after' && appends === point.at) kill();
  };
  return {
    read: () => journal.read(),
    append: (records) => store(() => journal.append(records)),
    replace: (records) => store(() => journal.replace(records)),
    close: () => journal.close(),
  };
}

/** SIGKILL to oneself: nothing runs after it, no handler and no flush. */
function kill(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive after SIGKILL');
}
