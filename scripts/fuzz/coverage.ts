/** Counters that `istanbul-lib-instrument` puts into sources: what one input reached, and what a run has reached. */

/** One way that a branch can go. */
export interface Arm {
  readonly file: string;
  readonly line: number;
  /** As Istanbul names it: `if`, `switch`, `cond-expr`, `binary-expr`, `default-arg`. */
  readonly type: string;
  readonly arm: number;
  /** Source positions of the arm: line and column of its beginning and end. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

interface Position {
  readonly line?: number;
  readonly column?: number;
}
interface Location {
  readonly start: Position;
  readonly end: Position;
}
interface FileCoverage {
  readonly b: Readonly<Record<string, number[]>>;
  readonly branchMap: Readonly<
    Record<string, { readonly type: string; readonly loc: Location; readonly locations: readonly Location[] }>
  >;
}

const filesOf = (): Readonly<Record<string, FileCoverage>> => Reflect.get(globalThis, '__coverage__') ?? {};

/** How often, in eight steps, as a bit: a loop that goes round more often is something new. */
function bucketOf(count: number): number {
  if (count < 4) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}

export class Coverage {
  readonly #counters: number[][] = [];
  readonly #arms: Arm[] = [];
  readonly #seen: Uint8Array;
  #reached = 0;

  /** Takes the counters of all sources that are loaded by now. */
  constructor() {
    for (const [file, { b, branchMap }] of Object.entries(filesOf())) {
      for (const [id, counts] of Object.entries(b)) {
        const branch = branchMap[id];
        if (!branch) continue;
        this.#counters.push(counts);
        for (const [arm, location] of branch.locations.entries())
          this.#arms.push({
            file,
            line: branch.loc.start.line ?? 0,
            type: branch.type,
            arm,
            ...placed(location),
          });
      }
    }
    this.#seen = new Uint8Array(this.#arms.length);
  }

  /** Takes what was counted since the last call; true when there is something that no input had reached. */
  take(): boolean {
    let isNew = false;
    let at = 0;
    for (const counts of this.#counters) {
      for (let arm = 0; arm < counts.length; arm++, at++) {
        const count = counts[arm] ?? 0;
        if (count === 0) continue;
        counts[arm] = 0;
        const seen = this.#seen[at] ?? 0;
        const bit = bucketOf(count);
        if ((seen & bit) !== 0) continue;
        if (seen === 0) this.#reached += 1;
        this.#seen[at] = seen | bit;
        isNew = true;
      }
    }
    return isNew;
  }

  /** Arms reached by now. */
  get reached(): number {
    return this.#reached;
  }

  /** All arms, each with whether it was reached. */
  arms(): readonly { readonly arm: Arm; readonly reached: boolean }[] {
    return this.#arms.map((arm, at) => ({ arm, reached: this.#seen[at] !== 0 }));
  }
}

const placed = ({ start, end }: Location): Pick<Arm, 'from' | 'to'> => ({
  from: [start.line ?? 0, start.column ?? 0],
  to: [end.line ?? 0, end.column ?? 0],
});
