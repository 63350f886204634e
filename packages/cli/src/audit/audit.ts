/** `duet audit` (SET-12). */
import { accept, type Result } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { withIssuer } from '../issuer/local-issuer.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { table, yuan } from '../text/format.ts';
import { pick, say } from '../text/messages.ts';
import { phraseIn } from '../text/refusal.ts';
import { ACCOUNT_KINDS } from '../text/reports.ts';
import { alarmJson, alarmLines } from './alarms.ts';

export function audit(context: Context): Promise<Result<Outcome>> {
  return withIssuer(context, { create: false }, async ({ registry }) => {
    const progress = context.progress(say(context.language, 'auditing'));
    const report = await registry.audit().finally(() => progress.stop());
    const alarms = await registry.alarms();
    const { balanced, differenceFen, supplyFen, accounts, coins, problems } = report;
    const { language, paint } = context;
    const held = Object.entries(accounts)
      .filter(([kind, amount]) => kind !== 'supply' && amount !== 0)
      .sort(([a], [b]) => a.localeCompare(b));
    const rows = held.map(([kind, amount]) => [
      `  ${pick(language, ACCOUNT_KINDS[kind] ?? [kind, kind])}`,
      yuan(amount),
    ]);
    return accept({
      json: { ...report, alarms: alarms.map(alarmJson) },
      lines: [
        say(language, 'auditSupply', { amount: yuan(supplyFen) }),
        ...table(rows, ['left', 'right']),
        `  ${say(language, 'auditCoins', { coins })}`,
        balanced
          ? paint.green(say(language, 'auditBalanced'))
          : paint.red(say(language, 'auditDifference', { amount: yuan(differenceFen) })),
        ...problems.map((problem) => `  ${phraseIn(language, problem)}`),
        ...alarms.flatMap((alarm) => alarmLines(alarm, language)).map((line) => paint.red(line)),
      ],
      exit: balanced ? EXIT.done : EXIT.difference,
    });
  });
}
