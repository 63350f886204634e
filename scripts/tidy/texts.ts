/** What may stand in the repository at all: text files of the project, without traces of one machine. */
import { posix } from 'node:path';
import { lineAt, type Problems, type TextFile } from './repository.ts';

const FOLDERS = ['.ci', 'apps', 'docs', 'model', 'packages', 'scripts', 'vectors'];
const ROOT_FILES = [
  '.editorconfig',
  '.gitignore',
  '.npmrc',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'biome.json',
  'knip.json',
  'package-lock.json',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'vitest.config.ts',
];
const EXTENSIONS = [
  '.cddl',
  '.cfg',
  '.css',
  '.csv',
  '.html',
  '.json',
  '.md',
  '.mjs',
  '.sql',
  '.svg',
  '.tla',
  '.ts',
  '.tsx',
];
const WITHOUT_EXTENSION = ['.ci/run'];

/** Files that nobody expects in this repository, and expected root files that are missing. */
export function placeProblems(files: readonly TextFile[]): Problems {
  const paths = files.map(({ path }) => path);
  const unexpected = files.flatMap(({ path, text }) => {
    if (text.includes('\0') || text.includes('\uFFFD')) return [`${path} is not UTF-8 text`];
    const known = EXTENSIONS.includes(posix.extname(path)) || WITHOUT_EXTENSION.includes(path);
    const [top = ''] = path.split('/');
    const expected = path.includes('/') ? FOLDERS.includes(top) && known : ROOT_FILES.includes(path);
    return expected ? [] : [`${path} is not a kind of file, or not at a place, that belongs here`];
  });
  const missing = ROOT_FILES.filter((path) => !paths.includes(path));
  return [...unexpected, ...missing.map((path) => `${path} is missing; write it`)];
}

const TRACES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?<![\w.~*-])\/(?:work|root|home|Users)\/[\w.-]/g, what: 'a path of one machine' },
  { pattern: /\b[A-Z]:\\+Users\\/g, what: 'a path of one machine' },
  { pattern: /\bregistry\.(?:npmjs|npmmirror|yarnpkg)\.[a-z]+/g, what: 'the host of a package registry' },
  { pattern: /https?:\/\/(?:registry|npm)[.-]/g, what: 'the host of a package registry' },
];

/** Paths of one machine and hosts of package registries. */
export const traceProblems = (files: readonly TextFile[]): Problems =>
  files.flatMap(({ path, text }) =>
    TRACES.flatMap(({ pattern, what }) =>
      [...text.matchAll(pattern)].map(
        (match) => `${path}:${lineAt(text, match.index)} names ${what}: ${match[0]}`,
      ),
    ),
  );

/** Entries of a lock file that come from a named host; npm takes the configured registry where none is named. */
export const lockProblems = (lockText: string): Problems =>
  [...lockText.matchAll(/"resolved":\s*"([^"]*:[^"]*)"/g)].map(
    (match) =>
      `package-lock.json:${lineAt(lockText, match.index)} is resolved from ${match[1]}; remove that line`,
  );
