/** What happened on a market day, as data: the summary is made of it. Devices are named by number. */

import type { PaymentState } from '@duet/wallet/views';
import type { ReplayResult } from '../replay/result.ts';
import type { Books } from '../replay/settlement.ts';

export interface Refunds {
  readonly count: number;
  readonly amountFen: number;
}

/** A payment that broke off between offer and answer. */
export interface Interrupted {
  readonly payer: number;
  readonly payee: number;
  readonly paymentId: string;
  readonly amountFen: number;
  /** What the payer's phone said right after. */
  readonly payerSawFirst: PaymentState;
}

/** A phone that never came back. */
export interface Lost {
  readonly device: number;
  readonly heldFen: number;
}

/** One clone: the same money to two payees. */
export interface Cheat {
  readonly culprit: number;
  readonly first: number;
  readonly second: number;
  readonly amountFen: number;
}

export interface Story {
  readonly seed: string;
  readonly people: number;
  readonly tills: number;
  readonly names: readonly string[];
  readonly operators: readonly { readonly id: number; readonly name: string; readonly fundFen: number }[];
  readonly loadedFen: number;
  readonly paidFen: number;
  readonly refunds: Refunds;
  readonly interrupted:
    | (Interrupted & { readonly payerSawLast: PaymentState; readonly payeeSays: PaymentState })
    | undefined;
  readonly lost: (Lost & { readonly backFen: number; readonly days: number }) | undefined;
  readonly cheats: readonly Cheat[];
  /** Accounts by `operator:handle`, to find the case of a device. */
  readonly accounts: readonly string[];
  readonly evening: Books;
  readonly closed: Books;
  readonly result: ReplayResult;
}
