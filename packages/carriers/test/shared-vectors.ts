/**
 * Reads the test vectors beside the checkout (`../shared/vectors`, or `DUET_SHARED`). They are not part of
 * the repository: without them their tests are skipped with a reason, on CI they fail.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const shared = process.env.DUET_SHARED ?? join(repository, '..', 'shared');

/** Path of a folder of vectors. */
export const sharedFolder = (name: string): string => join(shared, 'vectors', name);

export interface VectorFolder {
  readonly has: (file: string) => boolean;
  readonly json: (file: string) => unknown;
}

/**
 * Declares the tests of one folder of vectors.
 *
 * @param files every file that may be there; another one fails, so that no vector goes unread
 */
export function describeVectors(
  name: string,
  files: readonly string[],
  tests: (folder: VectorFolder) => void,
): void {
  const folder = sharedFolder(name);
  if (!existsSync(folder)) {
    describe(`vectors ${name}`, () => {
      if (process.env.CI) {
        it('are there', () => expect.fail(`no folder vectors/${name} in the shared folder`));
      } else {
        it.skip(`skipped: no folder vectors/${name} in the shared folder`, () => {});
      }
    });
    return;
  }
  describe(`vectors ${name}`, () => {
    it('has no file that nobody reads', () => {
      expect(readdirSync(folder).filter((file) => !files.includes(file))).toEqual([]);
    });
    tests({
      has: (file) => existsSync(join(folder, file)),
      json: (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')),
    });
  });
}

/** A part of parsed JSON as a record. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('vectors: expected an object');
  return Object.fromEntries(Object.entries(value));
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('vectors: expected an array');
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('vectors: expected a text');
  return value;
}

export function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error('vectors: expected a number');
  return value;
}
