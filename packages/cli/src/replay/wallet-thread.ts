/** A thread of wallets; see `far-wallets.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createNodeCrypto, KeyCache } from '@duet/crypto/node';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { READY_KEYS } from './limits.ts';
import { NearWallets } from './near-wallets.ts';
import type { Awaitable } from './purse.ts';
import { alone, type CallOf, type LineMessage, ThreadLine } from './thread-line.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { PortCalls, WalletCalls, WalletThreadStart } from './wallet-calls.ts';

const parent = parentPort;
if (!parent) throw new Error('wallet thread: started outside a worker thread');

const { settings, plans, start }: WalletThreadStart = workerData;
const clock = new VirtualClock(start);
const line = new ThreadLine<PortCalls, WalletCalls>({
  post: (message) => parent.postMessage(message),
  answer: answerTo,
});
const port: SettlementPort = {
  trust: () => line.call('trust', undefined),
  certify: (enrolment) => line.call('certify', alone(enrolment)),
  load: (order) => line.call('load', order),
  settle: (sealed) => line.call('settle', alone(sealed)),
  account: (operator, handle) => line.call('account', { operator, handle }),
};
const wallets = new NearWallets({
  settings,
  plans,
  port,
  clock: clock.read,
  crypto: createNodeCrypto({ keyCache: new KeyCache(READY_KEYS) }),
});

function answerTo({ kind, args }: CallOf<WalletCalls>): Awaitable<unknown> {
  clock.moveTo(args.now);
  switch (kind) {
    case 'request':
      return mapped(wallets.of(args.wallet).request(args.ask), ({ message, requestId }) => ({
        message: alone(message),
        requestId,
      }));
    case 'pay':
      return mapped(
        wallets.of(args.wallet).pay(args.message, args.options),
        ({ sealedOffer, paymentId }) => ({ sealedOffer: alone(sealedOffer), paymentId }),
      );
    case 'receive':
      return mapped(wallets.of(args.wallet).receive(args.sealedOffer), ({ verdict, depth, offerBytes }) => ({
        verdict: alone(verdict),
        depth,
        offerBytes,
      }));
    case 'takeVerdict':
      return mapped(wallets.of(args.wallet).takeVerdict(args.message, args.paymentId), ({ state }) => ({
        state,
      }));
    case 'cancel':
      return mapped(wallets.of(args.wallet).cancel(args.requestId), ({ verdict }) => ({
        verdict: alone(verdict),
      }));
    case 'balance':
      return wallets.of(args.wallet).balance();
    case 'records':
      return wallets.records(args.wallet).map(alone);
    case 'clone':
      return wallets.addClone(args.wallet, args.records);
    case 'sync':
      return wallets.sync(args.wallet, args.options);
  }
}

const mapped = <From, To>(result: Result<From>, change: (value: From) => To): Result<To> =>
  result.ok ? { ok: true, value: change(result.value) } : result;

parent.on('message', (message: LineMessage<CallOf<WalletCalls>> | 'stop') => {
  if (message === 'stop') parent.close();
  else line.take(message);
});
