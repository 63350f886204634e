/**
 * A seeded history of several coins: payments with change and several inputs, refused payments, money passed
 * on, claims. Dishonest markets sign over money that is gone already, and use what their own Verdict voided.
 */
import {
  claimOf,
  cut,
  type Entries,
  type Holding,
  type Party,
  type Payment,
  pay,
  returnOf,
} from './money.ts';
import type { Random } from './random.ts';

interface Owned {
  readonly party: Party;
  readonly holding: Holding;
}

export interface Market {
  /** One per device and message, in the order in which they were made. */
  readonly uploads: readonly Entries[];
  /** To be sent when the voided Spends are known. */
  readonly returns: readonly Entries[];
  /** Honest: what each party still holds and what it claimed or gets back. */
  readonly held: ReadonlyMap<Party, number>;
  readonly claimed: ReadonlyMap<Party, number>;
}

export interface MarketOptions {
  readonly random: Random;
  readonly parties: readonly Party[];
  readonly coins: readonly Owned[];
  readonly steps: number;
  /** Chance of each step to use money that is gone. */
  readonly cheating?: number;
}

export function makeMarket({ random, parties, coins, steps, cheating = 0 }: MarketOptions): Market {
  const uploads: Entries[] = [];
  const returns: Entries[] = [];
  const claimed = new Map<Party, number>();
  let owned: readonly Owned[] = coins;
  const ever: Owned[] = [...coins];
  const gain = (party: Party, amount: number): unknown =>
    claimed.set(party, (claimed.get(party) ?? 0) + amount);
  const use = ({ party, holding }: Owned, part: Holding): void => {
    owned = owned.flatMap((one) => {
      if (one.holding !== holding) return [one];
      const left = [cut(holding, holding.from, part.from), cut(holding, part.to, holding.to)];
      return left.filter(({ from, to }) => from < to).map((rest) => ({ party, holding: rest }));
    });
  };
  const partOf = (holding: Holding): Holding => {
    if (random.chance(0.4)) return holding;
    const from = holding.from + random.below(holding.to - holding.from);
    return cut(holding, from, from + 1 + random.below(holding.to - from));
  };
  for (let step = 0; step < steps && owned.length > 0; step++) {
    const first = random.pick(random.chance(cheating) ? ever : owned);
    // Several inputs of one key, one for each parent, over nothing twice.
    const mates = owned.filter(
      ({ holding }) => holding.key === first.holding.key && apart(holding, first.holding),
    );
    const chosen = random.chance(0.4) && mates.length > 0 ? [first, random.pick(mates)] : [first];
    const parts = chosen.map(({ holding }) => partOf(holding));
    for (const [i, one] of chosen.entries()) use(one, parts[i] ?? one.holding);
    const { party } = first;
    const amount = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    if (random.chance(0.25)) {
      const answered = parts.flatMap(({ way }) => way.slice(-1));
      uploads.push({ answered, claims: [claimOf(parts, party)] });
      gain(party, amount);
      continue;
    }
    const payee = random.pick(parties.filter((one) => one !== party));
    const accepted = random.chance(0.85);
    const payment = pay(parts, payee, { accepted });
    uploads.push({ payments: [payment] }, { answered: [payment] });
    const received = payment.received.map((holding) => ({ party: payee, holding }));
    if (accepted) owned = [...owned, ...received];
    if (!accepted) returns.push({ returns: [returnOf([payment], party)], answered: [payment] });
    if (!accepted) gain(party, amount);
    ever.push(...received);
  }
  const held = new Map<Party, number>();
  for (const { party, holding } of owned) held.set(party, (held.get(party) ?? 0) + holding.to - holding.from);
  return { uploads, returns, held, claimed };
}

const apart = (a: Holding, b: Holding): boolean =>
  a.parent !== b.parent && (a.coin !== b.coin || a.to <= b.from || b.to <= a.from);

/** The payments of an upload in the order in which the registry reads them. */
export const paymentsOf = ({ payments = [], answered = [] }: Entries): readonly Payment[] => [
  ...new Set([...payments, ...answered]),
];
