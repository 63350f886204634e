/** `duet wallet sync`: the wallet goes online, here to the registry in this process (SET-13, SET-14). */
import type { Result } from '@duet/protocol/rejection';
import { accept } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import { parseAmount } from '../amount.ts';
import type { Context } from '../context.ts';
import { withIssuer } from '../issuer/local-issuer.ts';
import { EXIT, type JsonValue, type Outcome, refusalOf } from '../outcome.ts';
import { table, yuan } from '../text/format.ts';
import { type MessageKey, say } from '../text/messages.ts';
import type { SyncCommandOptions } from './commands.ts';
import { type OpenWallet, withWallet } from './open-wallet.ts';

/** Syncs an open wallet; after a whole sync it may sign again, also where its continuity was not shown (LIMIT-2). */
export async function syncNow(
  { wallet, folder }: OpenWallet,
  port: SettlementPort,
  options: SyncOptions,
  context: Context,
): Promise<SyncReport> {
  const progress = context.progress(say(context.language, 'syncing'));
  try {
    const report = await wallet.sync(port, options);
    if (report.complete) folder.journal.confirmContinuity();
    return report;
  } finally {
    progress.stop();
  }
}

export async function sync(options: SyncCommandOptions, context: Context): Promise<Result<Outcome>> {
  const load = options.load === undefined ? undefined : parseAmount(options.load);
  if (load && !load.ok) return load;
  return withWallet(options, context, (open) =>
    withIssuer(context, { create: false }, async ({ registry }) => {
      const wanted: SyncOptions = {
        ...(load ? { load: load.value } : {}),
        ...(options.claim ? { claim: 'all' } : {}),
        ...(options.refresh ? { refresh: 'all' } : {}),
      };
      const report = await syncNow(open, registry, wanted, context);
      await registry.deliver();
      await registry.payFunds();
      const { operator, handle } = open.settings;
      const account = await registry.account(operator, handle);
      return accept(outcomeOf(report, account, open, context));
    }),
  );
}

type Account = Awaited<ReturnType<SettlementPort['account']>>;

function outcomeOf(report: SyncReport, account: Account, { wallet }: OpenWallet, context: Context): Outcome {
  const { language, paint } = context;
  const { spendable } = wallet.balance();
  const [first] = report.refused;
  const line = (key: MessageKey, amount: number): string[] =>
    amount > 0 ? [say(language, key, { amount: yuan(amount) })] : [];
  const holdings = table(
    [
      [say(language, 'spendable'), yuan(spendable)],
      ...(account.ok ? [[say(language, 'account'), yuan(account.value.balance)]] : []),
      ...(account.ok && account.value.pending > 0
        ? [[say(language, 'accountPending'), yuan(account.value.pending)]]
        : []),
    ],
    ['left', 'right'],
  );
  const { refused, ...counts } = report;
  const json: JsonValue = {
    ...counts,
    refused: refused.map(refusalJson),
    spendableFen: spendable,
    accountFen: account.ok ? account.value.balance : null,
    pendingFen: account.ok ? account.value.pending : null,
    ...(first ? { error: { kind: 'rejection', ...refusalOf(first) } } : {}),
  };
  return {
    json,
    lines: [
      report.complete
        ? say(language, 'synced', { uploads: report.uploads, answered: report.answered })
        : paint.yellow(say(language, 'syncIncomplete')),
      ...line('loaded', report.loadedFen),
      ...line('syncClaimed', report.claimedFen),
      ...line('syncReturned', report.returnedFen),
      ...line('syncRefreshed', report.refreshedFen),
      ...refused.flatMap((rejection) => [
        paint.red(say(language, 'syncRefused', { ...rejection })),
        `  ${say(language, 'todo')}: ${refusalOf(rejection).todo}`,
      ]),
      ...holdings,
    ],
    ...(first ? { exit: EXIT.rejected } : {}),
  };
}

const refusalJson = (rejection: Parameters<typeof refusalOf>[0]): JsonValue => ({ ...refusalOf(rejection) });
