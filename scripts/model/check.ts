/** One run of TLC, judged: what it found, and whether that is what the run is for. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutput, type TlcOutput } from './output.ts';
import { ACTIONS, type Run } from './runs.ts';

export interface Options {
  readonly jar: string;
  /** Folder of the model. */
  readonly folder: string;
  readonly workers: number;
  /** Lines of TLC's progress. */
  readonly progress?: (line: string) => void;
}

export interface Outcome extends TlcOutput {
  readonly run: Run;
  readonly seconds: number;
  /** What is wrong; empty when the run did what it is for. */
  readonly problems: readonly string[];
}

/** Runs TLC. A run that is interrupted ends TLC as well. */
export async function check(run: Run, options: Options): Promise<Outcome> {
  const startedMs = Date.now();
  const output = readOutput(await runTlc(run, options));
  const seconds = Math.round((Date.now() - startedMs) / 100) / 10;
  const outcome = { ...output, run, seconds, problems: problemsOf(run, output) };
  const untaken = neverTaken(outcome);
  return untaken.length === 0
    ? outcome
    : { ...outcome, problems: [...outcome.problems, `never taken: ${untaken.join(', ')}`] };
}

function problemsOf({ name, breaks }: Run, output: TlcOutput): string[] {
  if (output.error !== undefined) return [output.error];
  if (name === ACTIONS && output.actions.length === 0) return ['TLC did not count the actions'];
  if (breaks === undefined)
    return output.violated === undefined
      ? []
      : [`${output.violated} does not hold: ${output.trace.join(', ')}`];
  if (output.violated === undefined) return [`${breaks} holds, and must not`];
  const found = output.violated === 'temporal' ? 'EveryPaymentEnds' : output.violated;
  return found === breaks ? [] : [`${found} is broken, and not ${breaks}`];
}

/** Actions that a run with counts never took. */
const neverTaken = ({ actions }: TlcOutput): string[] =>
  actions.filter(({ action, taken }) => taken === 0 && action !== 'Init').map(({ action }) => action);

async function runTlc(run: Run, { jar, folder, workers, progress }: Options): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'duet-model-'));
  try {
    // TLC looks for everything beside the module, and unpacks its own modules into the temporary folder.
    for (const from of [folder, join(folder, 'mutants')])
      for (const file of readdirSync(from).filter((name) => name.endsWith('.tla')))
        copyFileSync(join(from, file), join(work, file));
    writeFileSync(join(work, 'run.cfg'), run.config);
    const java = ['-XX:+UseParallelGC', `-Djava.io.tmpdir=${work}`, '-cp', jar, 'tlc2.TLC'];
    const tlc = ['-nowarning', '-metadir', join(work, 'states'), '-workers', `${workers}`];
    // Counting what is taken makes TLC several times slower, so that one small bound does it for all.
    if (run.name === ACTIONS) tlc.push('-coverage', '60');
    return await output([...java, ...tlc, '-config', 'run.cfg', `${run.module}.tla`], work, progress);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function output(args: readonly string[], cwd: string, progress: Options['progress']): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('java', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = (): void => void child.kill();
    process.on('exit', stop);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const line of part.split('\n')) if (line.startsWith('Progress(')) progress?.(line);
    });
    child.on('error', reject);
    child.on('close', () => {
      process.off('exit', stop);
      resolve(text);
    });
  });
}
