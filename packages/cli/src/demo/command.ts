/** `duet demo`, which is `npm start`: a market day. What it does is loaded when it runs. */

import type { Result } from '@duet/protocol/rejection';
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
}

export function registerDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .summary('play a market day of offline money, cheats included')
    .description('Play a market day of offline money, cheats included, and show the books')
    .option('--seed <seed>', 'what the day is drawn from', '1')
    .option('--out <file>', 'write the final balances to this file (default: one in the state folder)')
    .addHelpText('after', AFTER)
    .action(({ seed, out }: DemoFlags) => run((context) => playDemo(seed ?? '1', out, context)));
}

async function playDemo(seed: string, out: string | undefined, context: Context): Promise<Result<Outcome>> {
  const progress = context.progress(say(context.language, 'phaseDatabase'), true);
  try {
    const [{ marketDay }, { describeDay }, { openWorldDatabase }, { balancesPath }] = await Promise.all([
      import('./day.ts'),
      import('./describe.ts'),
      import('../replay/database.ts'),
      import('../replay/balances-file.ts'),
    ]);
    const story = await marketDay({
      seed,
      balancesFile: balancesPath(out, context.stateFolder, ['demo', seed]),
      openDatabase: () => openWorldDatabase(context.env),
      watch: watching(progress, context.language),
    });
    return { ok: true, value: describeDay(story, context.language, context.columns) };
  } finally {
    progress.stop();
  }
}
