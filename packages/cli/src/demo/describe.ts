/** The market day for a person: what was paid, how far money travelled, who cheated and who was made good. */
import type { FraudCase } from '@duet/ledger/engine/reports';
import type { Outcome } from '../outcome.ts';
import { isClean } from '../replay/result.ts';
import { hopLines, jsonOf, refusedRows } from '../replay/summary.ts';
import { count, printable, shortId, table, yuan } from '../text/format.ts';
import { type Language, type MessageKey, PAYMENT_STATES, say, type Values } from '../text/messages.ts';
import { box } from './boxes.ts';
import { overlapOf } from './proof-said.ts';
import type { Cheat, Story } from './story.ts';

/** Columns inside every box: with its frame, a terminal of 80. */
const WIDTH = 76;
const FRAME = 4;

type Say = (key: MessageKey, values?: Values) => string;

/** A terminal too narrow for the boxes gets their lines without frames. */
export function describeDay(story: Story, language: Language, columns: number): Outcome {
  const tell: Say = (key, values) => say(language, key, values);
  const boxOf = (title: MessageKey, lines: readonly string[]): string[] =>
    columns >= WIDTH + FRAME ? box(tell(title), lines, WIDTH) : [tell(title), ...lines, ''];
  const { seed, result } = story;
  return {
    json: jsonOf(result),
    lines: [
      '',
      ...boxOf('dayTitle', opening(story, tell)),
      ...boxOf('dayPayments', payments(story, language, tell)),
      ...boxOf('dayHops', hopLines(result, language)),
      ...boxOf('dayMishaps', mishaps(story, tell)),
      ...boxOf('dayCheats', cheating(story, tell)),
      ...boxOf('dayBooks', books(story, tell)),
      ...boxOf('dayVerdict', [verdict(story, tell)]),
      '',
      tell('daySeed', {
        seed: printable(seed),
        seconds: totalSeconds(story),
        next: nextSeed(printable(seed)),
      }),
      tell('dayBalances', { file: result.balancesFen }),
    ],
    exit: isClean(result) ? 0 : 4,
  };
}

const nameOf = ({ names }: Story, device: number): string => names[device] ?? String(device);

function opening({ people, tills, operators, loadedFen, result }: Story, tell: Say): string[] {
  const banks = operators.map(({ name }) => name).reduce((first, second) => tell('and', { first, second }));
  return [
    tell('dayPeople', { people, tills, operators: banks }),
    tell('dayLoads', { amount: yuan(loadedFen), loads: count(result.loads) }),
  ];
}

function payments({ paidFen, refunds, result }: Story, language: Language, tell: Say): string[] {
  const money = (amount: number): string => tell('yuanText', { amount: yuan(amount) });
  return table(
    [
      [tell('tried'), count(result.transfers), ''],
      [tell('paid'), count(result.paid), money(paidFen)],
      [tell('ofTheseRefunds'), count(refunds.count), money(refunds.amountFen)],
      ...refusedRows(result, language),
    ],
    ['left', 'right', 'left'],
  );
}

function mishaps(story: Story, tell: Say): string[] {
  const { interrupted, lost } = story;
  const lines: string[] = [];
  if (interrupted) {
    const { payerSawFirst, payerSawLast, payeeSays } = interrupted;
    lines.push(
      tell('phoneDied', {
        payer: nameOf(story, interrupted.payer),
        payee: nameOf(story, interrupted.payee),
        amount: yuan(interrupted.amountFen),
      }),
      tell(payerSawLast === payeeSays ? 'bothSay' : 'sayDifferently', {
        first: PAYMENT_STATES[payerSawFirst],
        last: PAYMENT_STATES[payerSawLast],
        till: PAYMENT_STATES[payeeSays],
      }),
    );
  }
  if (lost) {
    lines.push(
      tell('phoneLost', { owner: nameOf(story, lost.device), amount: yuan(lost.heldFen) }),
      tell('phoneBack', { days: lost.days, amount: yuan(lost.backFen) }),
    );
  }
  return lines;
}

function cheating(story: Story, tell: Say): string[] {
  if (story.cheats.length === 0) return [tell('nobody')];
  return story.cheats.flatMap((cheat) => oneCheat(story, cheat, tell));
}

function oneCheat(story: Story, cheat: Cheat, tell: Say): string[] {
  const { culprit, first, second, amountFen } = cheat;
  const found = caseOf(story, culprit);
  return [
    tell('cheatPaid', { culprit: nameOf(story, culprit), amount: yuan(amountFen) }),
    tell('cheatTo', { first: nameOf(story, first), second: nameOf(story, second) }),
    ...(found ? [...proofLines(found, tell), ...madeGoodLines(found, tell)] : [tell('cheatNoProof')]),
  ];
}

function proofLines(found: FraudCase, tell: Say): string[] {
  const overlap = overlapOf(found);
  const named = shortId(found.caseId);
  if (!overlap) return [tell('cheatProofOther', { case: named })];
  return [
    tell('cheatProof', { case: named }),
    tell('cheatPart', { from: yuan(overlap.from), to: yuan(overlap.to) }),
    tell('cheatBytes', { bytes: count(overlap.bytes) }),
  ];
}

function madeGoodLines({ paidFen, receivableFen }: FraudCase, tell: Say): string[] {
  return [
    tell('fundPaid', { amount: yuan(paidFen) }),
    tell(receivableFen === 0 ? 'gaveAllBack' : 'gaveSomeBack', {
      recovered: yuan(paidFen - receivableFen),
      owed: yuan(receivableFen),
    }),
  ];
}

const caseOf = ({ accounts, closed }: Story, device: number): FraudCase | undefined =>
  closed.cases.find(({ operator, handle }) => `${operator}:${handle}` === accounts[device]);

/** Everything that there is at three times of the day: the last line must not change. */
function books({ operators, loadedFen, evening, closed, result }: Story, tell: Say): string[] {
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  const people = [loadedFen, sum(evening.balances), sum(closed.balances)];
  const funds = operators.map(({ id, fundFen }) => [
    fundFen,
    evening.funds.get(id) ?? 0,
    closed.funds.get(id) ?? 0,
  ]);
  const together = people.map((amount, time) => amount + sum(funds.map((fund) => fund[time] ?? 0)));
  const amounts = (row: readonly number[]): string[] => row.map((amount) => yuan(amount));
  return [
    ...table(
      [
        [tell('yuanHead'), tell('morning'), tell('evening'), tell('afterClose')],
        [tell('peopleAndTills'), ...amounts(people)],
        ...operators.map(({ name }, place) => [
          tell('fundOf', { operator: name }),
          ...amounts(funds[place] ?? []),
        ]),
        [tell('together'), ...amounts(together)],
        [tell('missing'), '', yuan(evening.differenceFen), yuan(closed.differenceFen)],
      ],
      ['left', 'right', 'right', 'right'],
    ),
    '',
    tell(result.audit.balanced ? 'dayAudited' : 'dayNotBalanced'),
  ];
}

function verdict({ result, cheats }: Story, tell: Say): string {
  const { doubleSpends, unpaidHonestPayees: unpaid, audit } = result;
  const { proven, planted, honestNamed: honest } = doubleSpends;
  if (isClean(result)) return tell('dayRight', { proven, planted: cheats.length });
  return tell('dayWrong', { amount: yuan(audit.differenceFen), proven, planted, honest, unpaid });
}

const totalSeconds = ({ result }: Story): string =>
  Object.values(result.seconds)
    .reduce((sum, spent) => sum + spent, 0)
    .toFixed(1);

const nextSeed = (seed: string): string => (/^\d{1,9}$/.test(seed) ? String(Number(seed) + 1) : `${seed}2`);
