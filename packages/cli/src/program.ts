/** All commands of `duet`. What a command does is loaded when it runs, so that `--help` is quick. */
import { Command } from 'commander';
import { addAudit } from './audit/commands.ts';
import { registerBench } from './bench/command.ts';
import type { Run } from './context.ts';
import { registerDemo } from './demo/command.ts';
import { addFraud } from './fraud/commands.ts';
import { addInspect } from './inspect/commands.ts';
import { addIssuer } from './issuer/commands.ts';
import { registerReplay } from './replay/command.ts';
import { registerSim } from './sim/command.ts';
import { VERSION } from './version.ts';
import { addWallet } from './wallet/commands.ts';

const AFTER = `
By hand, as two people with two terminals: docs/guides/by-hand.md
Every command takes --help, --json for machines, and --lang en or --lang zh.

Exit codes:
  0  done
  1  rejected: a stable code, what was expected, what was got, what to do
  2  the command line is wrong
  3  an operational error: files, database
  4  a difference was found (audit, demo, replay, sim)
  5  a defect of duet

Environment:
  DUET_STATE       folder of the issuer, its database and default wallets
  DUET_WALLET      wallet folder, where --wallet is not given
  DUET_LANG        language of messages, en or zh (--lang goes first; else locale)
  DUET_PASSPHRASE  passphrase of backups, where nobody can be asked
  DATABASE_URL     a PostgreSQL of your own, instead of the embedded one
  NO_COLOR         no colours
`;

export function createProgram(run: Run): Command {
  const program = new Command('duet')
    .description('Duet: money that moves between two people who are both offline')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .addHelpText('after', AFTER);
  addWallet(program, run);
  addInspect(program, run);
  addIssuer(program, run);
  addAudit(program, run);
  addFraud(program, run);
  registerReplay(program, run);
  registerDemo(program, run);
  registerSim(program, run);
  registerBench(program, run);
  addCommonOptions(program);
  return program;
}

/** `--json` and `--lang` on every command that does something, and before it. */
function addCommonOptions(command: Command): void {
  if (command.commands.length === 0 || command.parent === null) {
    command
      .option('--json', 'print one line of JSON for a machine')
      .option('--lang <language>', 'en or zh: language of messages (default: DUET_LANG, else the locale)');
  }
  for (const child of command.commands) {
    child.helpOption('-h, --help', 'print this help');
    addCommonOptions(child);
  }
}
