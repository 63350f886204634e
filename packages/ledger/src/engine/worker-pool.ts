/**
 * A registry's work on worker threads: each one is a registry of its own on the same database, so decoding,
 * signing, signature checks and waiting for the disk go on side by side. Uploads are given to the worker with the
 * fewest waiting; certificates and loads, which take turns by their locks, to the first one, in large batches.
 */
import { randomBytes } from 'node:crypto';
import type { SyncCrypto } from '@duet/crypto/port';
import type { Result } from '@duet/protocol/rejection';
import type { LoadOrder } from '@duet/protocol/settlement-port';
import { LinedThread } from '../threads/thread.ts';
import type { Authority } from './authority.ts';
import type { HandleLimits } from './handle-limits.ts';

/** What a worker starts with; keys travel wrapped under a key made for this one hand-over. */
export interface WorkerStart extends WrappedAuthority {
  readonly databaseUrl: string;
  readonly limits: HandleLimits;
}

interface WrappedAuthority {
  readonly authority: Uint8Array;
  readonly kek: Uint8Array;
}

/** An answer, and the signatures that the worker has verified so far. */
interface Counted<T> {
  readonly result: Result<T>;
  readonly verified: number;
}

interface Now {
  readonly now: number;
}

/** What a worker does as its registry does it. */
export type WorkerCalls = {
  readonly settle: {
    readonly args: Now & { readonly sealed: Uint8Array; readonly note: Uint8Array | undefined };
    readonly answer: Counted<Uint8Array>;
  };
  readonly certify: {
    readonly args: Now & { readonly enrolment: Uint8Array };
    readonly answer: Counted<Uint8Array>;
  };
  readonly load: {
    readonly args: Now & { readonly order: LoadOrder };
    readonly answer: Counted<readonly Uint8Array[]>;
  };
  readonly authority: { readonly args: WrappedAuthority; readonly answer: undefined };
};

/** Keys were revoked: told before the answer that tells of it. */
export type PoolCalls = { readonly revoked: { readonly args: undefined; readonly answer: undefined } };

/** Almost everything a batch makes dies with it: a large young generation keeps it from being moved about. */
const YOUNG_MB = 192;

interface Lane {
  readonly thread: LinedThread<WorkerCalls, PoolCalls>;
  verified: number;
}

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

  constructor({ count, databaseUrl, limits, authority, crypto, onRevoked }: WorkerPoolOptions) {
    this.#crypto = crypto;
    this.#lanes = Array.from({ length: count }, () => {
      const start: WorkerStart = { databaseUrl, limits, ...this.#wrapped(authority) };
      const file = new URL('./worker.ts', import.meta.url);
      const thread = new LinedThread<WorkerCalls, PoolCalls>({
        file,
        start,
        youngMb: YOUNG_MB,
        answers: { revoked: () => void onRevoked() },
      });
      return { thread, verified: 0 };
    });
  }

  get verified(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.verified, 0);
  }

  settle(sealed: Uint8Array, note: Uint8Array | undefined, now: number): Promise<Result<Uint8Array>> {
    const least = this.#lanes.reduce((one, other) => (loadOf(other) < loadOf(one) ? other : one));
    return counted(least, least.thread.line.call('settle', { sealed, note, now }));
  }

  certify(enrolment: Uint8Array, now: number): Promise<Result<Uint8Array>> {
    const lane = this.#first();
    return counted(lane, lane.thread.line.call('certify', { enrolment, now }));
  }

  load(order: LoadOrder, now: number): Promise<Result<readonly Uint8Array[]>> {
    const lane = this.#first();
    return counted(lane, lane.thread.line.call('load', { order, now }));
  }

  useAuthority(authority: Authority): void {
    const wrapped = this.#wrapped(authority);
    for (const { thread } of this.#lanes) {
      // A thread that cannot take it into force is asked nothing more.
      thread.line.call('authority', wrapped).catch((error) => thread.line.fail(error));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map(({ thread }) => thread.stop()));
  }

  /** The first thread that lives. */
  #first(): Lane {
    const lane = this.#lanes.find((one) => Number.isFinite(loadOf(one))) ?? this.#lanes[0];
    if (!lane) throw new RangeError('registry workers: at least one thread');
    return lane;
  }

  #wrapped(authority: Authority): WrappedAuthority {
    const kek = new Uint8Array(randomBytes(32));
    return { authority: authority.save(this.#crypto.importKek(kek)), kek };
  }
}

const loadOf = ({ thread }: Lane): number => thread.line.load;

async function counted<T>(lane: Lane, answer: Promise<Counted<T>>): Promise<Result<T>> {
  const { result, verified } = await answer;
  lane.verified = verified;
  return result;
}
