/** `duet demo`, which is `npm start`: a market day. What it does is loaded when it runs. */

import { accept, type Result } from '@duet/protocol/rejection';
import type { Command } from 'commander';
import type { Context, Run } from '../context.ts';
import type { Outcome } from '../outcome.ts';
import { watching } from '../replay/command.ts';
import { say } from '../text/messages.ts';

const AFTER = `
200 people and 20 tills load in the morning, pay each other all day without a network, and sync in the evening:
with change, refunds, an interrupted payment, a lost phone and three cloned ones. The database is started for
the day and removed after it. With --json the fields are those of duet replay.

Exit code 4: the books do not balance, a double spend was not proven, or somebody honest was named or not paid.
`;

interface DemoFlags {
  readonly seed?: string;
  readonly out?: string;
  readonly proofs?: string;
}

export function registerDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .summary('play a market day of offline money, cheats included')
    .description('Play a market day of offline money, cheats included, and show the books')
    .option('--seed <seed>', 'what the day is drawn from', '1')
    .option('--out <file>', 'write the final balances to this file (default: one in the state folder)')
    .option('--proofs <folder>', 'write every fraud proof to a file in this folder, new or empty')
    .addHelpText('after', AFTER)
    .action((flags: DemoFlags) => run((context) => playDemo(flags, context)));
}

async function playDemo(flags: DemoFlags, context: Context): Promise<Result<Outcome>> {
  const { seed = '1', out } = flags;
  const progress = context.progress(say(context.language, 'phaseDatabase'), true);
  try {
    const [{ marketDay }, { describeDay }, { openWorldDatabase }, { balancesPath }, { ProofsFolder }] =
      await Promise.all([
        import('./day.ts'),
        import('./describe.ts'),
        import('../replay/database.ts'),
        import('../replay/balances-file.ts'),
        import('../replay/proofs-folder.ts'),
      ]);
    const proofs = flags.proofs === undefined ? undefined : new ProofsFolder(flags.proofs);
    const story = await marketDay({
      seed,
      balancesFile: balancesPath(out, context.stateFolder, ['demo', seed]),
      ...(proofs === undefined ? {} : { proofs }),
      openDatabase: () => openWorldDatabase(context.env),
      watch: watching(progress, context.language),
    });
    const outcome = describeDay(story, context.language, context.columns);
    return accept(proofs ? proofs.toldIn(outcome, context.language) : outcome);
  } finally {
    progress.stop();
  }
}
