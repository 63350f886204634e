/**
 * Gathers calls that arrive while a batch runs into the next one: one transaction, one sync to disk for many.
 * Every call gets its own answer. When the database fails, all calls of the batch fail with the same error; when
 * something in the batch is to blame, each call runs alone, so that one caller cannot keep others from being served.
 */
import { DatabaseError } from '../postgres/database-error.ts';

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<Input, Output> {
  readonly #run: (inputs: readonly Input[]) => Promise<readonly Output[]>;
  readonly #maxSize: number;
  readonly #maxRunning: number;
  #waiting: Waiting<Input, Output>[] = [];
  #running = 0;
  #scheduled = false;

  constructor(
    run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    maxSize: number,
    maxRunning: number,
  ) {
    this.#run = run;
    this.#maxSize = maxSize;
    this.#maxRunning = maxRunning;
  }

  call(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#schedule();
    });
  }

  /** Starts a batch once the current turn of the event loop has queued all that it wants to. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#maxRunning || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#waiting.splice(0, this.#maxSize);
      if (batch.length > 0) void this.#runBatch(batch);
      this.#schedule();
    });
  }

  async #runBatch(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    this.#running++;
    try {
      await this.#answer(batch);
    } finally {
      this.#running--;
      this.#schedule();
    }
  }

  async #answer(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await this.#run(batch.map(({ input }) => input));
      for (const [i, waiting] of batch.entries()) {
        const output = outputs[i];
        if (output === undefined) waiting.reject(new Error('batch: an answer is missing'));
        else waiting.resolve(output);
      }
    } catch (error) {
      if (batch.length > 1 && mayLieInOneCall(error)) {
        for (const waiting of batch) await this.#answer([waiting]);
      } else {
        for (const waiting of batch) waiting.reject(error);
      }
    }
  }
}

const OF_THE_CONTENT: readonly DatabaseError['code'][] = [
  'statement-refused',
  'constraint-violated',
  'integer-too-large',
  'status-list-full',
];

/** Whether the content of one call may be the reason, and not the state of the database. */
const mayLieInOneCall = (error: unknown): boolean =>
  !(error instanceof DatabaseError) || OF_THE_CONTENT.includes(error.code);
