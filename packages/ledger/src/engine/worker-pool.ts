/**
 * A registry's work on worker threads: each one is a registry of its own on the same database, so decoding,
 * signing, signature checks and waiting for the disk go on side by side. Uploads are given to the worker with the
 * fewest waiting; certificates and loads, which take turns by their locks, to the first one, in large batches.
 */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { SyncCrypto } from '@duet/crypto/port';
import type { Rejection, Result } from '@duet/protocol/rejection';
import type { LoadOrder } from '@duet/protocol/settlement-port';
import { DatabaseError } from '../postgres/database-error.ts';
import type { Authority } from './authority.ts';
import type { HandleLimits } from './handle-limits.ts';

/** What a worker starts with; keys travel wrapped under a key made for this one hand-over. */
export interface WorkerStart {
  readonly databaseUrl: string;
  readonly limits: HandleLimits;
  readonly authority: Uint8Array;
  readonly kek: Uint8Array;
}

/** What a worker does as its registry does it. */
export type WorkerCall =
  | { readonly kind: 'settle'; readonly sealed: Uint8Array; readonly note: Uint8Array | undefined }
  | { readonly kind: 'certify'; readonly enrolment: Uint8Array }
  | { readonly kind: 'load'; readonly order: LoadOrder };

export type ToWorker =
  | { readonly kind: 'call'; readonly number: number; readonly call: WorkerCall; readonly now: number }
  | { readonly kind: 'authority'; readonly authority: Uint8Array; readonly kek: Uint8Array }
  | { readonly kind: 'stop' };

export type FromWorker =
  | {
      readonly kind: 'answer';
      readonly number: number;
      /** One encoded answer; the coins of a load. */
      readonly answer: readonly Uint8Array[];
      readonly verified: number;
    }
  /** Keys were revoked: sent before the answer that tells of it. */
  | { readonly kind: 'revoked' }
  | { readonly kind: 'rejection'; readonly number: number; readonly rejection: Rejection }
  | {
      readonly kind: 'failure';
      readonly number: number;
      readonly message: string;
      readonly database?: { readonly code: DatabaseError['code']; readonly retry: DatabaseError['retry'] };
    };

type Answer = Result<readonly Uint8Array[]>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Almost everything a batch makes dies with it: a large young generation keeps it from being moved about. */
const YOUNG_MB = 192;

class Lane {
  readonly #worker: Worker;
  readonly #onRevoked: () => void;
  readonly #waiting: Map<number, Waiting> = new Map();
  readonly #ended: Promise<unknown>;
  #failure: unknown;
  verified = 0;

  constructor(start: WorkerStart, onRevoked: () => void) {
    this.#onRevoked = onRevoked;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('registry worker: ended')));
    this.#ended = new Promise((resolve) => this.#worker.once('exit', resolve));
  }

  /** Calls without an answer; none are given to a thread that ended. */
  get load(): number {
    return this.#failure === undefined ? this.#waiting.size : Number.POSITIVE_INFINITY;
  }

  call(number: number, call: WorkerCall, now: number): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.send({ kind: 'call', number, call, now });
    });
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  async stop(): Promise<void> {
    this.send({ kind: 'stop' });
    await this.#ended;
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'answer':
        this.verified = message.verified;
        this.#waitingFor(message.number)?.resolve({ ok: true, value: message.answer });
        return;
      case 'rejection':
        this.#waitingFor(message.number)?.resolve({ ok: false, rejection: message.rejection });
        return;
      case 'failure':
        this.#waitingFor(message.number)?.reject(errorOf(message));
        return;
      case 'revoked':
        this.#onRevoked();
    }
  }

  #waitingFor(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    return waiting;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

const errorOf = ({ message, database }: Extract<FromWorker, { kind: 'failure' }>): Error =>
  database ? new DatabaseError(database.code, database.retry, message) : new Error(message);

export interface WorkerPoolOptions {
  readonly count: number;
  readonly databaseUrl: string;
  readonly limits: HandleLimits;
  readonly authority: Authority;
  readonly crypto: SyncCrypto;
  /** Told when a thread revoked keys. */
  readonly onRevoked: () => void;
}

export class WorkerPool {
  readonly #lanes: readonly Lane[];
  readonly #crypto: SyncCrypto;
  #number = 0;

  constructor({ count, databaseUrl, limits, authority, crypto, onRevoked }: WorkerPoolOptions) {
    this.#crypto = crypto;
    const start = (): WorkerStart => ({ databaseUrl, limits, ...this.#wrapped(authority) });
    this.#lanes = Array.from({ length: count }, () => new Lane(start(), onRevoked));
  }

  get verified(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.verified, 0);
  }

  async settle(sealed: Uint8Array, note: Uint8Array | undefined, now: number): Promise<Result<Uint8Array>> {
    const lane = this.#lanes.reduce((least, other) => (other.load < least.load ? other : least));
    return single(await lane.call(++this.#number, { kind: 'settle', sealed, note }, now));
  }

  async certify(enrolment: Uint8Array, now: number): Promise<Result<Uint8Array>> {
    return single(await this.#first(now, { kind: 'certify', enrolment }));
  }

  load(order: LoadOrder, now: number): Promise<Result<readonly Uint8Array[]>> {
    return this.#first(now, { kind: 'load', order });
  }

  useAuthority(authority: Authority): void {
    const wrapped = this.#wrapped(authority);
    for (const lane of this.#lanes) lane.send({ kind: 'authority', ...wrapped });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }

  /** The first thread that lives. */
  #first(now: number, call: WorkerCall): Promise<Answer> {
    const lane = this.#lanes.find(({ load }) => Number.isFinite(load)) ?? this.#lanes[0];
    if (!lane) throw new RangeError('registry workers: at least one thread');
    return lane.call(++this.#number, call, now);
  }

  #wrapped(authority: Authority): { authority: Uint8Array; kek: Uint8Array } {
    const kek = new Uint8Array(randomBytes(32));
    return { authority: authority.save(this.#crypto.importKek(kek)), kek };
  }
}

function single(answer: Answer): Result<Uint8Array> {
  if (!answer.ok) return answer;
  const [value] = answer.value;
  if (!value) throw new Error('registry worker: an answer without content');
  return { ok: true, value };
}
