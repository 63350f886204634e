/** A replay for a person: what was paid, what was refused and why, and whether the books are right. */
import type { Outcome } from '../outcome.ts';
import { whatOf } from '../text/advice.ts';
import { count, table, yuan } from '../text/format.ts';
import { type Language, pick, say } from '../text/messages.ts';
import { PHASE_NAMES } from '../text/reports.ts';
import { isClean, type ReplayResult } from './result.ts';

export function describeReplay(result: ReplayResult, language: Language): Outcome {
  return { json: jsonOf(result), lines: linesOf(result, language), exit: isClean(result) ? 0 : 4 };
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

function linesOf(result: ReplayResult, language: Language): string[] {
  const { doubleSpends, audit, seconds } = result;
  const total = Object.values(seconds).reduce((sum, spent) => sum + spent, 0);
  const { planted, proven, culpritsNamed: culprits, honestNamed: honest } = doubleSpends;
  return [
    ...table(
      [
        [say(language, 'transfers'), count(result.transfers)],
        [say(language, 'paidOffline'), count(result.paid)],
        ...refusedRows(result, language),
        [say(language, 'loads'), count(result.loads)],
        [say(language, 'syncs'), count(result.syncs)],
      ],
      ['left', 'right', 'left'],
    ),
    '',
    ...hopLines(result, language),
    '',
    ...(planted === 0 && honest === 0
      ? []
      : [say(language, 'doubleSpends', { planted, proven, culprits, honest })]),
    ...paidLines(result, language),
    audit.balanced && audit.differenceFen === 0
      ? say(language, 'booksBalance')
      : say(language, 'booksDiffer', { amount: yuan(audit.differenceFen) }),
    say(language, 'finalBalances', { file: result.balancesFen }),
    say(language, 'spent', {
      total: total.toFixed(1),
      phases: Object.entries(seconds)
        .map(
          ([phase, spent]) => `${pick(language, PHASE_NAMES[phase] ?? [phase, phase])} ${spent.toFixed(1)}`,
        )
        .join(', '),
    }),
  ];
}

/** Where nothing was paid, nobody was paid either. */
function paidLines({ paid, unpaidHonestPayees: unpaid }: ReplayResult, language: Language): string[] {
  if (unpaid > 0) return [say(language, 'notPaid', { count: count(unpaid) })];
  return paid > 0 ? [say(language, 'allPaid')] : [];
}

/** What was refused: code, how often, and what the code means. */
export const refusedRows = ({ refused }: Pick<ReplayResult, 'refused'>, language: Language): string[][] =>
  Object.entries(refused).map(([code, times]) => {
    const what = whatOf(code);
    return [say(language, 'refusedBy', { code }), count(times), what ? pick(language, what) : ''];
  });

/** Payments and offers by depth, with a bar for each; a sentence where there are none. */
export function hopLines(
  { hops, offerBytes }: Pick<ReplayResult, 'hops' | 'offerBytes'>,
  language: Language,
): string[] {
  if (Object.keys(hops).length === 0) return [say(language, 'nothingPaid')];
  const most = Math.max(...Object.values(hops));
  const rows = Object.entries(hops).map(([depth, payments]) => {
    const { p50, max } = offerBytes[depth] ?? { p50: 0, max: 0 };
    const bar = '#'.repeat(Math.max(1, Math.round((payments / most) * BAR_CHARACTERS)));
    return [depth, count(payments), count(p50), count(max), bar];
  });
  const heads = (['headHop', 'headPayments', 'headMedian', 'headMost'] as const).map((key) =>
    say(language, key),
  );
  return table([[...heads, ''], ...rows], ['right', 'right', 'right', 'right', 'left']);
}

const BAR_CHARACTERS = 30;
