/**
 * A wallet: pays, is paid, and settles when it is online. It wires the secure element (`secure-element/`) to
 * the messages that pass between people; all calls but `sync` answer at once and work without a network.
 */

import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import type { IdText, Instant, PublicKey } from '@duet/protocol/brand';
import type { Fen } from '@duet/protocol/money';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { Suite, Verifier } from '@duet/protocol/suite';
import type { Identity, WalletContext } from './context.ts';
import type { Evidence } from './evidence.ts';
import { collectEvidence, takeEvidence } from './evidence.ts';
import type { Journal } from './journal.ts';
import {
  freePayment,
  inspectRequest,
  type PaidOut,
  type PaymentProposal,
  type PayOptions,
  pay,
} from './paying.ts';
import type { PaymentId } from './payment-id.ts';
import { type Ask, type Asked, ask, askRefund, cancel, expire, type Receipt, receive } from './receiving.ts';
import type { DeviceLimits } from './secure-element/decision.ts';
import { SecureElement } from './secure-element/secure-element.ts';
import type { SecureElementState } from './secure-element/state.ts';
import { type SyncOptions, type SyncReport, syncWallet } from './sync.ts';
import { takeVerdict, type VerdictTaken } from './taking-verdict.ts';
import { TrustCache } from './trust-cache.ts';
import {
  type Balance,
  balanceOf,
  closingOf,
  type PaymentView,
  paymentsOf,
  type RefusedMoney,
  refusedOf,
  type WaitingMoney,
  waitingOf,
} from './views.ts';

export interface WalletOptions {
  readonly journal: Journal;
  readonly crypto: SyncCrypto;
  /** Encrypts the private keys in the journal. */
  readonly kek: KekHandle;
  readonly clock: () => Instant;
  /** Root key of the trust bundle. */
  readonly root: PublicKey;
  readonly identity: Identity;
  /** Policy of the coins that are loaded. */
  readonly policy: number;
  /** Default: the driver of cryptography. Many wallets of one process share a `CachingVerifier`. */
  readonly verifier?: Verifier<'sync'>;
  /** Default: one of its own. */
  readonly trustCache?: TrustCache;
  /** Suite of new keys; default 1. */
  readonly suite?: Suite;
  /** Default: Chinese yuan. */
  readonly currency?: number;
  readonly limits?: DeviceLimits;
  /**
   * `unknown`: keys and journal may be older than what was signed. Nothing is signed before a sync, and that sync
   * retires every key that is here; a caller that keeps the doubt in a file clears it after a complete sync
   * (LIMIT-2).
   */
  readonly continuity?: 'shown' | 'unknown';
}

export class Wallet {
  readonly #context: WalletContext;

  /** Replays the journal. @throws JournalError */
  constructor(options: WalletOptions) {
    const { journal, crypto, kek, clock, root, identity, policy } = options;
    const trustCache = options.trustCache ?? new TrustCache();
    const suite = options.suite ?? 1;
    const limits = options.limits ?? {};
    const continuity = options.continuity !== 'unknown';
    const element = new SecureElement({
      journal,
      crypto,
      kek,
      clock,
      suite,
      limits,
      continuity,
      trust: trustCache,
    });
    const verifier = options.verifier ?? crypto;
    const currency = options.currency ?? DEFAULT_CURRENCY;
    this.#context = { element, crypto, verifier, clock, root, identity, policy, suite, currency, trustCache };
  }

  /** The secure element's state, for reading: simulators and checkers look into it. */
  get state(): Readonly<SecureElementState> {
    return this.#context.element.state;
  }

  /** Asks for money: the message is shown to the payer. */
  request(wanted: Ask): Result<Asked> {
    return ask(this.#context, wanted);
  }

  /** What the holder sees before paying; for a standing request with the amount to be paid. */
  inspectRequest(message: Uint8Array, amount?: Fen): Result<PaymentProposal> {
    return inspectRequest(this.#context, message, amount);
  }

  /** Pays a request. The same request again gives the same bytes. */
  pay(message: Uint8Array, options: PayOptions): Result<PaidOut> {
    return pay(this.#context, message, options);
  }

  /** Takes an offer: accepted, accepted before (`again`), or refused with a code. */
  receive(sealedOffer: Uint8Array): Result<Receipt> {
    return receive(this.#context, sealedOffer);
  }

  /** Takes the payee's answer to a payment. */
  takeVerdict(message: Uint8Array, paymentId?: PaymentId): Result<VerdictTaken> {
    return takeVerdict(this.#context, message, paymentId);
  }

  /** Frees a payment that was recorded but never signed: after a crash, instead of paying again. */
  free(paymentId: PaymentId): Result<{ readonly paymentId: PaymentId }> {
    return freePayment(this.#context, paymentId);
  }

  /** Closes an open request; an answered one gives its answer again. */
  cancel(requestId: IdText): Result<{ readonly verdict: Uint8Array }> {
    return cancel(this.#context, requestId);
  }

  /** Closes the requests that no payer can answer any more. */
  expire(): readonly IdText[] {
    return expire(this.#context);
  }

  /** Asks the payee of a payment to pay it back: one request for each Spend of it. */
  requestRefund(paymentId: PaymentId): Result<readonly (Asked & { readonly amount: Fen })[]> {
    return askRefund(this.#context, paymentId);
  }

  balance(): Balance {
    return balanceOf(this.state);
  }

  /** What the registry refuses so far: it goes up again at each sync, until the close of its coins (SET-14). */
  refused(): readonly RefusedMoney[] {
    return refusedOf(this.state);
  }

  /** Money of keys that were retired: it comes back to the account at the close of its coins (LIMIT-2, SET-7). */
  waiting(): readonly WaitingMoney[] {
    return waitingOf(this.state);
  }

  /** The same, with what those keys paid and nobody answered yet: no sync gives it back before (LIMIT-2). */
  closing(): readonly WaitingMoney[] {
    return closingOf(this.state);
  }

  /** Every payment that this wallet knows, oldest first. */
  payments(): readonly PaymentView[] {
    return paymentsOf(this.state);
  }

  /** Settles with the registry; what is interrupted goes on at the next call. */
  sync(port: SettlementPort, options: SyncOptions = {}): Promise<SyncReport> {
    return syncWallet(this.#context, port, options);
  }

  /** Signed evidence that the registry does not have yet: no key is in it. */
  exportEvidence(): Evidence {
    return collectEvidence(this.state);
  }

  /** Takes evidence over from a backup, to be uploaded at the next sync. */
  importEvidence(evidence: Evidence): void {
    takeEvidence(this.#context.element, evidence);
  }

  close(): void {
    this.#context.element.close();
  }
}
