/** One target in a thread of its own: instruments the sources, then runs the loop and tells how it went. */
import { parentPort, workerData } from 'node:worker_threads';
import { instrumentSources } from './instrument.ts';
import { faultOf, Loop } from './loop.ts';
import { PLANTED } from './planted.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';
import { type Report, SHARED_HEAD_BYTES, type WorkerData } from './thread.ts';

const EVERY_MS = 1_000;

process.setSourceMapsEnabled(true);
// That stripping types is young is known.
process.removeAllListeners('warning');
const data: WorkerData = workerData;
const isPlanted = instrumentSources(data.planted === undefined ? undefined : PLANTED[data.planted]);
const { target }: { target: Target } = await TARGETS[data.target]();
if (!isPlanted()) throw new Error(`planted bug: ${data.target} does not load its file`);
const report = (message: Report): void => parentPort?.postMessage(message);

const counters = new Int32Array(data.shared, 0, 2);
const place = new Uint8Array(data.shared, SHARED_HEAD_BYTES);
function announce(input: Uint8Array): void {
  counters[0] = ((counters[0] ?? 0) + 1) | 0;
  counters[1] = Math.min(input.length, place.length);
  place.set(input.subarray(0, place.length));
}

if (data.replay) {
  announce(data.replay);
  const fault = faultOf(target, data.replay);
  const progress = { executions: 1, corpus: 0, reached: 0 };
  report({ kind: 'done', crashes: fault ? [fault] : [], arms: [], ...progress });
} else {
  const started = performance.now();
  let told = started;
  const loop = new Loop({
    target,
    seed: data.seed,
    announce,
    goesOn(progress, crashes) {
      const now = performance.now();
      if (now - told >= EVERY_MS) {
        told = now;
        report({ kind: 'progress', ...progress });
      }
      const enough = progress.executions >= data.runs || (crashes > 0 && data.planted !== undefined);
      return !enough && now - started < data.seconds * 1_000;
    },
  });
  loop.run();
  report({ kind: 'done', crashes: [...loop.crashes.values()], arms: loop.coverage.arms(), ...loop.progress });
}
