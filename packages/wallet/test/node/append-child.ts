/**
 * A process that appends to a journal and then releases a signature on standard output: what the tests of
 * system calls trace. `node append-child.ts FOLDER MODE`, where MODE is `durable`, or the name of a planted
 * fault.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { SqliteJournal } from '../../src/node/sqlite-journal.ts';
import { plantFault } from './planted-faults.ts';

const [, , folder = '', mode = 'durable'] = process.argv;
plantFault(mode);

const path = join(folder, 'journal.sqlite');
const journal = fs.existsSync(path) ? SqliteJournal.open(path) : SqliteJournal.create(path);
for (let i = 0; i < 3; i++) {
  try {
    if (mode === 'released early') fs.writeSync(1, `SIGNATURE ${i}\n`);
    journal.append([new Uint8Array(100).fill(i)]);
    if (mode !== 'released early') fs.writeSync(1, `SIGNATURE ${i}\n`);
  } catch (error) {
    fs.writeSync(1, `REFUSED ${Reflect.get(Object(error), 'code')} ${Reflect.get(Object(error), 'retry')}\n`);
  }
}
if (mode === 'durable') journal.close();
