/** `duet wallet backup|restore` (LIMIT-2): evidence is kept, keys are not. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import { dayOf, later } from '@duet/protocol/brand';
import { sum } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import { closeOf } from '@duet/wallet/secure-element/waiting';
import type { Wallet } from '@duet/wallet/wallet';
import type { Context } from '../context.ts';
import { readFile, requireAbsent, requireWritable, writeOutput } from '../io/files.ts';
import { passphrase } from '../io/prompt.ts';
import { done, type JsonValue, type Outcome } from '../outcome.ts';
import { dayText, instantJson, instantText, yuan } from '../text/format.ts';
import { type Language, say } from '../text/messages.ts';
import { type Held, MAX_BACKUP_FILE_BYTES, openWalletBackup, sealWalletBackup } from './backup-file.ts';
import { madeLines, makeWallet, refuseTaken } from './create.ts';
import { type WalletChoice, walletPath, withWallet } from './open-wallet.ts';

export function backup(
  options: WalletChoice & { readonly out: string },
  context: Context,
): Promise<Result<Outcome>> {
  requireAbsent(options.out);
  requireWritable(options.out);
  return withWallet(options, context, async ({ wallet, settings, crypto }) => {
    const secret = await passphrase(context, true);
    const evidence = wallet.exportEvidence();
    const file = sealWalletBackup({ settings, evidence, held: heldBy(wallet, context) }, crypto, secret);
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
  const opened = openWalletBackup(file.value, crypto, await passphrase(context, false));
  if (!opened.ok) return opened;
  const { settings, evidence, held } = opened.value;
  const open = makeWallet(target, settings, crypto, context);
  try {
    open.wallet.importEvidence(evidence);
    const payments = evidence.exchanges.length;
    for (const line of madeLines(target, settings, context)) context.note(line);
    return done(restoredJson(target, payments, held), restoredLines(payments, held, context.language));
  } finally {
    open.folder.close();
  }
}

/** What a restore will be able to say about the money that is left behind. */
function heldBy(wallet: Wallet, { now }: Context): Held {
  const { spendable, conditional, outgoing, voided, settling, waiting } = wallet.balance();
  const { state } = wallet;
  const coins = [...state.holdings.values(), ...state.waiting.values()].map(({ coin }) => coin);
  const closes = coins.flatMap((coin) => closeOf(state, coin) ?? []);
  return {
    at: now(),
    held: sum([spendable, conditional, waiting]),
    notYetKnown: sum([outgoing, voided, settling]),
    ...(closes.length === 0 ? {} : { closes: closes.reduce(later) }),
  };
}

const restoredJson = (
  wallet: string,
  payments: number,
  { at, held, notYetKnown, closes }: Held,
): JsonValue => ({
  wallet,
  payments,
  backedUpAt: instantJson(at),
  heldFen: held,
  notYetKnownFen: notYetKnown,
  comesBackBy: closes === undefined ? null : dayText(dayOf(closes)),
});

/** Nothing of it can be paid from here: when it comes back, and what may be missing then. */
function restoredLines(
  payments: number,
  { at, held, notYetKnown, closes }: Held,
  language: Language,
): string[] {
  const values = {
    payments,
    time: instantText(at),
    held: yuan(held),
    unknown: yuan(notYetKnown),
    day: closes === undefined ? '' : dayText(dayOf(closes)),
  };
  return [
    say(language, 'restored', values),
    say(language, 'restoredHeld', values),
    ...(notYetKnown > 0 ? [say(language, 'restoredUnknown', values)] : []),
    ...(closes === undefined ? [] : [say(language, 'restoredCloses', values)]),
    say(language, 'restoredTodo', values),
  ];
}
