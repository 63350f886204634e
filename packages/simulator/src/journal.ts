/**
 * A device's journal whose power can fail at any durable step: before it, so that nothing is written, or after it,
 * so that it is written and nothing that follows from it leaves the device.
 */
import type { Journal } from '@duet/wallet/journal';

/** The device went dark in the middle of what it did. */
export class PowerCut extends Error {
  readonly point: CutPoint;

  constructor(point: CutPoint) {
    super('power cut');
    this.name = 'PowerCut';
    this.point = point;
  }
}

export type CutPoint = 'before' | 'after';

export class SimJournal implements Journal {
  #kept: Uint8Array[];
  #armed: { steps: number; readonly point: CutPoint } | undefined;

  constructor(kept: readonly Uint8Array[] = []) {
    this.#kept = [...kept];
  }

  /** The power fails at the durable step that comes after so many others. */
  arm(steps: number, point: CutPoint): void {
    this.#armed = { steps, point };
  }

  /** The power stays on. */
  disarm(): void {
    this.#armed = undefined;
  }

  read(): readonly Uint8Array[] {
    return [...this.#kept];
  }

  append(records: readonly Uint8Array[]): void {
    this.#durably(() => this.#kept.push(...records));
  }

  replace(records: readonly Uint8Array[]): void {
    this.#durably(() => {
      this.#kept = [...records];
    });
  }

  close(): void {}

  #durably(write: () => void): void {
    const armed = this.#armed;
    if (armed && armed.steps-- > 0) return void write();
    if (!armed) return void write();
    this.#armed = undefined;
    if (armed.point === 'after') write();
    throw new PowerCut(armed.point);
  }
}
