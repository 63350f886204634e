/**
 * `npm test` proper: runs every step even after one failed, and ends with one line `N passed, N failed`.
 * Exit codes: 0 all passed, 1 something failed or nothing ran, 2 wrong arguments, 130 interrupted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRunner, type Runner } from './child.ts';
import {
  addCounts,
  type Counts,
  countsOfCheck,
  countsOfVitest,
  isGood,
  NO_COUNTS,
  summaryLine,
} from './counts.ts';
import { type Step, stepsOf } from './steps.ts';

/** Runs the tests; the exit code. */
export async function main(root: string, args: readonly string[]): Promise<number> {
  const steps = stepsOf(root);
  const groups = [...new Set(steps.map((step) => step.group))];
  const options = optionsOf(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${help(groups)}`);
    return 2;
  }
  if (options.help) {
    console.log(help(groups));
    return 0;
  }
  const unknown = options.only.find((group) => !groups.includes(group));
  if (unknown !== undefined) {
    console.error(`--only takes one of ${groups.join(', ')}; got "${unknown}".`);
    return 2;
  }
  const chosen = steps.filter((step) => options.only.length === 0 || options.only.includes(step.group));
  return runSteps(root, chosen);
}

async function runSteps(root: string, steps: readonly Step[]): Promise<number> {
  const runner = createRunner(root);
  const reports = mkdtempSync(join(tmpdir(), 'duet-test-'));
  let total = NO_COUNTS;
  const failed: string[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      console.log(`\n[${index + 1}/${steps.length}] ${step.title}`);
      const startedMs = Date.now();
      const counts = await runStep(runner, step, join(reports, `${index}.json`));
      if (runner.interrupted()) {
        console.log('Interrupted.');
        return 130;
      }
      const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
      console.log(`${step.title}: ${summaryLine(counts)} (${seconds} s)`);
      if (counts.failed > 0) failed.push(step.title);
      total = addCounts(total, counts);
    }
  } finally {
    runner.close();
    rmSync(reports, { recursive: true, force: true });
  }
  if (failed.length > 0) console.log(`\nFailed: ${failed.join('; ')}`);
  if (total.passed === 0) console.log('\nNo test passed: a run without one has failed.');
  console.log(`\n${summaryLine(total)}`);
  return isGood(total) ? 0 : 1;
}

async function runStep(runner: Runner, step: Step, reportPath: string): Promise<Counts> {
  if (step.kind === 'check') return countsOfCheck(await runner.run(step.command));
  const exitCode = await runner.run([
    ...step.command,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
  ]);
  return countsOfVitest(readReport(reportPath), exitCode);
}

function readReport(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

interface Options {
  readonly help: boolean;
  readonly only: readonly string[];
}

/** The options, or what is wrong with them. */
function optionsOf(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, only: { type: 'string', multiple: true } },
    });
    return {
      help: values.help ?? false,
      only: (values.only ?? []).flatMap((list) => list.split(',')),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const help = (groups: readonly string[]): string =>
  `npm test [-- --only GROUP[,GROUP…]]

Checks types, style and unused code, then runs all tests. The last line is "N passed, N failed".

  --only GROUP   only these: ${groups.join(', ')}
  --help         this text

Exit codes: 0 all passed; 1 something failed or nothing ran; 2 wrong arguments; 130 interrupted.`;
