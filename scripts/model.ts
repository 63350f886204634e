/**
 * `npm run model`: checks the TLA+ model in `model/` with TLC. The bounds and all mutants, or the larger
 * bound; docs/model.md says what they show.
 *
 * Exit codes: 0 all as it must be, 1 something is not, 2 wrong arguments, 3 no Java or TLC here.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check, type Outcome } from './model/check.ts';
import { type Run, runsOf } from './model/runs.ts';
import { findTlc } from './model/tools.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(ROOT, 'model');

const HELP = `npm run model [-- --large] [--only NAME[,NAME…]] [--workers N] [--json]

Checks the TLA+ model of one coin's life with TLC: the bounds but the larger one, the mutants, the findings.

  --large      the larger bound alone; it takes hours
  --only NAME  only these runs; --only list names them
  --workers N  threads of TLC (2)
  --json       the results as JSON on standard output
  --help       this text

Exit codes: 0 all as it must be; 1 something is not; 2 wrong arguments; 3 no Java or TLC here.`;

interface Wanted {
  readonly runs: readonly Run[];
  readonly workers: number;
  readonly json: boolean;
}

/** What to run, or an exit code. */
function wantedOf(args: readonly string[]): Wanted | number {
  const all = runsOf(FOLDER);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        large: { type: 'boolean' },
        only: { type: 'string' },
        workers: { type: 'string', default: '2' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    if (values.only === 'list') {
      for (const { name, kind, says } of all) console.log(`${name.padEnd(26)}${kind.padEnd(9)}${says}`);
      return 0;
    }
    const workers = Number(values.workers);
    if (!Number.isInteger(workers) || workers < 1)
      throw new Error(`--workers takes a number; got "${values.workers}".`);
    const names = values.only?.split(',') ?? [];
    const unknown = names.find((name) => !all.some((run) => run.name === name));
    if (unknown !== undefined) throw new Error(`No run is called "${unknown}"; --only list names them.`);
    const large = values.large ?? false;
    const runs = all.filter(({ name }) =>
      names.length > 0 ? names.includes(name) : (name === 'large') === large,
    );
    return { runs, workers, json: values.json ?? false };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
}

function lineOf({ run, problems, distinct, generated, depth, seconds }: Outcome): string {
  const end = problems.length > 0 ? 'WRONG' : run.breaks ? `breaks ${run.breaks}` : 'holds';
  const counts = [distinct, generated, depth ?? '', seconds.toFixed(1)]
    .map((value) => `${value}`.padStart(11))
    .join('');
  return `${run.name.padEnd(26)}${run.kind.padEnd(9)}${counts}  ${end}`;
}

const resultOf = ({ run, problems, trace, ...output }: Outcome): object => ({
  name: run.name,
  kind: run.kind,
  says: run.says,
  ...(run.breaks === undefined ? {} : { breaks: run.breaks, steps: trace.length }),
  ...output,
  problems,
});

async function main(args: readonly string[]): Promise<number> {
  const wanted = wantedOf(args);
  if (typeof wanted === 'number') return wanted;
  const tlc = findTlc(ROOT);
  if (!tlc.available) {
    console.error(`The model cannot be checked: ${tlc.reason}.`);
    return 3;
  }
  const print = wanted.json ? console.error : console.log;
  print(
    `${'run'.padEnd(26)}${'kind'.padEnd(9)}${['distinct', 'generated', 'depth', 'seconds'].map((name) => name.padStart(11)).join('')}`,
  );
  const outcomes: Outcome[] = [];
  for (const run of wanted.runs) {
    const progress = (line: string): void => console.error(`  ${run.name}: ${line}`);
    const outcome = await check(run, { jar: tlc.jar, folder: FOLDER, workers: wanted.workers, progress });
    outcomes.push(outcome);
    print(lineOf(outcome));
    for (const problem of outcome.problems) console.error(`  ${problem}`);
  }
  if (wanted.json) console.log(JSON.stringify(outcomes.map(resultOf), null, 2));
  return outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
