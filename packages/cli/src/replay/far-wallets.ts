/**
 * Wallets on threads: their cryptography goes on side by side. Each thread holds its share of them, with a clock
 * that follows the world's, and reaches the registry through the world.
 */
import { Worker } from 'node:worker_threads';
import type { IdText, Instant } from '@duet/protocol/brand';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { PayOptions } from '@duet/wallet/paying';
import type { PaymentId } from '@duet/wallet/payment-id';
import type { Ask } from '@duet/wallet/receiving';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { Purse, WalletGround, Wallets } from './purse.ts';
import { type CallOf, type LineMessage, ThreadLine } from './thread-line.ts';
import type { PortCalls, To, WalletCalls, WalletThreadStart } from './wallet-calls.ts';

type Line = ThreadLine<WalletCalls, PortCalls>;

/** Much of what a payment makes dies with it; a larger young generation moves less of it about. */
const YOUNG_MB = 64;

export class FarWallets implements Wallets {
  readonly #threads: readonly Thread[];
  readonly #clock: () => Instant;

  /** Wallets are dealt out to `threads` threads, at least 1. */
  constructor({ settings, plans, port, clock }: WalletGround, threads: number) {
    this.#clock = clock;
    this.#threads = Array.from(
      { length: threads },
      (_, thread) =>
        new Thread(
          { settings, plans: plans.filter(({ number }) => number % threads === thread), start: clock() },
          port,
        ),
    );
  }

  of(number: number): Purse {
    return new FarWallet(this.#lineOf(number), number, this.#clock);
  }

  records(number: number): Promise<readonly Uint8Array[]> {
    return this.#lineOf(number).call('records', to(number, this.#clock));
  }

  async clone(number: number, records: readonly Uint8Array[]): Promise<Purse> {
    const line = this.#lineOf(number);
    const clone = await line.call('clone', { ...to(number, this.#clock), records });
    return new FarWallet(line, clone, this.#clock);
  }

  sync(number: number, options: SyncOptions): Promise<SyncReport> {
    return this.#lineOf(number).call('sync', { ...to(number, this.#clock), options });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #lineOf(number: number): Line {
    const thread = this.#threads[number % this.#threads.length];
    if (!thread) throw new RangeError(`world: no wallet ${number}`);
    return thread.line;
  }
}

const to = (wallet: number, clock: () => Instant): To => ({ wallet, now: clock() });

class FarWallet implements Purse {
  readonly #line: Line;
  readonly #number: number;
  readonly #clock: () => Instant;

  constructor(line: Line, number: number, clock: () => Instant) {
    this.#line = line;
    this.#number = number;
    this.#clock = clock;
  }

  get #to(): To {
    return to(this.#number, this.#clock);
  }

  request(ask: Ask) {
    return this.#line.call('request', { ...this.#to, ask });
  }

  pay(message: Uint8Array, options: PayOptions) {
    return this.#line.call('pay', { ...this.#to, message, options });
  }

  receive(sealedOffer: Uint8Array) {
    return this.#line.call('receive', { ...this.#to, sealedOffer });
  }

  takeVerdict(message: Uint8Array, paymentId: PaymentId) {
    return this.#line.call('takeVerdict', { ...this.#to, message, paymentId });
  }

  cancel(requestId: IdText) {
    return this.#line.call('cancel', { ...this.#to, requestId });
  }

  balance() {
    return this.#line.call('balance', this.#to);
  }
}

class Thread {
  readonly line: Line;
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;

  constructor(start: WalletThreadStart, port: SettlementPort) {
    const worker = new Worker(new URL('./wallet-thread.ts', import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const line: Line = new ThreadLine({
      post: (message) => worker.postMessage(message),
      answer: (call) => reach(port, call),
    });
    worker.on('message', (message: LineMessage<CallOf<PortCalls>>) => line.take(message));
    worker.on('error', (error) => line.fail(error));
    worker.on('exit', () => line.fail(new Error('wallet thread: ended')));
    this.#ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#worker = worker;
    this.line = line;
  }

  async stop(): Promise<void> {
    this.#worker.postMessage('stop');
    await this.#ended;
  }
}

function reach(port: SettlementPort, call: CallOf<PortCalls>): Promise<unknown> {
  switch (call.kind) {
    case 'trust':
      return port.trust();
    case 'certify':
      return port.certify(call.args);
    case 'load':
      return port.load(call.args);
    case 'settle':
      return port.settle(call.args);
    case 'account':
      return port.account(call.args.operator, call.args.handle);
  }
}
