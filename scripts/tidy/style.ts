/** Style that no formatter knows: file sizes, escape hatches from the type checker, barrel files. */
import { codeText } from './code-text.ts';
import { lineAt, type Problems, type TextFile } from './repository.ts';

/** Above this many lines a file fails. */
export const MAX_LINES = 600;
/** Above this many lines a file is listed: would two nouns be clearer? */
export const LONG_LINES = 250;

const linesOf = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** Files above `limit` lines. */
export const sizeProblems = (files: readonly TextFile[], limit: number): Problems =>
  files
    .filter(({ text }) => linesOf(text) > limit)
    .map(({ path, text }) => `${path} has ${linesOf(text)} lines, above ${limit}; split it by noun`);

interface Escape {
  readonly pattern: RegExp;
  /** Where it counts: in code alone, or in comments too. */
  readonly within: 'code' | 'text';
  readonly what: string;
}

/** Where a type stands; biome knows it exactly, this holds where biome is silenced. */
const ANY_TYPE = /(?::|\bas|\bsatisfies|\bextends|\||&|<|<[^<>;]*,)\s*any\b(?!\s*[(:.])/g;

const ESCAPES: readonly Escape[] = [
  { pattern: ANY_TYPE, within: 'code', what: 'the type "any"; use "unknown" and check it' },
  {
    pattern: /@ts-(?:ignore|expect-error|nocheck)/g,
    within: 'text',
    what: 'a silenced type check; mend the type',
  },
  { pattern: /biome-(?:ignore)/g, within: 'text', what: 'a silenced lint rule; mend the code' },
];

/** Ways around the checkers. */
export const escapeProblems = (files: readonly TextFile[]): Problems =>
  files.flatMap(({ path, text }) =>
    ESCAPES.flatMap(({ pattern, within, what }) =>
      [...(within === 'code' ? codeText(text) : text).matchAll(pattern)].map(
        (match) => `${path}:${lineAt(text, match.index)} has ${what}`,
      ),
    ),
  );

const EXPORT_ALL = /\bexport\s+(?:type\s+)?\*\s+from\b/;
const IMPORT_OR_REEXPORT =
  /\b(?:import|export)\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\}|\w+)\s*(?:from\s*(?:'[^']*'|"[^"]*"))?\s*;?/g;

/** Files that only pass on what others export, and `export *` anywhere. */
export const barrelProblems = (files: readonly TextFile[]): Problems =>
  files.flatMap(({ path, text }) => {
    const code = codeText(text);
    const onlyPassesOn = /\bexport\b/.test(code) && code.replace(IMPORT_OR_REEXPORT, '').trim() === '';
    return EXPORT_ALL.test(code) || onlyPassesOn
      ? [`${path} is a barrel; let importers name the file that defines what they use`]
      : [];
  });
