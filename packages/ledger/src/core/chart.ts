/**
 * The chart of accounts (SET-12). Credits are positive, debits negative; every posting set sums to 0.
 *
 * Money: supply (negative: what the issuer made) against reserve, outstanding, account, clearing, fund, loss,
 * holding, tickets. Memo: receivable (negative) and owed against recovery; they sum to 0 among themselves.
 */
import { toHex } from '@duet/protocol/bytes';
import type { Handle } from '@duet/protocol/objects/fields';

export const SUPPLY = 'supply';
export const HOLDING = 'holding';
/** Contra of what the issuer owes above its loss cap. */
export const LOSS_DUE = 'recovery:issuer';

export const reserveOf = (operator: number): string => `reserve:${operator}`;
export const outstandingOf = (operator: number): string => `outstanding:${operator}`;
export const fundOf = (operator: number): string => `fund:${operator}`;
export const recoveryOf = (operator: number): string => `recovery:${operator}`;
/** What the issuer pays for coins of one key epoch that it never made (SET-1). */
export const lossOf = (issuerKey: number): string => `loss:${issuerKey}`;
export const accountOf = (operator: number, handle: Handle | Uint8Array): string =>
  `account:${operator}:${toHex(handle)}`;
export const owedTo = (account: string): string => `owed:${account}`;
export const receivableFrom = (operator: number, handle: Uint8Array | undefined): string =>
  `receivable:${operator}:${handle ? toHex(handle) : ''}`;
/** What an account, or a reserve, owes for a claim after the close: a memo of its own, no fund stands behind it. */
export const lateDebtOf = (account: string): string => `receivable:late:${account}`;
export const CLEARING = 'clearing';
/** Money of a refresh or return between its inputs and its new coins. */
export const clearingOf = (order: Uint8Array): string => `${CLEARING}:${toHex(order)}`;
export const ticketOf = (ticket: Uint8Array): string => `ticket:${toHex(ticket)}`;

/** The kinds of accounts in the money part of the chart, without supply. */
export const MONEY_KINDS = [
  'reserve',
  'outstanding',
  'account',
  'clearing',
  'fund',
  'loss',
  'holding',
  'ticket',
] as const;
export const MEMO_KINDS = ['receivable', 'owed', 'recovery'] as const;

export const kindOf = (account: string): string => account.split(':', 1)[0] ?? account;

/** Operator of a reserve; `undefined` for other accounts. */
export function reserveOwnerOf(account: string): number | undefined {
  const [kind, operator] = account.split(':');
  return kind === 'reserve' && operator !== undefined ? Number(operator) : undefined;
}

/** Operator of an account of the books; `undefined` for accounts of the issuer. */
export function operatorOf(account: string): number | undefined {
  const [kind, operator] = account.split(':');
  return kind === 'account' && operator !== undefined ? Number(operator) : undefined;
}
