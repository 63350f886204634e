/** What an audit finds: differences of one kind are counted and added up, so that a report stays short. */
export class Findings {
  readonly #found = new Map<string, { count: number; amount: number }>();

  /** One difference; `text` is its kind, without figures. */
  add(text: string, amount: number, count = 1): void {
    if (count === 0) return;
    const known = this.#found.get(text) ?? { count: 0, amount: 0 };
    this.#found.set(text, { count: known.count + count, amount: known.amount + Math.abs(amount) });
  }

  get problems(): string[] {
    return [...this.#found].map(([text, { count, amount }]) => `${count} × ${text} (${amount})`);
  }

  /** Sum of all differences. A row that differs without an amount counts as one. */
  get amount(): number {
    return [...this.#found.values()].reduce((sum, { amount, count }) => sum + (amount || count), 0);
  }
}
