/**
 * Every Spend that was signed, by whom and over what, and who took it: from it a double spend is seen without the
 * registry.
 */
import { idText } from '@duet/protocol/bytes';
import type { Spend } from '@duet/protocol/objects/spend';

interface Signed {
  readonly person: number;
  readonly inputs: readonly { readonly parent: string; readonly from: number; readonly to: number }[];
  /** Who took it. */
  readonly payees: Set<number>;
}

/** Two Spends of one person over the same money. */
export interface DoubleSpend {
  readonly person: number;
  readonly payees: readonly [ReadonlySet<number>, ReadonlySet<number>];
}

export class SpendBook {
  readonly #signed: Map<string, Signed> = new Map();

  signed(person: number, spends: readonly Spend[]): void {
    for (const spend of spends) {
      const id = idText(spend.id);
      if (this.#signed.has(id)) continue;
      const inputs = spend.body.inputs.map(({ parent, from, to }) => ({
        parent: `${idText(parent.id)}:${parent.index ?? 'coin'}`,
        from,
        to,
      }));
      this.#signed.set(id, { person, inputs, payees: new Set() });
    }
  }

  accepted(payee: number, spends: readonly string[]): void {
    for (const id of spends) this.#signed.get(id)?.payees.add(payee);
  }

  /** Pairs of which somebody took both. */
  doubleSpends(): DoubleSpend[] {
    const byParent = new Map<string, { readonly id: string; readonly from: number; readonly to: number }[]>();
    const found = new Map<string, DoubleSpend>();
    for (const [id, { person, inputs, payees }] of this.#signed) {
      if (payees.size === 0) continue;
      for (const { parent, from, to } of inputs) {
        const others = byParent.get(parent) ?? [];
        for (const other of others) {
          const taken = this.#signed.get(other.id);
          if (taken && other.id !== id && other.from < to && from < other.to)
            found.set(`${other.id}:${id}`, { person, payees: [taken.payees, payees] });
        }
        byParent.set(parent, [...others, { id, from, to }]);
      }
    }
    return [...found.values()];
  }
}
