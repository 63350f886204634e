/**
 * Tasks side by side, within a bound of number and of time; those that share a device take turns, in the order in
 * which they came.
 */
export interface TurnsBounds {
  /** Tasks that go on at the same time. */
  readonly tasks: number;
  /** Seconds between the first and the last of them. */
  readonly seconds: number;
}

interface Running {
  readonly seconds: number;
  readonly ended: Promise<void>;
}

export class Turns {
  readonly #bounds: TurnsBounds;
  readonly #last: Map<number, Promise<void>> = new Map();
  /** In the order in which they came; the first has not ended. */
  #running: Running[] = [];

  constructor(bounds: TurnsBounds) {
    this.#bounds = bounds;
  }

  /** Waits until there is room for a task of this time. The error of one that ended passes through. */
  async room(seconds: number): Promise<void> {
    const { tasks, seconds: span } = this.#bounds;
    for (;;) {
      const [first] = this.#running;
      if (!first || (this.#running.length < tasks && first.seconds + span >= seconds)) return;
      await first.ended;
      this.#running.shift();
    }
  }

  /** Runs a task when every earlier one that has one of these devices has ended. */
  add(seconds: number, devices: readonly number[], task: () => Promise<void>): void {
    const before = devices.flatMap((device) => this.#last.get(device) ?? []);
    const ended = Promise.all(before).then(task);
    for (const device of devices) this.#last.set(device, ended);
    this.#running.push({ seconds, ended });
    ended.catch(() => undefined);
  }

  /** All have ended; the first error of one passes through. */
  async end(): Promise<void> {
    await Promise.all(this.#running.map(({ ended }) => ended));
    this.#running = [];
    this.#last.clear();
  }
}
