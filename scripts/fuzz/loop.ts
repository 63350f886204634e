/**
 * The loop: takes an input that reached something new, changes it, runs it, keeps it when it reaches something new.
 * Seeded; two runs of one seed and one number of executions do the same.
 */
import { Coverage } from './coverage.ts';
import { allocated, resetAllocated } from './instrument.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { BYTES_PER_INPUT_BYTE, must, type Target } from './target.ts';

export interface Crash {
  /** What went wrong, in one line; with the place it names a fault once. */
  readonly problem: string;
  readonly stack: string;
  readonly input: Uint8Array;
}

export interface Progress {
  readonly executions: number;
  readonly corpus: number;
  readonly reached: number;
}

export interface LoopOptions {
  readonly target: Target;
  readonly seed: number;
  /** Called before each execution, so that an input which never comes back is known. */
  readonly announce: (input: Uint8Array) => void;
  /** Called after each execution; false ends the loop. */
  readonly goesOn: (progress: Progress, crashes: number) => boolean;
}

/** Inputs that reached nothing new but a higher count; those which reached a branch are kept beyond it. */
const MAX_CORPUS = 8_000;
/** Different faults after which a run stops: they tend to have one cause. */
const MAX_CRASHES = 8;
const SHRINKING_RUNS = 1_500;

export class Loop {
  readonly coverage: Coverage;
  readonly crashes: Map<string, Crash> = new Map();
  readonly #options: LoopOptions;
  readonly #corpus: Uint8Array[] = [];
  #executions = 0;

  /** Loads nothing: the sources of the target are there. */
  constructor(options: LoopOptions) {
    this.#options = options;
    this.coverage = new Coverage();
  }

  get progress(): Progress {
    return { executions: this.#executions, corpus: this.#corpus.length, reached: this.coverage.reached };
  }

  run(): void {
    const { target, goesOn, seed } = this.#options;
    const random = new Random(seed);
    // What loading the target reached counts with its first seed.
    for (const input of target.seeds()) {
      if (this.#execute(input)) this.#corpus.push(input);
    }
    while (goesOn(this.progress, this.crashes.size) && this.crashes.size < MAX_CRASHES) {
      const mutated = mutate(this.#choose(random), random.pick(this.#corpus), random);
      if (mutated.length > target.maxInputBytes) continue;
      if (this.#execute(mutated) && this.#corpus.length < MAX_CORPUS) this.#corpus.push(mutated);
    }
  }

  /** One of the corpus: often a late one, and of two the shorter. */
  #choose(random: Random): Uint8Array {
    if (random.oneIn(3))
      return (
        this.#corpus[this.#corpus.length - 1 - random.below(Math.min(50, this.#corpus.length))] ??
        random.pick(this.#corpus)
      );
    const [one, other] = [random.pick(this.#corpus), random.pick(this.#corpus)];
    return one.length <= other.length ? one : other;
  }

  /** Whether the input reached something new. */
  #execute(input: Uint8Array): boolean {
    this.#executions += 1;
    this.#options.announce(input);
    const fault = faultOf(this.#options.target, input);
    const isNew = this.coverage.take();
    if (fault && !this.crashes.has(fault.problem)) this.crashes.set(fault.problem, this.#shrunk(fault));
    return isNew && !fault;
  }

  /** A shorter input with the same fault, where one is found soon. */
  #shrunk(crash: Crash): Crash {
    let best = crash;
    let runs = 0;
    for (let size = crash.input.length >> 1; size > 0 && runs < SHRINKING_RUNS; size >>= 1) {
      for (let at = 0; at + size <= best.input.length && runs < SHRINKING_RUNS; runs++) {
        const shorter = Uint8Array.from([...best.input.subarray(0, at), ...best.input.subarray(at + size)]);
        this.#options.announce(shorter);
        const fault = faultOf(this.#options.target, shorter);
        if (fault?.problem === crash.problem) best = fault;
        else at += size;
      }
    }
    this.coverage.take();
    return best;
  }
}

/** Runs one input under the oracles that every target has: memory in bounds, and no input is written to. */
export function faultOf(target: Target, given: Uint8Array): Crash | undefined {
  // Refusals by the million need no stacks: a fault is run again for its own.
  Error.stackTraceLimit = 0;
  if (!thrownBy(target, given)) return undefined;
  Error.stackTraceLimit = STACK_LINES;
  const {
    name,
    message,
    stack = '',
  } = thrownBy(target, given) ?? new Error('only the first of two runs failed');
  const place = /[^\s(/]+:\d+:\d+/.exec(
    stack
      .split('\n')
      .slice(1)
      .find((line) => !line.includes('target.ts')) ?? '',
  );
  return {
    problem: `${name}: ${message.replaceAll(/\d+/g, '#')} (${place?.[0] ?? 'nowhere'})`,
    stack,
    input: given,
  };
}

const STACK_LINES = 12;

function thrownBy(target: Target, given: Uint8Array): Error | undefined {
  const input = given.slice();
  resetAllocated();
  try {
    target.run(input);
    must(Buffer.compare(input, given) === 0, 'the input was written to');
    const most = target.mayAllocate + BYTES_PER_INPUT_BYTE * input.length;
    must(allocated() <= most, `an input of ${input.length} bytes took more than its bytes of memory`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
