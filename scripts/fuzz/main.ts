/**
 * `npm run fuzz`: coverage-guided fuzzing of every reader of bytes from elsewhere (docs/fuzzing.md). Targets run side
 * by side, each in a thread. Exit codes: 0 no fault, 1 a fault or too little reached, 2 wrong arguments.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PLANTED } from './planted.ts';
import { type Reached, reachedBy, summaryOf } from './reached.ts';
import { type Outcome, runTarget } from './run-target.ts';
import { isTarget, TARGET_NAMES, type TargetName } from './targets.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Crashes lie here, outside of what is committed. */
const CRASHES = join(ROOT, '.fuzz');
/** Of the branches of codec and verification, in percent: below it a run of all targets has failed. */
const LEAST_REACHED = 95;

const HELP = `npm run fuzz [-- OPTIONS]

Coverage-guided fuzzing of decoders and verification (docs/fuzzing.md).

  --target T     only these, divided by commas: ${TARGET_NAMES.join(', ')}
  --seconds N    for each target (60)
  --runs N       at most so many executions of each target
  --seed S       a number; by default a new one, which is printed
  --planted NAME plants a bug of scripts/fuzz/planted.ts, and stops when it is found
  --replay FILE  runs the one input of a crash file
  --json         one JSON object at the end, progress to standard error
  --help         this text

Exit codes: 0 no fault; 1 a fault, or all targets reached too little; 2 wrong arguments.`;

interface Options {
  readonly targets: readonly TargetName[];
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
  readonly planted?: string;
  readonly replay?: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** The options, or what is wrong with them. */
function optionsOf(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        target: { type: 'string', multiple: true },
        seconds: { type: 'string', default: '60' },
        runs: { type: 'string' },
        seed: { type: 'string' },
        planted: { type: 'string' },
        replay: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const named = (values.target ?? []).flatMap((list) => list.split(','));
    const unknown = named.find((name) => !isTarget(name));
    if (unknown !== undefined) return `--target takes ${TARGET_NAMES.join(', ')}; got "${unknown}".`;
    const [seconds, runs, seed] = [
      values.seconds,
      values.runs ?? 'Infinity',
      values.seed ?? `${Date.now() % 2 ** 32}`,
    ].map(Number);
    if (!(seconds && seconds > 0) || !(runs && runs > 0) || !(seed !== undefined && seed >= 0))
      return '--seconds, --runs and --seed take numbers.';
    const { planted, replay, json, help } = values;
    if (planted !== undefined && !Object.hasOwn(PLANTED, planted))
      return `--planted takes ${Object.keys(PLANTED).join(', ')}; got "${planted}".`;
    return {
      targets: named.length > 0 ? named.filter(isTarget) : TARGET_NAMES,
      ...{ seconds, runs, seed, json, help },
      ...(planted === undefined ? {} : { planted }),
      ...(replay === undefined ? {} : { replay }),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(options: Options): Promise<number> {
  const { seed, seconds, runs, planted, json } = options;
  const say = json ? console.error : console.log;
  if (options.replay !== undefined) return replay(options.replay, say);
  say(`fuzz: seed ${seed}, ${options.targets.join(', ')}, ${seconds} s each`);
  const outcomes = await inTurns(options.targets, async (target) => {
    const outcome = await runTarget({ target, seed, seconds, runs, ...(planted ? { planted } : {}) }, say);
    say(
      `${target}: ${outcome.executions} executions, ${outcome.corpus} inputs kept, ${outcome.crashes.length} faults`,
    );
    return outcome;
  });
  const faults = outcomes.flatMap((outcome) => outcome.crashes.map((crash) => keep(outcome, crash, options)));
  for (const { text } of faults) say(text);
  const reached = reachedBy(
    ROOT,
    outcomes.flatMap(({ arms }) => arms),
  );
  const isWhole = options.targets.length === TARGET_NAMES.length && planted === undefined;
  if (isWhole) say(summaryOf(reached));
  const tooLittle = isWhole && reached.percent < LEAST_REACHED;
  if (tooLittle) say(`Reached less than ${LEAST_REACHED} % of the branches of codec and verification.`);
  if (json) console.log(JSON.stringify(jsonOf(options, outcomes, faults, reached), undefined, 2));
  return faults.length > 0 || tooLittle ? 1 : 0;
}

/** As many at a time as there are processors. */
async function inTurns<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await run(next[1]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return results;
}

interface Fault {
  readonly target: string;
  readonly problem: string;
  readonly file: string;
  readonly text: string;
}

/** Writes a crash down, with what replays it. */
function keep(outcome: Outcome, crash: Outcome['crashes'][number], { seed, planted }: Options): Fault {
  mkdirSync(CRASHES, { recursive: true });
  const { target } = outcome;
  const { problem, stack } = crash;
  const input = Buffer.from(crash.input).toString('hex');
  const path = join(CRASHES, `${target}-${hashOf(problem)}.json`);
  const content = { target, seed, problem, stack, input, ...(planted === undefined ? {} : { planted }) };
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
  const file = relative(ROOT, path);
  const text = `\n${target}: ${problem}\n${stack.split('\n').slice(0, 9).join('\n')}\n  npm run fuzz -- --replay ${file}`;
  return { target, problem, file, text };
}

const hashOf = (text: string): string =>
  [...text].reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0, 7).toString(16);

async function replay(path: string, say: (line: string) => void): Promise<number> {
  const { target, input, planted } = JSON.parse(readFileSync(resolve(path), 'utf8'));
  if (!isTarget(target)) throw new Error(`${path}: no target "${target}"`);
  const bytes = new Uint8Array(Buffer.from(input, 'hex'));
  const { crashes } = await runTarget({ target, seed: 0, seconds: 1, runs: 1, planted, replay: bytes }, say);
  for (const { stack, problem } of crashes) say(`${problem}\n${stack}`);
  if (crashes.length === 0) say('No fault: the input runs clean.');
  return crashes.length > 0 ? 1 : 0;
}

const jsonOf = (
  { seed }: Options,
  outcomes: readonly Outcome[],
  faults: readonly Fault[],
  reached: Reached,
): object => ({
  seed,
  targets: outcomes.map(({ target, executions, corpus, crashes }) => ({
    target,
    executions,
    corpus,
    faults: crashes.length,
  })),
  faults: faults.map(({ target, problem, file }) => ({ target, problem, file })),
  branches: { reached: reached.reached, of: reached.of, percent: reached.percent },
  notReached: reached.missing,
});

const options = optionsOf(process.argv.slice(2));
if (typeof options === 'string') {
  console.error(`${options}\n\n${HELP}`);
  process.exitCode = 2;
} else if (options.help) {
  console.log(HELP);
} else {
  process.exitCode = await main(options);
}
