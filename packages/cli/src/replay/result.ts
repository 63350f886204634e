/** What a replay, or a market day, ends with: exactly these fields. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOutput } from '../io/files.ts';
import type { Books, DoubleSpends } from './settlement.ts';
import type { SizeRange, Tally } from './tally.ts';
import { FUNDS_NAME } from './transfers.ts';

export interface ReplayResult {
  readonly transfers: number;
  /** Acceptances by payees. */
  readonly paid: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly loads: number;
  readonly syncs: number;
  /** Payments by provenance depth. */
  readonly hops: Readonly<Record<string, number>>;
  /** Opened offers, by provenance depth. */
  readonly offerBytes: Readonly<Record<string, SizeRange>>;
  readonly doubleSpends: DoubleSpends;
  readonly unpaidHonestPayees: number;
  readonly audit: { readonly balanced: boolean; readonly differenceFen: number };
  /** Name of the JSON file with every node's final balance. */
  readonly balancesFen: string;
  /** By phase. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface ResultParts {
  readonly tally: Tally;
  readonly books: Books;
  readonly doubleSpends: DoubleSpends;
  readonly unpaidHonestPayees: number;
  readonly balancesFile: string;
  readonly seconds: Readonly<Record<string, number>>;
}

export function resultOf(parts: ResultParts): ReplayResult {
  const { tally, books } = parts;
  return {
    transfers: tally.transfers,
    paid: tally.paid,
    refused: tally.refused(),
    loads: tally.loads,
    syncs: tally.syncs,
    hops: tally.hops(),
    offerBytes: tally.offerBytes(),
    doubleSpends: parts.doubleSpends,
    unpaidHonestPayees: parts.unpaidHonestPayees,
    audit: { balanced: books.balanced, differenceFen: books.differenceFen },
    balancesFen: parts.balancesFile,
    seconds: parts.seconds,
  };
}

/** Nothing is missing: balanced books, every planted double spend proven, nobody honest named or unpaid. */
export const isClean = ({ audit, doubleSpends, unpaidHonestPayees }: ReplayResult): boolean =>
  audit.balanced &&
  audit.differenceFen === 0 &&
  doubleSpends.honestNamed === 0 &&
  doubleSpends.proven === doubleSpends.planted &&
  unpaidHonestPayees === 0;

/** Writes `{"node": fen, …, "funds": {"operator": fen}}` into a new temporary folder; gives the file's name. */
export function writeBalances(names: readonly string[], books: Books): string {
  const file = join(mkdtempSync(join(tmpdir(), 'duet-balances-')), 'balances.json');
  const nodes = names.map((name, number) => `${JSON.stringify(name)}:${books.balances[number] ?? 0}`);
  const funds = [...books.funds].sort(([a], [b]) => a - b).map(([operator, fund]) => `"${operator}":${fund}`);
  writeOutput(file, `{${[...nodes, `"${FUNDS_NAME}":{${funds.join(',')}}`].join(',\n')}}\n`);
  return file;
}
