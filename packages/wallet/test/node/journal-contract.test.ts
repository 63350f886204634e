/** The contract of the Journal port, against every driver that runs on Node. */
import { join } from 'node:path';
import { memoryJournal } from '../../src/memory-journal.ts';
import { SqliteJournal } from '../../src/node/sqlite-journal.ts';
import { journalContract } from './journal-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

journalContract('memory', false, () => ({ create: () => memoryJournal() }));

journalContract('SQLite', true, () => {
  const path = join(temporaryFolder(), 'journal.sqlite');
  return { create: () => SqliteJournal.create(path), open: () => SqliteJournal.open(path) };
});
