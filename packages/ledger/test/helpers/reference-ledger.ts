/** What the registry must hold after some uploads, fen by fen; see `fen-model.ts`. */
import type { KeyText } from '@duet/protocol/brand';
import { idText, keyText } from '@duet/protocol/bytes';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Parent } from '@duet/protocol/objects/spend';
import { nodeOf, type Piece, ROOT } from '../../src/core/line.ts';
import { FenModel } from './fen-model.ts';
import { paymentsOf } from './market.ts';
import { coinKeyOf, type Entries, type Holding, type Payment } from './money.ts';

interface Book {
  readonly fens: readonly FenModel[];
  pieces: Piece[];
}

const parentOf = ({ id, index }: Parent): string => (index === undefined ? ROOT : nodeOf(idText(id), index));

export class ReferenceLedger {
  readonly #books: Map<string, Book> = new Map();
  readonly #holdings: Map<string, Holding> = new Map();
  readonly #void: Set<string> = new Set();
  #stored = 0;

  /** Whole coins with their owners' keys. */
  constructor(coins: readonly Holding[]) {
    for (const holding of coins) {
      const { coin } = holding;
      this.#holdings.set(idText(coin.id), holding);
      const fens = Array.from(
        { length: coin.body.value },
        (_, fen) => new FenModel(fen, keyText(coin.body.owner)),
      );
      this.#books.set(coinKeyOf(coin), { fens, pieces: [] });
    }
  }

  /** Uploads that the registry settles together. */
  take(batch: readonly Entries[]): void {
    const voided = new Set(
      this.#pieces()
        .filter((piece) => piece.void)
        .map(({ child, index }) => nodeOf(child, index)),
    );
    for (const { answered = [] } of batch) {
      for (const { verdict, spend } of answered)
        if (verdict.body.accepted.length === 0) this.#void.add(idText(spend.id));
    }
    for (const entries of batch) {
      for (const payment of paymentsOf(entries))
        for (const index of payment.inputs.keys()) this.#store(payment, index);
    }
    for (const { claims = [], returns = [], answered = [] } of batch) {
      for (const claim of claims) {
        for (const [index, { parent, from, to }] of claim.body.inputs.entries()) {
          const holding = this.#holdings.get(
            parent.index === undefined ? idText(parent.id) : parentOf(parent),
          );
          if (holding)
            this.#put(holding.coin, {
              kind: 'claim',
              child: idText(claim.id),
              index,
              parent: parentOf(parent),
              from,
              to,
              signer: keyText(holding.key.publicKey),
            });
        }
      }
      for (const order of returns) {
        for (const [place, id] of order.body.spends.entries()) {
          const payment = answered.find(({ spend }) => idText(spend.id) === idText(id));
          for (const [index, { coin, parent, from, to, key }] of (payment?.inputs ?? []).entries()) {
            if (!voided.has(nodeOf(idText(id), index))) continue;
            this.#put(coin, {
              kind: 'return',
              child: idText(order.id),
              index: 1_000 * place + index,
              parent: parentOf(parent),
              from,
              to,
              signer: keyText(key.publicKey),
            });
          }
        }
      }
    }
    for (const book of this.#books.values()) this.#judge(book);
  }

  /** The way of one input, from the coin on, each message once; inputs beside the way stay unknown. */
  #store(payment: Payment, index: number): void {
    const [input, received] = [payment.inputs[index], payment.received[index]];
    if (!input || !received) return;
    const above = input.way.at(-1);
    if (above) this.#store(above, input.parent.index ?? 0);
    this.#holdings.set(parentOf(received.parent), received);
    this.#put(input.coin, {
      kind: 'spend',
      child: idText(payment.spend.id),
      index,
      parent: parentOf(input.parent),
      from: input.from,
      to: input.to,
      signer: keyText(input.key.publicKey),
      payee: keyText(payment.payee.key.publicKey),
    });
  }

  #pieces(): Piece[] {
    return [...this.#books.values()].flatMap(({ pieces }) => pieces);
  }

  #put(coin: Coin, piece: Omit<Piece, 'void' | 'stored'>): void {
    const book = this.#books.get(coinKeyOf(coin));
    if (!book || book.pieces.some(({ child, index }) => child === piece.child && index === piece.index))
      return;
    book.pieces.push({ ...piece, void: false, stored: this.#stored++ });
  }

  #judge(book: Book): void {
    book.pieces = book.pieces.map((piece) =>
      this.#void.has(piece.child) ? { ...piece, void: true } : piece,
    );
    const named = new Set(conflicting(book.pieces));
    for (const fen of book.fens) fen.judge(book.pieces, named);
  }

  /** Keys that signed one range twice, or used what their own Verdict voided. */
  guilty(): Set<KeyText> {
    const keys = new Set<KeyText>();
    for (const { pieces } of this.#books.values()) {
      for (const key of conflicting(pieces)) keys.add(key);
      for (const piece of pieces) {
        const above = pieces.find(({ child, index }) => nodeOf(child, index) === piece.parent);
        if (above?.void && piece.kind !== 'return') keys.add(piece.signer);
      }
    }
    return keys;
  }

  /** Per coin and fen: who was paid by which message, on which line; and the deepest owner of what is open. */
  state(): Map<string, { readonly paid: readonly string[]; readonly owner: KeyText | undefined }[]> {
    return new Map(
      [...this.#books].map(([coin, { fens }]) => [
        coin,
        fens.map((fen) => ({
          paid: fen.paid
            .map(({ by, line, source, culprit = '' }) => `${by.child} ${line} ${source} ${culprit}`)
            .sort(),
          owner: fen.paid.some(({ line }) => line === 0) ? undefined : fen.owner(),
        })),
      ]),
    );
  }

  /** What was paid, by the key that claimed it. */
  paid(): Map<KeyText, number> {
    const sums = new Map<KeyText, number>();
    for (const { fens } of this.#books.values()) {
      for (const { paid } of fens)
        for (const { by } of paid) sums.set(by.signer, (sums.get(by.signer) ?? 0) + 1);
    }
    return sums;
  }
}

function* conflicting(pieces: readonly Piece[]): Generator<KeyText> {
  const signed = pieces.filter(({ kind }) => kind !== 'return');
  for (const [i, a] of signed.entries()) {
    for (const b of signed.slice(i + 1)) {
      const overlap = a.parent === b.parent && a.from < b.to && b.from < a.to;
      if (overlap && (a.kind === 'spend' || b.kind === 'spend')) yield a.signer;
    }
  }
}
