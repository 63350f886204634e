/** The clock of a world: every device and the registry read it, nothing but the world moves it. */
import { type Instant, later, plusSeconds } from '@duet/protocol/brand';

export class VirtualClock {
  #now: Instant;

  constructor(start: Instant) {
    this.#now = start;
  }

  readonly read = (): Instant => this.#now;

  /** Moves forward; a time in the past changes nothing. */
  moveTo(at: Instant): void {
    this.#now = later(this.#now, at);
  }

  advance(seconds: number): void {
    this.moveTo(plusSeconds(this.#now, seconds));
  }
}

/** Time steps of a file as seconds after the first one; spans above `maxSeconds` are compressed. */
export function stepsToSeconds(times: readonly number[], maxSeconds: number): (time: number) => number {
  let first = Number.MAX_SAFE_INTEGER;
  let last = 0;
  for (const time of times) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  const span = last - first;
  const scale = span > maxSeconds ? maxSeconds / span : 1;
  return (time) => Math.floor((time - first) * scale);
}
