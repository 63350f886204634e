/** Documents: links that lead somewhere, and a README that starts with the two commands. */
import { posix } from 'node:path';
import { lineAt, type Problems, type TextFile } from './repository.ts';

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const FENCE = /^(`{3,})[^\n]*\n[\s\S]*?^\1`*[ \t]*$/gm;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

const proseOf = (markdown: string): string => markdown.replace(FENCE, blank).replace(/`[^`\n]+`/g, blank);

/** Links inside the repository whose file or heading does not exist. */
export function linkProblems(files: readonly TextFile[]): Problems {
  const byPath = new Map(files.map((file) => [file.path, file.text]));
  const exists = (path: string): boolean =>
    byPath.has(path) || files.some((file) => file.path.startsWith(`${path.replace(/\/$/, '')}/`));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...proseOf(text).matchAll(LINK)].flatMap((match) => {
        const link = match[1] ?? '';
        if (/^[a-z][a-z+.-]*:/i.test(link)) return [];
        const [file = '', heading] = link.split('#');
        const target = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
        const place = `${path}:${lineAt(text, match.index)} links to ${link}`;
        if (!exists(target)) return [`${place}, which does not exist`];
        const markdown = target.endsWith('.md') ? byPath.get(target) : undefined;
        const found =
          heading === undefined || markdown === undefined || anchorsOf(markdown).includes(heading);
        return found ? [] : [`${place}, where that heading does not exist`];
      }),
    );
}

/** Anchors as code hosts make them: lower case, punctuation dropped, spaces to hyphens, repeats numbered. */
function anchorsOf(markdown: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...markdown.replace(FENCE, blank).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, title = '']) => {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

const FIRST_COMMANDS = ['npm install && npm start', 'npm install && npm test'];
const START_LINES = 40;

/** A README that does not show the two commands first, within its first lines. */
export function readmeProblems(text: string | undefined): Problems {
  if (text === undefined) return ['README.md does not exist; it starts with what Duet is and two commands'];
  const start = text.split('\n').slice(0, START_LINES).join('\n');
  const commands = [...start.matchAll(FENCE)].flatMap(([block]) => block.split('\n').slice(1, -1));
  const shown = commands
    .map((line) =>
      line
        .replace(/^\$\s+/, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    )
    .filter(Boolean);
  return FIRST_COMMANDS.flatMap((command, index) =>
    shown[index] === command
      ? []
      : [
          `README.md: command ${index + 1} of its first ${START_LINES} lines must be \`${command}\`; got ${shown[index] ?? 'none'}`,
        ],
  );
}
