/** Where the published vectors of others lie: beside the repository, never in it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'vitest';

const SHARED = process.env.DUET_SHARED ?? resolve(import.meta.dirname, '../../../../../shared');

const vectorFolder = (name: string): string => resolve(SHARED, 'vectors', name);

/** Runs `tests` on a folder of vectors; a missing one fails where CI is set and is skipped with its reason elsewhere. */
export function describeVectors(name: string, tests: (folder: string) => void): void {
  const folder = vectorFolder(name);
  if (existsSync(folder)) {
    describe(`vectors ${name}`, () => tests(folder));
  } else if (process.env.CI) {
    it(`vectors ${name}`, () => {
      throw new Error(`expected the folder ${name} of published vectors; set DUET_SHARED to where it is`);
    });
  } else {
    it.skip(`vectors ${name}: the folder is not on this machine (DUET_SHARED)`, () => {});
  }
}
