/** The way to the registry: down for a time, or an answer that is lost after the registry has done what was asked. */
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { Coverage } from './coverage.ts';

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
  #loseAfter: number | undefined;

  constructor(registry: SettlementPort, coverage: Coverage) {
    this.#registry = registry;
    this.#coverage = coverage;
  }

  down(): void {
    this.#isDown = true;
  }

  /** The answer to the call after so many others is lost. */
  loseAnswer(calls: number): void {
    this.#loseAfter = calls;
  }

  /** Nothing is wrong with it any more. */
  heal(): void {
    this.#isDown = false;
    this.#loseAfter = undefined;
  }

  up(): void {
    this.#isDown = false;
  }

  trust(): ReturnType<SettlementPort['trust']> {
    return this.#call(() => this.#registry.trust());
  }

  certify(enrolment: Uint8Array): ReturnType<SettlementPort['certify']> {
    return this.#call(() => this.#registry.certify(enrolment));
  }

  load(order: Parameters<SettlementPort['load']>[0]): ReturnType<SettlementPort['load']> {
    return this.#call(() => this.#registry.load(order));
  }

  settle(sealed: Uint8Array, note?: Uint8Array): ReturnType<SettlementPort['settle']> {
    return this.#call(() => this.#registry.settle(sealed, note));
  }

  account(...asked: Parameters<SettlementPort['account']>): ReturnType<SettlementPort['account']> {
    return this.#call(() => this.#registry.account(...asked));
  }

  async #call<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isDown) {
      this.#coverage.fault('registry-down');
      throw new NoConnection();
    }
    const answer = await ask();
    if (this.#loseAfter === undefined || this.#loseAfter-- > 0) return answer;
    this.#loseAfter = undefined;
    this.#coverage.fault('answer-lost');
    throw new NoConnection();
  }
}
