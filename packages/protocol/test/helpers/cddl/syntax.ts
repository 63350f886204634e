/**
 * Reads the part of CDDL (RFC 8610) that `docs/spec/objects.cddl` uses, and throws on everything else: rules with generic
 * parameters, groups and their choices, occurrences, ranges, literals, tags, `.size` and `.cbor`.
 */

export type Type =
  | { readonly kind: 'choice'; readonly of: readonly Type[] }
  | { readonly kind: 'name'; readonly name: string; readonly args: readonly Type[] }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'map' | 'array'; readonly group: Group }
  | { readonly kind: 'tag'; readonly tag: number; readonly content: Type }
  | { readonly kind: 'size'; readonly of: Type; readonly from: number; readonly to: number }
  | { readonly kind: 'cbor'; readonly of: Type; readonly content: Type };

/** Choices of entries. */
export interface Group {
  readonly choices: readonly (readonly Entry[])[];
}

export interface Entry {
  readonly least: number;
  readonly most: number;
  /** Of a map entry; absent for an array's item, or a named group. */
  readonly key?: Type;
  readonly value: Type | Group;
}

export interface Rule {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Type | Group;
}

export const isGroup = (body: Type | Group): body is Group => 'choices' in body;

const TOKEN =
  /\s+|;[^\n]*|(?<token>=>|\/\/|\.\.|\.size|\.cbor|#6|"[^"]*"|-?\d+|[A-Za-z_][\w-]*|[=/<>,(){}[\]:?*.])/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`CDDL: not understood: ${text.slice(at, at + 40)}`);
    if (match.groups?.token) tokens.push(match.groups.token);
  }
  return tokens;
}

/** All rules of a file, by name. */
export function rulesOf(text: string): ReadonlyMap<string, Rule> {
  return new RuleReader(tokensOf(text)).rules();
}

const isName = (token: string | undefined): boolean => /^[A-Za-z_]/.test(token ?? '');
const isNumber = (token: string | undefined): boolean => /^-?\d+$/.test(token ?? '');

class RuleReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  rules(): ReadonlyMap<string, Rule> {
    const rules = new Map<string, Rule>();
    while (this.#at < this.#tokens.length) {
      const name = this.#name();
      const parameters = this.#takes('<') ? this.#list(() => this.#name(), '>') : [];
      this.#expect('=');
      const body = this.#peek() === '(' ? this.#group('(', ')') : this.#type();
      if (rules.has(name)) throw new Error(`CDDL: ${name} twice`);
      rules.set(name, { name, parameters, body });
    }
    return rules;
  }

  #peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error('CDDL: ends too early');
    return token;
  }

  #takes(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    const found = this.#next();
    if (found !== token) throw new Error(`CDDL: expected ${token}, got ${found} at token ${this.#at}`);
  }

  #name(): string {
    const token = this.#next();
    if (!isName(token)) throw new Error(`CDDL: expected a name, got ${token}`);
    return token;
  }

  #number(): number {
    const token = this.#next();
    if (!isNumber(token)) throw new Error(`CDDL: expected a number, got ${token}`);
    return Number(token);
  }

  #list<T>(read: () => T, end: string): T[] {
    const items = [read()];
    while (this.#takes(',')) items.push(read());
    this.#expect(end);
    return items;
  }

  #type(): Type {
    const choices = [this.#simple()];
    while (this.#takes('/')) choices.push(this.#simple());
    const [only] = choices;
    return choices.length === 1 && only ? only : { kind: 'choice', of: choices };
  }

  #simple(): Type {
    const of = this.#primary();
    if (this.#takes('.cbor')) return { kind: 'cbor', of, content: this.#primary() };
    if (!this.#takes('.size')) return of;
    if (isNumber(this.#peek())) {
      const size = this.#number();
      return { kind: 'size', of, from: size, to: size };
    }
    this.#expect('(');
    const from = this.#number();
    this.#expect('..');
    const to = this.#number();
    this.#expect(')');
    return { kind: 'size', of, from, to };
  }

  #primary(): Type {
    const token = this.#peek();
    if (token === '{') return { kind: 'map', group: this.#group('{', '}') };
    if (token === '[') return { kind: 'array', group: this.#group('[', ']') };
    if (this.#takes('(')) {
      const inner = this.#type();
      this.#expect(')');
      return inner;
    }
    if (this.#takes('#6')) {
      this.#expect('.');
      const tag = this.#number();
      this.#expect('(');
      const content = this.#type();
      this.#expect(')');
      return { kind: 'tag', tag, content };
    }
    if (isNumber(token)) {
      const from = this.#number();
      return this.#takes('..') ? { kind: 'range', from, to: this.#number() } : { kind: 'int', value: from };
    }
    if (token?.startsWith('"')) return { kind: 'text', value: this.#next().slice(1, -1) };
    const name = this.#name();
    return { kind: 'name', name, args: this.#takes('<') ? this.#list(() => this.#type(), '>') : [] };
  }

  #group(open: string, close: string): Group {
    this.#expect(open);
    const choices: Entry[][] = [[]];
    while (!this.#takes(close)) {
      if (this.#takes('//')) choices.push([]);
      else if (!this.#takes(',')) choices.at(-1)?.push(this.#entry());
    }
    return { choices };
  }

  #entry(): Entry {
    const { least, most } = this.#occurrence();
    if (this.#peek() === '(') return { least, most, value: this.#groupOrType() };
    // In an array a name before a colon is a label alone.
    if (isName(this.#peek()) && this.#peek(1) === ':') {
      this.#at += 2;
      return { least, most, value: this.#type() };
    }
    const first = this.#type();
    return this.#takes('=>')
      ? { least, most, key: first, value: this.#type() }
      : { least, most, value: first };
  }

  /** Parentheses hold a group, or one type. */
  #groupOrType(): Type | Group {
    const group = this.#group('(', ')');
    const [entries] = group.choices;
    const [only] = entries ?? [];
    const plain = group.choices.length === 1 && entries?.length === 1 && only?.key === undefined;
    return plain && only && only.least === 1 && only.most === 1 ? only.value : group;
  }

  #occurrence(): { least: number; most: number } {
    if (this.#takes('?')) return { least: 0, most: 1 };
    const bounded = isNumber(this.#peek()) && this.#peek(1) === '*';
    if (!bounded && this.#peek() !== '*') return { least: 1, most: 1 };
    const least = bounded ? this.#number() : 0;
    this.#expect('*');
    // `* 3 => x` would be a key; the file writes no space, so a number here is the upper bound.
    const most = isNumber(this.#peek()) && this.#peek(1) !== '=>' ? this.#number() : Number.POSITIVE_INFINITY;
    return { least, most };
  }
}
