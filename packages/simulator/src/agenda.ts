/**
 * Virtual time: what is to happen, in order of time and, at one time, in the order in which it was entered. Nothing
 * else moves the clock.
 */
import { type Instant, instant } from '@duet/protocol/brand';
import TinyQueue from 'tinyqueue';

const MS = 1_000;

/** Something that happens; a promise where the registry is asked. */
export type Happening = () => void | Promise<void>;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly happens: Happening;
}

export class Agenda {
  readonly #entries: TinyQueue<Entry> = new TinyQueue<Entry>(
    [],
    (a, b) => a.atMs - b.atMs || a.order - b.order,
  );
  #order = 0;
  #nowMs: number;

  constructor(start: Instant) {
    this.#nowMs = start * MS;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  readonly now = (): Instant => instant(Math.floor(this.#nowMs / MS));

  /** Enters something; what is in the past happens now. */
  at(atMs: number, happens: Happening): void {
    this.#entries.push({ atMs: Math.max(atMs, this.#nowMs), order: this.#order++, happens });
  }

  after(ms: number, happens: Happening): void {
    this.at(this.#nowMs + ms, happens);
  }

  /** Lets everything happen that is entered, and what follows from it, one thing at a time. */
  async run(): Promise<void> {
    for (let next = this.#entries.pop(); next; next = this.#entries.pop()) {
      this.#nowMs = next.atMs;
      const open = next.happens();
      if (open) await open;
    }
  }

  /** Moves the clock while nothing is entered. */
  skip(seconds: number): void {
    this.#nowMs += seconds * MS;
  }
}
