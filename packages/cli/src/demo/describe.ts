/** The market day for a person: what was paid, how far money travelled, who cheated and who was made good. */
import type { FraudCase } from '@duet/ledger/engine/reports';
import type { Outcome } from '../outcome.ts';
import { isClean } from '../replay/result.ts';
import { hopLines, jsonOf } from '../replay/summary.ts';
import { shortId, table, yuan } from '../text/format.ts';
import { box } from './boxes.ts';
import { overlapOf } from './proof-said.ts';
import type { Cheat, Story } from './story.ts';

/** Columns inside every box: with its frame, a terminal of 80. */
const WIDTH = 76;

export const describeDay = (story: Story): Outcome => ({
  json: jsonOf(story.result),
  lines: [
    '',
    ...box('A market day without a network', opening(story), WIDTH),
    ...box('Payments', payments(story), WIDTH),
    ...box('How far the money travelled before it met the network', hopLines(story.result), WIDTH),
    ...box('What went wrong, and how it ended', mishaps(story), WIDTH),
    ...box('Who cheated', cheating(story), WIDTH),
    ...box('The books', books(story), WIDTH),
    ...box('In one sentence', [verdict(story)], WIDTH),
    '',
    `Seed ${story.seed}, ${totalSeconds(story)} s. Another day: npm start -- --seed ${nextSeed(story.seed)}`,
    `Every final balance: ${story.result.balancesFen}`,
  ],
  exit: isClean(story.result) ? 0 : 4,
});

const count = (value: number): string => value.toLocaleString('en-US');
const money = (amount: number): string => `${yuan(amount)} yuan`;
const nameOf = ({ names }: Story, device: number): string => names[device] ?? `device ${device}`;

function opening({ people, tills, operators, loadedFen, result }: Story): string[] {
  return [
    `${people} people and ${tills} tills, customers of ${operators.map(({ name }) => name).join(' and ')}.`,
    `In the morning they load ${money(loadedFen)} (${count(result.loads)} loads). Then all are offline.`,
  ];
}

function payments({ paidFen, refunds, result }: Story): string[] {
  const refused = Object.entries(result.refused).map(([code, times]) => [
    `refused: ${code}`,
    count(times),
    REASONS[code] ?? '',
  ]);
  return table(
    [
      ['tried', count(result.transfers), ''],
      ['paid', count(result.paid), money(paidFen)],
      ['of these refunds', count(refunds.count), money(refunds.amountFen)],
      ...refused,
    ],
    ['left', 'right', 'left'],
  );
}

const REASONS: Readonly<Record<string, string>> = {
  'count-limit': 'ten payments, then the device must sync',
  'amount-above-limit': 'above what a device pays between two syncs',
  'insufficient-funds': 'not enough money left',
  'paying-oneself': 'payer and payee are one',
  'not-refundable': 'the till had passed the money on',
  'too-many-hops': 'the money passed through too many hands',
  'too-fragmented': 'too many small pieces',
};

const STATES: Readonly<Record<string, string>> = {
  'not-yet-known': 'not yet known',
  'recorded-not-yet-known': 'recorded, not yet known',
  'not-paid': 'not paid',
};

const said = (state: string): string => `"${STATES[state] ?? state}"`;

function mishaps(story: Story): string[] {
  const { interrupted, lost } = story;
  const lines: string[] = [];
  if (interrupted) {
    const { payer, payee, amountFen, payerSawFirst, payerSawLast, payeeSays } = interrupted;
    const inTheEnd =
      payerSawLast === payeeSays
        ? `both say ${said(payeeSays)}`
        : `it says ${said(payerSawLast)}, the till ${said(payeeSays)}`;
    lines.push(
      `${nameOf(story, payer)}'s phone died while paying ${money(amountFen)} to ${nameOf(story, payee)}.`,
      `  It said ${said(payerSawFirst)}; after the evening's sync ${inTheEnd}.`,
    );
  }
  if (lost) {
    const { device, heldFen, backFen, days } = lost;
    lines.push(
      `${nameOf(story, device)} lost a phone with ${money(heldFen)} on it.`,
      `  ${days} days later the coins closed: ${money(backFen)} are back in the account.`,
    );
  }
  return lines;
}

function cheating(story: Story): string[] {
  if (story.cheats.length === 0) return ['Nobody.'];
  return story.cheats.flatMap((cheat) => oneCheat(story, cheat));
}

function oneCheat(story: Story, cheat: Cheat): string[] {
  const { culprit, first, second, amountFen } = cheat;
  const lines = [
    `${nameOf(story, culprit)} copied a phone and paid ${money(amountFen)} twice:`,
    `  to ${nameOf(story, first)}, and with the same money to ${nameOf(story, second)}.`,
  ];
  const found = caseOf(story, culprit);
  if (!found) return [...lines, '  NO PROOF WAS FOUND.'];
  return [...lines, ...proofLines(found), ...madeGoodLines(found)];
}

function proofLines(found: FraudCase): string[] {
  const overlap = overlapOf(found);
  const what = overlap
    ? `one key signed fen ${count(overlap.from)} to ${count(overlap.to)} of one coin to both`
    : 'one key contradicted itself';
  return [
    `  Proof ${shortId(found.caseId)}: ${what}.`,
    ...(overlap ? [`  Its ${count(overlap.bytes)} bytes convince anybody who has the trust bundle.`] : []),
  ];
}

function madeGoodLines({ paidFen, receivableFen }: FraudCase): string[] {
  const recovered = paidFen - receivableFen;
  return [
    `  The fund paid ${money(paidFen)}: both payees have their money.`,
    receivableFen === 0
      ? `  The culprit's account gave all of it back.`
      : `  The culprit's account gave ${money(recovered)} back and still owes ${money(receivableFen)}.`,
  ];
}

const caseOf = ({ accounts, closed }: Story, device: number): FraudCase | undefined =>
  closed.cases.find(({ operator, handle }) => `${operator}:${handle}` === accounts[device]);

/** Everything that there is at three times of the day: the last line must not change. */
function books({ operators, loadedFen, evening, closed, result }: Story): string[] {
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  const people = [loadedFen, sum(evening.balances), sum(closed.balances)];
  const funds = operators.map(({ id, fundFen }) => [
    fundFen,
    evening.funds.get(id) ?? 0,
    closed.funds.get(id) ?? 0,
  ]);
  const together = people.map((amount, time) => amount + sum(funds.map((fund) => fund[time] ?? 0)));
  return [
    ...table(
      [
        ['yuan', 'morning', 'evening', 'after the close'],
        ['people and tills', ...people.map((amount) => yuan(amount))],
        ...operators.map(({ name }, place) => [
          `guarantee fund of ${name}`,
          ...(funds[place] ?? []).map((amount) => yuan(amount)),
        ]),
        ['together', ...together.map((amount) => yuan(amount))],
        [
          'found missing by the audit',
          '',
          differenceText(evening.differenceFen),
          differenceText(closed.differenceFen),
        ],
      ],
      ['left', 'right', 'right', 'right'],
    ),
    '',
    `Audit of every balance and every coin: ${result.audit.balanced ? 'balanced' : 'NOT BALANCED'}.`,
  ];
}

const differenceText = (differenceFen: number): string => `${count(differenceFen)} fen`;

function verdict({ result, cheats }: Story): string {
  const { doubleSpends, unpaidHonestPayees, audit } = result;
  if (!isClean(result)) {
    return `NOT RIGHT: difference ${audit.differenceFen} fen, ${doubleSpends.proven} of ${doubleSpends.planted} proven, ${doubleSpends.honestNamed} honest named, ${unpaidHonestPayees} unpaid.`;
  }
  return `${doubleSpends.proven} of ${cheats.length} cheats proven, nobody else named, all paid, not a fen missing.`;
}

const totalSeconds = ({ result }: Story): string =>
  Object.values(result.seconds)
    .reduce((sum, spent) => sum + spent, 0)
    .toFixed(1);

const nextSeed = (seed: string): string => (/^\d{1,9}$/.test(seed) ? String(Number(seed) + 1) : `${seed}2`);
