/** `duet issuer` and `duet close`: the issuer of this machine. */
import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { UsageError } from '../outcome.ts';
import { examples } from '../text/examples.ts';
import { printable } from '../text/format.ts';

export function addIssuer(program: Command, run: Run): void {
  const issuer = program.command('issuer').description('the issuer of this machine, for trying things out');
  issuer
    .command('init')
    .description('make the issuer, two operators and their registry (duet wallet create does it by itself)')
    .option('--suite <number>', '1: international (P-256), 2: Chinese national (SM2)', '1')
    .addHelpText('after', examples(['DUET_STATE=~/duet duet issuer init', 'in a folder of your own']))
    .action((options: { suite: string }) =>
      run(async (context) => {
        const { initIssuer } = await import('./issuer.ts');
        return initIssuer(suiteOf(options.suite), context);
      }),
    );
  issuer
    .command('bundle')
    .description('write the trust bundle, with which anybody verifies')
    .requiredOption('--out <file>', 'file to write')
    .addHelpText(
      'after',
      examples(['duet issuer bundle --out trust-bundle.cose', 'then: duet fraud verify … --bundle …']),
    )
    .action((options: { out: string }) =>
      run(async (context) => {
        const { writeBundle } = await import('./issuer.ts');
        return writeBundle(options.out, context);
      }),
    );
  program
    .command('close')
    .description(
      'close the coins whose last day is over, for good: what nobody claimed goes to its deepest known owner',
    )
    .option(
      '--day <date>',
      'as if it were that day (YYYY-MM-DD); for trying things out, and not to be undone',
    )
    .addHelpText(
      'after',
      examples(
        ['duet close', 'what is due today'],
        [
          'duet close --day 2027-06-01',
          'closes everything due by then: coins in wallets are worth nothing after it',
        ],
      ),
    )
    .action((options: { day?: string }) =>
      run(async (context) => {
        const { closeCoins } = await import('./issuer.ts');
        return closeCoins(options.day, context);
      }),
    );
}

function suiteOf(text: string): 1 | 2 {
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new UsageError('suite', { given: printable(text) });
}
