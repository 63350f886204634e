/**
 * What the operating system says about a process: alive, zombie, started when, running what.
 *
 * A number alone names nobody: numbers are used again, and a killed process stays a zombie until its parent
 * asks for it (in a container that may be never), so `kill(pid, 0)` is not enough. Reads `/proc` on Linux and
 * asks `ps` elsewhere; synchronous, because it is needed while this process exits.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessInfo {
  readonly pid: number;
  readonly zombie: boolean;
  /** Tells two processes of one number apart: letters, digits and `-` only. */
  readonly startMark: string;
  /** The command line, its words joined by one space. */
  readonly command: string;
}

const POLL_MS = 10;

/** The process of this number, or undefined when there is none. */
export function inspectProcess(pid: number): ProcessInfo | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
}

/** Whether a process runs: there, and not a zombie. With a `startMark`, whether it is that one. */
export function isRunning(pid: number, startMark?: string): boolean {
  const info = inspectProcess(pid);
  return info !== undefined && !info.zombie && (startMark === undefined || info.startMark === startMark);
}

/** Sends a signal to this very process; false when it is gone. @throws when it belongs to somebody else (EPERM) */
export function sendSignal(target: ProcessInfo, signal: NodeJS.Signals): boolean {
  if (!isRunning(target.pid, target.startMark)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until the process is gone or a zombie; false when the time is over first. */
export async function waitUntilGone(info: ProcessInfo, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; isRunning(info.pid, info.startMark); waitedMs += POLL_MS) {
    if (waitedMs >= timeoutMs) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** The same without giving up the thread: only for handlers of the `exit` event. */
export function waitUntilGoneBlocking(info: ProcessInfo, timeoutMs: number): boolean {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; isRunning(info.pid, info.startMark); waitedMs += POLL_MS) {
    if (waitedMs >= timeoutMs) return false;
    Atomics.wait(never, 0, 0, POLL_MS);
  }
  return true;
}

function fromProc(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the second field is the name in parentheses and may hold anything; state is field 3, start 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0] ?? '';
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ');
    return { pid, zombie: state === 'Z' || state === 'X', startMark: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): ProcessInfo | undefined {
  const answer = spawnSync('ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const match = /^\s*(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/m.exec(answer.stdout ?? '');
  if (answer.status !== 0 || match === null) return undefined;
  const [, state = '', started = '', command = ''] = match;
  return { pid, zombie: state.startsWith('Z'), startMark: started.replace(/[^0-9A-Za-z]+/g, '-'), command };
}
