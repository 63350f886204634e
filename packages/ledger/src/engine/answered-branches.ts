/**
 * Holders on a second branch who answered with a Verdict and never claimed, such as those whose phone is lost: at
 * the close the guarantee fund pays them as if they had claimed (SET-5, SET-7). A branch known only from its
 * payer's side is paid from the coin or not at all.
 */
import { type Credit, type Judgement, Line, nodeOf, type Owned, type Piece, without } from '../core/line.ts';
import { idOf, type LoadedLine } from '../sql/lines.ts';
import { paymentKey, paymentOf } from '../sql/payments.ts';
import type { Queryable, StoredPiece } from '../sql/rows.ts';
import { isBy, readVerdicts } from '../sql/verdicts.ts';
import { accountOfKey } from './late.ts';

export interface AnsweredPart {
  readonly part: Judgement;
  /** As if the holder had claimed at the close. */
  readonly row: StoredPiece;
  readonly account: string;
}

/** Parts that the fund owes, given what the walk gave to whom. */
export async function answeredBranches(
  queryable: Queryable,
  { coin, line, rows, credits }: LoadedLine,
  walked: readonly Owned[],
  closing: readonly Credit[],
): Promise<AnsweredPart[]> {
  const disputed = line.conflicts().length > 0 || line.pieces.some((piece) => piece.void);
  if (!disputed) return [];
  const child = idOf(coin.coin_id);
  const taken = walked.map(({ from, to, owner, node }, index): Piece => {
    return { kind: 'claim', child, index, parent: node, from, to, signer: owner, void: false, stored: 0 };
  });
  const closed = new Line(line.value, line.owner, [...line.pieces, ...taken]);
  const known: Credit[] = [...credits, ...closing];
  const answered = await answeredSpends(queryable, [...rows.values()]);
  const parts: AnsweredPart[] = [];
  for (const [piece, row] of rows) {
    if (piece.void || !piece.payee || !answered.has(piece.child)) continue;
    const node = nodeOf(piece.child, piece.index);
    const gone = line.pieces.filter(
      (other) => other.parent === node && other.kind === 'spend' && !other.void,
    );
    for (const range of without(piece, gone)) {
      const index = walked.length + parts.length;
      const claim: Piece = {
        ...piece,
        ...range,
        kind: 'claim',
        child,
        index,
        parent: node,
        signer: piece.payee,
      };
      for (const part of closed.judge(claim, known)) {
        if (part.source !== 'fund') continue;
        const account = await accountOfKey(queryable, Buffer.from(piece.payee, 'hex'), coin);
        const place = walked.length + parts.length;
        parts.push({
          part,
          row: {
            ...row,
            child_id: coin.coin_id,
            child_index: place,
            signer: row.payee ?? row.signer,
            account,
            account_operator: null,
          },
          account,
        });
      }
    }
  }
  return parts;
}

/** Spends that a Verdict of their payee lists, by id in hex. */
async function answeredSpends(queryable: Queryable, rows: readonly StoredPiece[]): Promise<Set<string>> {
  const verdicts = await readVerdicts(
    queryable,
    rows.flatMap((row) => paymentOf(row) ?? []),
  );
  const lists = (row: StoredPiece): boolean => {
    const payment = paymentOf(row);
    const known = payment && verdicts.get(paymentKey(payment));
    return (
      known?.some((one) => isBy(one, row.payee) && one.accepted.some((id) => id.equals(row.child_id))) ??
      false
    );
  };
  return new Set(rows.filter(lists).map((row) => row.child_id.toString('hex')));
}
