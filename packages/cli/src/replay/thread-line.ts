/**
 * Calls and answers between two threads, many in one message: what is said while a message is being taken goes out
 * together after it.
 *
 * A kind of call is described by a record of `{ args, answer }`; both must pass through the structured clone. Bytes
 * that go over are copies in memory of their own, since a view takes along all that it is a view of.
 */
import type { Awaitable } from './purse.ts';

/** Kinds of calls: what they are given and what they answer. */
export type CallKinds = Readonly<Record<string, { readonly args: unknown; readonly answer: unknown }>>;

/** One call of these kinds. */
export type CallOf<Kinds extends CallKinds> = {
  [Kind in keyof Kinds]: { readonly kind: Kind; readonly args: Kinds[Kind]['args'] };
}[keyof Kinds];

type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure };

/** What passes between the threads. */
export interface LineMessage<Call> {
  readonly calls: readonly { readonly id: number; readonly call: Call }[];
  readonly answers: readonly Answer[];
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

export interface ThreadLineOptions<Asked extends CallKinds> {
  readonly post: (message: LineMessage<unknown>) => void;
  /** Answers a call of the other side; what it throws fails that call alone. */
  readonly answer: (call: CallOf<Asked>) => Awaitable<unknown>;
}

/** One end: calls of the kinds `Asking` go out, of the kinds `Asked` come in. */
export class ThreadLine<Asking extends CallKinds, Asked extends CallKinds> {
  readonly #options: ThreadLineOptions<Asked>;
  readonly #waiting: Map<number, Waiting> = new Map();
  #calls: { readonly id: number; readonly call: unknown }[] = [];
  #answers: Answer[] = [];
  #due = false;
  #id = 0;
  #failure: unknown;

  constructor(options: ThreadLineOptions<Asked>) {
    this.#options = options;
  }

  call<Kind extends keyof Asking>(kind: Kind, args: Asking[Kind]['args']): Promise<Asking[Kind]['answer']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<Asking[Kind]['answer']>((resolve, reject) => {
      this.#waiting.set(++this.#id, { resolve, reject });
      this.#calls.push({ id: this.#id, call: { kind, args } });
      this.#flushSoon();
    });
  }

  /** Takes a message of the other side. */
  take({ calls, answers }: LineMessage<CallOf<Asked>>): void {
    for (const one of answers) {
      const waiting = this.#waiting.get(one.id);
      this.#waiting.delete(one.id);
      if ('failure' in one) waiting?.reject(errorOf(one.failure));
      else waiting?.resolve(one.answer);
    }
    for (const { id, call } of calls) this.#answerTo(id, call);
  }

  /** The other side is gone: what waits for it fails, and so does what is asked from here on. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #answerTo(id: number, call: CallOf<Asked>): void {
    try {
      const answer = this.#options.answer(call);
      if (answer instanceof Promise) {
        answer.then(
          (value) => this.#say({ id, answer: value }),
          (error) => this.#say({ id, failure: failureOf(error) }),
        );
      } else this.#say({ id, answer });
    } catch (error) {
      this.#say({ id, failure: failureOf(error) });
    }
  }

  #say(answer: Answer): void {
    this.#answers.push(answer);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      const message = { calls: this.#calls, answers: this.#answers };
      this.#calls = [];
      this.#answers = [];
      this.#options.post(message);
    });
  }
}

/** An error as it goes over: what an operational one says of itself (`code`, `retry`) goes with it. */
interface Failure {
  readonly message: string;
  readonly code?: unknown;
  readonly retry?: unknown;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  if ('code' in error && 'retry' in error)
    return { message: error.message, code: error.code, retry: error.retry };
  return { message: error.stack ?? error.message };
}

const errorOf = ({ message, ...said }: Failure): Error => Object.assign(new Error(message), said);

/** A copy in memory of its own. */
export const alone = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
