/** `duet bench`: what a payment costs. What it does is loaded when it runs. */
import type { Result } from '@duet/protocol/rejection';
import type { Command } from 'commander';
import type { Context, Run } from '../context.ts';
import type { JsonValue, Outcome } from '../outcome.ts';
import type { PaymentRow } from './payment.ts';
import { addSettleBench } from './settle-command.ts';

const AFTER = `
Rows: suite 1 (P-256) and 2 (SM2), first and third hop, stored in memory and in SQLite, certificates warm (both
met before) and cold. CPU of this process, median over turns; rawCryptoMs is the cost of the operations that
docs/spec/limits.md counts for such a payment, measured in the same turns; operations are those that were really made.
`;

export function registerBench(program: Command, run: Run): void {
  const bench = program.command('bench').description('measure what payments cost on this machine');
  bench
    .command('payment')
    .description('CPU of one whole offline payment on each side, against the raw cost of its operations')
    .option('--quick', 'the first row alone')
    .addHelpText('after', AFTER)
    .action(({ quick }: { quick?: boolean }) => run((context) => benchPayment(quick === true, context)));
  addSettleBench(bench, run);
}

async function benchPayment(quick: boolean, context: Context): Promise<Result<Outcome>> {
  const { measurePayments, paymentCases } = await import('./payment.ts');
  const { table } = await import('../text/format.ts');
  const progress = context.progress('Measuring payments');
  try {
    const cases = paymentCases();
    const rows = await measurePayments(quick ? cases.slice(0, 1) : cases, undefined, (done, total) =>
      progress.update(`Measuring payments: ${done} of ${total}`),
    );
    const lines = table([HEAD, ...rows.map(cellsOf)], ['left', 'right', 'left', 'left']);
    return { ok: true, value: { json: rows.map(jsonOf), lines } };
  } finally {
    progress.stop();
  }
}

const HEAD = [
  'suite',
  'hop',
  'store',
  'keys',
  'payer ms',
  'payee ms',
  'raw ms',
  'ratio',
  'request',
  'offer',
  'sealed',
];

const cellsOf = (row: PaymentRow): string[] => [
  String(row.suite),
  String(row.hop),
  row.store,
  row.certificates,
  row.payerMs.toFixed(3),
  row.payeeMs.toFixed(3),
  row.rawCryptoMs.toFixed(3),
  row.ratio.toFixed(2),
  `${row.requestBytes} B`,
  `${row.offerBytes} B`,
  `${row.sealedOfferBytes} B`,
];

const jsonOf = (row: PaymentRow): JsonValue => ({ ...row, operations: { ...row.operations } });
