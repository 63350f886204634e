/** One worker thread of a registry; see `worker-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { KeyCache } from '@duet/crypto/node';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { type Instant, instant } from '@duet/protocol/brand';
import type { Result } from '@duet/protocol/rejection';
import { openDatabase } from '../postgres/database.ts';
import { DatabaseError } from '../postgres/database-error.ts';
import { loadAuthority } from './authority.ts';
import { Registry } from './registry.ts';
import type { FromWorker, ToWorker, WorkerCall, WorkerStart } from './worker-pool.ts';

const POOL_SIZE = 4;
/** Public keys kept ready, about 1 KB each: those of a payer and of a payee come back with the other's upload. */
const READY_KEYS = 2 ** 15;

const port = parentPort;
if (!port) throw new Error('registry worker: started outside a worker thread');

const start: WorkerStart = workerData;
const crypto = createNodeSuites({ keyCache: new KeyCache(READY_KEYS) });
const database = await openDatabase({ databaseUrl: start.databaseUrl, poolSize: POOL_SIZE });
let now: Instant = instant(Math.floor(Date.now() / 1_000));
const send = (message: FromWorker): void => port.postMessage(message);

const registry = new Registry({
  database,
  crypto,
  authority: loadAuthority(start.authority, crypto.importKek(start.kek), crypto),
  clock: () => now,
  limits: start.limits,
  onRevoked: () => send({ kind: 'revoked' }),
});

async function answerTo(call: WorkerCall): Promise<Result<readonly Uint8Array[]>> {
  switch (call.kind) {
    case 'settle':
      return single(await registry.settle(call.sealed, call.note));
    case 'certify':
      return single(await registry.certify(call.enrolment));
    case 'load':
      return registry.load(call.order);
  }
}

const single = (answer: Result<Uint8Array>): Result<readonly Uint8Array[]> =>
  answer.ok ? { ok: true, value: [answer.value] } : answer;

/** A copy in memory of its own: a view takes all of what it is a view of to the other thread. */
const alone = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

async function take(number: number, call: WorkerCall): Promise<void> {
  try {
    const answer = await answerTo(call);
    send(
      answer.ok
        ? { kind: 'answer', number, answer: answer.value.map(alone), verified: registry.verified }
        : { kind: 'rejection', number, rejection: answer.rejection },
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known =
      error instanceof DatabaseError ? { database: { code: error.code, retry: error.retry } } : {};
    send({ kind: 'failure', number, message, ...known });
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'call':
      now = instant(message.now);
      void take(message.number, message.call);
      return;
    case 'authority':
      registry.useAuthority(loadAuthority(message.authority, crypto.importKek(message.kek), crypto));
      return;
    case 'stop':
      void database.close().then(() => port.close());
  }
});
