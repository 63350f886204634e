/**
 * The database of a journal: its settings, its schema, and what is checked when it is opened.
 *
 * The settings, and why:
 *   locking_mode = EXCLUSIVE   one writer. The lock is the kernel's and ends with its process; a second opener
 *                              is told `wallet-in-use`. Set before WAL, so that no shared memory file is used
 *   journal_mode = WAL         a commit is one append to the log and one sync of it; after a crash the log is
 *                              read up to its last whole commit (frames carry checksums)
 *   synchronous = FULL         the log is synced before a commit returns; NORMAL would not (sqlite.org/wal.html)
 *   fullfsync, checkpoint_fullfsync   macOS: fsync(2) leaves data in the drive's cache, F_FULLFSYNC does not
 *   secure_delete = ON         what compaction removes is overwritten; the log is cut to nothing after it
 *   cell_size_check, trusted_schema = OFF, mmap_size = 0   a damaged file gives an error, not a crash
 *
 * Damage is looked for at the start: `integrity_check` for the database, and a chain of hashes over the
 * records, whose end and length stand in the state row, for what they hold.
 */
import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { equalBytes } from '@duet/protocol/bytes';
import { WAL_CHECKPOINT_PAGES } from './limits.ts';
import { damaged, ioError, StorageError } from './storage-error.ts';

/** Is this journal shown to be the one that was written last? When not, the wallet syncs before it signs. */
export type Continuity = 'shown' | 'unknown';

const VERSION = 1;
/** "DUET" */
const APPLICATION_ID = 0x44554554;
/** The hash over no records. */
export const START = new Uint8Array(32);

const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA secure_delete = ON;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA mmap_size = 0;
  PRAGMA temp_store = MEMORY;
  PRAGMA wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES};
`;

const SCHEMA = `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    anchor TEXT NOT NULL,
    continuity TEXT NOT NULL CHECK (continuity IN ('shown', 'unknown')),
    records INTEGER NOT NULL,
    link BLOB NOT NULL
  ) STRICT;
  CREATE TABLE record (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL, link BLOB NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
`;

/** The one row of the state table. */
export interface State {
  readonly generation: number;
  readonly anchor: string;
  readonly continuity: Continuity;
  readonly records: number;
  /** Hash over all records. */
  readonly link: Uint8Array;
}

/** Opens a database that is there, takes the lock and sets what makes it durable. */
export function openDatabase(path: string, maxPages: number | undefined): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(url, { timeout: 0 });
  try {
    database.exec(SETTINGS);
    // The first access takes the lock and reads the log.
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    for (const [setting, wanted] of [
      ['locking_mode', 'exclusive'],
      ['journal_mode', 'wal'],
      ['secure_delete', 1],
    ] as const) {
      const got = Object.values(database.prepare(`PRAGMA ${setting}`).get() ?? {})[0];
      if (got !== wanted) throw ioError('before', `SQLite does not take ${setting} ${wanted} here`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the tables of a new journal, in one transaction. */
export function createSchema(database: DatabaseSync, state: State): void {
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
  database
    .prepare('INSERT INTO state VALUES (1, ?, ?, ?, ?, ?, ?)')
    .run(VERSION, state.generation, state.anchor, state.continuity, state.records, state.link);
  database.exec('COMMIT');
}

/** Reads the state row after every check of the database. */
export function readState(database: DatabaseSync): State {
  const problem = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
  if (problem !== 'ok') throw damaged(`its journal is damaged (${problem})`);
  const id = Object.values(database.prepare('PRAGMA application_id').get() ?? {})[0];
  if (id !== APPLICATION_ID) throw damaged('this database is no journal of a wallet');
  const row = database.prepare('SELECT * FROM state').get();
  const { version, generation, anchor, continuity, records, link } = row ?? {};
  if (typeof version === 'number' && version > VERSION) {
    throw new StorageError('wallet-newer', 'never', `made by a newer version (${version}). Update first`);
  }
  if (
    version !== VERSION ||
    typeof generation !== 'number' ||
    typeof anchor !== 'string' ||
    (continuity !== 'shown' && continuity !== 'unknown') ||
    typeof records !== 'number' ||
    !(link instanceof Uint8Array)
  ) {
    throw damaged('the state row of its journal is damaged');
  }
  const state: State = { generation, anchor, continuity, records, link };
  for (const _ of verifiedRecords(database, state));
  return state;
}

/** The records in order. @throws StorageError `wallet-damaged` when one was changed, lost or added */
export function* verifiedRecords(database: DatabaseSync, state: State): Generator<Uint8Array> {
  let last: Uint8Array = START;
  let count = 0;
  for (const { place, bytes, link } of database
    .prepare('SELECT place, bytes, link FROM record ORDER BY place')
    .iterate()) {
    count++;
    if (place !== count || !(bytes instanceof Uint8Array) || !(link instanceof Uint8Array)) {
      throw damaged(`record ${count} of its journal is missing`);
    }
    last = linkOf(last, bytes);
    if (!equalBytes(last, link)) throw damaged(`record ${count} of its journal was changed`);
    yield bytes;
  }
  if (count !== state.records || !equalBytes(last, state.link)) {
    throw damaged(`its journal ends at record ${count} of ${state.records}`);
  }
}

/** The hash over all records so far and one more. */
export const linkOf = (before: Uint8Array, record: Uint8Array): Uint8Array =>
  hash('sha256', Buffer.concat([before, record]), 'buffer');
