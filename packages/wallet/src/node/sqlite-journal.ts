/**
 * Journal on `node:sqlite` (PAY-3, LIMIT-2): durable when a call returns, one writer, damage and old copies
 * seen at the start.
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
 *
 * After a sync of the disk that failed nobody knows what it holds: the journal refuses all further work until
 * it is opened again. Nothing else of this process may open the database file: closing it would drop the
 * lock (POSIX advisory locks belong to the process).
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { equalBytes } from '@duet/protocol/bytes';
import type { Journal } from '../journal.ts';
import { createFile } from './durable-file.ts';
import { GenerationAnchor } from './generation-anchor.ts';
import { WAL_CHECKPOINT_PAGES } from './limits.ts';
import { damaged, ioError, type Phase, StorageError, toStorageError } from './storage-error.ts';

/** Is this journal shown to be the one that was written last? When not, the wallet syncs before it signs. */
export type Continuity = 'shown' | 'unknown';

export interface SqliteJournalOptions {
  /** Where the anchor stands; by default `generation` in the folder of the database. */
  readonly anchorPath?: string;
  /** Most pages of 4 KiB of the database; an append above them is refused as `disk-full`. */
  readonly maxPages?: number;
}

const VERSION = 1;
/** "DUET" */
const APPLICATION_ID = 0x44554554;
const START = new Uint8Array(32);

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
interface State {
  readonly generation: number;
  readonly anchor: string;
  readonly continuity: Continuity;
  readonly records: number;
  /** Hash over all records. */
  readonly link: Uint8Array;
}

/** A journal in a SQLite database. */
export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #anchor: GenerationAnchor;
  #state: State;
  #failed: StorageError | undefined;
  #closed = false;

  private constructor(database: DatabaseSync, state: State, anchor: GenerationAnchor) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO record (place, bytes, link) VALUES (?, ?, ?)');
    this.#update = database.prepare(
      'UPDATE state SET generation = ?, anchor = ?, continuity = ?, records = ?, link = ? WHERE id = 1',
    );
    this.#state = state;
    this.#anchor = anchor;
  }

  /** Makes a journal where none was. @throws StorageError `wallet-exists`, `disk-full`, `wallet-io-error` */
  static create(path: string, options: SqliteJournalOptions = {}): SqliteJournal {
    makeEmptyFile(path);
    let database: DatabaseSync | undefined;
    let anchor: GenerationAnchor | undefined;
    try {
      database = openDatabase(path, options);
      anchor = GenerationAnchor.create(anchorPathOf(path, options));
      const state: State = {
        generation: 1,
        anchor: anchor.identity,
        continuity: 'shown',
        records: 0,
        link: START,
      };
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
      database
        .prepare('INSERT INTO state VALUES (1, ?, ?, ?, ?, ?, ?)')
        .run(VERSION, state.generation, state.anchor, state.continuity, state.records, state.link);
      database.exec('COMMIT');
      anchor.write(state.generation);
      return new SqliteJournal(database, state, anchor);
    } catch (error) {
      anchor?.close();
      database?.close();
      for (const file of [path, `${path}-wal`, anchorPathOf(path, options)]) rmSync(file, { force: true });
      throw toStorageError(error);
    }
  }

  /**
   * Opens a journal and looks for damage.
   * @throws StorageError `wallet-unknown`, `wallet-in-use`, `wallet-damaged`, `wallet-newer`, `disk-full`,
   *   `wallet-io-error`
   */
  static open(path: string, options: SqliteJournalOptions = {}): SqliteJournal {
    if (!existsSync(path)) throw new StorageError('wallet-unknown', 'never', 'there is no journal here');
    let database: DatabaseSync | undefined;
    let anchor: GenerationAnchor | undefined;
    try {
      database = openDatabase(path, options);
      const state = readState(database);
      const anchorPath = anchorPathOf(path, options);
      anchor = GenerationAnchor.open(anchorPath) ?? GenerationAnchor.create(anchorPath);
      const journal = new SqliteJournal(database, state, anchor);
      journal.#settleContinuity();
      return journal;
    } catch (error) {
      anchor?.close();
      database?.close();
      throw toStorageError(error);
    }
  }

  get continuity(): Continuity {
    return this.#state.continuity;
  }

  /** The wallet has synced: what the registry knows was taken over, so it may sign again (LIMIT-2). */
  confirmContinuity(): void {
    if (this.#state.continuity === 'unknown') this.#commit({ ...this.#state, continuity: 'shown' }, () => {});
  }

  read(): readonly Uint8Array[] {
    this.#assertUsable();
    try {
      return [...verifiedRecords(this.#database, this.#state)];
    } catch (error) {
      throw toStorageError(error);
    }
  }

  append(records: readonly Uint8Array[]): void {
    this.#assertUsable();
    if (records.length > 0) this.#write(records, this.#state.records, this.#state.link, () => {});
  }

  replace(records: readonly Uint8Array[]): void {
    this.#assertUsable();
    this.#write(records, 0, START, () => this.#database.exec('DELETE FROM record'));
    try {
      // Cuts the log, which still holds what was replaced. Without space for it, a later checkpoint does it.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      const failure = toStorageError(error);
      if (failure.code !== 'disk-full') throw this.#fail(ioError('commit', error));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#database.close();
    } finally {
      this.#anchor.close();
    }
  }

  #write(records: readonly Uint8Array[], after: number, link: Uint8Array, first: () => void): void {
    const links: Uint8Array[] = [];
    let last = link;
    for (const record of records) {
      last = linkOf(last, record);
      links.push(last);
    }
    this.#commit({ ...this.#state, records: after + records.length, link: last }, () => {
      first();
      for (const [i, record] of records.entries()) this.#insert.run(after + i + 1, record, links[i] ?? START);
    });
  }

  /** One transaction of `work` and the new state, then the anchor. All of it is durable when this returns. */
  #commit(next: State, work: () => void): void {
    const state = { ...next, generation: this.#state.generation + 1 };
    let phase: Phase = 'before';
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      work();
      this.#update.run(state.generation, state.anchor, state.continuity, state.records, state.link);
      phase = 'commit';
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#rollBack(error);
      const failure = toStorageError(error, phase);
      throw failure.retry === 'unknown-outcome' ? this.#fail(failure) : failure;
    }
    this.#state = state;
    try {
      this.#anchor.write(state.generation);
    } catch (error) {
      // The records are stored and the anchor is one behind, which the next start takes for a crash.
      throw this.#fail(ioError('commit', error));
    }
  }

  #rollBack(cause: unknown): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      throw this.#fail(ioError('commit', cause));
    }
  }

  /** Compares with the anchor; a doubt is stored before anything else is done, and stays until a sync. */
  #settleContinuity(): void {
    const { found, identity } = this.#anchor;
    const { generation, anchor } = this.#state;
    if (identity === anchor && (found === generation || found === generation - 1)) {
      if (found !== generation) this.#anchor.write(generation);
      return;
    }
    // Above both, so that what is written from here on is taken for neither of the two histories.
    this.#state = { ...this.#state, generation: Math.max(generation, found ?? 0) };
    this.#commit({ ...this.#state, anchor: identity, continuity: 'unknown' }, () => {});
  }

  #fail(error: StorageError): StorageError {
    this.#failed = error;
    return error;
  }

  #assertUsable(): void {
    assert(!this.#closed, 'journal: used after close');
    if (this.#failed) throw this.#failed;
  }
}

function anchorPathOf(path: string, options: SqliteJournalOptions): string {
  return options.anchorPath ?? join(dirname(path), 'generation');
}

function makeEmptyFile(path: string): void {
  try {
    createFile(path, new Uint8Array(0));
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') {
      throw new StorageError('wallet-exists', 'never', 'there is a journal here already', error);
    }
    throw toStorageError(error);
  }
}

/** Opens a database that is there, takes the lock and sets what makes it durable. */
function openDatabase(path: string, options: SqliteJournalOptions): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(url, { timeout: 0 });
  try {
    database.exec(SETTINGS);
    // The first access takes the lock and reads the log.
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
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

/** Reads the state row after every check of the database. */
function readState(database: DatabaseSync): State {
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
function* verifiedRecords(database: DatabaseSync, state: State): Generator<Uint8Array> {
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

const linkOf = (before: Uint8Array, record: Uint8Array): Uint8Array =>
  hash('sha256', Buffer.concat([before, record]), 'buffer');
