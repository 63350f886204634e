/**
 * Calls and answers between two threads, many in one message: what is said while a message is being taken goes out
 * together after it.
 *
 * A kind of call is described by a record of `{ args, answer }`; both must pass through the structured clone. Bytes
 * that go over are copies in memory of their own, since a view takes along all that it is a view of.
 */
import { DatabaseError } from '../postgres/database-error.ts';

/** Kinds of calls: what they are given and what they answer. */
export type CallKinds = Readonly<Record<string, { readonly args: unknown; readonly answer: unknown }>>;

/** For an end that is asked nothing. */
export type NoCalls = Readonly<Record<never, never>>;

/** By kind, what answers a call, at once or later; what it throws fails that call alone. */
export type Answers<Asked extends CallKinds> = {
  readonly [Kind in keyof Asked]: (
    args: Asked[Kind]['args'],
  ) => Asked[Kind]['answer'] | Promise<Asked[Kind]['answer']>;
};

/** One call of these kinds. */
type CallOf<Kinds extends CallKinds> = {
  [Kind in keyof Kinds]: { readonly id: number; readonly kind: Kind; readonly args: Kinds[Kind]['args'] };
}[keyof Kinds];

type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure };

/** What passes to an end that is asked these kinds. */
export interface LineMessage<Asked extends CallKinds> {
  readonly calls: readonly CallOf<Asked>[];
  readonly answers: readonly Answer[];
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** One end: calls of the kinds `Asking` go out, of the kinds `Asked` come in. */
export class ThreadLine<Asking extends CallKinds, Asked extends CallKinds> {
  readonly #post: (message: LineMessage<Asking>) => void;
  readonly #answerers: Answers<Asked>;
  readonly #waiting: Map<number, Waiting> = new Map();
  #calls: CallOf<Asking>[] = [];
  #answers: Answer[] = [];
  #due = false;
  #id = 0;
  #failure: unknown;

  constructor(post: (message: LineMessage<Asking>) => void, answers: Answers<Asked>) {
    this.#post = post;
    this.#answerers = answers;
  }

  /** Calls without an answer; without end where the other side is gone. */
  get load(): number {
    return this.#failure === undefined ? this.#waiting.size : Number.POSITIVE_INFINITY;
  }

  call<Kind extends keyof Asking>(kind: Kind, args: Asking[Kind]['args']): Promise<Asking[Kind]['answer']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<Asking[Kind]['answer']>((resolve, reject) => {
      const id = ++this.#id;
      this.#waiting.set(id, { resolve, reject });
      this.#calls.push({ id, kind, args });
      this.#flushSoon();
    });
  }

  /** Takes a message of the other side: its calls first, since it may have called before it answered. */
  take({ calls, answers }: LineMessage<Asked>): void {
    for (const { id, kind, args } of calls) void this.#answerTo(id, kind, args);
    for (const one of answers) {
      const waiting = this.#waiting.get(one.id);
      this.#waiting.delete(one.id);
      if ('failure' in one) waiting?.reject(errorOf(one.failure));
      else waiting?.resolve(one.answer);
    }
  }

  /** The other side is gone: what waits for it fails, and so does what is asked from here on. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  async #answerTo<Kind extends keyof Asked>(
    id: number,
    kind: Kind,
    args: Asked[Kind]['args'],
  ): Promise<void> {
    try {
      this.#say({ id, answer: await this.#answerers[kind](args) });
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
      this.#post(message);
    });
  }
}

/** An error as it goes over: what an operational one says of itself (`code`, `retry`) goes with it. */
type Failure =
  | ({ readonly kind: 'database'; readonly message: string } & Pick<DatabaseError, 'code' | 'retry'>)
  | { readonly kind: 'other'; readonly message: string; readonly code?: unknown; readonly retry?: unknown };

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'other', message: String(error) };
  const { message } = error;
  if (error instanceof DatabaseError)
    return { kind: 'database', message, code: error.code, retry: error.retry };
  if ('code' in error && 'retry' in error)
    return { kind: 'other', message, code: error.code, retry: error.retry };
  return { kind: 'other', message: error.stack ?? message };
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'database') return new DatabaseError(failure.code, failure.retry, failure.message);
  const { kind: _kind, message, ...said } = failure;
  return Object.assign(new Error(message), said);
}

/** A copy in memory of its own. */
export const alone = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
