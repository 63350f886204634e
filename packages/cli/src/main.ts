/** Runs one command line: parses it, runs the command, reports how it ended, sets the exit code. */
import { type Command, CommanderError } from 'commander';
import { processContext, type Run } from './context.ts';
import { EXIT, UsageError } from './outcome.ts';
import { createProgram } from './program.ts';
import { reportError, reportResult } from './report.ts';
import { printable } from './text/format.ts';
import { languageNamed } from './text/messages.ts';
import { phrase } from './text/phrases/translate.ts';
import { startOf, typedAs } from './text/typed.ts';

// Whoever writes learns by itself that nobody takes it (`context.out`).
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** What prints a text for people, also with `--json`. */
const HELP: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version', 'help']);

const args = process.argv.slice(2);
const options = optionsOf(args);
const language = optionValue(options, '--lang');
const context = processContext(
  options.includes('--json'),
  language === undefined ? undefined : languageNamed(language),
);

// Whoever interrupts a command knows why it did not end: what breaks on the way down is not told. The database's own
// listener stops it and dies of the signal; where there is none, we do.
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  });
}

// What nothing caught is a defect, with its own exit code: 1 is that of a rejection.
process.on('uncaughtException', async (error) => process.exit(await reportError(error, context)));

const run: Run = async (work) => {
  try {
    if (language !== undefined && languageNamed(language) === undefined)
      throw new UsageError('language', { given: printable(language) });
    process.exitCode = await reportResult(await work(context), context);
  } catch (error) {
    if (!isInterrupted) process.exitCode = await reportError(error, context);
  }
};

const start = startOf(process.env);
typedAs({ start });
const program = createProgram(run);
program.hook('preAction', (_, command) =>
  typedAs({ start, wallet: command.opts<{ wallet?: string }>().wallet }),
);
prepare(program);

if (args.length === 0) {
  program.outputHelp();
} else if (context.json && isGroup(pathOf(options)) && !options.some((word) => HELP.has(word))) {
  process.exitCode = await reportError(new UsageError('subcommand', { help: helpOf(options) }), context);
} else {
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = await exitOf(error);
  }
}

/** What stands before `--`: behind it there are arguments only. */
function optionsOf(all: readonly string[]): readonly string[] {
  const end = all.indexOf('--');
  return end < 0 ? all : all.slice(0, end);
}

/** The language is needed before the command line is parsed: errors of that are told in it, too. */
function optionValue(all: readonly string[], option: string): string | undefined {
  const place = all.findLastIndex((word) => word === option || word.startsWith(`${option}=`));
  return all[place] === option ? all[place + 1] : all[place]?.slice(option.length + 1);
}

/** Errors of the command line come as exceptions, on every level, and are reported like all others. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) prepare(child);
}

async function exitOf(error: unknown): Promise<number> {
  if (!(error instanceof CommanderError)) return reportError(error, context);
  if (error.exitCode === 0) return EXIT.done;
  // A group without a subcommand prints its help.
  if (error.code === 'commander.help') return EXIT.usage;
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return reportError(
    new UsageError('option', { message: phrase(printable(message)), help: helpOf(options) }),
    context,
  );
}

function helpOf(words: readonly string[]): string {
  return [start, ...pathOf(words).path, '--help'].join(' ');
}

interface Meant {
  readonly path: readonly string[];
  readonly command: Command;
  /** A word that is none of its subcommands follows. */
  readonly isFollowed: boolean;
}

/** The command that was meant, as far as its words are known: options may stand before them. */
function pathOf(words: readonly string[]): Meant {
  const path: string[] = [];
  let command: Command = program;
  for (const [place, word] of words.entries()) {
    if (word.startsWith('-') || words[place - 1] === '--lang') continue;
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (!child) return { path, command, isFollowed: true };
    path.push(word);
    command = child;
  }
  return { path, command, isFollowed: false };
}

/** A group alone does nothing: to a person it shows its help, a machine gets an error. */
function isGroup({ command, isFollowed }: Meant): boolean {
  return command.commands.length > 0 && !isFollowed;
}
