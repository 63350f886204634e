/**
 * The public test vectors beside the repository (`../shared/vectors`, or `DUET_SHARED`). They are read, never
 * copied here. Without the folder their tests are skipped with that reason; in CI a missing folder fails.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SHARED = process.env.DUET_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

/** Declares the tests of one vector folder, which `declare` gets by path. */
export function describeVectors(folder: string, declare: (path: string) => void): void {
  const path = join(SHARED, 'vectors', folder);
  if (existsSync(path)) {
    describe(folder, () => declare(path));
  } else if (process.env.CI) {
    test(`${folder}: the vectors are there`, () => expect.fail('the folder of shared vectors is missing'));
  } else {
    test.skip(`${folder}: the folder of shared vectors is not on this machine`, () => {});
  }
}

/** Every file below a folder, as paths relative to it, sorted. */
export function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .sort();
}

/** The content of a JSON file; the caller names the type that it expects. */
export const readJson = (...path: readonly string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

export const base64url = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
