/** The way to the registry: down for a time, or an answer that is lost after the registry has done what was asked. */
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { Coverage } from './coverage.ts';
import type { LosableCall } from './plan.ts';

/** The device did not hear from the registry; whether the registry heard it, it does not know. */
export class NoConnection extends Error {
  constructor() {
    super('no connection');
    this.name = 'NoConnection';
  }
}

export class Connection implements SettlementPort {
  readonly #registry: SettlementPort;
  readonly #coverage: Coverage;
  #isDown = false;
  #losing: LosableCall | undefined;

  constructor(registry: SettlementPort, coverage: Coverage) {
    this.#registry = registry;
    this.#coverage = coverage;
  }

  down(): void {
    this.#isDown = true;
  }

  /** The answer to the next call of this kind is lost. */
  loseAnswer(to: LosableCall): void {
    this.#losing = to;
  }

  /** Nothing is wrong with it any more. */
  heal(): void {
    this.#isDown = false;
    this.#losing = undefined;
  }

  up(): void {
    this.#isDown = false;
  }

  trust(): ReturnType<SettlementPort['trust']> {
    return this.#call('trust', () => this.#registry.trust());
  }

  certify(enrolment: Uint8Array): ReturnType<SettlementPort['certify']> {
    return this.#call('certify', () => this.#registry.certify(enrolment));
  }

  load(order: Parameters<SettlementPort['load']>[0]): ReturnType<SettlementPort['load']> {
    return this.#call('load', () => this.#registry.load(order));
  }

  settle(sealed: Uint8Array, note?: Uint8Array): ReturnType<SettlementPort['settle']> {
    return this.#call('settle', () => this.#registry.settle(sealed, note));
  }

  account(...asked: Parameters<SettlementPort['account']>): ReturnType<SettlementPort['account']> {
    return this.#call('account', () => this.#registry.account(...asked));
  }

  async #call<T>(kind: keyof SettlementPort, ask: () => Promise<T>): Promise<T> {
    if (this.#isDown) {
      this.#coverage.fault('registry-down');
      throw new NoConnection();
    }
    const answer = await ask();
    if (this.#losing !== kind) return answer;
    this.#losing = undefined;
    this.#coverage.fault('answer-lost');
    throw new NoConnection();
  }
}
