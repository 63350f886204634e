/** PAY-3 in system calls: the journal is synced before a signature is written out, and who skips it is seen. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SqliteJournal } from '../../src/node/sqlite-journal.ts';
import { prepareFolder } from './prepared-wallets.ts';
import { findStrace, parseTrace, releaseProblems, traceNode } from './system-calls.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CHILD = fileURLToPath(new URL('./append-child.ts', import.meta.url));
const BATCH = fileURLToPath(new URL('./batch-child.ts', import.meta.url));
const PAYMENT = fileURLToPath(new URL('./payment-child.ts', import.meta.url));
const MARKER = 'SIGNATURE';

const strace = findStrace();
if (!strace.available && process.env.CI) throw new Error(`system calls: ${strace.reason}`);
const why = strace.available ? '' : ` (skipped: ${strace.reason})`;

const folderOf = (): string => realpathSync(temporaryFolder());

describe.skipIf(!strace.available)(`system calls of the SQLite journal${why}`, () => {
  it('PAY-3: syncs every file of the journal before each signature is written', () => {
    const folder = folderOf();
    const { calls, stdout, status } = traceNode([CHILD, folder, 'durable']);
    expect([status, stdout]).toEqual([0, 'SIGNATURE 0\nSIGNATURE 1\nSIGNATURE 2\n']);
    expect(releaseProblems(calls, folder, MARKER)).toEqual([]);
    const synced = calls
      .filter(({ name }) => name.endsWith('sync'))
      .map(({ target }) => target.slice(folder.length + 1));
    expect(synced).toContain('journal.sqlite-wal');
    expect(synced).toContain('generation');
    // The new names in the folder too.
    expect(calls.some(({ name, target }) => name === 'fsync' && target === folder)).toBe(true);
  });

  it('sees a driver that skips the sync', () => {
    const folder = folderOf();
    const { calls, stdout } = traceNode([CHILD, folder, 'skips the sync']);
    expect(stdout).toContain('SIGNATURE 2');
    expect(releaseProblems(calls, folder, MARKER)).toContain(
      'journal.sqlite-wal was not synced before a release',
    );
  });

  it('sees a signature that leaves before its record', () => {
    const folder = folderOf();
    SqliteJournal.create(join(folder, 'journal.sqlite')).close();
    const { calls } = traceNode([CHILD, folder, 'released early']);
    expect(releaseProblems(calls, folder, MARKER)).toContain(
      'nothing was written to the journal before a release',
    );
  });

  it('releases nothing after a sync that failed, and says that the outcome is not known', () => {
    const folder = folderOf();
    SqliteJournal.create(join(folder, 'journal.sqlite')).close();
    const { stdout } = traceNode([CHILD, folder, 'durable'], 'fsync,fdatasync:error=EIO:when=3+');
    expect(stdout).not.toContain(MARKER);
    expect(stdout.trim().split('\n')).toEqual(Array(3).fill('REFUSED wallet-io-error unknown-outcome'));
    const journal = SqliteJournal.open(join(folder, 'journal.sqlite'));
    expect(journal.read().length).toBeLessThanOrEqual(1);
    journal.close();
  });
});

describe.skipIf(!strace.available)(
  `a process killed before every write, sync and cut of its journal${why}`,
  () => {
    it('leaves whole batches, all of what it said it had stored, and its continuity', () => {
      const outcomes = new Set<string>();
      for (let at = 1; at < 100; at++) {
        const folder = folderOf();
        const path = join(folder, 'journal.sqlite');
        const made = SqliteJournal.create(path);
        made.append([new Uint8Array([1])]);
        made.close();
        const kill = `pwrite64,fsync,fdatasync,ftruncate:signal=SIGKILL:when=${at}`;
        const { stdout } = traceNode([BATCH, folder], kill);
        const journal = SqliteJournal.open(path);
        const kept = journal
          .read()
          .map(([first]) => first)
          .join('');
        expect(journal.continuity).toBe('shown');
        journal.close();
        if (stdout.includes('replaced')) expect(kept).toBe('3333');
        else if (stdout.includes('appended')) expect(['1222', '3333']).toContain(kept);
        else expect(['1', '1222']).toContain(kept);
        outcomes.add(kept);
        if (stdout.includes('closed')) break;
        expect(at).toBeLessThan(99);
      }
      expect([...outcomes]).toEqual(['1', '1222', '3333']);
    });
  },
);

describe.skipIf(!strace.available)(`system calls of a payment${why}`, () => {
  const trace = (...mode: string[]) => {
    const folder = folderOf();
    const [payer, payee] = [join(folder, 'payer'), join(folder, 'payee')];
    prepareFolder(payer, 'payer', [500, 400]);
    prepareFolder(payee, 'payee', []);
    const { calls, stdout } = traceNode([PAYMENT, payer, payee, '700', ...mode]);
    expect(stdout).toContain('"state":"paid"');
    const problems = (device: string, message: string): string[] =>
      releaseProblems(calls, device, `{\\"name\\":\\"${message}`);
    return [...problems(payee, 'request'), ...problems(payer, 'offer'), ...problems(payee, 'verdict')];
  };

  it('PAY-3: request, offer and Verdict leave after the sync of the journal that they come from', () => {
    expect(trace()).toEqual([]);
  });

  it('sees a driver that skips the sync', () => {
    expect(trace('skips the sync')).toEqual(
      Array(3).fill('journal.sqlite-wal was not synced before a release'),
    );
  });
});

describe('the checker of system calls', () => {
  const judge = (...lines: string[]): string[] => releaseProblems(parseTrace(lines.join('\n')), '/w', MARKER);
  const write = '10 pwrite64(5</w/journal>, "x", 1, 0) = 1';
  const sync = '10 fdatasync(5</w/journal>) = 0';
  const release = '10 write(1<pipe:[7]>, "SIGNATURE 1", 11) = 11';

  it('takes write, sync, release', () => {
    expect(judge(write, sync, release)).toEqual([]);
    expect(judge(write, write, sync, release, write, sync, release)).toEqual([]);
  });

  it('refuses every other order', () => {
    const unsynced = ['journal was not synced before a release'];
    expect(judge(write, release, sync)).toEqual(unsynced);
    expect(judge(sync, write, release)).toEqual(unsynced);
    expect(judge(write, '10 fdatasync(5</w/other>) = 0', release)).toEqual(unsynced);
    expect(judge(write, '10 fdatasync(5</w/journal>) = -1 EIO (Input/output error)', release)).toEqual(
      unsynced,
    );
    expect(judge(write, sync, release, write, release)).toEqual(unsynced);
    expect(judge(sync, release)).toEqual(['nothing was written to the journal before a release']);
    expect(judge(write, sync, release, release)).toEqual([
      'nothing was written to the journal before a release',
    ]);
    expect(judge(write, sync)).toEqual(['no release: nothing with SIGNATURE was written to standard output']);
  });

  it('counts a sync of another thread only when it is done, and begun after the write', () => {
    const begin = '11 fsync(5</w/journal> <unfinished ...>';
    const end = '11 <... fsync resumed>) = 0';
    expect(judge(write, begin, end, release)).toEqual([]);
    expect(judge(write, begin, release, end)).toHaveLength(1);
    expect(judge(begin, write, end, release)).toHaveLength(1);
  });
});
