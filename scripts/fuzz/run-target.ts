/** Starts the thread of a target and watches over it: an input that never comes back, or eats all memory, is a fault too. */
import { Worker } from 'node:worker_threads';
import type { Crash } from './loop.ts';
import type { TargetName } from './targets.ts';
import { type Report, SHARED_HEAD_BYTES, type WorkerData } from './thread.ts';

export interface Outcome {
  readonly target: TargetName;
  readonly executions: number;
  readonly corpus: number;
  readonly crashes: readonly Crash[];
  readonly arms: Extract<Report, { kind: 'done' }>['arms'];
}

/** One input that takes longer hangs: the slowest takes a few milliseconds. */
const HANGS_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 5_000;
const TELL_EVERY_MS = 10_000;
const SHARED_BYTES = 256 * 1_024;

export function runTarget(data: Omit<WorkerData, 'shared'>, say: (line: string) => void): Promise<Outcome> {
  const { target } = data;
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const counters = new Int32Array(shared, 0, 2);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { ...data, shared } satisfies WorkerData,
    resourceLimits: { maxOldGenerationSizeMb: 1_024 },
  });
  return new Promise((resolve) => {
    let last: Outcome = { target, executions: 0, corpus: 0, crashes: [], arms: [] };
    let moved = { at: Date.now(), executions: counters[0] };
    let toldAt = Date.now();
    const end = (problem?: string): void => {
      clearInterval(watch);
      void worker.terminate();
      const input = new Uint8Array(shared).slice(SHARED_HEAD_BYTES, SHARED_HEAD_BYTES + (counters[1] ?? 0));
      resolve(problem === undefined ? last : { ...last, crashes: [{ problem, stack: problem, input }] });
    };
    const watch = setInterval(() => {
      if (counters[0] !== moved.executions) moved = { at: Date.now(), executions: counters[0] };
      else if (Date.now() - moved.at > HANGS_AFTER_MS) end(`no answer within ${HANGS_AFTER_MS} ms`);
    }, LOOK_EVERY_MS);
    worker.on('message', (message: Report) => {
      const { kind, ...now } = message;
      last = { ...last, ...now };
      if (kind === 'done') return end();
      if (Date.now() - toldAt < TELL_EVERY_MS) return;
      toldAt = Date.now();
      say(`${target}: ${now.executions} executions, ${now.corpus} inputs kept, ${now.reached} branches`);
    });
    worker.on('error', (error) =>
      end(`the thread ended: ${String(error)}\n${error instanceof Error ? error.stack : ''}`),
    );
  });
}
