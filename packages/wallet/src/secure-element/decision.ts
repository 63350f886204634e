/** What a command leads to: records first, made durable, then effects. */
import type { Instant } from '@duet/protocol/brand';
import type { DraftSpend } from '@duet/protocol/machines/payer';
import { type Fen, fen } from '@duet/protocol/money';
import type { Verdict } from '@duet/protocol/objects/verdict';
import { type Rejection, refusal } from '@duet/protocol/rejection';
import type { PaymentRef, WalletRecord } from './records.ts';

/** Limits of one device, between two syncs; absent ones do not limit (LIMIT-1). */
export interface DeviceLimits {
  readonly maxPayments?: number;
  readonly maxTotal?: Fen;
  /** What the device may hold, what it asks for included. */
  readonly maxBalance?: Fen;
}

/** The public figure of a wallet: 500 yuan and 10 payments until the next sync (docs/spec/limits.md). */
export const PUBLIC_LIMITS: DeviceLimits = Object.freeze({ maxPayments: 10, maxTotal: fen(50_000) });

export interface ElementEnv {
  readonly now: Instant;
  readonly limits: DeviceLimits;
  /** Keys and journal are known to belong together (LIMIT-2). */
  readonly continuity: boolean;
}

/** Nothing that commits a key is signed before a sync has taken over what the registry knows (LIMIT-2). */
export const continuityRule = ({ continuity }: ElementEnv): Rejection | undefined =>
  continuity
    ? undefined
    : refusal('sync-required', 'a sync before the next signature', 'no continuity shown');

/** A key that may have been used by a newer copy signs nothing. */
export const retiredRule = (retired: boolean): Rejection | undefined =>
  retired
    ? refusal(
        'range-not-owned',
        'a key in use',
        'a retired key: its money waits for the close of its coins',
        'key-retired',
      )
    : undefined;

export type ElementEffect =
  | { readonly kind: 'sign-spends'; readonly ref: PaymentRef; readonly drafts: readonly DraftSpend[] }
  | { readonly kind: 'release'; readonly sealed: Uint8Array }
  | { readonly kind: 'answer'; readonly verdict: Verdict; readonly at: Instant; readonly again: boolean }
  | {
      readonly kind: 'keep-verdicts';
      readonly ref: PaymentRef;
      readonly verdicts: readonly [Verdict, Verdict];
    };

export interface Decision {
  readonly records: readonly WalletRecord[];
  readonly effects: readonly ElementEffect[];
}
