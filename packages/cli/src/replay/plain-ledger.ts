/**
 * A plain account ledger: one number per node. A transfer succeeds exactly when payer and payee differ, the funds
 * suffice, and no ceiling of the policy is passed. First balances and cheats are drawn by it; what a replay
 * reports never is.
 */
import { add, type Fen, MAX_FEN, subtract, ZERO } from '@duet/protocol/money';
import { accept, type Result } from '@duet/protocol/rejection';
import { type Transfer, totalTooLarge } from './transfers.ts';

export interface PlainOutcome {
  /** By transfer. */
  readonly paid: readonly boolean[];
  /** By node. */
  readonly balances: readonly Fen[];
}

/** What a policy refuses for good. */
export interface Ceilings {
  /** Of one payment. */
  readonly payment?: number;
  /** Of what one node may hold once it is paid. */
  readonly balance?: number;
}

const NO_CEILING = Number.POSITIVE_INFINITY;

/** Plays the transfers in their order. */
export function playPlain(
  transfers: readonly Transfer[],
  initial: readonly Fen[],
  { payment = NO_CEILING, balance = NO_CEILING }: Ceilings = {},
): PlainOutcome {
  const balances = [...initial];
  const paid = transfers.map(({ payer, payee, amount }) => {
    const funds = balances[payer] ?? ZERO;
    const after = (balances[payee] ?? ZERO) + amount;
    if (payer === payee || funds < amount || amount > payment || after > balance) return false;
    balances[payer] = subtract(funds, amount);
    balances[payee] = add(balances[payee] ?? ZERO, amount);
    return true;
  });
  return { paid, balances };
}

/** The smallest first balances with which every transfer between two nodes goes through. */
export function smallestInitial(transfers: readonly Transfer[], nodes: number): Result<Fen[]> {
  const initial = Array.from({ length: nodes }, () => ZERO);
  const held = Array.from({ length: nodes }, () => ZERO);
  let total = ZERO;
  for (const { payer, payee, amount } of transfers) {
    if (payer === payee) continue;
    const funds = held[payer] ?? ZERO;
    if (funds < amount) {
      const missing = subtract(amount, funds);
      if (missing > MAX_FEN - total) return totalTooLarge();
      total = add(total, missing);
      initial[payer] = add(initial[payer] ?? ZERO, missing);
      held[payer] = ZERO;
    } else {
      held[payer] = subtract(funds, amount);
    }
    held[payee] = add(held[payee] ?? ZERO, amount);
  }
  return accept(initial);
}
