/** `duet wallet backup|restore` (LIMIT-2): evidence is kept, keys are not. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { Result } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { readFile, requireAbsent, requireWritable, writeOutput } from '../io/files.ts';
import { newPassphrase, passphrase } from '../io/prompt.ts';
import { done, type Outcome } from '../outcome.ts';
import { say } from '../text/messages.ts';
import { MAX_BACKUP_FILE_BYTES, openWalletBackup, sealWalletBackup } from './backup-file.ts';
import { madeLines, makeWallet, refuseTaken } from './create.ts';
import { heldBy, heldJson, heldLines } from './held.ts';
import { type WalletChoice, walletPath, withWallet } from './open-wallet.ts';

export function backup(
  options: WalletChoice & { readonly out: string },
  context: Context,
): Promise<Result<Outcome>> {
  requireAbsent(options.out);
  requireWritable(options.out);
  return withWallet(options, context, async ({ wallet, settings, crypto }) => {
    const secret = await newPassphrase(context);
    const evidence = wallet.exportEvidence();
    const file = sealWalletBackup(
      { settings, evidence, held: heldBy(wallet, context.now()) },
      crypto,
      secret,
    );
    writeOutput(options.out, file, 0o600);
    const payments = evidence.exchanges.length;
    return done({ file: options.out, bytes: file.length, payments }, [
      say(context.language, 'backedUp', { payments, file: options.out }),
    ]);
  });
}

export async function restore(
  path: string,
  options: WalletChoice,
  context: Context,
): Promise<Result<Outcome>> {
  const target = walletPath(options, context);
  refuseTaken(target);
  const file = readFile(path, MAX_BACKUP_FILE_BYTES);
  if (!file.ok) return file;
  const crypto = createNodeSuites();
  const opened = openWalletBackup(file.value, crypto, await passphrase(context));
  if (!opened.ok) return opened;
  const { settings, evidence, held } = opened.value;
  const open = makeWallet(target, { ...settings, restored: held }, crypto, context);
  try {
    open.wallet.importEvidence(evidence);
    const payments = evidence.exchanges.length;
    for (const line of madeLines(target, settings, context)) context.note(line);
    return done({ wallet: target, payments, ...heldJson(held) }, [
      say(context.language, 'restored', { payments }),
      ...heldLines(held, context.language),
      say(context.language, 'restoredTodo'),
    ]);
  } finally {
    open.folder.close();
  }
}
