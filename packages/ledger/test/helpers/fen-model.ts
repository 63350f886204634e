/**
 * The obvious registry, one fen at a time: no ranges, no cutting. Each fen has its own tree of messages and its
 * own list of who was paid for it.
 */
import type { KeyText } from '@duet/protocol/brand';
import { nodeOf, type Piece, ROOT } from '../../src/core/line.ts';

export interface Paid {
  readonly by: Piece;
  readonly line: number;
  readonly source: 'coin' | 'fund';
  readonly culprit?: KeyText;
}

const nodeOfPiece = ({ child, index }: Piece): string => nodeOf(child, index);
const same = (a: Piece | undefined, b: Piece | undefined): boolean =>
  a?.child === b?.child && a?.index === b?.index;

export class FenModel {
  readonly fen: number;
  readonly coinOwner: KeyText;
  readonly paid: Paid[] = [];
  #pieces: readonly Piece[] = [];

  constructor(fen: number, coinOwner: KeyText) {
    this.fen = fen;
    this.coinOwner = coinOwner;
  }

  /** Everything stored so far that covers this fen, in order of arrival. */
  judge(pieces: readonly Piece[], named: ReadonlySet<KeyText>): void {
    this.#pieces = pieces.filter(({ from, to }) => from <= this.fen && this.fen < to);
    for (const piece of this.#pieces) {
      if (piece.kind === 'spend' || this.paid.some(({ by }) => same(by, piece))) continue;
      const paid = this.#outcome(piece, named);
      if (paid) this.paid.push(paid);
    }
  }

  #outcome(claim: Piece, named: ReadonlySet<KeyText>): Paid | undefined {
    const way = this.#way(claim);
    const user = lastUserOfVoid(way);
    if (way.some((piece, i) => piece.void && way[i + 1]?.signer === claim.signer)) return undefined;
    if (this.#pieces.some((piece) => this.#standsAgainst(piece, claim, way, named))) return undefined;
    let culprit = user.key;
    let depth = user.depth;
    for (const { by } of this.paid) {
      const other = this.#way(by);
      const at = commonLength(way, other);
      const [ours, theirs] = [way[at], other[at]];
      if (!ours || !theirs || (ours.kind !== 'spend' && theirs.kind !== 'spend')) return undefined;
      const misused = [ours, theirs].find(
        (one) => one.void && (ours.kind === 'return' || theirs.kind === 'return'),
      );
      const blamed = misused ? misused.payee : ours.signer;
      if (blamed === claim.signer) return undefined;
      if (at > depth || culprit === undefined) [culprit, depth] = [blamed, at];
    }
    const coinIsFree = !this.paid.some(({ line }) => line === 0);
    if (coinIsFree && user.key === undefined) return { by: claim, line: 0, source: 'coin' };
    const line = 1 + Math.max(0, ...this.paid.map((one) => one.line));
    return culprit === undefined ? undefined : { by: claim, line, source: 'fund', culprit };
  }

  #standsAgainst(spend: Piece, claim: Piece, way: readonly Piece[], named: ReadonlySet<KeyText>): boolean {
    if (spend.kind !== 'spend' || spend.signer !== claim.signer || way.some((one) => same(one, spend)))
      return false;
    const other = this.#way(spend);
    const at = commonLength(way, other);
    if (way[at]?.kind === 'return' && other[at]?.void) return false;
    return named.has(claim.signer) || way[at]?.signer === claim.signer;
  }

  #way(piece: Piece): Piece[] {
    const above = this.#pieces.find((one) => nodeOfPiece(one) === piece.parent);
    return piece.parent === ROOT || !above ? [piece] : [...this.#way(above), piece];
  }

  /** The deepest owner by the branch that came first. */
  owner(): KeyText {
    let [node, owner] = [ROOT, this.coinOwner];
    for (;;) {
      const next = this.#pieces.find(
        (piece) => piece.parent === node && piece.kind === 'spend' && !piece.void,
      );
      if (!next?.payee) return owner;
      [node, owner] = [nodeOfPiece(next), next.payee];
    }
  }
}

function commonLength(a: readonly Piece[], b: readonly Piece[]): number {
  let length = 0;
  while (length < a.length && length < b.length && same(a[length], b[length])) length++;
  return length;
}

function lastUserOfVoid(way: readonly Piece[]): {
  readonly key: KeyText | undefined;
  readonly depth: number;
} {
  const depth = way.findLastIndex((piece) => piece.void);
  return { key: depth < 0 ? undefined : way[depth + 1]?.signer, depth };
}
