/**
 * The line of one coin: every input that the registry stored, as a tree from the coin to the deepest owners.
 *
 * Pure: rows in, decisions out. It answers what a claim gets (SET-2, SET-5), which messages conflict (SET-4)
 * and to whom the registry's walk gives what nobody claimed (SET-7).
 */
import type { IdText, KeyText } from '@duet/protocol/brand';
import type { Code } from '@duet/protocol/codes';

export type PieceKind = 'spend' | 'claim' | 'return';

/** One stored input. */
export interface Piece {
  readonly kind: PieceKind;
  readonly child: IdText;
  readonly index: number;
  /** Node that it takes from: {@link ROOT}, or {@link nodeOf} the parent Spend and input. */
  readonly parent: string;
  readonly from: number;
  readonly to: number;
  readonly signer: KeyText;
  /** Spends: who gets it. */
  readonly payee?: KeyText;
  readonly void: boolean;
  /** Order of arrival. */
  readonly stored: number;
}

/** What was credited for a claim or return; line 0 is the coin, others are branches paid by a fund. */
export interface Credit {
  readonly child: IdText;
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly source: 'coin' | 'fund' | 'close';
  /** Close: the ledger account that got it. */
  readonly account?: string;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What one part of a claim gets. */
export interface Judgement extends Interval {
  readonly source: 'coin' | 'fund' | 'none';
  /** Why nothing is credited. */
  readonly code?: Code;
  /** Fund: the key that signed both branches. */
  readonly culprit?: KeyText;
  /** Fund: the branch is this line. */
  readonly line?: number;
  /** After the close: the ledger account that owes it. */
  readonly debtor?: string;
}

/** A range with its deepest owner, and the node by which the owner has it. */
export interface Owned extends Interval {
  readonly owner: KeyText;
  readonly node: string;
}

/** Two inputs of one key with one parent that overlap, at least one of them a Spend. */
export interface Conflict {
  readonly culprit: KeyText;
  readonly first: Piece;
  readonly second: Piece;
}

export const ROOT = 'coin';
export const nodeOf = (child: IdText, index: number): string => `${child}:${index}`;

/** `range` less everything in `taken`, in order. */
export function without(range: Interval, taken: readonly Interval[]): Interval[] {
  let left: Interval[] = [range];
  for (const cut of taken) {
    left = left
      .flatMap(({ from, to }) => [
        ...(cut.from > from ? [{ from, to: Math.min(to, cut.from) }] : []),
        ...(cut.to < to ? [{ from: Math.max(from, cut.to), to }] : []),
      ])
      .filter(({ from, to }) => from < to);
  }
  return left;
}

const lengthOf = (ranges: readonly Interval[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0);

const overlaps = (a: Interval, b: Interval): boolean => a.from < b.to && b.from < a.to;

const common = (a: Interval, b: Interval): Interval => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
});

export class Line {
  readonly value: number;
  readonly owner: KeyText;
  readonly pieces: readonly Piece[];
  readonly #byNode: ReadonlyMap<string, Piece>;
  readonly #children: ReadonlyMap<string, readonly Piece[]>;

  constructor(value: number, owner: KeyText, pieces: readonly Piece[]) {
    this.value = value;
    this.owner = owner;
    this.pieces = pieces;
    this.#byNode = new Map(pieces.map((piece) => [nodeOf(piece.child, piece.index), piece]));
    const children = new Map<string, Piece[]>();
    for (const piece of pieces) {
      const siblings = children.get(piece.parent);
      if (siblings) siblings.push(piece);
      else children.set(piece.parent, [piece]);
    }
    for (const list of children.values()) list.sort((a, b) => a.stored - b.stored);
    this.#children = children;
  }

  /** The pieces from the coin to this one, itself included; `undefined` when a parent is not stored. */
  pathTo(piece: Piece): Piece[] | undefined {
    const path = [piece];
    let parent = piece.parent;
    while (parent !== ROOT) {
      const above = this.#byNode.get(parent);
      if (!above || path.length > this.pieces.length) return undefined;
      path.push(above);
      parent = above.parent;
    }
    return path.reverse();
  }

  /** What a piece takes from, and whose it is; `undefined` when the path to it is not stored. */
  parentOf(
    piece: Piece,
  ): { readonly from: number; readonly to: number; readonly owner: KeyText } | undefined {
    if (piece.parent === ROOT) return { from: 0, to: this.value, owner: this.owner };
    const above = this.#byNode.get(piece.parent);
    if (!above?.payee || !this.pathTo(piece)) return undefined;
    return { from: above.from, to: above.to, owner: above.payee };
  }

  find(child: IdText, index: number): Piece | undefined {
    return this.#byNode.get(nodeOf(child, index));
  }

  /** Every conflicting pair, earlier stored first. Void spends count: a voided range is never signed again. */
  conflicts(): Conflict[] {
    const found: Conflict[] = [];
    for (const siblings of this.#children.values()) {
      const signed = siblings.filter((piece) => piece.kind !== 'return').sort((a, b) => a.from - b.from);
      for (const [i, a] of signed.entries()) {
        for (let j = i + 1; j < signed.length; j++) {
          const b = signed[j];
          if (!b || b.from >= a.to) break;
          if (a.kind === 'claim' && b.kind === 'claim') continue;
          const [first, second] = a.stored <= b.stored ? [a, b] : [b, a];
          found.push({ culprit: a.signer, first, second });
        }
      }
    }
    return found;
  }

  /**
   * What a claim or return gets, given what was credited before. Its own earlier credits are not asked for
   * again by the caller.
   */
  judge(claim: Piece, credits: readonly Credit[]): Judgement[] {
    const path = this.pathTo(claim);
    const refuse = (ranges: readonly Interval[], code: Code): Judgement[] =>
      ranges.map(({ from, to }) => ({ from, to, source: 'none', code }));
    if (!path) return refuse([claim], 'spend-unknown');
    // A payee gets nothing on what its own Verdict voided; those whom it paid with it are on a branch of their own.
    if (path.some((piece, place) => piece.void && path[place + 1]?.signer === claim.signer)) {
      return refuse([claim], 'spend-void');
    }
    const own = this.#ownSpends(claim, path);
    const left = without(claim, own);
    const refused =
      own.length === 0
        ? []
        : refuse(
            own.map((piece) => common(piece, claim)),
            'culprit',
          );
    return [...refused, ...left.flatMap((range) => this.#judgeRange(range, claim, path, credits))].sort(
      (a, b) => a.from - b.from,
    );
  }

  /**
   * Spends of the claimant that stand against its claim (SET-5): those that part from the claim's path at two
   * messages of its own, and for a key that some conflict names all of them. What it spent of the same range on
   * the other branch of somebody else's double spend is no fault of its own.
   */
  #ownSpends(claim: Piece, path: readonly Piece[]): Piece[] {
    const onPath = new Set(path);
    const candidates = this.pieces.filter(
      (piece) =>
        piece.kind === 'spend' &&
        piece.signer === claim.signer &&
        !onPath.has(piece) &&
        overlaps(piece, claim),
    );
    if (candidates.length === 0) return candidates;
    const named = this.conflicts().some(({ culprit }) => culprit === claim.signer);
    return candidates.filter((piece) => {
      const other = this.pathTo(piece);
      const parted = other && divergence(path, other);
      if (!parted) return true;
      // A Return gives back the very Spend that its payee voided, and whoever used that one answers for it.
      if (parted.ours.kind === 'return' && parted.theirs.void) return false;
      return named || parted.ours.signer === claim.signer;
    });
  }

  /** Cuts a range at every credit and judges each part. */
  #judgeRange(
    range: Interval,
    claim: Piece,
    path: readonly Piece[],
    credits: readonly Credit[],
  ): Judgement[] {
    const inside = credits.filter((credit) => overlaps(credit, range));
    const cuts = new Set([range.from, range.to]);
    for (const credit of inside)
      for (const at of [credit.from, credit.to]) if (at > range.from && at < range.to) cuts.add(at);
    const points = [...cuts].sort((a, b) => a - b);
    const parts: Judgement[] = [];
    for (let i = 1; i < points.length; i++) {
      const part = { from: points[i - 1] ?? range.from, to: points[i] ?? range.to };
      parts.push(
        this.#judgePart(
          part,
          claim,
          path,
          inside.filter((credit) => overlaps(credit, part)),
        ),
      );
    }
    return parts;
  }

  /** All of `credits` cover the whole part. */
  #judgePart(part: Interval, claim: Piece, path: readonly Piece[], credits: readonly Credit[]): Judgement {
    const voidAt = path.findLastIndex((piece) => piece.void);
    const voided = path[voidAt];
    // Whoever signed on what its own Verdict voided made this branch, those below it excepted.
    let culprit = voided && path[voidAt + 1]?.signer;
    let depth = voidAt;
    for (const credit of credits) {
      const other = this.find(credit.child, credit.index);
      const otherPath = other && this.pathTo(other);
      const parted = otherPath && divergence(path, otherPath);
      // The same owner again, or two claims of one owner: credited once, and nobody is accused.
      if (!parted || (parted.ours.kind !== 'spend' && parted.theirs.kind !== 'spend')) {
        return { ...part, source: 'none', code: 'already-claimed' };
      }
      if (culpritOf(parted) === claim.signer) return { ...part, source: 'none', code: 'culprit' };
      // The branch was made where it parts last from what was credited.
      if (parted.depth <= depth && culprit !== undefined) continue;
      culprit = culpritOf(parted);
      depth = parted.depth;
    }
    // Behind a voided Spend the coin has nothing to give: it goes back to who returned it.
    if (!voided && !credits.some((credit) => credit.line === 0)) return { ...part, source: 'coin', line: 0 };
    if (culprit === undefined) return { ...part, source: 'none', code: 'culprit' };
    const line = 1 + Math.max(0, ...credits.map((credit) => credit.line));
    return { ...part, source: 'fund', culprit, line };
  }

  /** To whom the walk gives what line 0 has not credited: the deepest owner, first stored branch first. */
  walk(credits: readonly Credit[]): Owned[] {
    const open = without(
      { from: 0, to: this.value },
      credits.filter((credit) => credit.line === 0),
    );
    return open.flatMap((range) => this.#own(ROOT, this.owner, range));
  }

  /** Of each Spend what reached its payee or those after: was credited below it, or is given there by the walk. */
  reached(credits: readonly Credit[], walked: readonly Owned[]): Map<Piece, number> {
    const below = new Map<Piece, Interval[]>();
    const add = (end: Piece | undefined, { from, to }: Interval): void => {
      for (const piece of (end && this.pathTo(end)) ?? [])
        if (piece.kind === 'spend') below.set(piece, [...(below.get(piece) ?? []), { from, to }]);
    };
    for (const credit of credits) add(this.find(credit.child, credit.index), credit);
    for (const owned of walked) add(this.#byNode.get(owned.node), owned);
    const spends = this.pieces.filter(({ kind }) => kind === 'spend');
    return new Map(
      spends.map((piece) => {
        const missed = without(piece, below.get(piece) ?? []);
        return [piece, piece.to - piece.from - lengthOf(missed)];
      }),
    );
  }

  #own(node: string, owner: KeyText, range: Interval): Owned[] {
    const out: Owned[] = [];
    let left = [range];
    for (const piece of this.#children.get(node) ?? []) {
      if (piece.kind !== 'spend' || piece.void || piece.payee === undefined) continue;
      for (const part of left.filter((interval) => overlaps(interval, piece))) {
        out.push(...this.#own(nodeOf(piece.child, piece.index), piece.payee, common(part, piece)));
      }
      left = left.flatMap((interval) => without(interval, [piece]));
    }
    for (const { from, to } of left) out.push({ from, to, owner, node });
    return out.sort((a, b) => a.from - b.from);
  }
}

/** Who made both branches: their signer; of a Return and a voided Spend the payee that voided it and used it. */
function culpritOf({ ours, theirs }: Parting): KeyText | undefined {
  if (ours.kind === 'return' && theirs.void) return theirs.payee;
  if (theirs.kind === 'return' && ours.void) return ours.payee;
  return ours.signer;
}

/** Two siblings under one parent, and how many messages the paths share before them. */
export interface Parting {
  readonly ours: Piece;
  readonly theirs: Piece;
  readonly depth: number;
}

/** Where two paths part: siblings under one parent. `undefined` when one is a prefix of the other. */
export function divergence(ours: readonly Piece[], theirs: readonly Piece[]): Parting | undefined {
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const [a, b] = [ours[i], theirs[i]];
    if (a && b && (a.child !== b.child || a.index !== b.index)) return { ours: a, theirs: b, depth: i };
  }
  return undefined;
}
