/** Frames of plain text around lines. */
import { widthOf } from '../text/format.ts';

/** A box with a title and `width` columns inside; what is longer is broken at spaces. */
export function box(title: string, content: readonly string[], width: number): string[] {
  const lines = content.flatMap((line) => broken(line, width));
  const inner = Math.max(width, ...lines.map(widthOf));
  const head = `┌─ ${title} ${'─'.repeat(Math.max(0, inner - widthOf(title) - 1))}┐`;
  const body = lines.map((line) => `│ ${line}${' '.repeat(inner - widthOf(line))} │`);
  return [head, ...body, `└${'─'.repeat(inner + 2)}┘`];
}

/** Lines of at most `width` columns where spaces allow it; what follows a break is indented as the line was. */
function broken(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const text = line.trimStart();
  const indent = line.slice(0, line.length - text.length);
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const start = lines.length === 0 ? indent : `${indent}  `;
    const longer = current === '' ? start + word : `${current} ${word}`;
    if (current !== '' && widthOf(longer) > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}
