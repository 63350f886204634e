/**
 * Journal on `node:sqlite` (PAY-3, LIMIT-2): durable when a call returns, one writer, damage and old copies
 * seen at the start.
 *
 * The settings that make it durable, and why, stand in `journal-database.ts`.
 *
 * After a sync of the disk that failed nobody knows what it holds: the journal refuses all further work until
 * it is opened again. Nothing else of this process may open the database file: closing it would drop the
 * lock (POSIX advisory locks belong to the process).
 */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Journal } from '../journal.ts';
import { createFile } from './durable-file.ts';
import { GenerationAnchor } from './generation-anchor.ts';
import {
  type Continuity,
  createSchema,
  linkOf,
  openDatabase,
  readState,
  START,
  type State,
  verifiedRecords,
} from './journal-database.ts';
import { ioError, type Phase, StorageError, toStorageError } from './storage-error.ts';

export interface SqliteJournalOptions {
  /** Where the anchor stands; by default `generation` in the folder of the database. */
  readonly anchorPath?: string;
  /** Most pages of 4 KiB of the database; an append above them is refused as `disk-full`. */
  readonly maxPages?: number;
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
    // Node 22 binds bytes of length 0 as NULL.
    this.#insert = database.prepare(
      "INSERT INTO record (place, bytes, link) VALUES (?, coalesce(?, x''), ?)",
    );
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
      database = openDatabase(path, options.maxPages);
      anchor = GenerationAnchor.create(anchorPathOf(path, options));
      const state: State = {
        generation: 1,
        anchor: anchor.identity,
        continuity: 'shown',
        records: 0,
        link: START,
      };
      createSchema(database, state);
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
      database = openDatabase(path, options.maxPages);
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
