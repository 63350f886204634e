/**
 * The wallets of a world, wherever they live: in this thread they answer at once, in another one later. Whoever
 * plays a world awaits them and need not know.
 */
import type { IdText, Instant, PublicKey } from '@duet/protocol/brand';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import type { Handle } from '@duet/protocol/objects/fields';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { PaidOut, PayOptions } from '@duet/wallet/paying';
import type { PaymentId } from '@duet/wallet/payment-id';
import type { Ask, Asked, Receipt } from '@duet/wallet/receiving';
import type { DeviceLimits } from '@duet/wallet/secure-element/decision';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { VerdictTaken } from '@duet/wallet/taking-verdict';
import type { Balance } from '@duet/wallet/views';

export type Awaitable<T> = T | Promise<T>;

/** What a world asks of one wallet; a `Wallet` is one. */
export interface Purse {
  request(ask: Ask): Awaitable<Result<Asked>>;
  pay(
    message: Uint8Array,
    options: PayOptions,
  ): Awaitable<Result<Pick<PaidOut, 'sealedOffer' | 'paymentId'>>>;
  receive(sealedOffer: Uint8Array): Awaitable<Result<Pick<Receipt, 'verdict' | 'depth' | 'offerBytes'>>>;
  takeVerdict(message: Uint8Array, paymentId: PaymentId): Awaitable<Result<Pick<VerdictTaken, 'state'>>>;
  cancel(requestId: IdText): Awaitable<Result<{ readonly verdict: Uint8Array }>>;
  balance(): Awaitable<Balance>;
}

/** One wallet to be. */
export interface WalletPlan {
  readonly number: number;
  readonly operator: number;
  readonly handle: Handle;
  readonly terminal?: TerminalFace;
  /** Its journal is kept, so that a clone can be made of it. */
  readonly keepJournal: boolean;
}

/** What all wallets of a world have in common, in a form that passes to a thread. */
export interface WalletSettings {
  /** Root key of the trust bundle. */
  readonly root: PublicKey;
  readonly policy: number;
  readonly limits: DeviceLimits;
}

/** What wallets are made with. */
export interface WalletGround {
  readonly settings: WalletSettings;
  readonly plans: readonly WalletPlan[];
  readonly port: SettlementPort;
  readonly clock: () => Instant;
}

/** The wallets of a world by number. */
export interface Wallets<P extends Purse = Purse> {
  /** @throws RangeError */
  of(number: number): P;
  /** The journal of a wallet that keeps it; of others nothing. */
  records(number: number): Awaitable<readonly Uint8Array[]>;
  /** A second device with the same keys and the past that these records tell. */
  clone(number: number, records: readonly Uint8Array[]): Awaitable<P>;
  sync(number: number, options: SyncOptions): Promise<SyncReport>;
  close(): Promise<void>;
}
