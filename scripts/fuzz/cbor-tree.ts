/**
 * CBOR as a tree that may be wrong: what mutators change and write out again. It reads any definite-length item,
 * canonical or not, and looks into byte strings that hold items themselves, such as the payload of a COSE_Sign1,
 * so that a change deep inside leaves the lengths around it right.
 */

export interface Node {
  /** Major type 0 … 7. */
  major: number;
  /** Argument of the head; for strings, arrays and maps it follows from the content. */
  argument: bigint;
  /** Bytes of the argument, 0, 1, 2, 4 or 8, where the head is to be wider than needed. */
  width?: number;
  /** What is added to the true length or count in the head: a lie. */
  lie?: number;
  /** Of a string; empty where `children` are its content. */
  content: Uint8Array;
  /** Of an array, a map (keys and values in turn), a tag (one), or a byte string that holds items. */
  children: Node[];
}

const MAX_DEPTH = 24;
const MAX_NODES = 4_096;
const EMPTY = new Uint8Array(0);

/** The items that `bytes` consist of, to the last byte; `undefined` when they are something else. */
export function parseItems(bytes: Uint8Array, depth = 0): Node[] | undefined {
  const parser = new Parser(bytes, depth);
  const items: Node[] = [];
  while (parser.offset < bytes.length) {
    const item = parser.item();
    if (!item) return undefined;
    items.push(item);
  }
  return items.length > 0 ? items : undefined;
}

class Parser {
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #nodes = 0;

  constructor(bytes: Uint8Array, depth: number) {
    this.#bytes = bytes;
    this.#depth = depth;
  }

  item(depth = this.#depth): Node | undefined {
    const head = this.#head();
    this.#nodes += 1;
    if (!head || depth > MAX_DEPTH || this.#nodes > MAX_NODES) return undefined;
    const { major, argument } = head;
    if (major === 2 || major === 3) return this.#string(head, depth);
    const count = major === 4 ? argument : major === 5 ? 2n * argument : major === 6 ? 1n : 0n;
    if (count > BigInt(this.#bytes.length - this.offset)) return undefined;
    for (let i = 0n; i < count; i++) {
      const child = this.item(depth + 1);
      if (!child) return undefined;
      head.children.push(child);
    }
    return head;
  }

  #string(node: Node, depth: number): Node | undefined {
    const length = Number(node.argument);
    if (length > this.#bytes.length - this.offset) return undefined;
    node.content = this.#bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    // One byte is a number to this parser, and seldom meant as one.
    const inside = node.major === 2 && length > 3 ? parseItems(node.content, depth + 1) : undefined;
    if (inside?.length === 1 && (inside[0]?.children.length ?? 0) > 0)
      Object.assign(node, { children: inside, content: EMPTY });
    return node;
  }

  #head(): Node | undefined {
    const initial = this.#bytes[this.offset];
    if (initial === undefined) return undefined;
    const information = initial & 0x1f;
    const width = information < 24 ? 0 : 1 << (information - 24);
    if (information > 27 || this.offset + width >= this.#bytes.length + (width === 0 ? 1 : 0))
      return undefined;
    let argument = width === 0 ? BigInt(information) : 0n;
    for (let i = 1; i <= width; i++) argument = (argument << 8n) | BigInt(this.#bytes[this.offset + i] ?? 0);
    this.offset += 1 + width;
    const node: Node = { major: initial >> 5, argument, content: EMPTY, children: [] };
    if (width > shortest(argument)) node.width = width;
    return node;
  }
}

/** Bytes of the shortest argument. */
const shortest = (argument: bigint): number =>
  argument < 24n ? 0 : argument < 0x100n ? 1 : argument < 0x1_0000n ? 2 : argument < 0x1_0000_0000n ? 4 : 8;

export function writeItems(items: readonly Node[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const item of items) write(item, parts);
  return Buffer.concat(parts);
}

function write(node: Node, parts: Uint8Array[]): void {
  const { major, children, lie = 0 } = node;
  const content = major === 2 && children.length > 0 ? writeItems(children) : node.content;
  const sizes: Readonly<Record<number, number>> = {
    2: content.length,
    3: content.length,
    4: children.length,
    5: children.length >> 1,
  };
  const size = sizes[major];
  parts.push(
    headOf(major, size === undefined ? node.argument : BigInt(Math.max(0, size + lie)), node.width),
    content,
  );
  if (content === node.content) for (const child of children) write(child, parts);
}

function headOf(major: number, argument: bigint, width = 0): Uint8Array {
  const bytes = Math.max(width, shortest(argument));
  const head = new Uint8Array(1 + bytes);
  head[0] = (major << 5) | (bytes === 0 ? Number(argument) : 24 + Math.log2(bytes));
  for (let i = 0; i < bytes; i++) head[bytes - i] = Number((argument >> BigInt(8 * i)) & 0xffn);
  return head;
}

/** Every node below and with `items`. */
export function allNodes(items: readonly Node[]): Node[] {
  const nodes: Node[] = [];
  const visit = (node: Node): void => {
    nodes.push(node);
    node.children.forEach(visit);
  };
  items.forEach(visit);
  return nodes;
}
