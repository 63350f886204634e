/**
 * Honest histories: three wallets that keep every rule pay, refund, void, return, claim and claim again in any
 * order that a script says. Every message they sign is kept, for whoever tries to accuse them with it.
 */
import fc from 'fast-check';
import type { PayeeDocument, RequestMessage } from '../../src/messages/request-message.ts';
import { fen } from '../../src/money.ts';
import { CLAIM, type Claim, RETURN, type Return } from '../../src/objects/claim.ts';
import type { Coin } from '../../src/objects/coin.ts';
import type { Handle } from '../../src/objects/fields.ts';
import type { Spend } from '../../src/objects/spend.ts';
import type { Verdict } from '../../src/objects/verdict.ts';
import {
  cut,
  inputsOf,
  nonceOf,
  type Piece,
  receivedBy,
  requestTo,
  spendOf,
  verdictOf,
  wholeOf,
} from './payments.ts';
import { type KeyPair, keyPair } from './signing.ts';
import { at, bytesOf, coinOf, signed, wallet } from './world.ts';

/** One thing that happens; numbers choose among what is there. */
export interface Event {
  readonly kind: 'pay' | 'standing' | 'void' | 'refund' | 'claim' | 'claim-again';
  readonly from: number;
  readonly to: number;
  readonly piece: number;
  /** Two pieces of one key in one Spend, where there are two. */
  readonly both: boolean;
  /** Tenths of the piece. */
  readonly start: number;
  readonly length: number;
}

export const event: fc.Arbitrary<Event> = fc.record({
  kind: fc.constantFrom<Event['kind'][]>(
    'pay',
    'pay',
    'pay',
    'standing',
    'void',
    'refund',
    'claim',
    'claim-again',
  ),
  from: fc.nat({ max: 2 }),
  to: fc.nat({ max: 1 }),
  piece: fc.nat({ max: 7 }),
  both: fc.boolean(),
  start: fc.nat({ max: 9 }),
  length: fc.integer({ min: 1, max: 10 }),
});

/** A key of a wallet, with the document under which it is known. */
export interface Holder {
  readonly key: KeyPair;
  readonly document: PayeeDocument;
}

interface Owned {
  readonly holder: Holder;
  readonly piece: Piece;
  /** How it was received; absent for the rest of a coin. */
  readonly source?: { readonly spend: Spend; readonly payer: Holder };
}

/** Every signed message of a history with the key that made it. */
export interface Made<T> {
  readonly object: T;
  readonly holder: Holder;
}

export class HonestHistory {
  readonly coins: Coin[] = [];
  readonly holders: Holder[] = [];
  readonly spends: Made<Spend>[] = [];
  readonly claims: Made<Claim>[] = [];
  readonly returns: Made<Return>[] = [];
  readonly verdicts: Made<Verdict>[] = [];
  readonly requests: Made<RequestMessage>[] = [];
  readonly #owned: Owned[][] = [];
  readonly #claimed: Owned[] = [];
  readonly #payees: Holder[] = [];
  readonly #standing: RequestMessage[] = [];
  readonly #seq: Map<Holder, number> = new Map();
  #count = 0;

  constructor(events: readonly Event[]) {
    for (const name of ['ann', 'ben', 'cleo']) this.#open(name);
    for (const happening of events) this.#happen(happening);
  }

  #open(name: string): void {
    const { key, certificate } = wallet(name);
    const payee = { key, document: certificate };
    const coinKey = keyPair(`${name} coin`);
    const coin = coinOf(coinKey, `${name} coin`, 10_000);
    const owner = { key: coinKey, document: coin };
    this.coins.push(coin);
    this.holders.push(payee, owner);
    this.#payees.push(payee);
    this.#owned.push([{ holder: owner, piece: wholeOf(coin) }]);
    const standing = requestTo(key, certificate, { standing: true, name: `standing ${name}` });
    this.#standing.push(standing);
    this.requests.push({ object: standing, holder: payee });
  }

  #happen(happening: Event): void {
    const { kind, from, to } = happening;
    this.#count++;
    switch (kind) {
      case 'claim':
        this.#claim(from, happening.piece);
        break;
      case 'claim-again':
        this.#claimAgain(happening.piece);
        break;
      case 'refund':
        this.#refund(from, happening.piece);
        break;
      default:
        this.#pay(happening, to < from ? to : to + 1, kind === 'standing', kind === 'void');
    }
  }

  /** Takes a part of a piece out of a wallet; the rest stays. */
  #take(from: number, { piece, start, length }: Event): Owned | undefined {
    const owned = this.#owned[from] ?? [];
    const chosen = owned[piece % Math.max(1, owned.length)];
    if (!chosen) return undefined;
    const size = chosen.piece.to - chosen.piece.from;
    const first = chosen.piece.from + Math.floor((size * start) / 10);
    const last = Math.min(chosen.piece.to, first + Math.max(1, Math.floor((size * length) / 10)));
    owned.splice(owned.indexOf(chosen), 1);
    if (first > chosen.piece.from)
      owned.push({ ...chosen, piece: cut(chosen.piece, chosen.piece.from, first) });
    if (last < chosen.piece.to) owned.push({ ...chosen, piece: cut(chosen.piece, last, chosen.piece.to) });
    return { ...chosen, piece: cut(chosen.piece, first, last) };
  }

  #pay(happening: Event, to: number, standing: boolean, voided: boolean): void {
    const payee = this.#payees[to];
    const one = this.#take(happening.from, happening);
    if (!one || !payee) return;
    const pieces = [one.piece];
    const owned = this.#owned[happening.from] ?? [];
    const other =
      happening.both &&
      owned.find(({ holder, piece }) => holder === one.holder && piece.parent !== one.piece.parent);
    if (other) {
      owned.splice(owned.indexOf(other), 1);
      pieces.push(other.piece);
    }
    const amount = pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
    const request = standing
      ? this.#standing[to]
      : requestTo(payee.key, payee.document, { amount, name: `${this.#count}`, time: at(this.#count) });
    if (!request) return;
    if (!standing) this.requests.push({ object: request, holder: payee });
    const extras = standing ? { standing: { nonce: nonceOf(`${this.#count}`), total: fen(amount) } } : {};
    this.#settle(one.holder, pieces, request, payee, to, voided, extras);
  }

  #settle(
    payer: Holder,
    pieces: readonly Piece[],
    request: RequestMessage,
    payee: Holder,
    to: number,
    voided: boolean,
    extras: Parameters<typeof spendOf>[3],
  ): void {
    const seq = (this.#seq.get(payer) ?? 0) + 1;
    this.#seq.set(payer, seq);
    const spend = spendOf(payer.key, pieces, request, { seq, time: at(this.#count), ...extras });
    this.spends.push({ object: spend, holder: payer });
    const verdict = verdictOf(payee.key, request, voided ? [] : [spend], spend.body.standing?.nonce);
    this.verdicts.push({ object: verdict, holder: payee });
    if (voided) {
      const destination = { kind: 'account', handle: bytesOf('account', 8) as Handle } as const;
      this.returns.push({
        object: signed(RETURN, payer.key, { spends: [spend.id], operator: 1, destination }),
        holder: payer,
      });
      return;
    }
    for (const piece of receivedBy(spend, pieces, payee.document)) {
      this.#owned[to]?.push({ holder: payee, piece, source: { spend, payer } });
    }
  }

  /** PAY-10: all that is left of a received piece goes back to the very key that paid it. */
  #refund(from: number, piece: number): void {
    const owned = (this.#owned[from] ?? []).filter(({ source }) => source);
    const chosen = owned[piece % Math.max(1, owned.length)];
    if (!chosen?.source) return;
    this.#owned[from]?.splice(this.#owned[from]?.indexOf(chosen) ?? 0, 1);
    const { spend, payer } = chosen.source;
    const to = this.#owned.findIndex((_, i) => payer === this.#payees[i] || payer.document === this.coins[i]);
    const amount = chosen.piece.to - chosen.piece.from;
    const request = requestTo(payer.key, payer.document, {
      amount,
      name: `refund ${this.#count}`,
      time: at(this.#count),
    });
    this.requests.push({ object: request, holder: payer });
    this.#settle(chosen.holder, [chosen.piece], request, payer, to, false, { refundOf: spend.id });
  }

  #claim(from: number, piece: number): void {
    const owned = this.#owned[from] ?? [];
    const chosen = owned[piece % Math.max(1, owned.length)];
    if (!chosen) return;
    owned.splice(owned.indexOf(chosen), 1);
    this.#claimed.push(chosen);
    this.#sign(chosen.holder, [chosen.piece], 'first');
  }

  /** Signed again after a bad input was left out: the same range in another Claim. */
  #claimAgain(piece: number): void {
    const chosen = this.#claimed[piece % Math.max(1, this.#claimed.length)];
    if (!chosen) return;
    const others = this.#claimed.filter(
      ({ holder, piece: other }) => holder === chosen.holder && other.parent !== chosen.piece.parent,
    );
    this.#sign(
      chosen.holder,
      [chosen.piece, ...others.slice(0, 1).map((other) => other.piece)],
      `again ${this.#count}`,
    );
  }

  #sign(holder: Holder, pieces: readonly Piece[], name: string): void {
    const destination = { kind: 'account', handle: bytesOf(name, 8) as Handle } as const;
    this.claims.push({
      object: signed(CLAIM, holder.key, { inputs: inputsOf(pieces), operator: 1, destination }),
      holder,
    });
  }
}
