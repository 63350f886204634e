/**
 * A process that appends a batch to a journal and then replaces everything: `node batch-child.ts FOLDER`. The
 * records are large, so that a batch takes many writes.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteJournal } from '../../src/node/sqlite-journal.ts';

const [, , folder = ''] = process.argv;
const batch = (fill: number, count: number): Uint8Array[] =>
  Array.from({ length: count }, () => new Uint8Array(1_500).fill(fill));

const journal = SqliteJournal.open(join(folder, 'journal.sqlite'));
journal.append(batch(2, 3));
writeSync(1, 'appended\n');
journal.replace(batch(3, 4));
writeSync(1, 'replaced\n');
journal.close();
writeSync(1, 'closed\n');
