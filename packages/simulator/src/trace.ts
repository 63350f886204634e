/** What happened, as lines that a person can read; the same seed gives the same lines. */
import { createHash } from 'node:crypto';

export class Trace {
  readonly lines: string[] = [];
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** One line: hours, minutes and seconds since the start, who, what. */
  say(nowMs: number, who: string, what: string): void {
    const seconds = Math.floor((nowMs - this.#startMs) / 1_000);
    const two = (value: number): string => String(value).padStart(2, '0');
    const at = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    this.lines.push(`${at}  ${who.padEnd(8)}  ${what}`);
  }

  /** SHA-256 of all lines, in hexadecimal. */
  hash(): string {
    const sum = createHash('sha256');
    for (const line of this.lines) sum.update(`${line}\n`);
    return sum.digest('hex');
  }
}
