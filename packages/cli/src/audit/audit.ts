/** `duet audit` (SET-12). */
import { accept, type Result } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { withIssuer } from '../issuer/local-issuer.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { table, yuan } from '../text/format.ts';
import { say } from '../text/messages.ts';
import { alarmJson, alarmLines } from './alarms.ts';

export function audit(context: Context): Promise<Result<Outcome>> {
  return withIssuer(context, { create: false }, async ({ registry }) => {
    const progress = context.progress(say(context.language, 'auditing'));
    const report = await registry.audit().finally(() => progress.stop());
    const alarms = await registry.alarms();
    const { balanced, differenceFen, supplyFen, accounts, coins, problems } = report;
    const { paint } = context;
    const held = Object.entries(accounts)
      .filter(([kind, amount]) => kind !== 'supply' && amount !== 0)
      .sort(([a], [b]) => a.localeCompare(b));
    const rows = held.map(([kind, amount]) => [`  ${kind}`, yuan(amount)]);
    return accept({
      json: { ...report, alarms: alarms.map(alarmJson) },
      lines: [
        `Supply: ${yuan(supplyFen)} yuan. Where it is:`,
        ...table(rows, ['left', 'right']),
        `  ${coins} coins recomputed from their claims`,
        balanced
          ? paint.green('Balanced to the fen.')
          : paint.red(`Not balanced: ${yuan(differenceFen)} yuan of difference.`),
        ...problems.map((problem) => `  ${problem}`),
        ...alarms.flatMap((alarm) => alarmLines(alarm)).map((line) => paint.red(line)),
      ],
      exit: balanced ? EXIT.done : EXIT.difference,
    });
  });
}
