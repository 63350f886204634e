/** What the main thread and the thread of a target say to each other. */
import type { Crash, Loop, Progress } from './loop.ts';
import type { TargetName } from './targets.ts';

export interface WorkerData {
  readonly target: TargetName;
  readonly seed: number;
  /** The loop ends at the first bound that it meets; none of them is a test's. */
  readonly seconds: number;
  readonly runs: number;
  /** Name of a planted bug. */
  readonly planted?: string;
  /** Runs this one input, and nothing else. */
  readonly replay?: Uint8Array;
  /** Executions, length of the input, input: readable when this thread no longer answers. */
  readonly shared: SharedArrayBuffer;
}

export type Report =
  | ({ readonly kind: 'progress' } & Progress)
  | ({
      readonly kind: 'done';
      readonly crashes: readonly Crash[];
      readonly arms: ReturnType<Loop['coverage']['arms']>;
    } & Progress);

export const SHARED_HEAD_BYTES = 8;
