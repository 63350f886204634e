/** A replay for a person: what was paid, what was refused and why, and whether the books are right. */
import type { Outcome } from '../outcome.ts';
import { table } from '../text/format.ts';
import { isClean, type ReplayResult } from './result.ts';

const count = (value: number): string => value.toLocaleString('en-US');

export function describeReplay(result: ReplayResult): Outcome {
  return { json: jsonOf(result), lines: linesOf(result), exit: isClean(result) ? 0 : 4 };
}

/** The result as JSON values. */
export const jsonOf = (result: ReplayResult): Outcome['json'] => ({
  transfers: result.transfers,
  paid: result.paid,
  refused: result.refused,
  loads: result.loads,
  syncs: result.syncs,
  hops: result.hops,
  offerBytes: Object.fromEntries(
    Object.entries(result.offerBytes).map(([depth, { p50, max }]) => [depth, { p50, max }]),
  ),
  doubleSpends: { ...result.doubleSpends },
  unpaidHonestPayees: result.unpaidHonestPayees,
  audit: { ...result.audit },
  balancesFen: result.balancesFen,
  seconds: result.seconds,
});

function linesOf(result: ReplayResult): string[] {
  const { doubleSpends, audit, seconds } = result;
  const refused = Object.entries(result.refused);
  const total = Object.values(seconds).reduce((sum, spent) => sum + spent, 0);
  return [
    ...table(
      [
        ['Transfers', count(result.transfers)],
        ['Paid offline', count(result.paid)],
        ...refused.map(([code, times]) => [`Refused: ${code}`, count(times)]),
        ['Loads', count(result.loads)],
        ['Syncs', count(result.syncs)],
      ],
      ['left', 'right'],
    ),
    '',
    ...hopLines(result),
    '',
    ...(doubleSpends.planted === 0 && doubleSpends.honestNamed === 0
      ? []
      : [
          `Double spends: ${doubleSpends.planted} planted, ${doubleSpends.proven} proven; ` +
            `named: culprits ${doubleSpends.culpritsNamed}, honest keys ${doubleSpends.honestNamed}`,
        ]),
    result.unpaidHonestPayees === 0
      ? 'Every honest payee was paid.'
      : `NOT PAID: ${count(result.unpaidHonestPayees)} honest payees.`,
    audit.balanced && audit.differenceFen === 0
      ? 'The books balance to the fen.'
      : `THE BOOKS DO NOT BALANCE: ${audit.differenceFen} fen.`,
    `Final balances: ${result.balancesFen}`,
    `${total.toFixed(1)} s (${Object.entries(seconds)
      .map(([phase, spent]) => `${phase} ${spent.toFixed(1)}`)
      .join(', ')})`,
  ];
}

/** Payments and offers by depth, with a bar for each. */
export function hopLines({ hops, offerBytes }: Pick<ReplayResult, 'hops' | 'offerBytes'>): string[] {
  const most = Math.max(1, ...Object.values(hops));
  const rows = Object.entries(hops).map(([depth, payments]) => {
    const { p50, max } = offerBytes[depth] ?? { p50: 0, max: 0 };
    const bar = '#'.repeat(Math.max(1, Math.round((payments / most) * BAR_CHARACTERS)));
    return [depth, count(payments), count(p50), count(max), bar];
  });
  return table(
    [['Hop', 'Payments', 'Bytes, median', 'Bytes, most', ''], ...rows],
    ['right', 'right', 'right', 'right', 'left'],
  );
}

const BAR_CHARACTERS = 30;
