/**
 * What a wallet claims and gets back in a sync: everything (a till), what is left of keys that should start
 * anew (SET-9), and the ranges that a Verdict voided (PAY-8).
 */
import { SECONDS_PER_DAY, startOfDay } from '@duet/protocol/brand';
import { compareBytes, idText, keyText } from '@duet/protocol/bytes';
import { MAX_CLAIM_INPUTS, MAX_INPUTS, MAX_RETURNED } from '@duet/protocol/limits';
import { sum } from '@duet/protocol/money';
import type { ReturnBody } from '@duet/protocol/objects/claim';
import { compareInputs, type Input } from '@duet/protocol/objects/spend';
import type { WalletContext } from './context.ts';
import { lengthOf } from './secure-element/ranges.ts';
import {
  type Holding,
  isConditional,
  isRetired,
  type OutgoingSpend,
  unsettledPayments,
  voidSpends,
} from './secure-element/state.ts';
import type { SyncOptions, SyncReport } from './sync.ts';

/** Coins above which a sync makes one of them: half of what an offer can carry (SET-9). */
const MAX_COINS = MAX_INPUTS / 2;

/** A key is refreshed when it used up this part of its payments, or of its coin's time. */
const WORN_PART = 0.5;
const OLD_PART = 0.25;

/** Money of one key, and of one coin where its condition binds it: what one Claim can take. */
interface Group {
  readonly holdings: Holding[];
  readonly conditional: boolean;
}

function groupsOf({ element }: WalletContext): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const holding of element.state.holdings.values()) {
    const conditional = isConditional(holding);
    const name = `${keyText(holding.owner)}${conditional ? idText(holding.coin.id) : ''}:${holding.coin.body.currency}`;
    const group = groups.get(name) ?? { holdings: [], conditional };
    group.holdings.push(holding);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** Signs the Claims of this sync; they go out with the next upload. */
export function prepareClaims(context: WalletContext, options: SyncOptions, report: SyncReport): void {
  const groups = groupsOf(context);
  const refresh = options.refresh ?? 'auto';
  const wanted = (group: Group): boolean =>
    refresh === 'all' || (refresh === 'auto' && group.holdings.some((holding) => isWorn(context, holding)));
  const free = groups.filter((group) => !group.conditional);
  const merging = options.claim !== 'all' && refresh !== 'none' && free.length > MAX_COINS;
  for (const group of groups) {
    const toAccount = !group.conditional && (options.claim === 'all' || merging);
    if (toAccount) claimGroup(context, group, 'account', report);
    else if (wanted(group)) claimGroup(context, group, 'coins', report);
  }
  report.merging = merging;
}

/** Whether new coins would serve better than what is held. */
function isWorn(context: WalletContext, { coin, owner, steps, free }: Holding): boolean {
  const { trust, keys } = context.element.state;
  const policy = trust?.view.policy(coin.body.policy);
  if (steps.length > 0 || free.length > 1 || !policy) return true;
  if (trust?.view.key(coin.body.issuerKey, 'issuer')?.withdrawn) return true;
  const seq = keys.get(keyText(owner))?.seq ?? 0;
  if (policy.maxPayments !== undefined && seq > 0 && seq >= policy.maxPayments * WORN_PART) return true;
  const days = coin.body.spendBy - coin.body.issuedAt;
  return context.clock() >= startOfDay(coin.body.spendBy) - days * OLD_PART * SECONDS_PER_DAY;
}

function claimGroup(
  context: WalletContext,
  { holdings }: Group,
  to: 'account' | 'coins',
  report: SyncReport,
): void {
  const { element, identity } = context;
  const inputs: Input[] = holdings
    .flatMap(({ parent, free }) => free.map((range) => ({ parent, from: range.from, to: range.to })))
    .sort(compareInputs);
  for (let i = 0; i < inputs.length; i += MAX_CLAIM_INPUTS / 2) {
    const part = inputs.slice(i, i + MAX_CLAIM_INPUTS / 2);
    const amount = sum(part.map(lengthOf));
    const destination =
      to === 'account'
        ? ({ kind: 'account', handle: identity.handle } as const)
        : ({ kind: 'coins', outputs: [{ owner: element.makeKey('coin'), amount }] } as const);
    const signed = element.signClaim({ inputs: part, operator: identity.operator, destination });
    if (!signed.ok) report.refused.push(signed.rejection);
  }
}

/** Signs Returns of what Verdicts voided: to the account for a till, conditional money always as new coins. */
export function prepareReturns(context: WalletContext, toAccount: boolean): void {
  const { element, identity } = context;
  const groups = new Map<string, OutgoingSpend[]>();
  for (const payment of unsettledPayments(element.state)) {
    for (const spend of voidSpends(payment)) {
      if (isRetired(element.state, spend.owner)) continue;
      const name = `${keyText(spend.owner)}${spend.conditional ? idText(spend.id) : ''}`;
      groups.set(name, [...(groups.get(name) ?? []), spend]);
    }
  }
  for (const spends of groups.values()) {
    for (let i = 0; i < spends.length; i += MAX_RETURNED) {
      const part = spends.slice(i, i + MAX_RETURNED);
      const amount = sum(part.map((spend) => spend.amount));
      const destination: ReturnBody['destination'] =
        toAccount && !part.some((spend) => spend.conditional)
          ? { kind: 'account', handle: identity.handle }
          : { kind: 'coins', outputs: [{ owner: element.makeKey('coin'), amount }] };
      const ids = part.map((spend) => spend.id).sort(compareBytes);
      const signed = element.signReturn({ spends: ids, operator: identity.operator, destination });
      if (!signed.ok)
        throw new Error(`wallet: a return of void spends was refused (${signed.rejection.code})`);
    }
  }
}
