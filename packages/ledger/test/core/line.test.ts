/** SET-2, SET-4, SET-5, SET-7 on one coin: ranges against one fen at a time. */
import type { IdText, KeyText } from '@duet/protocol/brand';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Credit,
  divergence,
  type Interval,
  Line,
  nodeOf,
  type Piece,
  ROOT,
  without,
} from '../../src/core/line.ts';
import { FenModel } from '../helpers/fen-model.ts';
import { type Arrival, COIN_OWNER, historyOf, inOrder, steps, VALUE } from './line-histories.ts';

const FENS = Array.from({ length: VALUE }, (_, fen) => fen);
const covers = ({ from, to }: Interval, fen: number): boolean => from <= fen && fen < to;
const weights = fc.array(fc.nat(50), { minLength: 1, maxLength: 12 });

/** The registry's book on one coin: what its review does with whatever arrives. */
class Book {
  pieces: Piece[] = [];
  readonly credits: (Credit & { readonly culprit?: KeyText })[] = [];
  readonly #models = FENS.map((fen) => new FenModel(fen, COIN_OWNER));

  get line(): Line {
    return new Line(VALUE, COIN_OWNER, this.pieces);
  }

  arrive(arrival: Arrival): void {
    if (arrival.kind === 'void') {
      this.pieces = this.pieces.map((piece) =>
        piece.child === arrival.child ? { ...piece, void: true } : piece,
      );
    } else if (!this.pieces.some(({ child }) => child === arrival.piece.child)) {
      this.pieces = [...this.pieces, { ...arrival.piece, void: false, stored: this.pieces.length }];
    }
    this.#judge();
  }

  #judge(): void {
    const { line } = this;
    for (const piece of this.pieces) {
      if (piece.kind === 'spend') continue;
      const own = this.credits.filter(({ child }) => child === piece.child);
      for (const range of without(piece, own)) {
        for (const part of line.judge({ ...piece, ...range }, this.credits)) {
          if (part.source === 'none') continue;
          const { from, to, source, line: number = 0, culprit } = part;
          this.credits.push({
            child: piece.child,
            index: 0,
            from,
            to,
            source,
            line: number,
            ...(culprit ? { culprit } : {}),
          });
        }
      }
    }
    const named = new Set(this.#conflicting().map(([one]) => one.signer));
    for (const model of this.#models) model.judge(this.pieces, named);
  }

  /** Pairs that one key may not sign, fen by fen. */
  #conflicting(): [Piece, Piece][] {
    const signed = this.pieces.filter(({ kind }) => kind !== 'return');
    return signed.flatMap((a, i) =>
      signed.slice(i + 1).flatMap((b): [Piece, Piece][] => {
        const both = a.parent === b.parent && FENS.some((fen) => covers(a, fen) && covers(b, fen));
        return both && (a.kind === 'spend' || b.kind === 'spend') ? [[a, b]] : [];
      }),
    );
  }

  /** Keys that signed one range twice, or used what their own Verdict voided. */
  guilty(): Set<KeyText> {
    const keys = new Set(this.#conflicting().map(([one]) => one.signer));
    for (const piece of this.pieces) {
      const above = this.pieces.find(({ child }) => nodeOf(child, 0) === piece.parent);
      if (above?.void && piece.kind !== 'return') keys.add(piece.signer);
    }
    return keys;
  }

  expectLikeModel(): void {
    const { line } = this;
    const walk = line.walk(this.credits);
    for (const model of this.#models) {
      const ours = this.credits.filter((credit) => covers(credit, model.fen));
      expect(
        ours.map(({ child, line: number, source, culprit }) => [child, number, source, culprit]),
      ).toEqual(
        model.paid.map(({ by, line: number, source, culprit }) => [by.child, number, source, culprit]),
      );
      const open = !ours.some((credit) => credit.line === 0);
      expect(walk.filter((one) => covers(one, model.fen)).map(({ owner }) => owner)).toEqual(
        open ? [model.owner()] : [],
      );
    }
    const pairs = (list: readonly (readonly [Piece, Piece])[]): string[] =>
      list.map(([a, b]) => `${a.child} ${b.child}`).sort();
    expect(pairs(line.conflicts().map(({ first, second }) => [first, second]))).toEqual(
      pairs(this.#conflicting()),
    );
  }

  /** SET-2: per line each fen at most once; and every fund payment names a key that really cheated. */
  expectSound(): void {
    const guilty = this.guilty();
    for (const fen of FENS) {
      const lines = this.credits.filter((credit) => covers(credit, fen)).map((credit) => credit.line);
      expect(new Set(lines).size).toBe(lines.length);
    }
    for (const { source, line: number, culprit } of this.credits) {
      expect(source === 'coin').toBe(number === 0);
      if (source === 'fund') expect(guilty).toContain(culprit);
    }
    for (const { culprit } of this.line.conflicts()) expect(guilty).toContain(culprit);
  }

  /** SET-5: whoever cheated nobody has every fen it claimed, by this message or another of the same owner. */
  expectInnocentPaid(): void {
    const guilty = this.guilty();
    for (const claim of this.pieces) {
      if (claim.kind === 'spend' || guilty.has(claim.signer)) continue;
      const same = this.pieces
        .filter(({ kind, parent }) => kind !== 'spend' && parent === claim.parent)
        .map(({ child }) => child);
      for (const fen of FENS.filter((one) => covers(claim, one))) {
        const paid = this.credits.some((credit) => covers(credit, fen) && same.includes(credit.child));
        expect({ claim: claim.child, fen, paid }).toMatchObject({ paid: true });
      }
    }
  }
}

const bookOf = (arrivals: readonly Arrival[]): Book => {
  const book = new Book();
  for (const arrival of arrivals) book.arrive(arrival);
  return book;
};

describe('SET-2 SET-4 SET-5 SET-7 the line of a coin', () => {
  test('any history in any order is judged as each fen alone would be', () => {
    fc.assert(
      fc.property(steps(14), fc.boolean(), weights, (list, honest, order) => {
        const book = new Book();
        for (const arrival of inOrder(historyOf(list, honest), order)) {
          book.arrive(arrival);
          book.expectLikeModel();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('credits never overlap on a line, funds blame cheats alone, innocents get all that they claim', () => {
    fc.assert(
      fc.property(steps(24), weights, (list, order) => {
        const book = bookOf(inOrder(historyOf(list, false), order));
        book.expectSound();
        book.expectInnocentPaid();
      }),
      { numRuns: 600 },
    );
  });

  test('an honest history has no conflict, pays every claim whole from the coin and the walk the rest, in any order', () => {
    fc.assert(
      fc.property(steps(24), weights, (list, order) => {
        const history = historyOf(list, true);
        const book = bookOf(inOrder(history, order));
        expect(book.line.conflicts()).toEqual([]);
        expect(book.guilty()).toEqual(new Set());
        expect(book.credits.every((credit) => credit.line === 0 && credit.source === 'coin')).toBe(true);
        const claimed = book.pieces
          .filter(({ kind }) => kind !== 'spend')
          .reduce((sum, { from, to }) => sum + to - from, 0);
        expect(book.credits.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(claimed);
        const walked = book.line.walk(book.credits).reduce((sum, { from, to }) => sum + to - from, 0);
        expect(claimed + walked).toBe(VALUE);
      }),
      { numRuns: 400 },
    );
  });

  test('what each owner has in the end does not depend on the order when all are honest', () => {
    fc.assert(
      fc.property(steps(20), weights, weights, (list, one, other) => {
        const history = historyOf(list, true);
        const sums = (book: Book): [string, number][] => {
          const owned = new Map<string, number>();
          const put = (owner: string, { from, to }: Interval): unknown =>
            owned.set(owner, (owned.get(owner) ?? 0) + to - from);
          for (const credit of book.credits) put(book.line.find(credit.child, 0)?.signer ?? '', credit);
          for (const range of book.line.walk(book.credits)) put(range.owner, range);
          return [...owned].sort();
        };
        expect(sums(bookOf(inOrder(history, one)))).toEqual(sums(bookOf(inOrder(history, other))));
      }),
      { numRuns: 200 },
    );
  });
});

describe('parts of the line', () => {
  const interval = fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([from, length]) => ({ from, to: from + 1 + length }));

  test('without leaves exactly the fen that nothing takes, in order', () => {
    fc.assert(
      fc.property(interval, fc.array(interval, { maxLength: 6 }), (range, taken) => {
        const left = without(range, taken);
        for (let fen = 0; fen < 45; fen++) {
          const wanted = covers(range, fen) && !taken.some((cut) => covers(cut, fen));
          expect(left.filter((one) => covers(one, fen)).length).toBe(wanted ? 1 : 0);
        }
        expect(left.every(({ from, to }, i) => from < to && (left[i - 1]?.to ?? -1) <= from)).toBe(true);
      }),
    );
  });

  const piece = (child: string, parent: string, changes: Partial<Piece> = {}): Piece => ({
    kind: 'spend',
    child: child as IdText,
    index: 0,
    parent,
    from: 0,
    to: VALUE,
    signer: COIN_OWNER,
    void: false,
    stored: 0,
    ...changes,
  });

  test('a claim on a Spend that is not stored is not judged, and a loop of parents ends', () => {
    const stray = piece('a', nodeOf('b' as IdText, 0), { kind: 'claim' });
    const loop = [stray, piece('b', nodeOf('c' as IdText, 0)), piece('c', nodeOf('b' as IdText, 0))];
    for (const pieces of [[stray], loop]) {
      const line = new Line(VALUE, COIN_OWNER, pieces);
      expect(line.pathTo(stray)).toBeUndefined();
      expect(line.judge(stray, [])).toEqual([{ from: 0, to: VALUE, source: 'none', code: 'spend-unknown' }]);
    }
  });

  test('two inputs of one Spend over one range are a conflict; two claims and a Return are none', () => {
    const conflictsOf = (...pieces: Piece[]): number =>
      new Line(VALUE, COIN_OWNER, pieces).conflicts().length;
    expect(conflictsOf(piece('a', ROOT), piece('a', ROOT, { index: 1, from: VALUE - 1 }))).toBe(1);
    expect(conflictsOf(piece('a', ROOT, { to: 5 }), piece('b', ROOT, { from: 5 }))).toBe(0);
    expect(conflictsOf(piece('a', ROOT, { kind: 'claim' }), piece('b', ROOT, { kind: 'claim' }))).toBe(0);
    expect(conflictsOf(piece('a', ROOT, { kind: 'claim' }), piece('b', ROOT))).toBe(1);
    expect(conflictsOf(piece('a', ROOT, { void: true }), piece('b', ROOT, { kind: 'return' }))).toBe(0);
    expect(conflictsOf(piece('a', ROOT, { void: true }), piece('b', ROOT))).toBe(1);
  });

  test('paths part where their messages differ first', () => {
    const [a, b, c] = [piece('a', ROOT), piece('b', 'x'), piece('c', 'x')];
    expect(divergence([a, b], [a, c])).toEqual({ ours: b, theirs: c, depth: 1 });
    expect(divergence([a], [a, c])).toBeUndefined();
  });
});
