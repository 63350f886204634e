/** What a replay, or a market day, ends with: exactly these fields. */
import type { Books, DoubleSpends } from './settlement.ts';
import type { SizeRange, Tally } from './tally.ts';

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
