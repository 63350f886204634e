/** What a command sees of the world around it: streams, environment, clock, progress. */

import { stateFolderPath } from '@duet/ledger/postgres/state-folder';
import { type Instant, instant } from '@duet/protocol/brand';
import type { Result } from '@duet/protocol/rejection';
import type { Ora } from 'ora';
import picocolors from 'picocolors';
import { reasonOf } from './io/reason.ts';
import { LOOK_AT_WORK_MS, STILL_AT_WORK_MS } from './limits.ts';
import { OperationalError, type Outcome } from './outcome.ts';
import { type Language, languageOf } from './text/messages.ts';

export interface Progress {
  update(text: string): void;
  succeed(text: string): void;
  stop(): void;
}

export interface Context {
  readonly json: boolean;
  readonly language: Language;
  readonly env: NodeJS.ProcessEnv;
  /** Issuer, registry and databases of this machine; see `docs/guides/by-hand.md`. */
  readonly stateFolder: string;
  readonly isTty: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  /** Columns of the terminal; 80 when there is none. */
  readonly columns: number;
  readonly paint: ReturnType<typeof picocolors.createColors>;
  /** Standard output, as it is. @throws OperationalError `output-lost` where nobody takes it */
  out(text: string): Promise<void>;
  /** Standard error, as it is. */
  err(text: string): void;
  /** A line to the person on standard error; left out with `--json`. */
  note(line: string): void;
  now(): Instant;
  /**
   * Shows that work goes on. Where there is no terminal, and with `--json`, only long work does: in lines on standard
   * error, one for each phase and one at least every ten seconds.
   */
  progress(title: string, isLong?: boolean): Progress;
}

/** Runs a command and reports how it ended. */
export type Run = (work: (context: Context) => Promise<Result<Outcome>>) => Promise<void>;

const DEFAULT_COLUMNS = 80;

/** `language` is that of `--lang`; without it the environment decides. */
export function processContext(json: boolean, language?: Language): Context {
  const { env, stdin, stdout, stderr } = process;
  const isTty = { in: stdin.isTTY === true, out: stdout.isTTY === true, err: stderr.isTTY === true };
  const err = (text: string): void => {
    stderr.write(text);
  };
  const note = (line: string): void => {
    if (!json) err(`${line}\n`);
  };
  return {
    json,
    language: language ?? languageOf(env),
    env,
    stateFolder: stateFolderPath(env),
    isTty,
    // A terminal that was never told its size says 0.
    columns: stdout.columns || DEFAULT_COLUMNS,
    paint: picocolors.createColors(isTty.out && isTty.err && !env.NO_COLOR),
    out: (text) => written(stdout, text),
    err,
    note,
    now: () => instant(Math.floor(Date.now() / 1_000)),
    progress: (title, isLong = false) => {
      // A terminal without a width has no lines to count: what draws on it over and over never ends.
      if (!json && isTty.err && stderr.columns > 0) return spinner(title);
      return isLong ? phases(title, (line) => err(`${line}\n`)) : SILENT;
    },
  };
}

/** Resolves when the reader's side has the text. */
const written = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) =>
      error
        ? reject(new OperationalError('output-lost', 'safe', { reason: reasonOf(error) }, error))
        : resolve(),
    );
  });

const SILENT: Progress = { update: () => undefined, succeed: () => undefined, stop: () => undefined };

/** A line when another phase begins, what stands before the colon; within one phase a line at least every ten seconds. */
function phases(title: string, line: (text: string) => void): Progress {
  let phase = '';
  let text = '';
  let told = 0;
  const tell = (what: string): void => {
    told = Date.now();
    line(`${what} …`);
  };
  const update = (next: string): void => {
    const [name = ''] = next.split(':', 1);
    if (name !== phase) tell(name);
    phase = name;
    text = next;
  };
  const timer = setInterval(() => {
    if (Date.now() - told >= STILL_AT_WORK_MS) tell(text);
  }, LOOK_AT_WORK_MS).unref();
  const stop = (): void => clearInterval(timer);
  update(title);
  return { update, succeed: stop, stop };
}

/**
 * The spinner is loaded beside the work: it is not worth waiting for. It leaves the cursor alone: to bring a hidden one
 * back it would listen to signals, and the database stops on a signal only where nobody else listens.
 */
function spinner(title: string): Progress {
  let shown: Ora | undefined;
  let text = title;
  let isOver = false;
  import('ora').then(
    ({ default: ora }) => {
      const options = { stream: process.stderr, discardStdin: false, hideCursor: false };
      if (!isOver) shown = ora({ ...options, text }).start();
    },
    () => undefined,
  );
  return {
    update: (next) => {
      text = next;
      if (shown) shown.text = next;
    },
    succeed: (last) => {
      isOver = true;
      shown?.succeed(last);
    },
    stop: () => {
      isOver = true;
      shown?.stop();
    },
  };
}
