/**
 * The anchor of a journal: a small file beside the database that holds the journal's generation (LIMIT-2).
 *
 * Every durable step of the journal raises its generation, then writes it here, in place. So the anchor is
 * equal to the journal, or one behind when the machine stopped between the two. An anchor that is ahead, or
 * further behind, shows that one of the two files was put back from an older copy, or that the end of the
 * journal was lost. The journal also remembers the anchor's inode and its time of birth: a copied folder has
 * others.
 *
 * What this cannot show: a whole disk put back, or both files overwritten in place with older content. Those
 * are found by the registry: two Spends of one key with one seq (FraudProof form 4).
 */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { createFile, writeAll } from './durable-file.ts';

/** Sixteen decimal digits and a line end: one write inside one sector, and readable by a person. */
const DIGITS = 16;
const LENGTH = DIGITS + 1;
const FORM = /^[0-9]{16}\n$/;

const encode = (generation: number): Uint8Array =>
  new TextEncoder().encode(`${String(generation).padStart(DIGITS, '0')}\n`);

/** The open anchor file. */
export class GenerationAnchor {
  readonly #file: number;
  /** Names the file itself: another one after a copy or a restore. */
  readonly identity: string;
  /** What it held when it was opened; `undefined` when that is not a generation. */
  readonly found: number | undefined;

  private constructor(file: number) {
    this.#file = file;
    const { ino, birthtimeNs } = fstatSync(file, { bigint: true });
    this.identity = `${ino}-${birthtimeNs}`;
    this.found = readGeneration(file);
  }

  /** Makes the file anew, over one that may be there; it holds no generation until the first `write`. */
  static create(path: string): GenerationAnchor {
    rmSync(path, { force: true });
    createFile(path, new Uint8Array(0));
    return new GenerationAnchor(openSync(path, constants.O_RDWR));
  }

  /** Opens the file; `undefined` when there is none. */
  static open(path: string): GenerationAnchor | undefined {
    try {
      return new GenerationAnchor(openSync(path, constants.O_RDWR));
    } catch (error) {
      if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Durable when it returns. */
  write(generation: number): void {
    writeAll(this.#file, encode(generation), 0);
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readGeneration(file: number): number | undefined {
  const buffer = new Uint8Array(LENGTH + 1);
  const length = readSync(file, buffer, 0, buffer.length, 0);
  const text = new TextDecoder().decode(buffer.subarray(0, length));
  const generation = FORM.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(generation) ? generation : undefined;
}
