/**
 * Makes a failure small: leaves out events as long as the same checker fails, halves first, then smaller parts. Events
 * draw their chances by themselves, so the rest goes on as it was.
 */

import type { Plan, PlannedEvent } from './plan.ts';
import type { RunResult } from './run.ts';

export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly runs: number;
}

/** At most so many runs: a smaller trace is a help, the smallest is not needed. */
const MAX_RUNS = 60;

/** The plan with some of its events. */
export const only = (plan: Plan, events: readonly PlannedEvent[]): Plan => ({ ...plan, events });

export async function shrink(
  plan: Plan,
  failed: RunResult,
  play: (plan: Plan) => Promise<RunResult>,
  watch: (events: number) => void,
): Promise<Shrunk> {
  let best: Shrunk = { plan, result: failed, runs: 0 };
  let parts = 2;
  let runs = 0;
  while (runs < MAX_RUNS && parts <= best.plan.events.length) {
    const { events } = best.plan;
    const size = Math.ceil(events.length / parts);
    let smaller: Shrunk | undefined;
    for (let from = 0; from < events.length && !smaller && runs < MAX_RUNS; from += size) {
      const tried = only(plan, [...events.slice(0, from), ...events.slice(from + size)]);
      const result = await play(tried);
      runs += 1;
      if (result.failure?.checker === failed.failure?.checker) smaller = { plan: tried, result, runs };
    }
    if (smaller) {
      best = smaller;
      watch(best.plan.events.length);
      parts = Math.max(2, parts - 1);
    } else if (size === 1) {
      break;
    } else {
      parts = Math.min(parts * 2, events.length);
    }
  }
  return { ...best, runs };
}
