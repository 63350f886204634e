/**
 * Coins of a batch on which two of its own inputs meet, by the rule that `settle_batch` has for stored pieces: orders
 * overlap, inputs of one parent overlap, or one key gave one seq to two messages (SET-2, SET-4). Such a coin is judged piece
 * by piece. Work grows as n log n with the inputs, however many are of one coin.
 */
import { equalBytes, toHex } from '@duet/protocol/bytes';

/** An input of a batch; its range is not empty. */
export interface BatchInput {
  readonly coinText: string;
  readonly child: Uint8Array;
  /** 0 spend; claims and returns are above. */
  readonly kind: number;
  readonly parent: Uint8Array;
  readonly parentIndex: number;
  readonly from: number;
  readonly to: number;
  readonly signer: Uint8Array;
  readonly seq?: number;
}

/** Ids in hexadecimal of the coins on which inputs meet. */
export function rivalCoins(inputs: readonly BatchInput[]): ReadonlySet<string> {
  const rivals = new Set<string>();
  for (const [coin, own] of groupsBy(inputs, ({ coinText }) => coinText))
    if (own.length > 1 && haveRivals(own)) rivals.add(coin);
  return rivals;
}

function haveRivals(inputs: readonly BatchInput[]): boolean {
  if (overlaps(inputs.filter(({ kind }) => kind > 0))) return true;
  const siblings = groupsBy(inputs, ({ parent, parentIndex }) => `${toHex(parent)}:${parentIndex}`);
  if ([...siblings.values()].some(overlaps)) return true;
  const counted = inputs.filter(({ seq }) => seq !== undefined);
  const numbers = groupsBy(counted, ({ signer, seq }) => `${toHex(signer)}:${seq}`);
  return [...numbers.values()].some(([first, ...others]) =>
    others.some(({ child }) => !equalBytes(child, first?.child ?? child)),
  );
}

/** Whether any two ranges share a fen. */
function overlaps(ranges: readonly BatchInput[]): boolean {
  let end = 0;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from < end) return true;
    end = to;
  }
  return false;
}

function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
