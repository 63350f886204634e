/** Mutations of inputs: of bits and bytes, and of CBOR items where an input holds some. */
import { allNodes, type Node, parseItems, writeItems } from './cbor-tree.ts';
import type { Random } from './random.ts';

/** Bytes before the first item that a target may want: selectors, a prefix, the kind of a record. */
const MAX_HEAD_BYTES = 6;

/** Numbers at the edges of heads, of limits, of money and of times. */
const EDGES: readonly bigint[] = [
  ...[
    0, 1, 2, 3, 5, 8, 16, 17, 18, 22, 23, 24, 31, 32, 33, 63, 64, 127, 128, 255, 256, 257, 511, 512, 1_024,
    1_300,
  ],
  ...[
    156,
    840,
    1_001,
    3_600,
    86_400,
    9_999,
    10_000,
    49_710,
    49_711,
    65_535,
    65_536,
    999_999,
    1_000_000,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
  ],
  ...[2 ** 53 - 2, 2 ** 53 - 1, 2 ** 53],
]
  .map(BigInt)
  .concat([2n ** 63n, 2n ** 64n - 1n]);

/** A changed copy. `other` is another input, to take parts from. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let mutated = input;
  for (let times = 1 + random.below(random.oneIn(4) ? 6 : 2); times > 0; times--) {
    mutated =
      (random.oneIn(3) ? undefined : mutateItems(mutated, other, random)) ??
      mutateBytes(mutated, other, random);
  }
  return mutated;
}

/** Where the items of an input begin, after its head. */
export function itemsOf(
  input: Uint8Array,
): { readonly head: Uint8Array; readonly items: Node[] } | undefined {
  for (let at = 0; at <= MAX_HEAD_BYTES && at < input.length; at++) {
    const items = parseItems(input.subarray(at));
    // A number or two is what any bytes are.
    if (items?.some((item) => item.children.length > 0)) return { head: input.subarray(0, at), items };
  }
  return undefined;
}

/** Every item changed alone in the plainest ways: what a run of the loop should not have to be lucky for. */
export function* nearby(input: Uint8Array): Generator<Uint8Array> {
  const count = allNodes(itemsOf(input)?.items ?? []).length;
  const changes: readonly ((node: Node) => void)[] = [
    ...[0n, 1n, 2n, 3n, 156n].map((argument) => (node: Node) => {
      node.argument = argument;
    }),
    (node) => {
      node.content = new Uint8Array();
    },
    (node) => {
      node.content = joined(node.content, Uint8Array.of(0));
    },
    ...[0, 2, 4].map((at) => (node: Node) => {
      node.children.splice(at, sizeOf(node));
    }),
  ];
  for (let at = 0; at < count; at++) {
    for (const change of changes) {
      const parsed = itemsOf(input);
      const node = parsed && allNodes(parsed.items)[at];
      if (!node) continue;
      change(node);
      yield joined(parsed.head, writeItems(parsed.items));
    }
  }
}

type BytesMutation = (input: Uint8Array, other: Uint8Array, random: Random) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

const replaced = (input: Uint8Array, at: number, byte: number): Uint8Array => {
  const copy = input.slice();
  copy[at] = byte;
  return copy;
};

const OF_BYTES: readonly BytesMutation[] = [
  // A bit, a byte, a byte next to what it was.
  (input, _, random) => {
    const at = random.below(input.length);
    return replaced(input, at, (input[at] ?? 0) ^ (1 << random.below(8)));
  },
  (input, _, random) => replaced(input, random.below(input.length), random.below(256)),
  (input, _, random) => {
    const at = random.below(input.length);
    return replaced(input, at, (input[at] ?? 0) + (random.oneIn(2) ? 1 : 255));
  },
  // Cut out, cut off, put in, said twice.
  (input, _, random) => {
    const at = random.below(input.length);
    return joined(input.subarray(0, at), input.subarray(at + 1 + random.below(8)));
  },
  (input, _, random) => input.slice(0, random.below(input.length)),
  (input, _, random) => {
    const at = random.below(input.length + 1);
    return joined(input.subarray(0, at), random.bytes(1 + random.below(4)), input.subarray(at));
  },
  (input, _, random) => {
    const at = random.below(input.length);
    const part = input.subarray(at, at + 1 + random.below(40));
    return joined(input.subarray(0, at), part, input.subarray(at));
  },
  // The beginning of one input and the end of another; a part of one over the other.
  (input, other, random) =>
    joined(input.subarray(0, random.below(input.length)), other.subarray(random.below(other.length))),
  (input, other, random) => {
    const copy = input.slice();
    const at = random.below(input.length);
    const from = random.below(other.length);
    copy.set(other.subarray(from, from + Math.min(1 + random.below(64), copy.length - at)), at);
    return copy;
  },
];

function mutateBytes(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (input.length === 0 || other.length === 0) return random.bytes(1 + random.below(8));
  return random.pick(OF_BYTES)(input, other, random);
}

type ItemMutation = (node: Node, random: Random, others: readonly Node[]) => void;

const swap = <T>(items: T[], a: number, b: number): void => {
  const [first, second] = [items[a], items[b]];
  if (first === undefined || second === undefined) return;
  items[a] = second;
  items[b] = first;
};

/** Of any item: a wider head, a length that is not true, another type, an item of another input in its place. */
const OF_ANY: readonly ItemMutation[] = [
  (node, random) => {
    node.width = random.pick([1, 2, 4, 8]);
  },
  (node, random) => {
    node.lie = random.pick([-1, 1, 1, 24, 256, 65_536, 2 ** 31, 2 ** 40]);
  },
  (node, random) => {
    node.major = random.pick(node.major < 2 ? [0, 1, 6, 7] : node.major < 4 ? [2, 3] : [4, 5, 6]);
  },
  (node, random) => {
    node.major = random.below(8);
  },
  (node, random, others) => {
    Object.assign(node, { width: undefined, lie: undefined }, structuredClone(random.pick(others)));
  },
];

const OF_NUMBERS: readonly ItemMutation[] = [
  (node, random) => {
    node.argument = random.pick(EDGES);
  },
  (node, random) => {
    const near = node.argument + BigInt(random.pick([-2, -1, 1, 2, 100, -100]));
    node.argument = near < 0n ? 0n : near;
  },
];

/** Shorter, longer, one bit. */
const OF_STRINGS: readonly ItemMutation[] = [
  (node, random) => {
    node.content = node.content.slice(0, random.below(node.content.length + 1));
  },
  (node, random) => {
    node.content = joined(node.content, random.bytes(1 + random.below(8)));
  },
  (node, random) => {
    if (node.content.length === 0) return;
    const at = random.below(node.content.length);
    node.content = replaced(node.content, at, (node.content[at] ?? 0) ^ (1 << random.below(8)));
  },
];

/** Items and pairs: out, twice, in another order, one more. */
const OF_CONTAINERS: readonly ItemMutation[] = [
  (node, random) => {
    node.children.splice(pairAt(node, random), sizeOf(node));
  },
  (node, random) => {
    const at = pairAt(node, random);
    node.children.splice(at, 0, ...structuredClone(node.children.slice(at, at + sizeOf(node))));
  },
  (node, random) => {
    const [a, b] = [pairAt(node, random), pairAt(node, random)];
    for (let i = 0; i < sizeOf(node); i++) swap(node.children, a + i, b + i);
  },
  (node, random, others) => {
    const more = Array.from({ length: sizeOf(node) }, () => structuredClone(random.pick(others)));
    node.children.splice(pairAt(node, random), 0, ...more);
  },
];

function mutationsOf({ major, children }: Node): readonly ItemMutation[] {
  if (children.length > 0 || major === 4 || major === 5) return OF_CONTAINERS;
  return major === 2 || major === 3 ? OF_STRINGS : OF_NUMBERS;
}

const sizeOf = (node: Node): number => (node.major === 5 ? 2 : 1);
const pairAt = (node: Node, random: Random): number =>
  random.below(Math.max(1, Math.floor(node.children.length / sizeOf(node)))) * sizeOf(node);

/** Changes one item; `undefined` when the input holds none. */
function mutateItems(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array | undefined {
  const parsed = itemsOf(input);
  if (!parsed) return undefined;
  const nodes = allNodes(parsed.items);
  const others = random.oneIn(2) ? nodes : allNodes(itemsOf(other)?.items ?? parsed.items);
  const times = random.oneIn(4) ? 2 : 1;
  for (let i = 0; i < times; i++) {
    const node = random.pick(nodes);
    random.pick(random.oneIn(3) ? OF_ANY : mutationsOf(node))(node, random, others);
  }
  return joined(parsed.head, writeItems(parsed.items));
}
