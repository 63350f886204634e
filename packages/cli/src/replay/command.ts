/** `duet replay`: a file of transfers becomes a world of wallets. What it does is loaded when it runs. */

import { accept, type Result } from '@duet/protocol/rejection';
import type { Command } from 'commander';
import type { Context, Progress, Run } from '../context.ts';
import type { Outcome } from '../outcome.ts';
import { count } from '../text/format.ts';
import { type Language, type MessageKey, say } from '../text/messages.ts';
import { type NumberAsked, wholeNumber } from '../whole-number.ts';
import type { Watch } from './phases.ts';

interface ReplayFlags {
  readonly balances?: string;
  readonly syncEvery?: string;
  readonly cheats?: string;
  readonly seed?: string;
  readonly policy?: string;
  readonly out?: string;
  readonly proofs?: string;
}

const AFTER = `
TRANSFERS.csv has the columns payer,payee,amount,time, or sourceNodeId,targetNodeId,value,time. Amounts are
decimal yuan, times whole steps (a step is a second of the world's own clock). NODES.csv has the columns nodeid
and init_balance; without it every wallet loads exactly what it needs.

Every wallet loads once, then the transfers run in file order, all offline; received money is passed on. In the
end everybody syncs, and the final balances are those of the registry.

POLICY.json sets any of these, amounts in yuan, null for no limit:
  maxPayments maxPerPayment maxTotal maxBalance maxHops pinAbove       limits of coins and devices
  requestValidity skew standingWindow listMaxAge                       seconds
  spendDays claimDays graceDays offlineTicketDays fundPeriodDays       days
  fundPerPayee fundPerCoin lossCap refuseStrangersOnStaleLists

Exit code 4: the books do not balance, a double spend was not proven, or somebody honest was named or not paid.
`;

export function registerReplay(program: Command, run: Run): void {
  program
    .command('replay')
    .summary('play a file of transfers through wallets and registry')
    .description('Play a file of transfers through wallets and registry, and compare the books')
    .argument('<transfers>', 'CSV file of transfers')
    .option('--balances <nodes>', 'CSV file of first balances')
    .option('--sync-every <steps>', 'bring every device online after each so many time steps')
    .option('--cheats <count>', 'turn so many devices into clones that pay twice', '0')
    .option('--seed <seed>', 'what cheats are drawn from', '1')
    .option('--policy <file>', 'JSON file with limits')
    .option('--out <file>', 'write the final balances to this file (default: one in the state folder)')
    .option('--proofs <folder>', 'write every fraud proof to a file in this folder, new or empty')
    .addHelpText('after', AFTER)
    .action((transfers: string, flags: ReplayFlags) =>
      run((context) => replayFile(transfers, flags, context)),
    );
}

async function replayFile(transfers: string, flags: ReplayFlags, context: Context): Promise<Result<Outcome>> {
  const cheats = wholeNumber(flags.cheats ?? '0', asked('--cheats', 0));
  const syncEvery =
    flags.syncEvery === undefined ? undefined : wholeNumber(flags.syncEvery, asked('--sync-every', 1));
  const [{ replayFiles }, { describeReplay }, { ProofsFolder }] = await Promise.all([
    import('./files.ts'),
    import('./summary.ts'),
    import('./proofs-folder.ts'),
  ]);
  const proofs = flags.proofs === undefined ? undefined : new ProofsFolder(flags.proofs);
  const progress = context.progress(say(context.language, 'phaseRead'), true);
  try {
    const result = await replayFiles({
      transfers,
      ...(flags.balances === undefined ? {} : { balances: flags.balances }),
      ...(flags.policy === undefined ? {} : { policy: flags.policy }),
      ...(syncEvery === undefined ? {} : { syncEvery }),
      seed: flags.seed ?? '1',
      cheats,
      ...(flags.out === undefined ? {} : { out: flags.out }),
      ...(proofs === undefined ? {} : { proofs }),
      stateFolder: context.stateFolder,
      env: context.env,
      watch: watching(progress, context.language),
    });
    if (!result.ok) return result;
    const outcome = describeReplay(result.value, context.language);
    return accept(proofs ? proofs.toldIn(outcome, context.language) : outcome);
  } finally {
    progress.stop();
  }
}

const PHASES: Readonly<Record<string, MessageKey>> = {
  read: 'phaseRead',
  database: 'phaseDatabase',
  open: 'phaseOpen',
  load: 'phaseLoad',
  pay: 'phasePay',
  settle: 'phaseSettle',
  audit: 'phaseAudit',
  close: 'phaseClose',
};

/** Shows a phase and how far it is. Phases inside others have no title, and are not shown. */
export function watching(progress: Progress, language: Language): Watch {
  let current = '';
  return (name, done, total) => {
    const key = PHASES[name];
    // A phase that goes on in pieces begins once.
    if (!key || (total === 0 && name === current)) return;
    current = name;
    const phase = say(language, key);
    const counts = { phase, done: count(done), total: count(total) };
    progress.update(total === 0 ? phase : say(language, 'phaseDone', counts));
  };
}

const MAX_COUNT = 1_000_000_000;

const asked = (option: string, least: number): NumberAsked => ({
  option,
  least,
  most: MAX_COUNT,
  help: 'duet replay --help',
});
