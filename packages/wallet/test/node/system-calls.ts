/**
 * Runs a program under strace and judges the order of its system calls (PAY-3): at each release, a write to
 * standard output, no file below a folder may hold bytes that were written and not synced since.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CALLS =
  'write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate,fsync,fdatasync,msync,sendto,sendmsg';
const SYNCS = new Set(['fsync', 'fdatasync']);

/** One system call. A call of another thread may run between its start and its end. */
export interface SystemCall {
  readonly name: string;
  /** Path of the file, or what else the descriptor is. */
  readonly target: string;
  readonly descriptor: number;
  /** What was written, as strace shows it (cut). */
  readonly text: string;
  readonly succeeded: boolean;
  /** Places in the trace. */
  readonly start: number;
  readonly end: number;
}

/** Is strace there and allowed to trace? As root on Linux it is installed when it is missing. */
export function findStrace(): { readonly available: boolean; readonly reason: string } {
  if (process.platform !== 'linux') return { available: false, reason: 'strace runs on Linux only' };
  if (!works() && process.getuid?.() === 0) {
    spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'strace'], {
      stdio: 'ignore',
      timeout: 90_000,
    });
  }
  return works()
    ? { available: true, reason: '' }
    : { available: false, reason: 'no working strace here: install it, and allow ptrace' };
}

const works = (): boolean =>
  spawnSync('strace', ['-qq', '-e', 'trace=none', 'true'], { stdio: 'ignore' }).status === 0;

export interface TracedRun {
  readonly calls: readonly SystemCall[];
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  /** Strace ends by the signal that ended the program. */
  readonly signal: string | null;
}

/** Runs Node with `args` under strace. `inject` is an `--inject` expression of strace: faults. */
export function traceNode(args: readonly string[], inject?: string): TracedRun {
  const folder = mkdtempSync(join(tmpdir(), 'duet-strace-'));
  try {
    const log = join(folder, 'log');
    const options = [
      '-f',
      '-y',
      '-s',
      '80',
      '-o',
      log,
      '-e',
      `trace=${CALLS}`,
      ...(inject ? ['-e', `inject=${inject}`] : []),
    ];
    const run = spawnSync('strace', [...options, process.execPath, ...args], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return {
      calls: parseTrace(readFileSync(log, 'utf8')),
      stdout: run.stdout,
      stderr: run.stderr,
      status: run.status,
      signal: run.signal,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WHOLE = /^(\d+) +(\w+)\((\d+)<([^>]*)>(.*)\) += (-?\d+)/;
const UNFINISHED = /^(\d+) +(\w+)\((\d+)<([^>]*)>(.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+)/;

/** The calls of a log of `strace -f -y`. */
export function parseTrace(log: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const running = new Map<string, Omit<SystemCall, 'succeeded' | 'end'>>();
  for (const [place, line] of log.split('\n').entries()) {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const begun = running.get(resumed[1] ?? '');
      if (begun) calls.push({ ...begun, succeeded: Number(resumed[3]) >= 0, end: place });
      running.delete(resumed[1] ?? '');
      continue;
    }
    const [, thread = '', name = '', descriptor = '', target = '', text = '', result] =
      WHOLE.exec(line) ?? UNFINISHED.exec(line) ?? [];
    if (name === '') continue;
    const begun = { name, target, descriptor: Number(descriptor), text, start: place };
    if (result === undefined) running.set(thread, begun);
    else calls.push({ ...begun, succeeded: Number(result) >= 0, end: place });
  }
  return calls.sort((a, b) => a.start - b.start);
}

/** What is wrong with the releases of a run; empty when every one of them came after the syncs. */
export function releaseProblems(calls: readonly SystemCall[], folder: string, marker: string): string[] {
  const releases = calls.filter(
    ({ name, descriptor, text }) => name.startsWith('write') && descriptor === 1 && text.includes(marker),
  );
  if (releases.length === 0) return [`no release: nothing with ${marker} was written to standard output`];
  const problems: string[] = [];
  let since = -1;
  for (const release of releases) {
    const writes = calls.filter((call) => isWrite(call, folder) && call.end < release.start);
    if (!writes.some(({ start }) => start > since))
      problems.push('nothing was written to the journal before a release');
    for (const file of new Set(writes.map(({ target }) => target))) {
      const last = Math.max(...writes.filter(({ target }) => target === file).map(({ end }) => end));
      const synced = calls.some(
        (call) =>
          SYNCS.has(call.name) &&
          call.target === file &&
          call.succeeded &&
          call.start > last &&
          call.end < release.start,
      );
      if (!synced) problems.push(`${file.slice(folder.length + 1)} was not synced before a release`);
    }
    since = release.end;
  }
  return problems;
}

const isWrite = ({ name, target, succeeded }: SystemCall, folder: string): boolean =>
  !SYNCS.has(name) && succeeded && target.startsWith(`${folder}/`);
