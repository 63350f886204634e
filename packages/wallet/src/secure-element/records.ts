/**
 * Records of the secure element: what is durable before anything leaves the device (PAY-3).
 *
 * In memory they hold parsed objects; `record-codec.ts` writes them as bytes and rebuilds them in a replay.
 */
import type { Instant, ObjectId, PublicKey } from '@duet/protocol/brand';
import type { Code } from '@duet/protocol/codes';
import type { DraftSpend } from '@duet/protocol/machines/payer';
import type { Offer } from '@duet/protocol/messages/offer';
import type { RequestMessage } from '@duet/protocol/messages/request-message';
import type { Fen } from '@duet/protocol/money';
import type { Certificate } from '@duet/protocol/objects/certificate';
import type { Claim, Return } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Handle } from '@duet/protocol/objects/fields';
import type { Nonce, Spend } from '@duet/protocol/objects/spend';
import type { Verdict } from '@duet/protocol/objects/verdict';
import type { TrustState } from '../trust-cache.ts';
import type { KeptPart } from './snapshot.ts';
import type { KeyPurpose } from './state.ts';

/** Which payment: the request, and for a standing one the nonce. */
export interface PaymentRef {
  readonly request: ObjectId;
  readonly nonce?: Nonce;
}

export type WalletRecord =
  | {
      readonly kind: 'key-made';
      readonly key: PublicKey;
      readonly purpose: KeyPurpose;
      readonly wrapped: Uint8Array;
    }
  | { readonly kind: 'certified'; readonly certificate: Certificate }
  | { readonly kind: 'trust-updated'; readonly trust: TrustState; readonly time: Instant }
  | {
      readonly kind: 'load-ordered';
      readonly order: Uint8Array;
      readonly handle: Handle;
      readonly outputs: readonly { readonly owner: PublicKey; readonly amount: Fen }[];
    }
  | { readonly kind: 'load-ended'; readonly order: Uint8Array }
  | { readonly kind: 'coins-added'; readonly coins: readonly Coin[] }
  | {
      readonly kind: 'request-opened';
      readonly message: RequestMessage;
      readonly bytes: Uint8Array;
      readonly wrapped: Uint8Array;
      readonly at: Instant;
    }
  | {
      readonly kind: 'payment-accepted';
      readonly ref: PaymentRef;
      readonly offer: Offer;
      readonly offerBytes: Uint8Array;
      readonly verdict: Verdict;
      readonly at: Instant;
    }
  | {
      readonly kind: 'payment-closed';
      readonly ref: PaymentRef;
      readonly verdict: Verdict;
      readonly at: Instant;
    }
  | { readonly kind: 'request-forgotten'; readonly request: ObjectId }
  | {
      readonly kind: 'payment-recorded';
      readonly ref: PaymentRef;
      readonly message: RequestMessage;
      readonly bytes: Uint8Array;
      readonly drafts: readonly DraftSpend[];
      readonly at: Instant;
      readonly confirmed: boolean;
    }
  | {
      readonly kind: 'payment-signed';
      readonly ref: PaymentRef;
      readonly spends: readonly Spend[];
      readonly offerBytes: Uint8Array;
      readonly sealed: Uint8Array;
    }
  | { readonly kind: 'payment-freed'; readonly ref: PaymentRef }
  | { readonly kind: 'payment-registered'; readonly ref: PaymentRef }
  /** The close of its coins ended it without a Verdict; what came back to the account, else the payee's (SET-7). */
  | { readonly kind: 'payment-ended'; readonly ref: PaymentRef; readonly returned: Fen }
  | { readonly kind: 'payment-answered'; readonly ref: PaymentRef; readonly verdict: Verdict }
  /** `instead` of an open one that was refused for the keys of its coins (SET-9). */
  | { readonly kind: 'claim-signed'; readonly claim: Claim; readonly instead?: ObjectId }
  | { readonly kind: 'claim-answered'; readonly claim: ObjectId }
  | { readonly kind: 'return-signed'; readonly object: Return; readonly instead?: ObjectId }
  /** The registry refused a Claim or Return as a whole: it stays open, and goes up again. */
  | { readonly kind: 'order-refused'; readonly object: ObjectId; readonly code: Code }
  | { readonly kind: 'return-answered'; readonly object: ObjectId }
  /** A refused offer, or a proof found here, for the registry. */
  | {
      readonly kind: 'evidence-kept';
      readonly proof?: Uint8Array;
      readonly request?: Uint8Array;
      readonly offer?: Uint8Array;
      readonly verdict?: Uint8Array;
    }
  /** Entries of the outbox that the registry has, by number. */
  | { readonly kind: 'sent'; readonly entries: readonly number[] }
  /** An operator noted an upload with Claims or Returns: both are shown again until it is answered (SET-7). */
  | { readonly kind: 'upload-noted'; readonly sealed: Uint8Array; readonly note: Uint8Array }
  | { readonly kind: 'upload-answered'; readonly note: Uint8Array }
  | { readonly kind: 'synced'; readonly time: Instant }
  /** Every key that is here signs nothing ever again (LIMIT-2). */
  | { readonly kind: 'keys-retired' }
  /** The registry did not know what a Claim or Return rests on: it goes up again with it. */
  | { readonly kind: 'evidence-resent'; readonly object: ObjectId }
  /** No more tries for a Claim or Return: what of it was refused, by place, waits for the close of its coins. */
  | { readonly kind: 'object-ended'; readonly object: ObjectId; readonly refused: readonly number[] }
  /** A part of the state as it was when the journal was compacted. */
  | { readonly kind: 'kept'; readonly part: KeptPart };

export type RecordKind = WalletRecord['kind'];
