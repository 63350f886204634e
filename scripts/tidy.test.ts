/**
 * The repository test: layers, sizes, style, texts, and the specification against the code. Each check stands in
 * `tidy/` and is shown to fail in `tidy/checks.test.ts`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { linkProblems, readmeProblems } from './tidy/documents.ts';
import { importProblems, pureConfigProblems } from './tidy/imports.ts';
import { type Problems, repositoryFiles, sourcesOf } from './tidy/repository.ts';
import { codeProblems, ERRORS_PATH, RULES_PATH, undeclaredProblems, untestedProblems } from './tidy/spec.ts';
import { barrelProblems, escapeProblems, LONG_LINES, MAX_LINES, sizeProblems } from './tidy/style.ts';
import { lockProblems, placeProblems, traceProblems } from './tidy/texts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CODES_PATH = 'packages/protocol/src/codes.ts';

const files = repositoryFiles(ROOT);
const sources = sourcesOf(files);
/** Sources that speak of the protocol; the checks themselves hold planted rule ids. */
const citing = files.filter(({ path }) => /^(packages|apps|docs)\/.*\.(ts|tsx|mjs|sql|md)$/.test(path));
const textOf = (path: string): string | undefined => files.find((file) => file.path === path)?.text;

const CHECKS: readonly { readonly name: string; readonly problems: () => Problems }[] = [
  { name: 'packages import only what their layer allows', problems: () => importProblems(files) },
  { name: 'pure folders compile without node types', problems: () => pureConfigProblems(files) },
  { name: `no source is longer than ${MAX_LINES} lines`, problems: () => sizeProblems(sources, MAX_LINES) },
  { name: 'nothing steps around the checkers', problems: () => escapeProblems(sources) },
  { name: 'there are no barrel files', problems: () => barrelProblems(sources) },
  { name: 'only files of the project are here', problems: () => placeProblems(files) },
  { name: 'no text names a machine or a registry host', problems: () => traceProblems(files) },
  { name: 'the lock file names no host', problems: () => lockProblems(textOf('package-lock.json') ?? '') },
  { name: 'every rule is named by a test', problems: () => untestedProblems(textOf(RULES_PATH), citing) },
  { name: 'every cited rule is declared', problems: () => undeclaredProblems(textOf(RULES_PATH), citing) },
  { name: 'links in documents lead somewhere', problems: () => linkProblems(files) },
  { name: 'the README starts with its two commands', problems: () => readmeProblems(textOf('README.md')) },
];

test.each(CHECKS)('$name', ({ problems }) => {
  expect(problems()).toEqual([]);
});

test('every rejection code is documented, in precedence order', async () => {
  expect(codeProblems(await rejectionCodes(), textOf(ERRORS_PATH))).toEqual([]);
});

test('the repository has files of every kind that is checked', () => {
  expect(sources.length).toBeGreaterThan(10);
  expect(citing.length).toBeGreaterThan(10);
  expect(textOf('package-lock.json')).toBeDefined();
  for (const line of sizeProblems(sources, LONG_LINES)) console.log(`long: ${line}`);
});

test.skipIf(process.platform === 'win32')('.ci/run can be executed', () => {
  expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).toBe(0o111);
});

async function rejectionCodes(): Promise<readonly string[]> {
  const module: unknown = await import(pathToFileURL(join(ROOT, CODES_PATH)).href);
  if (typeof module !== 'object' || module === null || !('CODES' in module) || !Array.isArray(module.CODES)) {
    throw new Error(`${CODES_PATH} must export CODES, a list of entries with a code`);
  }
  return module.CODES.map((entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'code' in entry) return String(entry.code);
    throw new Error(`${CODES_PATH} has an entry without a code`);
  });
}
