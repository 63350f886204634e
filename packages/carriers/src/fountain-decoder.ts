/**
 * The receiving side of the fountain code: takes the parts of one message in any order, with gaps and
 * repeats, until it can be put together. The parts are not trusted.
 *
 * Each part is a linear equation over GF(2): the XOR of some fragments is its data. The decoder keeps the
 * equations in echelon form, so it is done with the first set of parts that determines the message, and
 * holds at most one row per fragment, mixed parts included, whatever is shown to it.
 *
 *   empty ──part──▶ collecting ──last missing part──▶ complete
 *     ▲                 │
 *     └─ message-damaged┘   (a forged part was among them: the scan starts again by itself)
 *
 * A rejected part changes nothing but for that one case. The state is in memory alone: after a crash the
 * scan starts again, nothing is lost by it.
 */
import { crc32 } from './crc32.ts';
import type { FountainPart } from './fountain-part.ts';
import { FragmentChooser } from './fragment-choice.ts';
import { type CarrierRejection, refusal } from './rejection.ts';

export interface FountainProgress {
  /** Parts so far that told something new: the message is complete when they are as many as expected. */
  readonly received: number;
  /** Fragments of the message, unknown before its first part. */
  readonly expected?: number;
  /** The whole message, once it is complete. */
  readonly message?: Uint8Array;
  /** Why the part just given was refused. */
  readonly rejected?: CarrierRejection;
}

/** The XOR of the fragments whose bits are set. */
interface Row {
  readonly fragments: Uint32Array;
  readonly data: Uint8Array;
}

interface Collection {
  readonly first: FountainPart;
  readonly chooser: FragmentChooser;
  /** By lowest fragment. */
  readonly rows: Map<number, Row>;
}

export class FountainDecoder {
  #collection: Collection | undefined;
  #message: Uint8Array | undefined;

  get progress(): FountainProgress {
    const expected = this.#collection?.first.fragmentCount;
    if (expected === undefined) return { received: 0 };
    if (this.#message) return { received: expected, expected, message: this.#message };
    return { received: this.#collection?.rows.size ?? 0, expected };
  }

  /** Forgets everything: the next part begins a message. */
  reset(): void {
    this.#collection = undefined;
    this.#message = undefined;
  }

  /**
   * Takes one part. Rejections: `other-message`; `part-conflict` (it contradicts the parts before it);
   * `message-damaged` (the parts together fail the checksum; the decoder is empty again).
   */
  receive(part: FountainPart): FountainProgress {
    this.#collection ??= {
      first: part,
      chooser: new FragmentChooser(part.fragmentCount, part.checksum),
      rows: new Map(),
    };
    const collection = this.#collection;
    if (!sameMessage(part, collection.first)) {
      return this.#rejected('other-message', 'a part of the message begun', 'a part of another message');
    }
    if (this.#message) return this.progress;
    if (!addRow(collection, part)) {
      return this.#rejected('part-conflict', 'data that agrees with the parts before', 'other data');
    }
    if (collection.rows.size === part.fragmentCount) {
      const message = solve(collection);
      if (message === undefined) {
        this.reset();
        return this.#rejected('message-damaged', 'the checksum of the message', 'another one');
      }
      this.#message = message;
      collection.rows.clear();
    }
    return this.progress;
  }

  #rejected(
    code: 'other-message' | 'part-conflict' | 'message-damaged',
    expected: string,
    got: string,
  ): FountainProgress {
    return { ...this.progress, rejected: refusal(code, expected, got) };
  }
}

const sameMessage = (a: FountainPart, b: FountainPart): boolean =>
  a.fragmentCount === b.fragmentCount &&
  a.messageBytes === b.messageBytes &&
  a.checksum === b.checksum &&
  a.data.length === b.data.length;

/** Reduces a part by the rows and keeps what is left of it; `false` when it contradicts them. */
function addRow({ chooser, rows }: Collection, part: FountainPart): boolean {
  const row: Row = {
    fragments: new Uint32Array(Math.ceil(part.fragmentCount / 32)),
    data: part.data.slice(),
  };
  for (const index of chooser.choose(part.partNumber)) {
    row.fragments[index >>> 5] = (row.fragments[index >>> 5] ?? 0) | (1 << (index & 31));
  }
  for (let word = 0; word < row.fragments.length; word++) {
    for (let bits = row.fragments[word] ?? 0; bits !== 0; bits = row.fragments[word] ?? 0) {
      const lowest = 32 * word + lowestBit(bits);
      const known = rows.get(lowest);
      if (known === undefined) {
        rows.set(lowest, row);
        return true;
      }
      // The row known has no fragment below `lowest`, so that the search only goes up.
      xorWords(row.fragments, known.fragments);
      xorBytes(row.data, known.data);
    }
  }
  return row.data.every((byte) => byte === 0);
}

/** The message from as many rows as it has fragments; `undefined` when it is not what its parts announced. */
function solve({ first, rows }: Collection): Uint8Array | undefined {
  const fragmentBytes = first.data.length;
  const padded = new Uint8Array(first.fragmentCount * fragmentBytes);
  for (let index = first.fragmentCount - 1; index >= 0; index--) {
    const row = rows.get(index);
    if (row === undefined) return undefined;
    const fragment = padded.subarray(index * fragmentBytes, (index + 1) * fragmentBytes);
    fragment.set(row.data);
    for (let word = index >>> 5; word < row.fragments.length; word++) {
      for (let bits = row.fragments[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const other = 32 * word + lowestBit(bits);
        if (other === index) continue;
        xorBytes(fragment, padded.subarray(other * fragmentBytes, (other + 1) * fragmentBytes));
      }
    }
  }
  const message = padded.slice(0, first.messageBytes);
  const filler = padded.subarray(first.messageBytes);
  return crc32(message) === first.checksum && filler.every((byte) => byte === 0) ? message : undefined;
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

function xorWords(target: Uint32Array, source: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (source[i] ?? 0);
}

function xorBytes(target: Uint8Array, source: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (source[i] ?? 0);
}
