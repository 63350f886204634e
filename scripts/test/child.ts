/**
 * One child process at a time, with nothing left behind: each runs in a process group of its own, which ends
 * when this process is interrupted or its parent (npm's shell) is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** How long a child may take to stop its own children (a database) before it is killed. */
const STOP_MS = 10_000;
const PARENT_CHECK_MS = 500;
const WINDOWS = process.platform === 'win32';

export interface Runner {
  /** Runs a program of node_modules/.bin with its output on ours; the exit code, 1 where it did not start. */
  run(command: readonly [string, ...string[]]): Promise<number>;
  /** True once an interruption was asked for: run nothing more. */
  interrupted(): boolean;
  /** Stops watching signals and parent. */
  close(): void;
}

export function createRunner(root: string): Runner {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
  const parent = process.ppid;
  let running: ChildProcess | undefined;
  let stopping = false;

  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    signalGroup(running, 'SIGINT');
    setTimeout(() => signalGroup(running, 'SIGKILL'), STOP_MS).unref();
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const watch = setInterval(() => process.ppid !== parent && stop(), PARENT_CHECK_MS);
  watch.unref();

  return {
    run: ([program, ...args]) =>
      new Promise((resolve) => {
        const child = spawn(WINDOWS ? `${program}.cmd` : program, args, {
          cwd: root,
          env,
          stdio: ['ignore', 'inherit', 'inherit'],
          detached: !WINDOWS,
          shell: WINDOWS,
        });
        running = child;
        const ended = (exitCode: number): void => {
          running = undefined;
          resolve(exitCode);
        };
        child.on('error', (error) => {
          console.error(`${program} does not start: ${error.message}. Run \`npm install\` first.`);
          ended(1);
        });
        child.on('exit', (code) => ended(code ?? 1));
      }),
    interrupted: () => stopping,
    close: () => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(WINDOWS ? child.pid : -child.pid, signal);
  } catch {
    // It ended in the meantime.
  }
}
