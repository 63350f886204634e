/** One worker thread of a registry; see `worker-pool.ts`. */
import { workerData } from 'node:worker_threads';
import { KeyCache } from '@duet/crypto/node';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { type Instant, instant } from '@duet/protocol/brand';
import { accept, type Result } from '@duet/protocol/rejection';
import { openDatabase } from '../postgres/database.ts';
import { alone } from '../threads/line.ts';
import { lineToStarter } from '../threads/thread.ts';
import { loadAuthority } from './authority.ts';
import { Registry } from './registry.ts';
import type { PoolCalls, WorkerCalls, WorkerStart } from './worker-pool.ts';

const POOL_SIZE = 4;
/** Public keys kept ready, about 1 KB each: those of a payer and of a payee come back with the other's upload. */
const READY_KEYS = 2 ** 15;

const start: WorkerStart = workerData;
const crypto = createNodeSuites({ keyCache: new KeyCache(READY_KEYS) });
const database = await openDatabase({ databaseUrl: start.databaseUrl, poolSize: POOL_SIZE });
let now: Instant = instant(Math.floor(Date.now() / 1_000));

const registry = new Registry({
  database,
  crypto,
  authority: loadAuthority(start.authority, crypto.importKek(start.kek), crypto),
  clock: () => now,
  limits: start.limits,
  onRevoked: () => void line.call('revoked', undefined),
});

const line = lineToStarter<PoolCalls, WorkerCalls>(
  {
    settle: async (call) => counted(await at(call.now).settle(call.sealed, call.note), alone),
    certify: async (call) => counted(await at(call.now).certify(call.enrolment), alone),
    load: async (call) => counted(await at(call.now).load(call.order), (coins) => coins.map(alone)),
    authority: ({ authority, kek }) =>
      void registry.useAuthority(loadAuthority(authority, crypto.importKek(kek), crypto)),
  },
  () => database.close(),
);

function at(time: number): Registry {
  now = instant(time);
  return registry;
}

const counted = <T>(answer: Result<T>, copy: (value: T) => T): { result: Result<T>; verified: number } => ({
  result: answer.ok ? accept(copy(answer.value)) : answer,
  verified: registry.verified,
});
