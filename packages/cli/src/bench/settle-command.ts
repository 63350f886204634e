/** `duet bench settle`. What it does is loaded when it runs. */
import type { Result } from '@duet/protocol/rejection';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context, Run } from '../context.ts';
import type { JsonValue, Outcome } from '../outcome.ts';
import type { SettleRow } from './settle.ts';

const AFTER = `
Rows: a fresh registry, then one that already holds --preload claims. A claim is one received first-hop spend by a
distinct payer; each signed Claim has at most 16 of them. Durable, every signature verified, conflicts searched,
postings written. rawVerifyPerSecond is what one core verifies in the same run; ratio is claimsPerSecond by that.
`;

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is wanted.');
  return value;
};

interface Options {
  readonly claims: number;
  readonly preload: number;
  readonly workers: number;
}

const INPUTS_PER_CLAIM = 16;

export function addSettleBench(bench: Command, run: Run): void {
  bench
    .command('settle')
    .description('claims per second through the registry, on a fresh database and on a full one')
    .option('--claims <number>', 'claims measured in each row', count, 60_000)
    .option(
      '--preload <number>',
      'claims that the second row holds before; 0 leaves it out',
      count,
      1_000_000,
    )
    .option('--workers <number>', 'threads that settle; 0 settles in the main thread', count, 2)
    .addHelpText('after', AFTER)
    .action((options: Options) => run((context) => benchSettleCommand(options, context)));
}

async function benchSettleCommand(options: Options, context: Context): Promise<Result<Outcome>> {
  const { benchSettle } = await import('./settle.ts');
  const { table } = await import('../text/format.ts');
  const progress = context.progress('Measuring settlement');
  try {
    const rows = await benchSettle({
      ...options,
      inputsPerClaim: INPUTS_PER_CLAIM,
      progress: (text) => progress.update(text),
    });
    return { ok: true, value: { json: rows.map(jsonOf), lines: table([HEAD, ...rows.map(cellsOf)], []) } };
  } finally {
    progress.stop();
  }
}

const HEAD = ['held before', 'claims/s', 'raw verify/s', 'ratio', 'verified/input', 'node ms', 'postgres ms'];

const cellsOf = (row: SettleRow): string[] => [
  String(row.preloadedClaims),
  String(row.claimsPerSecond),
  String(row.rawVerifyPerSecond),
  row.ratio.toFixed(2),
  row.verificationsPerInput.toFixed(2),
  row.nodeCpuMsPerClaim.toFixed(3),
  row.postgresCpuMsPerClaim.toFixed(3),
];

const jsonOf = (row: SettleRow): JsonValue => ({ ...row });
