/** Reading what TLC prints. What is trusted: nothing but its form; what is not found there is an error. */

/** How often an action was taken, and how many states it found. */
export interface ActionCount {
  readonly action: string;
  readonly found: number;
  readonly taken: number;
}

export interface TlcOutput {
  /** The invariant or property that does not hold; `temporal` where TLC names none. */
  readonly violated?: string;
  /** Why TLC ended without a result. */
  readonly error?: string;
  readonly complete: boolean;
  readonly generated: number;
  readonly distinct: number;
  readonly depth?: number;
  readonly actions: readonly ActionCount[];
  /** Of a counterexample: its actions, first one first. */
  readonly trace: readonly string[];
}

const COUNTS = /^(\d+) states generated, (\d+) distinct states found, \d+ states left on queue\.$/gm;
const DEPTH = /^The depth of the complete state graph search is (\d+)\.$/m;
const ACTION = /^<(\w+) line [^>]*>: (\d+):(\d+)$/gm;
const VIOLATED = /^Error: Invariant (\w+) is violated/m;
const TEMPORAL = /^Error: Temporal properties were violated\.$/m;
const ERROR = /^(?:Error: |\*\*\* Errors: )(.*(?:\n(?!\d+ states|Finished).*){0,6})/m;
const STEP = /^State \d+: <(\w+) line/gm;

export function readOutput(text: string): TlcOutput {
  const counts = [...text.matchAll(COUNTS)].at(-1);
  const depth = DEPTH.exec(text)?.[1];
  const violated = VIOLATED.exec(text)?.[1] ?? (TEMPORAL.test(text) ? 'temporal' : undefined);
  const complete = text.includes('Model checking completed. No error has been found.');
  const error = complete || violated ? undefined : (ERROR.exec(text)?.[0] ?? 'TLC ended without a result');
  return {
    ...(violated === undefined ? {} : { violated }),
    ...(error === undefined ? {} : { error }),
    complete,
    generated: Number(counts?.[1] ?? 0),
    distinct: Number(counts?.[2] ?? 0),
    ...(depth === undefined ? {} : { depth: Number(depth) }),
    actions: actionsOf(text),
    trace: [...text.matchAll(STEP)].map(([, action = '']) => action),
  };
}

/** Of the last statistics, summed up by name: TLC counts an action by the place where it stands in `Next`. */
function actionsOf(text: string): ActionCount[] {
  const last = text.slice(Math.max(0, text.lastIndexOf('The coverage statistics')));
  const sums = new Map<string, ActionCount>();
  for (const [, action = '', found, taken] of last.matchAll(ACTION)) {
    const before = sums.get(action);
    sums.set(action, {
      action,
      found: Number(found) + (before?.found ?? 0),
      taken: Number(taken) + (before?.taken ?? 0),
    });
  }
  return [...sums.values()];
}
