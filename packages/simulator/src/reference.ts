/**
 * The reference ledger: what everybody must have in the end, as a clerk would keep it who sees all hands. It shares no
 * code with the real one: a plain map of names to money, moved when a payee takes a payment for good.
 */

export interface Payment {
  readonly payer: number;
  readonly payee: number;
  readonly amount: number;
}

export class ReferenceLedger {
  readonly #wealth: Map<number, number> = new Map();
  readonly #signed: Map<string, number> = new Map();
  readonly #asked: Map<string, number> = new Map();
  readonly #accepted: Map<string, Payment> = new Map();

  deposit(person: number, amount: number): void {
    this.#wealth.set(person, this.wealthOf(person) + amount);
  }

  asked(request: string, payee: number): void {
    this.#asked.set(request, payee);
  }

  /** Who asked. */
  payeeOf(request: string): number | undefined {
    return this.#asked.get(request);
  }

  /** Somebody signed a Spend, whatever becomes of it. */
  signed(spend: string, payer: number): void {
    this.#signed.set(spend, payer);
  }

  /** A payee took a payment for good; its Spends say who paid. Gives what is wrong with it. */
  accepted(payment: string, payee: number, amount: number, spends: readonly string[]): string | undefined {
    const key = `${payee}:${payment}`;
    if (this.#accepted.has(key)) return undefined;
    const payers = new Set(spends.map((spend) => this.#signed.get(spend)));
    const [payer] = payers;
    if (payers.size !== 1 || payer === undefined)
      return `a payment whose signers are ${payers.size} people, ${payer === undefined ? 'one unknown' : 'not one'}`;
    this.#accepted.set(key, { payer, payee, amount });
    this.#wealth.set(payer, this.wealthOf(payer) - amount);
    this.#wealth.set(payee, this.wealthOf(payee) + amount);
    return undefined;
  }

  wealthOf(person: number): number {
    return this.#wealth.get(person) ?? 0;
  }

  isAccepted(payee: number, payment: string): boolean {
    return this.#accepted.has(`${payee}:${payment}`);
  }

  get payments(): number {
    return this.#accepted.size;
  }
}
