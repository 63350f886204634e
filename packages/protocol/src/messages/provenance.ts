/**
 * Provenance: the coins, certificates and earlier Spends from which the spent ranges come.
 *
 * A *path* of a range is the list of (spend, input) from the coin to the Spend that moves it last. Only the
 * inputs on a path of the offer are followed; their siblings are known by their parents' ids alone.
 */
import type { IdText, ObjectId, PublicKey } from '../brand.ts';
import { idText } from '../bytes.ts';
import { MAX_HOPS } from '../limits.ts';
import type { Certificate } from '../objects/certificate.ts';
import type { Coin } from '../objects/coin.ts';
import type { Input, Spend } from '../objects/spend.ts';
import { keyOfDocument, type PayeeDocument } from './request-message.ts';

export type ProvenanceObject = Coin | Certificate | Spend;

/** Objects by id. Nothing in it is verified. */
export class Provenance {
  readonly coins: Map<IdText, Coin> = new Map();
  readonly certificates: Map<IdText, Certificate> = new Map();
  readonly spends: Map<IdText, Spend> = new Map();

  static of(...objects: readonly ProvenanceObject[]): Provenance {
    const provenance = new Provenance();
    for (const object of objects) provenance.put(object);
    return provenance;
  }

  put(object: ProvenanceObject): void {
    switch (object.kind) {
      case 'coin':
        this.coins.set(idText(object.id), object);
        return;
      case 'certificate':
        this.certificates.set(idText(object.id), object);
        return;
      case 'spend':
        this.spends.set(idText(object.id), object);
    }
  }

  /** Takes over everything another provenance holds. */
  merge(other: Provenance): void {
    for (const coin of other.coins.values()) this.put(coin);
    for (const certificate of other.certificates.values()) this.put(certificate);
    for (const spend of other.spends.values()) this.put(spend);
  }

  coin(id: ObjectId): Coin | undefined {
    return this.coins.get(idText(id));
  }

  spend(id: ObjectId): Spend | undefined {
    return this.spends.get(idText(id));
  }

  /** The document under which a Spend pays. */
  payeeOf(spend: Spend): PayeeDocument | undefined {
    const key = idText(spend.body.payee);
    return this.certificates.get(key) ?? this.coins.get(key);
  }

  /** The key that owns what an input spends: the coin's owner, or the payee of the parent Spend. */
  ownerOf(input: Input): PublicKey | undefined {
    const { id, index } = input.parent;
    if (index === undefined) return this.coin(id)?.body.owner;
    const parent = this.spend(id);
    const payee = parent && this.payeeOf(parent);
    return payee && keyOfDocument(payee);
  }
}

/** One step of a path: this input of this Spend. */
export interface Step {
  readonly spend: Spend;
  readonly index: number;
  readonly input: Input;
}

/** From the coin (first step) to the last Spend. */
export interface Path {
  readonly coin: Coin;
  readonly steps: readonly Step[];
}

/** Follows an input back to its coin; `undefined` when an object is missing or the path is over long. */
export function pathOf(provenance: Provenance, spend: Spend, index: number): Path | undefined {
  const steps: Step[] = [];
  let current: Spend | undefined = spend;
  let at = index;
  while (steps.length <= MAX_HOPS + 1) {
    const input: Input | undefined = current.body.inputs[at];
    if (!input) return undefined;
    steps.push({ spend: current, index: at, input });
    if (input.parent.index === undefined) {
      const coin = provenance.coin(input.parent.id);
      return coin && { coin, steps: steps.reverse() };
    }
    current = provenance.spend(input.parent.id);
    if (!current) return undefined;
    at = input.parent.index;
  }
  return undefined;
}
