/** Tasks side by side; those that share a device take turns, in the order in which they came. */
export class Turns {
  readonly #last: Map<number, Promise<unknown>> = new Map();
  readonly #running: Promise<unknown>[] = [];

  /** Runs a task when every earlier one that has one of these devices has ended. */
  add(devices: readonly number[], task: () => Promise<void>): void {
    const before = devices.flatMap((device) => this.#last.get(device) ?? []);
    const mine = Promise.all(before).then(task);
    for (const device of devices) this.#last.set(device, mine);
    this.#running.push(mine);
  }

  /** All have ended; the first error of one passes through. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    this.#running.length = 0;
    this.#last.clear();
  }
}
