/**
 * A bounded map in two generations: when the younger one is full, the older one is forgotten with all that was not
 * used since it was full itself. As good as forgetting the longest unused, without moving an entry at each use.
 */
export class RecentCache<Key, Value> {
  readonly #half: number;
  #young: Map<Key, Value> = new Map();
  #old: Map<Key, Value> = new Map();

  /** At most `capacity` entries, 2 or more. */
  constructor(capacity: number) {
    this.#half = Math.floor(capacity / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const recent = this.#young.get(key);
    if (recent !== undefined) return recent;
    const value = this.#old.get(key);
    if (value === undefined) return undefined;
    this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }
}
