/** `duet fraud list|show|pay|verify`. */
import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { examples } from '../text/examples.ts';

export function addFraud(program: Command, run: Run): void {
  const fraud = program
    .command('fraud')
    .description('double spends: the cases of the registry, and their proofs');
  fraud
    .command('list')
    .description('list the fraud cases of the registry')
    .addHelpText('after', examples(['duet fraud list', 'who cheated, and who was made good']))
    .action(() =>
      run(async (context) => {
        const { listCases } = await import('./cases.ts');
        return listCases(context);
      }),
    );
  fraud
    .command('show')
    .description('show one case with its proof, field by field')
    .argument('<case>', 'id of the case, or its beginning')
    .option('--out <file>', 'write the proof to a file: it verifies standing alone')
    .addHelpText(
      'after',
      examples(['duet fraud show 3fa1c0 --out proof.cbor', 'for a third party to verify']),
    )
    .action((id: string, options: { out?: string }) =>
      run(async (context) => {
        const { showCase } = await import('./cases.ts');
        return showCase(id, options, context);
      }),
    );
  fraud
    .command('pay')
    .description('after a review: pay what a case still owes to the innocent, above the caps too')
    .argument('<case>', 'id of the case, or its beginning')
    .addHelpText('after', examples(['duet fraud pay 3fa1c0', 'the fund pays the rest of this case']))
    .action((id: string) =>
      run(async (context) => {
        const { payCase } = await import('./cases.ts');
        return payCase(id, context);
      }),
    );
  fraud
    .command('verify')
    .description('verify a fraud proof standing alone, with nothing but a trust bundle')
    .argument('<proof>', 'a file, - for standard input, or the text itself')
    .option('--bundle <file>', 'trust bundle (default: that of the issuer on this machine)')
    .option('--root <hex>', "root key that signed the bundle: verifies the bundle's own signature too")
    .addHelpText(
      'after',
      `
Ends with 0 when the proof holds and names a key, with 1 (proof-invalid, bad-signature) when it does not.
${examples(['duet fraud verify proof.cbor --bundle trust-bundle.cose', 'on any machine, without a network'])}`,
    )
    .action((proof: string, options: { bundle?: string; root?: string }) =>
      run(async (context) => {
        const { verifyProofFile } = await import('./verify.ts');
        return verifyProofFile(proof, options, context);
      }),
    );
}
