/**
 * Wallets on threads: their cryptography goes on side by side. Each thread holds its share of them, with a clock
 * that follows the world's, and reaches the registry through the world.
 */
import type { Answers, ThreadLine } from '@duet/ledger/threads/line';
import { LinedThread } from '@duet/ledger/threads/thread';
import type { IdText, Instant } from '@duet/protocol/brand';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { PayOptions } from '@duet/wallet/paying';
import type { PaymentId } from '@duet/wallet/payment-id';
import type { Ask } from '@duet/wallet/receiving';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { Purse, WalletGround, Wallets } from './purse.ts';
import type { PortCalls, To, WalletCalls, WalletThreadStart } from './wallet-calls.ts';

type Line = ThreadLine<WalletCalls, PortCalls>;

/** Much of what a payment makes dies with it; a larger young generation moves less of it about. */
const YOUNG_MB = 64;

export class FarWallets implements Wallets {
  readonly #threads: readonly LinedThread<WalletCalls, PortCalls>[];
  readonly #clock: () => Instant;

  /** Wallets are dealt out to `threads` threads, at least 1. */
  constructor({ settings, plans, port, clock }: WalletGround, threads: number) {
    this.#clock = clock;
    this.#threads = Array.from({ length: threads }, (_, thread) => {
      const own = plans.filter(({ number }) => number % threads === thread);
      const start: WalletThreadStart = { settings, plans: own, start: clock() };
      const file = new URL('./wallet-thread.ts', import.meta.url);
      return new LinedThread<WalletCalls, PortCalls>({
        file,
        start,
        youngMb: YOUNG_MB,
        answers: answersOf(port),
      });
    });
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

const answersOf = (port: SettlementPort): Answers<PortCalls> => ({
  trust: () => port.trust(),
  certify: (enrolment) => port.certify(enrolment),
  load: (order) => port.load(order),
  settle: (sealed) => port.settle(sealed),
  account: ({ operator, handle }) => port.account(operator, handle),
});
