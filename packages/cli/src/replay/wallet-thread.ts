/** A thread of wallets; see `far-wallets.ts`. */
import { workerData } from 'node:worker_threads';
import { createNodeCrypto, KeyCache } from '@duet/crypto/node';
import { alone } from '@duet/ledger/threads/line';
import { lineToStarter } from '@duet/ledger/threads/thread';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { Wallet } from '@duet/wallet/wallet';
import { READY_KEYS } from './limits.ts';
import { NearWallets } from './near-wallets.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { PortCalls, To, WalletCalls, WalletThreadStart } from './wallet-calls.ts';

const { settings, plans, start }: WalletThreadStart = workerData;
const clock = new VirtualClock(start);
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

const line = lineToStarter<PortCalls, WalletCalls>({
  request: ({ ask, ...to }) =>
    mapped(walletOf(to).request(ask), ({ message, requestId }) => ({ message: alone(message), requestId })),
  pay: ({ message, options, ...to }) =>
    mapped(walletOf(to).pay(message, options), ({ sealedOffer, paymentId }) => ({
      sealedOffer: alone(sealedOffer),
      paymentId,
    })),
  receive: ({ sealedOffer, ...to }) =>
    mapped(walletOf(to).receive(sealedOffer), ({ verdict, depth, offerBytes }) => ({
      verdict: alone(verdict),
      depth,
      offerBytes,
    })),
  takeVerdict: ({ message, paymentId, ...to }) =>
    mapped(walletOf(to).takeVerdict(message, paymentId), ({ state }) => ({ state })),
  cancel: ({ requestId, ...to }) =>
    mapped(walletOf(to).cancel(requestId), ({ verdict }) => ({ verdict: alone(verdict) })),
  balance: (to) => walletOf(to).balance(),
  records: (to) => at(to).records(to.wallet).map(alone),
  clone: ({ records, ...to }) => at(to).addClone(to.wallet, records),
  sync: ({ options, ...to }) => at(to).sync(to.wallet, options),
});

/** The wallets at the time of a call. */
function at({ now }: To): NearWallets {
  clock.moveTo(now);
  return wallets;
}

function walletOf(to: To): Wallet {
  return at(to).of(to.wallet);
}

const mapped = <From, To>(result: Result<From>, change: (value: From) => To): Result<To> =>
  result.ok ? { ok: true, value: change(result.value) } : result;
