/** `duet audit`. */
import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { examples } from '../text/examples.ts';

export function addAudit(program: Command, run: Run): void {
  program
    .command('audit')
    .description('recompute every balance from the postings and every coin from its claims')
    .addHelpText(
      'after',
      `
Ends with 0 when the books balance to the fen, with 4 and the difference when they do not.
${examples(['duet audit', 'the books of this machine'], ['duet audit --json', 'the same for a machine'])}`,
    )
    .action(() =>
      run(async (context) => {
        const { audit } = await import('./audit.ts');
        return audit(context);
      }),
    );
}
