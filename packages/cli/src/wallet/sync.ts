/** `duet wallet sync`: the wallet goes online, here to the registry in this process (SET-13, SET-14). */
import type { FraudCase } from '@duet/ledger/engine/reports';
import { toHex } from '@duet/protocol/bytes';
import type { Result } from '@duet/protocol/rejection';
import { accept } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { WaitingMoney } from '@duet/wallet/views';
import { parseAmount } from '../amount.ts';
import type { Context } from '../context.ts';
import { caseJson } from '../fraud/case-json.ts';
import { withIssuer } from '../issuer/local-issuer.ts';
import { EXIT, type JsonValue, type Outcome, refusalJson, refusalOf } from '../outcome.ts';
import { shortId, table, yuan } from '../text/format.ts';
import { type Language, type MessageKey, pick, proofFormSaid, say } from '../text/messages.ts';
import { refusalLines } from '../text/refusal.ts';
import type { SyncCommandOptions } from './commands.ts';
import { closeText, type Held, heldJson, heldLines } from './held.ts';
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
      await registry.recover();
      const account = await registry.account(operator, handle);
      const own = (await registry.cases()).filter(
        (entry) => entry.operator === operator && entry.handle === toHex(handle),
      );
      return accept(outcomeOf(report, account, own, open, context));
    }),
  );
}

type Account = Awaited<ReturnType<SettlementPort['account']>>;

function outcomeOf(
  report: SyncReport,
  account: Account,
  cases: readonly FraudCase[],
  { wallet, settings }: OpenWallet,
  context: Context,
): Outcome {
  const { language, paint } = context;
  const { spendable } = wallet.balance();
  const { refused, owed, ...counts } = report;
  const [first] = refused.map(refusalOf);
  const owedFen = owed.reduce((sum, { amount }) => sum + amount, 0);
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
  const json: JsonValue = {
    ...counts,
    owedFen,
    owed: owed.map(({ code, amount }) => ({ code, amountFen: amount })),
    refused: refused.map((rejection) => refusalJson(refusalOf(rejection))),
    fraudCases: cases.map(caseJson),
    spendableFen: spendable,
    accountFen: account.ok ? account.value.balance : null,
    pendingFen: account.ok ? account.value.pending : null,
    waiting: wallet
      .waiting()
      .map(({ amount, at }) => ({ amountFen: amount, by: at === undefined ? null : closeText(at) })),
    restored: settings.restored ? heldJson(settings.restored) : null,
    ...(first ? { error: { kind: 'rejection', ...refusalJson(first) } } : {}),
  };
  return {
    json,
    lines: [
      report.complete ? say(language, 'synced') : paint.yellow(say(language, 'syncIncomplete')),
      ...(report.answered > 0 ? [say(language, 'syncAnswered', { answered: report.answered })] : []),
      ...line('loaded', report.loadedFen),
      ...line('syncClaimed', report.claimedFen),
      ...line('syncReturned', report.returnedFen),
      ...line('syncRefreshed', report.refreshedFen),
      ...owed.map(({ code, amount }) =>
        paint.yellow(
          say(language, code === 'claim-late' ? 'syncOwedLate' : 'syncOwed', { amount: yuan(amount) }),
        ),
      ),
      ...refused
        .map(refusalOf)
        .flatMap((refusal) => [
          paint.red(
            say(language, 'syncRefused', { code: refusal.code, what: pick(language, refusal.advice.what) }),
          ),
          ...refusalLines(refusal, language),
        ]),
      ...cases.flatMap((entry) => culpritLines(entry, language).map((text) => paint.red(text))),
      ...holdings,
      ...retiredLines(wallet.waiting(), language),
      ...restoredLines(settings.restored, context),
    ],
    ...(first ? { exit: EXIT.rejected } : {}),
  };
}

/** What retired keys leave to the close of their coins, by day (LIMIT-2, SET-7). */
function retiredLines(waiting: readonly WaitingMoney[], language: Language): string[] {
  if (waiting.length === 0) return [];
  const byDay = new Map<string, number>();
  for (const { at, amount } of waiting) {
    const label =
      at === undefined ? say(language, 'atSomeClose') : say(language, 'atClose', { day: closeText(at) });
    byDay.set(label, (byDay.get(label) ?? 0) + amount);
  }
  const rows = [...byDay].map(([label, amount]) => [
    `  ${label}`,
    say(language, 'atMost', { amount: yuan(amount) }),
  ]);
  return [say(language, 'syncRetired'), ...table(rows)];
}

/** What the wallet that was backed up held, until the last of its coins is closed. */
function restoredLines(restored: Held | undefined, { language, now }: Context): string[] {
  if (restored?.closes === undefined || now() >= restored.closes) return [];
  return [say(language, 'syncRestored'), ...heldLines(restored, language)];
}

/** The holder of a wallet that a proof names is told at every sync: what happened, what is owed, what to do. */
function culpritLines(entry: FraudCase, language: Language): string[] {
  const values = {
    case: shortId(entry.caseId),
    paid: yuan(entry.paidFen),
    receivable: yuan(entry.receivableFen),
  };
  return [
    say(language, 'culpritCase', { ...values, what: proofFormSaid(entry.form) }),
    say(language, 'culpritPaid', values),
    say(language, entry.receivableFen > 0 ? 'culpritOwes' : 'culpritSettled', values),
    say(language, 'culpritTodo', values),
  ];
}
