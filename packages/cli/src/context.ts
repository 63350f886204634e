/** What a command sees of the world around it: streams, environment, clock, progress. */

import { stateFolderPath } from '@duet/ledger/postgres/state-folder';
import { type Instant, instant } from '@duet/protocol/brand';
import type { Result } from '@duet/protocol/rejection';
import type { Ora } from 'ora';
import picocolors from 'picocolors';
import type { Outcome } from './outcome.ts';
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
  /** Standard output, as it is. */
  out(text: string): void;
  /** A line to the person on standard error; left out with `--json`. */
  note(line: string): void;
  now(): Instant;
  /** Shows that work goes on; where there is no terminal, one line for each phase of long work. */
  progress(title: string, isLong?: boolean): Progress;
}

/** Runs a command and reports how it ended. */
export type Run = (work: (context: Context) => Promise<Result<Outcome>>) => Promise<void>;

const DEFAULT_COLUMNS = 80;

/** `language` is that of `--lang`; without it the environment decides. */
export function processContext(json: boolean, language?: Language): Context {
  const { env, stdin, stdout, stderr } = process;
  const isTty = { in: stdin.isTTY === true, out: stdout.isTTY === true, err: stderr.isTTY === true };
  const note = (line: string): void => {
    if (!json) stderr.write(`${line}\n`);
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
    out: (text) => stdout.write(text),
    note,
    now: () => instant(Math.floor(Date.now() / 1_000)),
    progress: (title, isLong = false) => {
      if (json) return SILENT;
      // A terminal without a width has no lines to count: what draws on it over and over never ends.
      if (isTty.err && stderr.columns > 0) return spinner(title);
      return isLong ? phases(note) : SILENT;
    },
  };
}

const SILENT: Progress = { update: () => undefined, succeed: () => undefined, stop: () => undefined };

/** A line when another phase begins: what stands before the colon. */
function phases(note: (line: string) => void): Progress {
  let last = '';
  return {
    ...SILENT,
    update: (text) => {
      const [phase = ''] = text.split(':', 1);
      if (phase !== last) note(`${phase} …`);
      last = phase;
    },
  };
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
