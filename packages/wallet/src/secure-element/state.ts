/**
 * State of the secure element: keys, owned ranges, payments, requests, claims and limits (PAY-2, PAY-3).
 *
 * It changes by `apply` of records alone. A range that is not free in a holding cannot be signed over: it is
 * reserved by a payment, claimed, or gone.
 */
import type { IdText, Instant, KeyText, ObjectId, PublicKey } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import type { PayeeState } from '@duet/protocol/machines/payee';
import { type PayerState, voidedOf } from '@duet/protocol/machines/payer';
import type { Provenance } from '@duet/protocol/messages/provenance';
import type { PayeeDocument, RequestMessage } from '@duet/protocol/messages/request-message';
import { type Fen, ZERO } from '@duet/protocol/money';
import type { Certificate } from '@duet/protocol/objects/certificate';
import type { Claim, Return } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Handle, Range } from '@duet/protocol/objects/fields';
import type { Parent } from '@duet/protocol/objects/spend';
import type { StepRef } from '@duet/protocol/verify/history';
import type { HoldingKey, PaymentId } from '../payment-id.ts';
import type { TrustState } from '../trust-cache.ts';
import type { PackedChain } from './chains.ts';
import type { Packed } from './packed.ts';

export type KeyPurpose = 'coin' | 'payee' | 'sealing';

/** A key of this device; the private part is encrypted. */
export interface OwnKey {
  readonly key: PublicKey;
  readonly purpose: KeyPurpose;
  readonly wrapped: Uint8Array;
  /** Spends signed or recorded so far (LIMIT-1). */
  seq: number;
  /** An older copy may have been used meanwhile: it signs nothing ever again (LIMIT-2). */
  retired: boolean;
  /** A payee key that was paid: the next sync takes a new one (PRIV-1). */
  used: boolean;
  /** Whom its coin paid so far: one payee, or several (PRIV-5). */
  paidTo?: ObjectId | 'several';
}

/** A payment as it goes up: the request, and the opened offer in its compact form. */
export interface KeptExchange {
  readonly request: Uint8Array;
  readonly offer: Uint8Array;
}

/** What came by one parent: a coin, or one input of a received Spend. */
export interface Holding {
  readonly parent: Parent;
  readonly coin: Coin;
  readonly owner: PublicKey;
  /** Names the owner key to later holders: its coin, or the certificate that was paid. */
  readonly document: PayeeDocument;
  /** The way from the coin: as many Spends stand before the next one. */
  readonly steps: readonly StepRef[];
  /** Payer time of the last Spend on the way. */
  readonly time?: Instant;
  /** Key that paid it (for refunds); absent for a loaded coin. */
  readonly payer?: PublicKey;
  readonly provenance: Provenance;
  /** How it was received; absent for a loaded coin. */
  readonly exchange?: KeptExchange;
  /** Ranges that nothing was signed over, ascending and apart. */
  free: readonly Range[];
}

/** One Spend of a payment, as far as it is needed after its bytes are gone. */
export interface OutgoingSpend {
  readonly id: ObjectId;
  readonly owner: PublicKey;
  readonly document: PayeeDocument;
  readonly amount: Fen;
  /** A condition binds the ranges: a Return gives new coins under it. */
  readonly conditional: boolean;
  /** What a recorded payment took: given back when it is freed, empty once it is signed. */
  readonly ranges: readonly { readonly holding: Holding; readonly range: Range }[];
  /** A Return named it after its Verdict voided it; or, its key being retired, the close of its coin gives it back. */
  readonly returned: boolean;
}

export interface OutgoingPayment {
  readonly message: RequestMessage;
  readonly requestBytes: Uint8Array;
  readonly amount: Fen;
  readonly at: Instant;
  readonly depth: number;
  spends: readonly OutgoingSpend[];
  machine: PayerState;
  /** The bytes that left, and all that ever leaves (PAY-4). */
  sealed?: Uint8Array;
  offerBytes?: number;
  /** The opened offer, until nothing of the payment can come back. */
  offer?: Uint8Array;
  /** Its money, or what may come back of it, waits for the close of its coins (LIMIT-2). */
  waiting?: true;
  /** The close of its coins ended it without a Verdict: what came back to the account (SET-7). */
  returned?: Fen;
}

export interface IncomingPayment {
  readonly openedAt: Instant;
  readonly message: RequestMessage;
  readonly requestBytes: Uint8Array;
  amount?: Fen;
  machine: PayeeState;
  /** Ids of the accepted Spends, in the order of the offer. */
  spends: readonly ObjectId[];
  depth?: number;
  offerBytes?: number;
  /** The name of the till that paid: a person has none. */
  payerName?: string;
  /** Its answer or its money is left to the close of its coins (LIMIT-2). */
  waiting?: true;
}

/** A request whose secrets are kept: standing ones have many payments. */
export interface OwnRequest {
  readonly message: RequestMessage;
  readonly requestBytes: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly standing: boolean;
  readonly openedAt: Instant;
}

/** Money of one coin. */
export interface CoinPart {
  readonly coin: Coin;
  readonly amount: Fen;
}

/** A request that has its answer; its message is read again when an offer for it comes. */
export type AnsweredRequest = Pick<OwnRequest, 'requestBytes' | 'wrapped' | 'openedAt'>;

export interface OpenClaim {
  readonly claim: Claim;
  readonly owner: PublicKey;
  readonly amount: Fen;
  readonly parts: readonly CoinPart[];
  /** What the registry must know to judge it: sent again when it does not. */
  readonly exchanges: readonly KeptExchange[];
  retries: number;
  /** Why the registry refused it as a whole, last. */
  refused?: Code;
}

export interface OpenReturn {
  readonly object: Return;
  /** Absent in a journal from before this was kept. */
  readonly owner?: PublicKey;
  readonly amount: Fen;
  readonly exchanges: readonly KeptExchange[];
  retries: number;
  refused?: Code;
}

export interface OpenLoad {
  readonly order: Uint8Array;
  readonly handle: Handle;
  readonly outputs: readonly { readonly owner: PublicKey; readonly amount: Fen }[];
}

/** What waits for the next upload. */
export type OutboxItem =
  | {
      readonly kind: 'exchange';
      readonly payment?: PaymentId;
      readonly request: Uint8Array;
      readonly offer?: Uint8Array;
    }
  | { readonly kind: 'verdict'; readonly bytes: Uint8Array }
  | { readonly kind: 'proof'; readonly bytes: Uint8Array };

/** Sealed bytes, and the COSE_Sign1 IntakeNote over them. */
export interface NotedUpload {
  readonly sealed: Uint8Array;
  readonly note: Uint8Array;
}

/** What was spent since the last sync, and since the holder last confirmed. */
export interface Counters {
  count: number;
  total: Fen;
  sinceConfirmation: Fen;
}

export interface SecureElementState {
  readonly keys: Map<KeyText, OwnKey>;
  readonly certificates: Map<KeyText, Certificate>;
  readonly holdings: Map<HoldingKey, Holding>;
  readonly outgoing: Map<PaymentId, OutgoingPayment>;
  readonly incoming: Map<PaymentId, IncomingPayment>;
  /** Payments that are settled for good. */
  readonly archive: Map<PaymentId, Packed>;
  /** Payments that wait for a Verdict, or whose void Spends no Return named. */
  readonly unsettled: Set<PaymentId>;
  /** Requests without a final answer, by request id; standing ones stay. */
  readonly requests: Map<IdText, OwnRequest>;
  /** Requests answered last: their offers are opened again (PAY-7). */
  readonly answered: Map<IdText, AnsweredRequest>;
  readonly claims: Map<IdText, OpenClaim>;
  readonly returns: Map<IdText, OpenReturn>;
  readonly loads: Map<string, OpenLoad>;
  /** Uploads that an operator noted and that were not answered, by note in hex (SET-7). */
  readonly noted: Map<string, NotedUpload>;
  /** By coin: chains received and signed, until claimBy + grace (PAY-5, last rule). */
  readonly history: Map<IdText, { readonly coin: Coin; chains: PackedChain[] }>;
  /** Coins that were taken over once: they are never taken again. */
  readonly knownCoins: Set<IdText>;
  readonly outbox: Map<number, OutboxItem>;
  outboxNext: number;
  readonly counters: Counters;
  /** By coin: at most this much comes back to the account at its close, and is never signed over here (SET-7). */
  readonly waiting: Map<IdText, CoinPart>;
  trust: TrustState | undefined;
  /** The payee key in use. */
  payeeKey: PublicKey | undefined;
  newestTime: Instant | undefined;
  lastSync: Instant | undefined;
}

export const emptyState = (): SecureElementState => ({
  keys: new Map(),
  certificates: new Map(),
  holdings: new Map(),
  outgoing: new Map(),
  incoming: new Map(),
  archive: new Map(),
  unsettled: new Set(),
  requests: new Map(),
  answered: new Map(),
  claims: new Map(),
  returns: new Map(),
  loads: new Map(),
  noted: new Map(),
  history: new Map(),
  knownCoins: new Set(),
  outbox: new Map(),
  outboxNext: 0,
  counters: { count: 0, total: ZERO, sinceConfirmation: ZERO },
  waiting: new Map(),
  trust: undefined,
  payeeKey: undefined,
  newestTime: undefined,
  lastSync: undefined,
});

/** An open Claim or Return. */
export const openOrder = (
  { claims, returns }: Readonly<SecureElementState>,
  id: ObjectId,
): OpenClaim | OpenReturn | undefined => claims.get(idText(id)) ?? returns.get(idText(id));

/** Payments of which something is still to come. */
export const unsettledPayments = (state: Readonly<SecureElementState>): readonly OutgoingPayment[] =>
  [...state.unsettled].flatMap((id) => state.outgoing.get(id) ?? []);

/** Spends of a payment that its Verdict voided and no Return named yet. */
export function voidSpends(payment: OutgoingPayment): readonly OutgoingSpend[] {
  if (payment.machine.kind !== 'answered') return [];
  const voided = new Set(voidedOf(payment.machine.spends, payment.machine.verdict).map(idText));
  return payment.spends.filter((spend) => voided.has(idText(spend.id)) && !spend.returned);
}

/** Whether the condition of a coin binds a holding: where its own owner key owns the range (PAY-10). */
export const isConditional = (holding: Holding): boolean =>
  holding.coin.body.condition !== undefined && equalBytes(holding.owner, holding.coin.body.owner);

/** Whether a key may not sign any more; a key that is not here may not either. */
export const isRetired = (state: Readonly<SecureElementState>, key: PublicKey): boolean =>
  state.keys.get(keyText(key))?.retired !== false;
