/**
 * Settlement on worker threads: each one is a registry of its own on the same database, so decoding, signature
 * checks and waiting for the disk go on side by side. Uploads are given to the worker with the fewest waiting.
 */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { SyncCrypto } from '@duet/crypto/port';
import type { Rejection, Result } from '@duet/protocol/rejection';
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

/** One call of `settle`. */
export interface SettleCall {
  readonly sealed: Uint8Array;
  readonly note: Uint8Array | undefined;
  readonly now: number;
}

export type ToWorker =
  | ({ readonly kind: 'settle'; readonly number: number } & SettleCall)
  | { readonly kind: 'authority'; readonly authority: Uint8Array; readonly kek: Uint8Array }
  | { readonly kind: 'stop' };

export type FromWorker =
  | {
      readonly kind: 'answer';
      readonly number: number;
      readonly answer: Uint8Array;
      readonly verified: number;
    }
  | { readonly kind: 'rejection'; readonly number: number; readonly rejection: Rejection }
  | {
      readonly kind: 'failure';
      readonly number: number;
      readonly message: string;
      readonly database?: { readonly code: DatabaseError['code']; readonly retry: DatabaseError['retry'] };
    };

interface Waiting {
  readonly resolve: (answer: Result<Uint8Array>) => void;
  readonly reject: (error: unknown) => void;
}

/** Almost everything a batch makes dies with it: a large young generation keeps it from being moved about. */
const YOUNG_MB = 192;

class Lane {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting> = new Map();
  verified = 0;

  constructor(start: WorkerStart) {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker.on('message', (message: FromWorker) => this.#take(message));
    this.worker.on('error', (error) => this.#fail(error));
    this.worker.on('exit', () => this.#fail(new Error('registry worker: ended')));
  }

  #take(message: FromWorker): void {
    const waiting = this.waiting.get(message.number);
    this.waiting.delete(message.number);
    switch (message.kind) {
      case 'answer':
        this.verified = message.verified;
        waiting?.resolve({ ok: true, value: message.answer });
        return;
      case 'rejection':
        waiting?.resolve({ ok: false, rejection: message.rejection });
        return;
      case 'failure':
        waiting?.reject(
          message.database
            ? new DatabaseError(message.database.code, message.database.retry, message.message)
            : new Error(message.message),
        );
    }
  }

  #fail(error: unknown): void {
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

export class WorkerPool {
  readonly #lanes: readonly Lane[];
  readonly #crypto: SyncCrypto;
  #number = 0;

  constructor(
    { count, databaseUrl }: { readonly count: number; readonly databaseUrl: string },
    limits: HandleLimits,
    authority: Authority,
    crypto: SyncCrypto,
  ) {
    this.#crypto = crypto;
    const start = (): WorkerStart => ({ databaseUrl, limits, ...this.#wrapped(authority) });
    this.#lanes = Array.from({ length: count }, () => new Lane(start()));
  }

  get verified(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.verified, 0);
  }

  settle(call: SettleCall): Promise<Result<Uint8Array>> {
    const lane = this.#lanes.reduce((least, other) =>
      other.waiting.size < least.waiting.size ? other : least,
    );
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      lane.waiting.set(number, { resolve, reject });
      this.#send(lane, { kind: 'settle', number, ...call });
    });
  }

  useAuthority(authority: Authority): void {
    const wrapped = this.#wrapped(authority);
    for (const lane of this.#lanes) this.#send(lane, { kind: 'authority', ...wrapped });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#lanes.map(async (lane) => {
        const ended = new Promise((resolve) => lane.worker.once('exit', resolve));
        this.#send(lane, { kind: 'stop' });
        await ended;
      }),
    );
  }

  #send(lane: Lane, message: ToWorker): void {
    lane.worker.postMessage(message);
  }

  #wrapped(authority: Authority): { authority: Uint8Array; kek: Uint8Array } {
    const kek = new Uint8Array(randomBytes(32));
    return { authority: authority.save(this.#crypto.importKek(kek)), kek };
  }
}
