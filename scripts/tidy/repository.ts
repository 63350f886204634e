/**
 * The files the checks look at: what git tracks, and what it would track (not ignored), so that a file is checked
 * before it is committed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A text file: path from the root of the repository with forward slashes, and what it holds. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a check found, one sentence each: where, what, and what to do. */
export type Problems = readonly string[];

/** Every file of the repository, sorted by path. Throws where git cannot list them. */
export function repositoryFiles(root: string): readonly TextFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** TypeScript and JavaScript of ours: what packages, apps and scripts hold. */
export const sourcesOf = (files: readonly TextFile[]): readonly TextFile[] =>
  files.filter(({ path }) => /^(packages|apps|scripts)\/.*\.(ts|tsx|mjs)$/.test(path));

/** Line number of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
