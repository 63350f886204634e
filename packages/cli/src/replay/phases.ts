/** Wall-clock seconds by phase, and what is shown while a phase runs. */
import { performance } from 'node:perf_hooks';

/** Told of progress: `done` of `total` in a phase; 0 of 0 when it begins. */
export type Watch = (phase: string, done: number, total: number) => void;

export class Phases {
  readonly #seconds: Map<string, number> = new Map();
  readonly #watch: Watch;

  /** `watch` is told when a phase begins, before there is anything to count. */
  constructor(watch: Watch = () => undefined) {
    this.#watch = watch;
  }

  /** Runs one phase; the same name again adds up. */
  async time<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    this.#watch(name, 0, 0);
    const start = performance.now();
    try {
      return await work();
    } finally {
      const spent = (performance.now() - start) / 1_000;
      this.#seconds.set(name, (this.#seconds.get(name) ?? 0) + spent);
    }
  }

  /** Rounded to milliseconds. */
  seconds(): Record<string, number> {
    return Object.fromEntries(
      [...this.#seconds].map(([name, seconds]) => [name, Math.round(seconds * 1_000) / 1_000]),
    );
  }
}
