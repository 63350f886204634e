/** What passes between a world and a thread of its wallets. */
import type { IdText, Instant } from '@duet/protocol/brand';
import type { Handle } from '@duet/protocol/objects/fields';
import type { Result } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import type { PayOptions } from '@duet/wallet/paying';
import type { PaymentId } from '@duet/wallet/payment-id';
import type { Ask } from '@duet/wallet/receiving';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { Purse, WalletPlan, WalletSettings } from './purse.ts';

/** What a thread starts with. */
export interface WalletThreadStart {
  readonly settings: WalletSettings;
  readonly plans: readonly WalletPlan[];
  readonly start: Instant;
}

/** Which wallet is asked, and when. */
export interface To {
  readonly wallet: number;
  readonly now: Instant;
}

type Answered<Name extends keyof Purse> = Awaited<ReturnType<Purse[Name]>>;

/** A world asks its wallets. */
export type WalletCalls = {
  readonly request: { readonly args: To & { readonly ask: Ask }; readonly answer: Answered<'request'> };
  readonly pay: {
    readonly args: To & { readonly message: Uint8Array; readonly options: PayOptions };
    readonly answer: Answered<'pay'>;
  };
  readonly receive: {
    readonly args: To & { readonly sealedOffer: Uint8Array };
    readonly answer: Answered<'receive'>;
  };
  readonly takeVerdict: {
    readonly args: To & { readonly message: Uint8Array; readonly paymentId: PaymentId };
    readonly answer: Answered<'takeVerdict'>;
  };
  readonly cancel: {
    readonly args: To & { readonly requestId: IdText };
    readonly answer: Answered<'cancel'>;
  };
  readonly balance: { readonly args: To; readonly answer: Answered<'balance'> };
  readonly records: { readonly args: To; readonly answer: readonly Uint8Array[] };
  /** Answers the number of the clone. */
  readonly clone: {
    readonly args: To & { readonly records: readonly Uint8Array[] };
    readonly answer: number;
  };
  readonly sync: { readonly args: To & { readonly options: SyncOptions }; readonly answer: SyncReport };
};

/** Wallets reach the registry. */
export type PortCalls = {
  readonly trust: { readonly args: undefined; readonly answer: TrustMaterial };
  readonly certify: { readonly args: Uint8Array; readonly answer: Result<Uint8Array> };
  readonly load: { readonly args: LoadOrder; readonly answer: Result<readonly Uint8Array[]> };
  readonly settle: { readonly args: Uint8Array; readonly answer: Result<Uint8Array> };
  readonly account: {
    readonly args: { readonly operator: number; readonly handle: Handle };
    readonly answer: Awaited<ReturnType<SettlementPort['account']>>;
  };
};
