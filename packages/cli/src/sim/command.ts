/** `duet sim`: worlds that are drawn from a seed, with everything that can go wrong. What it does is loaded when it runs. */

import { accept, type Result } from '@duet/protocol/rejection';
import type { Campaign, Watched } from '@duet/simulator/campaign';
import type { Group } from '@duet/simulator/coverage';
import type { Command } from 'commander';
import type { Context, Run } from '../context.ts';
import { type Outcome, UsageError } from '../outcome.ts';
import { examples } from '../text/examples.ts';
import { count, printable } from '../text/format.ts';
import { type Language, PAYMENT_STATES, pick, say } from '../text/messages.ts';
import { quoted } from '../text/typed.ts';
import { type NumberAsked, wholeNumber } from '../whole-number.ts';

interface SimFlags {
  readonly seed: string;
  readonly seeds: string;
  readonly steps: string;
  readonly only?: string;
}

const AFTER = `
Each world has people and tills with real wallets, and a registry on a database of its own. They pay each other
offline while messages are lost, late, doubled, changed or shown to others, power fails between durable steps,
clocks jump, the registry is down or its answers are lost, phones are lost and copied. Then the trouble ends,
everybody syncs, the coins close, and checkers look whether every fen is where a plain ledger says it must be,
every double spend is proved and nobody honest is named (docs/simulator.md).

The same seed gives the same world. A failure is made small, and the command that shows it again is printed.
Exit code 4: a checker failed.
${examples(
  ['duet sim', '20 worlds'],
  ['duet sim --seed mine --seeds 500', 'more, from a seed of your own'],
  ['duet sim --seeds 1 --steps 200 --json', 'one large world, everything it met'],
)}`;

const MAX_WORLDS = 1_000_000;
const MAX_STEPS = 100_000;
const MAX_EVENTS = 1_000_000;

export function registerSim(program: Command, run: Run): void {
  program
    .command('sim')
    .summary('play worlds full of faults and cheats, and check them')
    .description('Play worlds that are drawn from a seed, full of faults and cheats, and check every one')
    .option('--seed <seed>', 'what the first world is drawn from', '1')
    .option('--seeds <count>', 'so many worlds', '20')
    .option('--steps <count>', 'payments that each world tries', '60')
    .option('--only <numbers>', 'events that are to happen, separated by commas; the others are left out')
    .addHelpText('after', AFTER)
    .action((flags: SimFlags) => run((context) => simulate(flags, context)));
}

async function simulate(flags: SimFlags, context: Context): Promise<Result<Outcome>> {
  const seeds = wholeNumber(flags.seeds, asked('--seeds', 1, MAX_WORLDS));
  const steps = wholeNumber(flags.steps, asked('--steps', 1, MAX_STEPS));
  const only = flags.only?.split(',').map((text) => wholeNumber(text, asked('--only', 0, MAX_EVENTS)));
  const [{ playCampaign }, { drawPlan }] = await Promise.all([
    import('@duet/simulator/campaign'),
    import('@duet/simulator/plan'),
  ]);
  const drawn = new Set(drawPlan(flags.seed, steps).events.map(({ number }) => number));
  const strange = only?.find((number) => !drawn.has(number));
  if (strange !== undefined) throw new UsageError('noEvent', { given: strange });
  const { language } = context;
  const progress = context.progress(say(language, 'simStart'), true);
  try {
    const campaign = await playCampaign({
      seed: flags.seed,
      seeds,
      steps,
      ...(only ? { only, shrinks: false } : {}),
      watch: (watched) => progress.update(progressText(watched, seeds, language)),
    });
    return accept(outcomeOf(campaign, seeds, steps, language));
  } finally {
    progress.stop();
  }
}

function progressText({ phase, done, payments }: Watched, seeds: number, language: Language): string {
  return phase === 'play'
    ? say(language, 'simPlay', { done: count(done), total: count(seeds), payments: count(payments) })
    : say(language, 'simShrink', { events: count(done) });
}

const asked = (option: string, least: number, most: number): NumberAsked => ({
  option,
  least,
  most,
  help: 'duet sim --help',
});

function outcomeOf(campaign: Campaign, seeds: number, steps: number, language: Language): Outcome {
  const { worlds, payments, seconds, coverage, failure, hashes } = campaign;
  const command =
    failure &&
    commandOf(
      failure.plan.seed,
      steps,
      failure.plan.events.map(({ number }) => number),
    );
  const json = {
    worlds,
    payments,
    seconds: Math.round(seconds * 1_000) / 1_000,
    clean: failure === undefined,
    coverage: {
      codes: coverage.codes,
      faults: coverage.faults,
      attacks: coverage.attacks,
      payments: coverage.payments,
    },
    unmet: coverage.unmet(),
    hashes: Object.fromEntries(hashes),
    ...(failure && command
      ? {
          failure: {
            seed: failure.plan.seed,
            checker: failure.result.failure?.checker ?? '',
            what: failure.result.failure?.message ?? '',
            events: failure.plan.events.map(({ number }) => number),
            trace: failure.result.trace,
            command,
          },
        }
      : {}),
  };
  const lines =
    failure && command
      ? [...failureLines(campaign, failure, seeds, language), say(language, 'simAgain', { command })]
      : [
          say(language, 'simClean', {
            worlds: count(worlds),
            payments: count(payments),
            seconds: seconds.toFixed(1),
          }),
          ...coverageLines(campaign, language),
        ];
  return { json, lines, ...(failure ? { exit: 4 as const } : {}) };
}

const commandOf = (seed: string, steps: number, events: readonly number[]): string =>
  `npx duet sim --seed ${quoted(seed)} --seeds 1 --steps ${steps} --only ${events.join(',')}`;

function failureLines(
  { worlds }: Campaign,
  { plan, result, found }: NonNullable<Campaign['failure']>,
  seeds: number,
  language: Language,
): string[] {
  const checker = found.failure?.checker ?? '';
  return [
    say(language, 'simFailed', {
      seed: printable(plan.seed),
      checker,
      worlds: count(worlds),
      total: count(seeds),
    }),
    `  ${found.failure?.message ?? ''}`,
    '',
    say(language, 'simTrace', { events: count(plan.events.length), all: count(found.events) }),
    ...result.trace.map((line) => `  ${line}`),
    '',
  ];
}

const GROUPS: readonly Group[] = ['faults', 'attacks', 'payments', 'codes'];

function coverageLines({ coverage }: Campaign, language: Language): string[] {
  const unmet = coverage.unmet();
  const said = (group: Group, names: readonly string[]): string =>
    `  ${say(language, `simGroup${group}`)}: ${names.join(group === 'payments' ? '; ' : ', ')}`;
  const met = GROUPS.flatMap((group) => {
    const counted = Object.entries(coverage[group]).filter(([, times]) => times > 0);
    const names = counted.map(([name, times]) => `${nameOf(group, name, language)} ${count(times)}`);
    return names.length > 0 ? [said(group, names)] : [];
  });
  // Most codes are for what no world does; a machine is given them all.
  const missing = GROUPS.filter((group) => group !== 'codes' && unmet[group].length > 0).map((group) =>
    said(
      group,
      unmet[group].map((name) => nameOf(group, name, language)),
    ),
  );
  const codes = Object.keys(coverage.codes).length;
  return [
    `${say(language, 'simMet')}:`,
    ...met,
    `${say(language, 'simUnmet')}:`,
    ...missing,
    `  ${say(language, 'simUnmetCodes', { unmet: count(unmet.codes.length), codes: count(codes) })}`,
  ];
}

/** States of payments as people read them; everything else goes by its name in the documents. */
function nameOf(group: Group, name: string, language: Language): string {
  const state =
    group === 'payments' ? Object.entries(PAYMENT_STATES).find(([key]) => key === name) : undefined;
  return state ? pick(language, state[1]) : name;
}
