/** Whether an item of CBOR is what a CDDL rule says; a reading of RFC 8610 for the part that `syntax.ts` reads. */

import { decodeBytes } from '../../../src/cbor/codec.ts';
import { DecodeError } from '../../../src/cbor/reader.ts';
import { type CborEntry, type CborValue, cborValue } from '../../../src/cbor/value.ts';
import { utf8 } from '../../../src/text.ts';
import { type Entry, type Group, isGroup, type Rule, rulesOf, type Type } from './syntax.ts';

/** What the parameters of a generic rule stand for. */
type Bindings = ReadonlyMap<string, Bound>;
interface Bound {
  readonly type: Type;
  readonly bindings: Bindings;
}
const NONE: Bindings = new Map();
const MAX_BYTES = 1024 * 1024;

export class Cddl {
  readonly #rules: ReadonlyMap<string, Rule>;
  /** Rules that matched something. */
  readonly matched: Set<string> = new Set();

  constructor(rules: ReadonlyMap<string, Rule>) {
    this.#rules = rules;
  }

  get names(): readonly string[] {
    return [...this.#rules.keys()];
  }

  /** Whether an item is what a type says: the name of a rule, or one with its arguments. */
  holds(type: string, value: CborValue): boolean {
    const body = rulesOf(`it = ${type}`).get('it')?.body;
    if (!body || isGroup(body)) throw new Error(`CDDL: ${type} is no type`);
    return this.#type(body, value, NONE);
  }

  #rule(name: string): Rule {
    const rule = this.#rules.get(name);
    if (!rule) throw new Error(`CDDL: no rule ${name}`);
    return rule;
  }

  #type(type: Type, value: CborValue, bindings: Bindings): boolean {
    switch (type.kind) {
      case 'choice':
        return type.of.some((one) => this.#type(one, value, bindings));
      case 'int':
        return value.kind === 'int' && value.value === type.value;
      case 'text':
        return value.kind === 'text' && value.value === type.value;
      case 'range':
        return value.kind === 'int' && value.value >= type.from && value.value <= type.to;
      case 'tag':
        return (
          value.kind === 'tag' && value.tag === type.tag && this.#type(type.content, value.content, bindings)
        );
      case 'size':
        return this.#type(type.of, value, bindings) && sizeOf(value) >= type.from && sizeOf(value) <= type.to;
      case 'cbor':
        return this.#type(type.of, value, bindings) && this.#inner(type.content, value, bindings);
      case 'map':
        return (
          value.kind === 'map' &&
          this.#map(type.group, value.entries, bindings).some((left) => left.length === 0)
        );
      case 'array':
        return (
          value.kind === 'array' &&
          this.#sequence(type.group, value.items, 0, bindings).includes(value.items.length)
        );
      case 'name':
        return this.#named(type.name, type.args, value, bindings);
    }
  }

  #named(name: string, args: readonly Type[], value: CborValue, bindings: Bindings): boolean {
    if (name === 'bstr') return value.kind === 'bytes';
    if (name === 'tstr') return value.kind === 'text';
    if (name === 'bool') return value.kind === 'bool';
    if (name === 'int') return value.kind === 'int';
    const bound = bindings.get(name);
    if (bound) return this.#type(bound.type, value, bound.bindings);
    const { parameters, body } = this.#rule(name);
    if (isGroup(body)) throw new Error(`CDDL: ${name} is a group`);
    const inner = new Map(
      parameters.map((parameter, i) => [parameter, { type: present(args[i]), bindings }]),
    );
    const held = this.#type(body, value, inner);
    if (held) this.matched.add(name);
    return held;
  }

  #inner(type: Type, value: CborValue, bindings: Bindings): boolean {
    if (value.kind !== 'bytes') return false;
    try {
      return this.#type(type, decodeBytes(cborValue, value.value, MAX_BYTES), bindings);
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }

  /** The group that an entry stands for, if it is one. */
  #asGroup({ value, key }: Entry): { readonly group: Group; readonly name?: string } | undefined {
    if (isGroup(value)) return { group: value };
    if (key || value.kind !== 'name') return undefined;
    const body = this.#rules.get(value.name)?.body;
    return body && isGroup(body) ? { group: body, name: value.name } : undefined;
  }

  /** What of some map entries is left, in each way in which a group takes from them. */
  #map(group: Group, entries: readonly CborEntry[], bindings: Bindings): readonly (readonly CborEntry[])[] {
    return group.choices.flatMap((choice) => {
      let ways: readonly (readonly CborEntry[])[] = [entries];
      for (const entry of choice) ways = ways.flatMap((left) => this.#mapEntry(entry, left, bindings));
      return ways;
    });
  }

  #mapEntry(entry: Entry, left: readonly CborEntry[], bindings: Bindings): readonly (readonly CborEntry[])[] {
    const skipped = entry.least === 0 ? [left] : [];
    const named = this.#asGroup(entry);
    if (named) {
      const taken = this.#map(named.group, left, bindings);
      if (taken.length > 0 && named.name) this.matched.add(named.name);
      return [...taken, ...skipped];
    }
    const { key, value } = entry;
    if (!key || isGroup(value)) throw new Error('CDDL: an entry of a map without a key');
    const found = left.find((one) => this.#type(key, one.key, bindings));
    return found && this.#type(value, found.value, bindings)
      ? [left.filter((one) => one !== found), ...skipped]
      : skipped;
  }

  /** Places at which a group can end that begins at a place of an array. */
  #sequence(group: Group, items: readonly CborValue[], at: number, bindings: Bindings): readonly number[] {
    return group.choices.flatMap((choice) => {
      let places: readonly number[] = [at];
      for (const entry of choice) {
        places = [...new Set(places.flatMap((place) => this.#repeated(entry, items, place, bindings)))];
      }
      return places;
    });
  }

  #repeated(entry: Entry, items: readonly CborValue[], at: number, bindings: Bindings): readonly number[] {
    const ends: number[] = [];
    let places: readonly number[] = [at];
    for (let times = 0; places.length > 0; times++) {
      if (times >= entry.least) ends.push(...places);
      if (times === entry.most) break;
      places = [...new Set(places.flatMap((place) => this.#once(entry, items, place, bindings)))];
    }
    return ends;
  }

  #once(entry: Entry, items: readonly CborValue[], at: number, bindings: Bindings): readonly number[] {
    const named = this.#asGroup(entry);
    if (named) {
      const ends = this.#sequence(named.group, items, at, bindings);
      if (ends.length > 0 && named.name) this.matched.add(named.name);
      return ends;
    }
    const item = items[at];
    if (isGroup(entry.value)) throw new Error('CDDL: a group without a name');
    return item && this.#type(entry.value, item, bindings) ? [at + 1] : [];
  }
}

function sizeOf(value: CborValue): number {
  if (value.kind === 'bytes') return value.value.length;
  if (value.kind === 'text') return utf8(value.value).length;
  throw new Error('CDDL: .size of a string alone');
}

function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('CDDL: an argument is missing');
  return found;
}
