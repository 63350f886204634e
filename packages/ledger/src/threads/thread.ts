/** Both ends of a worker thread that is reached by a line: the one that starts it, and its own. */
import { parentPort, Worker } from 'node:worker_threads';
import { type Answers, type CallKinds, type LineMessage, ThreadLine } from './line.ts';

export interface ThreadOptions<Asked extends CallKinds> {
  /** What runs in the thread; it calls {@link lineToStarter}. */
  readonly file: URL;
  /** What it finds as its `workerData`. */
  readonly start?: unknown;
  /** Megabytes of its young generation. */
  readonly youngMb?: number;
  /** What answers the calls of the thread. */
  readonly answers: Answers<Asked>;
}

/** A thread as its starter has it. When it ends, for whatever reason, calls that wait for it and later ones fail. */
export class LinedThread<Asking extends CallKinds, Asked extends CallKinds> {
  readonly line: ThreadLine<Asking, Asked>;
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;

  constructor({ file, start, youngMb, answers }: ThreadOptions<Asked>) {
    const resourceLimits = youngMb === undefined ? {} : { maxYoungGenerationSizeMb: youngMb };
    const worker = new Worker(file, { workerData: start, resourceLimits });
    const line = new ThreadLine<Asking, Asked>((message) => worker.postMessage(message), answers);
    worker.on('message', (message: LineMessage<Asked>) => line.take(message));
    worker.on('error', (error) => line.fail(error));
    this.#ended = new Promise((resolve) =>
      worker.once('exit', (code) => {
        line.fail(new Error('a worker thread ended'));
        resolve(code);
      }),
    );
    this.#worker = worker;
    this.line = line;
  }

  /** Tells the thread to end, behind what it was asked before; resolves when it has ended. What it still owes fails. */
  async stop(): Promise<void> {
    setImmediate(() => this.#worker.postMessage(STOP));
    await this.#ended;
  }
}

const STOP = 'stop';

/** The thread's own end. Told to stop, it does what `stop` says, then takes nothing more. */
export function lineToStarter<Asking extends CallKinds, Asked extends CallKinds>(
  answers: Answers<Asked>,
  stop: () => Promise<void> = async () => undefined,
): ThreadLine<Asking, Asked> {
  const port = parentPort;
  if (!port) throw new Error('a worker thread was started outside of one');
  const line = new ThreadLine<Asking, Asked>((message) => port.postMessage(message), answers);
  port.on('message', (message: LineMessage<Asked> | typeof STOP) => {
    if (message === STOP) void stop().then(() => port.close());
    else line.take(message);
  });
  return line;
}
