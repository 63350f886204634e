/** One settlement worker thread; see `worker-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { type Instant, instant } from '@duet/protocol/brand';
import { openDatabase } from '../postgres/database.ts';
import { DatabaseError } from '../postgres/database-error.ts';
import { loadAuthority } from './authority.ts';
import { Registry } from './registry.ts';
import type { FromWorker, SettleCall, ToWorker, WorkerStart } from './worker-pool.ts';

const POOL_SIZE = 4;

const port = parentPort;
if (!port) throw new Error('registry worker: started outside a worker thread');

const start: WorkerStart = workerData;
const crypto = createNodeSuites();
const database = await openDatabase({ databaseUrl: start.databaseUrl, poolSize: POOL_SIZE });
let now: Instant = instant(Math.floor(Date.now() / 1_000));
const registry = new Registry({
  database,
  crypto,
  authority: loadAuthority(start.authority, crypto.importKek(start.kek), crypto),
  clock: () => now,
  limits: start.limits,
});

const send = (message: FromWorker): void => port.postMessage(message);

async function settle(number: number, { sealed, note }: SettleCall): Promise<void> {
  try {
    const answer = await registry.settle(sealed, note);
    send(
      answer.ok
        ? { kind: 'answer', number, answer: answer.value, verified: registry.verified }
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
    case 'settle':
      now = instant(message.now);
      void settle(message.number, message);
      return;
    case 'authority':
      registry.useAuthority(loadAuthority(message.authority, crypto.importKek(message.kek), crypto));
      return;
    case 'stop':
      void database.close().then(() => port.close());
  }
});
