/**
 * Histories of one coin for property tests: numbers become Spends, Claims, Returns and Verdicts of a few owners.
 *
 * `honest` owners follow the rules: nobody signs one range twice or uses what its own Verdict voided. Dishonest
 * ones sign over anything they ever owned, again and again.
 */
import type { IdText, KeyText } from '@duet/protocol/brand';
import fc from 'fast-check';
import { nodeOf, type Piece, ROOT } from '../../src/core/line.ts';

export const VALUE = 10;
const OWNERS = ['anna', 'bert', 'cora', 'dora'].map((name) => name as KeyText);
const [FIRST = 'anna' as KeyText] = OWNERS;

export { FIRST as COIN_OWNER };

/** What arrives at the registry: a signed input, or the news that a Spend's payee did not list it. */
export type Arrival =
  | { readonly kind: 'piece'; readonly piece: Omit<Piece, 'stored' | 'void'> }
  | { readonly kind: 'void'; readonly child: IdText };

type Kind = 'spend' | 'claim' | 'void';

export interface Step {
  readonly kind: Kind;
  readonly holding: number;
  readonly from: number;
  readonly length: number;
  readonly payee: number;
}

interface Holding {
  readonly node: string;
  readonly owner: KeyText;
  readonly from: number;
  readonly to: number;
}

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom<Kind>('spend', 'spend', 'spend', 'claim', 'void'),
      holding: fc.nat(40),
      from: fc.nat(VALUE),
      length: fc.integer({ min: 1, max: VALUE }),
      payee: fc.nat(OWNERS.length - 2),
    }),
    { maxLength },
  );

class History {
  readonly arrivals: Arrival[] = [];
  readonly #honest: boolean;
  #holdings: Holding[] = [{ node: ROOT, owner: FIRST, from: 0, to: VALUE }];
  readonly #spends: (Holding & { readonly child: IdText; readonly above: Holding })[] = [];
  #count = 0;

  constructor(honest: boolean) {
    this.#honest = honest;
  }

  take({ kind, holding, from, length, payee }: Step): void {
    if (kind === 'void') {
      this.#void(holding);
      return;
    }
    const above = this.#holdings[holding % this.#holdings.length];
    if (!above) return;
    const start = above.from + (from % (above.to - above.from));
    const range = { from: start, to: Math.min(above.to, start + length) };
    const child = `m${this.#count++}` as IdText;
    if (this.#honest) this.#use(above, range);
    if (kind === 'claim') return void this.arrivals.push(this.#piece('claim', child, above, range));
    const to = OWNERS.filter((owner) => owner !== above.owner)[payee] ?? FIRST;
    this.arrivals.push(this.#piece('spend', child, above, range, to));
    const received = { node: nodeOf(child, 0), owner: to, ...range };
    this.#holdings.push(received);
    this.#spends.push({ ...received, child, above });
  }

  /** A Verdict that does not list a Spend; then its payer returns it. */
  #void(number: number): void {
    const spend = this.#spends[number % Math.max(1, this.#spends.length)];
    if (!spend) return;
    const whole = this.#holdings.some(
      ({ node, from, to }) => node === spend.node && from === spend.from && to === spend.to,
    );
    if (this.#honest && !whole) return;
    if (this.#honest) this.#holdings = this.#holdings.filter(({ node }) => node !== spend.node);
    const child = `m${this.#count++}` as IdText;
    this.arrivals.push(
      { kind: 'void', child: spend.child },
      this.#piece('return', child, spend.above, spend),
    );
  }

  #use(above: Holding, range: { from: number; to: number }): void {
    this.#holdings = this.#holdings.flatMap((one) => {
      if (one !== above) return [one];
      const left = [
        { ...one, to: range.from },
        { ...one, from: range.to },
      ];
      return left.filter(({ from, to }) => from < to);
    });
  }

  #piece(
    kind: Piece['kind'],
    child: IdText,
    above: Holding,
    { from, to }: { from: number; to: number },
    payee?: KeyText,
  ): Arrival {
    const base = { kind, child, index: 0, parent: above.node, from, to, signer: above.owner };
    return { kind: 'piece', piece: payee ? { ...base, payee } : base };
  }
}

export function historyOf(list: readonly Step[], honest: boolean): readonly Arrival[] {
  const history = new History(honest);
  for (const step of list) history.take(step);
  return history.arrivals;
}

/**
 * Another order of arrival: each message at its weight, its provenance with the first message that needs it, a
 * Return after the Verdict that allows it, some of them again.
 */
export function inOrder(arrivals: readonly Arrival[], weights: readonly number[]): Arrival[] {
  const weightOf = (place: number): number => weights[place % Math.max(1, weights.length)] ?? 0;
  const order = [...arrivals.keys()].sort((a, b) => weightOf(a) - weightOf(b) || a - b);
  const bySpend = new Map<string, number>();
  for (const [place, one] of arrivals.entries())
    if (one.kind === 'piece') bySpend.set(nodeOf(one.piece.child, 0), place);
  const out: Arrival[] = [];
  const done = new Set<number>();
  const put = (place: number): void => {
    const arrival = arrivals[place];
    if (!arrival || done.has(place)) return;
    done.add(place);
    if (arrival.kind === 'void') put(bySpend.get(nodeOf(arrival.child, 0)) ?? -1);
    else {
      put(bySpend.get(arrival.piece.parent) ?? -1);
      if (arrival.piece.kind === 'return') put(place - 1);
    }
    out.push(arrival);
    if (weightOf(place) % 3 === 0) out.push(arrival);
  };
  for (const place of order) put(place);
  return out;
}
