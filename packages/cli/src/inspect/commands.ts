/** `duet inspect`. */
import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { examples } from '../text/examples.ts';

export function addInspect(program: Command, run: Run): void {
  program
    .command('inspect')
    .description('say what an object, text, UR part or proof is, field by field, and whether it verifies')
    .argument('<what>', 'a file, - for standard input, or the text itself')
    .option('--bundle <file>', 'trust bundle to verify with (default: that of the issuer on this machine)')
    .option(
      '--request <file>',
      'the request that an opened offer answers: rebuilds and verifies what was signed',
    )
    .option('--root <hex>', "root key that signed the bundle: verifies the bundle's own signature too")
    .addHelpText(
      'after',
      `
Well-formed things end with exit code 0, also when a signature does not hold: what was found is in
"verification" of --json. Malformed ones end with 1, a code, and where the reader stopped.
${examples(
  ['duet inspect request.txt', 'a request written by duet wallet request --out'],
  ['duet wallet request 5 --wallet bob | duet inspect -', 'the same, from a pipe'],
  ['duet inspect proof.cbor --bundle trust-bundle.cose', 'a fraud proof, with nothing but the bundle'],
)}`,
    )
    .action((what: string, options: { bundle?: string; root?: string; request?: string }) =>
      run(async (context) => {
        const { inspect } = await import('./inspect.ts');
        return inspect(what, options, context);
      }),
    );
}
