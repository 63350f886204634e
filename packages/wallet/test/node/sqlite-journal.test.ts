/** SQLite journal: continuity (LIMIT-2), damage, versions, a full disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteJournal } from '../../src/node/sqlite-journal.ts';
import { StorageError } from '../../src/node/storage-error.ts';
import { bytesOf, codeOf, contents } from './journal-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly anchor: string;
}

function place(folder = temporaryFolder()): Place {
  return { folder, path: join(folder, 'journal.sqlite'), anchor: join(folder, 'generation') };
}

/** Makes a journal of two records and closes it. */
function written({ path }: Place): void {
  const journal = SqliteJournal.create(path);
  journal.append(bytesOf('one'));
  journal.append(bytesOf('two'));
  journal.close();
}

/** Opens, looks and closes. */
function look({ path }: Place): { continuity: string; records: number } {
  const journal = SqliteJournal.open(path);
  const seen = { continuity: journal.continuity, records: journal.read().length };
  journal.close();
  return seen;
}

function sql({ path }: Place, statements: string): void {
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
}

describe('LIMIT-2 continuity', () => {
  it('is shown for a new journal and for one that was closed', () => {
    const at = place();
    written(at);
    expect(look(at)).toEqual({ continuity: 'shown', records: 2 });
    expect(look(at)).toEqual({ continuity: 'shown', records: 2 });
  });

  it('is shown when the machine stopped between the commit and the anchor, and the anchor is mended', () => {
    const at = place();
    written(at);
    const generation = Number(readFileSync(at.anchor, 'utf8'));
    writeInPlace(at.anchor, generation - 1);
    expect(look(at).continuity).toBe('shown');
    expect(Number(readFileSync(at.anchor, 'utf8'))).toBe(generation);
  });

  it('is unknown when the journal is older than its anchor', () => {
    const at = place();
    written(at);
    const older = join(at.folder, 'older');
    copyFileSync(at.path, older);
    const journal = SqliteJournal.open(at.path);
    journal.append(bytesOf('three'));
    journal.close();
    copyFileSync(older, at.path);
    expect(look(at)).toEqual({ continuity: 'unknown', records: 2 });
  });

  it('is unknown when the end of the log was lost', () => {
    const at = place();
    written(at);
    const journal = SqliteJournal.open(at.path);
    journal.append(bytesOf('three'));
    const copy = place();
    // The state of a crash: the log holds the last append, and the anchor knows of it.
    copyFileSync(at.path, copy.path);
    copyFileSync(at.anchor, copy.anchor);
    journal.close();
    expect(look(copy).continuity).toBe('unknown');
    expect(look(copy).records).toBe(2);
  });

  it('is unknown when the anchor is further behind, missing or no number', () => {
    for (const spoil of [
      (at: Place) => writeInPlace(at.anchor, Number(readFileSync(at.anchor, 'utf8')) - 2),
      (at: Place) => rmSync(at.anchor),
      (at: Place) => truncateSync(at.anchor, 3),
      (at: Place) => truncateSync(at.anchor, 0),
    ]) {
      const at = place();
      written(at);
      spoil(at);
      expect(look(at)).toEqual({ continuity: 'unknown', records: 2 });
    }
  });

  it('is unknown for a copied folder', () => {
    const at = place();
    written(at);
    const copy = place(join(temporaryFolder(), 'copy'));
    cpSync(at.folder, copy.folder, { recursive: true, preserveTimestamps: true });
    expect(look(copy)).toEqual({ continuity: 'unknown', records: 2 });
    expect(look(at)).toEqual({ continuity: 'shown', records: 2 });
  });

  it('stays unknown through appends and restarts, until the wallet says that it synced', () => {
    const at = place();
    written(at);
    rmSync(at.anchor);
    expect(look(at).continuity).toBe('unknown');
    expect(look(at).continuity).toBe('unknown');
    const journal = SqliteJournal.open(at.path);
    journal.append(bytesOf('three'));
    journal.replace(bytesOf('all'));
    expect(journal.continuity).toBe('unknown');
    journal.close();
    expect(look(at).continuity).toBe('unknown');
    const again = SqliteJournal.open(at.path);
    again.confirmContinuity();
    expect(again.continuity).toBe('shown');
    again.close();
    expect(look(at)).toEqual({ continuity: 'shown', records: 1 });
  });

  it('takes the anchor from elsewhere when told', () => {
    const at = place();
    const anchorPath = join(temporaryFolder(), 'elsewhere');
    SqliteJournal.create(at.path, { anchorPath }).close();
    expect(existsSync(at.anchor)).toBe(false);
    const journal = SqliteJournal.open(at.path, { anchorPath });
    expect(journal.continuity).toBe('shown');
    journal.close();
  });
});

describe('opening', () => {
  it('makes no journal where there is none, and none over another', () => {
    const at = place();
    expect(codeOf(() => SqliteJournal.open(at.path))).toBe('wallet-unknown');
    expect(readdirSync(at.folder)).toEqual([]);
    written(at);
    expect(codeOf(() => SqliteJournal.create(at.path))).toBe('wallet-exists');
    expect(look(at).records).toBe(2);
  });

  it('leaves nothing behind when it cannot be made', () => {
    const at = place();
    expect(codeOf(() => SqliteJournal.create(at.path, { maxPages: 1 }))).toBe('disk-full');
    expect(readdirSync(at.folder)).toEqual([]);
    expect(codeOf(() => SqliteJournal.create(join(at.folder, 'none', 'journal.sqlite')))).toBe(
      'wallet-io-error',
    );
  });

  it.skipIf(process.platform === 'win32')('keeps its files for their owner alone', () => {
    const at = place();
    const journal = SqliteJournal.create(at.path);
    journal.append(bytesOf('one'));
    for (const name of readdirSync(at.folder))
      expect([name, statSync(join(at.folder, name)).mode & 0o077]).toEqual([name, 0]);
    expect(readdirSync(at.folder)).toContain('journal.sqlite-wal');
    expect(readdirSync(at.folder)).not.toContain('journal.sqlite-shm');
    journal.close();
  });

  it('refuses a second opener in another process', () => {
    const at = place();
    const journal = SqliteJournal.create(at.path);
    const script = `
      import { SqliteJournal } from ${JSON.stringify(new URL('../../src/node/sqlite-journal.ts', import.meta.url).href)};
      try { SqliteJournal.open(process.argv[1]); console.log('opened'); } catch (error) { console.log(error.code, error.retry); }`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, at.path], {
      encoding: 'utf8',
    });
    expect(child.stdout.trim()).toBe('wallet-in-use safe');
    journal.append(bytesOf('one'));
    journal.close();
    expect(look(at)).toEqual({ continuity: 'shown', records: 1 });
  });

  it('tells a journal of a newer version', () => {
    const at = place();
    written(at);
    sql(at, 'UPDATE state SET version = 2');
    expect(codeOf(() => SqliteJournal.open(at.path))).toBe('wallet-newer');
  });

  it('must not be used after it was closed', () => {
    const at = place();
    const journal = SqliteJournal.create(at.path);
    journal.close();
    expect(() => journal.append(bytesOf('one'))).toThrow(/after close/);
    expect(() => journal.read()).toThrow(/after close/);
  });
});

describe('damage is found at the start', () => {
  const cases: Record<string, (at: Place) => void> = {
    'a changed record': (at) => sql(at, "UPDATE record SET bytes = x'00' WHERE place = 1"),
    'a changed record with the same length': (at) => flip(at.path, 'one', 'onf'),
    'a record taken out': (at) => sql(at, 'DELETE FROM record WHERE place = 1'),
    'the last record taken out': (at) => sql(at, 'DELETE FROM record WHERE place = 2'),
    'all records taken out': (at) => sql(at, 'DELETE FROM record'),
    'a record added': (at) => sql(at, "INSERT INTO record VALUES (3, x'00', x'00')"),
    'records swapped': (at) =>
      sql(at, 'UPDATE record SET place = 9 - place; UPDATE record SET place = place - 6'),
    'no state row': (at) => sql(at, 'DELETE FROM state'),
    'another database': (at) => sql(at, 'PRAGMA application_id = 1'),
    'an empty file': (at) => truncateSync(at.path, 0),
    'half a file': (at) => truncateSync(at.path, 6_000),
    'a page of zeros': (at) => zeroPage(at.path, 2),
    'no database at all': (at) => writeFileSync(at.path, 'x'.repeat(10_000)),
  };
  for (const [name, spoil] of Object.entries(cases)) {
    it(name, () => {
      const at = place();
      written(at);
      spoil(at);
      expect(codeOf(() => SqliteJournal.open(at.path))).toBe('wallet-damaged');
    });
  }
});

describe('a full disk', () => {
  it('refuses what does not fit as a whole, changes nothing and goes on with what fits', () => {
    const at = place();
    fillUp(SqliteJournal.create(at.path, { maxPages: 40 }), at, () => {});
  });

  it('the same on a real one', ({ skip }) => {
    const mount = mountSmallDisk();
    if (mount.folder === undefined) return skip(mount.reason);
    const { folder } = mount;
    onTestFinished(() => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    });
    const at = place(join(folder, 'wallet'));
    mkdirSync(at.folder);
    const ballast = join(folder, 'ballast');
    const journal = SqliteJournal.create(at.path);
    writeFileSync(ballast, new Uint8Array(300 * 1024));
    fillUp(journal, at, () => rmSync(ballast));
    // No space for even one page: opening, or the first append, says so; nothing is lost.
    const before = look(at).records;
    fillDisk(join(folder, 'more'));
    const code = codeOf(() => {
      const full = SqliteJournal.open(at.path);
      onTestFinished(() => full.close());
      full.append([new Uint8Array(100_000)]);
    });
    expect(code).toBe('disk-full');
    rmSync(join(folder, 'more'));
    expect(before).toBeGreaterThan(0);
  });
});

/** Appends until the disk is full, in the middle of a batch; checks that only whole batches are there. */
function fillUp(journal: SqliteJournal, at: Place, makeSpace: () => void): void {
  const batch = Array.from({ length: 8 }, (_, i) => new Uint8Array(3_000).fill(i));
  let stored = 0;
  let error: unknown;
  for (let i = 0; i < 200 && error === undefined; i++) {
    try {
      journal.append(batch);
      stored += batch.length;
    } catch (caught) {
      error = caught;
    }
  }
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toMatchObject({ code: 'disk-full', retry: 'safe' });
  expect(stored).toBeGreaterThan(0);
  expect(journal.read()).toHaveLength(stored);
  expect(codeOf(() => journal.append(batch))).toBe('disk-full');
  expect(
    codeOf(() =>
      journal.replace([...batch, ...batch, ...batch, ...batch, ...batch, ...batch, ...batch, ...batch]),
    ),
  ).toBe('disk-full');
  const before = contents(journal);
  journal.close();

  const again = SqliteJournal.open(at.path);
  expect(again.continuity).toBe('shown');
  expect(contents(again)).toEqual(before);
  makeSpace();
  again.append(bytesOf('small'));
  again.replace(bytesOf('all'));
  expect(contents(again)).toEqual(bytesOf('all').map((record) => [...record]));
  again.close();
  expect(look(at)).toEqual({ continuity: 'shown', records: 1 });
}

/** A file system of its own, of 512 KiB; Linux and root only. */
function mountSmallDisk(): { readonly folder: string | undefined; readonly reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { folder: undefined, reason: 'only root on Linux mounts a small disk' };
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'duet-test', folder], {
    encoding: 'utf8',
  });
  if (mounted.status === 0) return { folder, reason: '' };
  rmSync(folder, { recursive: true });
  return { folder: undefined, reason: `mount: ${mounted.stderr.trim()}` };
}

function fillDisk(path: string): void {
  for (const size of [64, 4, 1]) {
    try {
      for (;;) writeFileSync(path, new Uint8Array(size * 1024), { flag: 'a' });
    } catch {
      // Full for this size.
    }
  }
}

function writeInPlace(path: string, generation: number): void {
  writeFileSync(path, `${String(generation).padStart(16, '0')}\n`, { flag: 'r+' });
}

function flip(path: string, from: string, to: string): void {
  const file = readFileSync(path);
  const at = file.indexOf(from);
  expect(at).toBeGreaterThan(0);
  file.write(to, at);
  writeFileSync(path, file, { flag: 'r+' });
}

function zeroPage(path: string, page: number): void {
  const file = readFileSync(path);
  file.fill(0, (page - 1) * 4096, page * 4096);
  writeFileSync(path, file, { flag: 'r+' });
}
