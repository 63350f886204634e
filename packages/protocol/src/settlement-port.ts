/**
 * What a wallet reaches when it is online: issuer, its operator and the registry behind one port. In process
 * it is the ledger itself; over HTTP a client. Every call may be repeated and then has the same effect.
 */
import type { Instant, PublicKey } from './brand.ts';
import type { Fen } from './money.ts';
import type { Condition, Handle } from './objects/fields.ts';
import type { Result } from './rejection.ts';

/** Signed lists that every sync renews. */
export interface TrustMaterial {
  /** COSE_Sign1 TrustBundle. */
  readonly bundle: Uint8Array;
  /** COSE_Sign1 StatusLists by authority; operator 0 is the issuer. */
  readonly lists: readonly { readonly operator: number; readonly list: Uint8Array }[];
  /** Server time. */
  readonly time: Instant;
  /** Key to which uploads are sealed: one of the bundle's. */
  readonly registryKey: PublicKey;
}

/** Account → coins (load, 圈存). */
export interface LoadOrder {
  /** 16 random bytes: the same order again gives the same coins. */
  readonly order: Uint8Array;
  readonly operator: number;
  readonly handle: Handle;
  readonly currency: number;
  readonly policy: number;
  /** New owner keys and amounts, one coin each. */
  readonly outputs: readonly { readonly owner: PublicKey; readonly amount: Fen }[];
  readonly condition?: Condition;
}

export interface SettlementPort {
  trust(): Promise<TrustMaterial>;
  /** COSE_Sign1 Enrolment → COSE_Sign1 Certificate; a key is certified once, the same enrolment gives the same one. */
  certify(enrolment: Uint8Array): Promise<Result<Uint8Array>>;
  /** COSE_Sign1 Coins, in the order of the outputs. */
  load(order: LoadOrder): Promise<Result<readonly Uint8Array[]>>;
  /**
   * An operator takes an upload as it will be sent to {@link settle}, before the registry is asked: a COSE_Sign1
   * IntakeNote over the sealed bytes, by which the Claims in it are in time (SET-7). Absent where the registry
   * itself is reached.
   */
  intake?(sealed: Uint8Array): Promise<Result<Uint8Array>>;
  /**
   * An UPLOAD sealed to the registry key (info {@link UPLOAD_INFO}) → an encoded ANSWER. `note` is the IntakeNote
   * under which an operator took these bytes; one that does not hold changes nothing and is refused in the answer.
   */
  settle(sealed: Uint8Array, note?: Uint8Array): Promise<Result<Uint8Array>>;
  /** What an account holds, and what is pending to it. */
  account(
    operator: number,
    handle: Handle,
  ): Promise<Result<{ readonly balance: Fen; readonly pending: Fen }>>;
}
