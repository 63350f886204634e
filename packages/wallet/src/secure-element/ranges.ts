/** Ranges of a line: taking away, giving back, length. Lists are ascending and apart. */
import { type Fen, fen, subtract, sum } from '@duet/protocol/money';
import type { Range } from '@duet/protocol/objects/fields';

export const lengthOf = (range: Range): Fen => subtract(range.to, range.from);

export const totalLength = (ranges: readonly Range[]): Fen => sum(ranges.map(lengthOf));

/** Whether one of the ranges covers all of `part`. */
export const covers = (ranges: readonly Range[], part: Range): boolean =>
  ranges.some((range) => range.from <= part.from && part.to <= range.to);

/** Takes `part` out. @throws Error when it is not covered: a bug, since `covers` was asked before */
export function without(ranges: readonly Range[], part: Range): readonly Range[] {
  const rest: Range[] = [];
  let found = false;
  for (const range of ranges) {
    if (range.from > part.from || part.to > range.to) {
      rest.push(range);
      continue;
    }
    found = true;
    if (range.from < part.from) rest.push({ from: range.from, to: part.from });
    if (part.to < range.to) rest.push({ from: part.to, to: range.to });
  }
  if (!found) throw new Error(`range: [${part.from}, ${part.to}) is not free`);
  return rest;
}

/** Puts `part` back and joins what touches. @throws Error when something of it is there already: a bug */
export function withRange(ranges: readonly Range[], part: Range): readonly Range[] {
  const joined: Range[] = [];
  for (const range of [...ranges, part].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && range.from < last.to) throw new Error(`range: [${part.from}, ${part.to}) is free already`);
    if (last && range.from === last.to) joined[joined.length - 1] = { from: last.from, to: range.to };
    else joined.push(range);
  }
  return joined;
}

/** The first `amount` of a list, as ranges. */
export function takeFront(ranges: readonly Range[], amount: Fen): readonly Range[] {
  const taken: Range[] = [];
  let left: number = amount;
  for (const range of ranges) {
    if (left === 0) break;
    const to = Math.min(range.to, range.from + left);
    taken.push({ from: range.from, to: fen(to) });
    left -= to - range.from;
  }
  if (left > 0) throw new Error(`range: ${left} more than there is`);
  return taken;
}
