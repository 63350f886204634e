/**
 * Money that waits for the close of its coin (LIMIT-2, SET-7): what keys hold that a newer copy of this journal
 * may have used. They are retired: nothing is signed with them ever again, so no two messages of theirs can
 * contradict each other. What the registry's walk finds to be theirs at the close (claimBy + grace) goes to the
 * account; what is kept here is the most that it can be.
 */
import { type Instant, plusSeconds, SECONDS_PER_DAY, startOfDay } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import { add, ZERO } from '@duet/protocol/money';
import type { Coin } from '@duet/protocol/objects/coin';
import { archivedOf, archiveOutgoing, setArchived } from './archive.ts';
import { endsWith, packId } from './chains.ts';
import { lengthOf, totalLength } from './ranges.ts';
import {
  type CoinPart,
  isRetired,
  type OutgoingPayment,
  type OutgoingSpend,
  type SecureElementState,
  voidSpends,
} from './state.ts';

/** When a coin closes; `undefined` while its policy is not known. */
export function closeOf({ trust }: Readonly<SecureElementState>, { body }: Coin): Instant | undefined {
  const grace = trust?.view.policy(body.policy)?.graceDays;
  return grace === undefined ? undefined : plusSeconds(startOfDay(body.claimBy), grace * SECONDS_PER_DAY);
}

/** Leaves money to the close of its coin. */
export function leaveToClose(state: SecureElementState, { coin, amount }: CoinPart): void {
  if (amount === ZERO) return;
  const name = idText(coin.id);
  const known = state.waiting.get(name)?.amount ?? ZERO;
  state.waiting.set(name, { coin, amount: add(known, amount) });
}

/** Retires every key that is here; what they hold, reserved or may get back waits for the close. */
export function retireKeys(state: SecureElementState): void {
  for (const key of state.keys.values()) key.retired = true;
  state.payeeKey = undefined;
  state.requests.clear();
  const received = new Set<string>();
  for (const { coin, parent, free } of state.holdings.values()) {
    leaveToClose(state, { coin, amount: totalLength(free) });
    if (parent.index !== undefined) received.add(idText(parent.id));
  }
  state.holdings.clear();
  for (const payment of state.incoming.values()) payment.waiting = true;
  for (const id of state.archive.keys()) {
    const archived = archivedOf(state, id);
    if (archived?.direction === 'in' && archived.spends.some((spend) => received.has(idText(spend))))
      setArchived(state, id, { ...archived, waiting: true });
  }
  for (const id of [...state.unsettled]) {
    const payment = state.outgoing.get(id);
    if (!payment) continue;
    leaveReserved(state, payment);
    leaveVoid(state, payment);
    if (payment.machine.kind !== 'answered') continue;
    if (voidSpends(payment).length === 0) state.unsettled.delete(id);
    archiveOutgoing(state, id);
  }
}

/** A newer copy may have signed what was only recorded here: it is neither signed nor given back. */
function leaveReserved(state: SecureElementState, payment: OutgoingPayment): void {
  if (payment.machine.kind !== 'recorded') return;
  for (const { ranges } of payment.spends)
    for (const { holding, range } of ranges)
      leaveToClose(state, { coin: holding.coin, amount: lengthOf(range) });
  payment.spends = payment.spends.map((spend) => ({ ...spend, ranges: [] }));
  payment.waiting = true;
}

/** Void Spends of retired keys are named by no Return: their close gives them back. */
export function leaveVoid(state: SecureElementState, payment: OutgoingPayment): void {
  const left = new Set<OutgoingSpend>(voidSpends(payment).filter((spend) => isRetired(state, spend.owner)));
  if (left.size === 0) return;
  for (const spend of left) for (const part of partsOfSpend(state, spend)) leaveToClose(state, part);
  payment.spends = payment.spends.map((spend) => (left.has(spend) ? { ...spend, returned: true } : spend));
  payment.waiting = true;
}

/** From which coins a Spend of this device was, as long as its chains are kept. */
export function partsOfSpend(
  state: Readonly<SecureElementState>,
  { id }: Pick<OutgoingSpend, 'id'>,
): readonly CoinPart[] {
  const parts: CoinPart[] = [];
  const packed = packId(id);
  for (const { coin, chains } of state.history.values())
    for (const chain of chains) if (endsWith(chain, packed)) parts.push({ coin, amount: lengthOf(chain) });
  return parts;
}
