/**
 * Source text with comments and the insides of strings, templates and regular expressions blanked out, offset for
 * offset, so that a pattern finds code alone. A scanner, not a parser: a `/` starts a regular expression where a
 * value cannot have ended just before it.
 */

const VALUE_ENDED = /[\w$)\]}'"`]$/;
const KEYWORD_BEFORE_REGEX = /(?:^|[^\w$.])(?:return|typeof|case|in|of|yield|await|void|delete)$/;

/** The same length as `text`; every blanked character is a space, line ends stay. */
export function codeText(text: string): string {
  let code = '';
  let at = 0;
  /** Open braces inside each `${…}` that we are in; the innermost is last. */
  const templateBraces: number[] = [];

  const keep = (end: number): void => {
    code += text.slice(at, end);
    at = end;
  };
  const blank = (end: number): void => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const blankTemplate = (): void => {
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) {
      end += text[end] === '\\' ? 2 : 1;
    }
    blank(Math.min(end, text.length));
    if (text.startsWith('${', at)) {
      templateBraces.push(0);
      keep(at + 2);
    } else {
      keep(at + 1);
    }
  };

  while (at < text.length) {
    const rest = text[at] ?? '';
    const open = templateBraces.length - 1;
    if (text.startsWith('//', at)) {
      blank(endOf(text.indexOf('\n', at), text.length));
    } else if (text.startsWith('/*', at)) {
      blank(endOf(text.indexOf('*/', at + 2), text.length - 2) + 2);
    } else if (rest === "'" || rest === '"') {
      const end = endOfQuoted(text, at);
      keep(at + 1);
      blank(end);
      if (text[at] === rest) keep(at + 1);
    } else if (rest === '`') {
      keep(at + 1);
      blankTemplate();
    } else if (rest === '/' && startsRegex(code)) {
      blank(endOfRegex(text, at));
    } else if (rest === '}' && templateBraces[open] === 0) {
      templateBraces.pop();
      keep(at + 1);
      blankTemplate();
    } else {
      const braces = templateBraces[open];
      if (braces !== undefined && rest === '{') templateBraces[open] = braces + 1;
      if (braces !== undefined && rest === '}') templateBraces[open] = braces - 1;
      keep(at + 1);
    }
  }
  return code;
}

const endOf = (found: number, otherwise: number): number => (found < 0 ? otherwise : found);

/** Offset of the closing quote, or of the line end where there is none. */
function endOfQuoted(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== text[start] && text[end] !== '\n') {
    end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end, text.length);
}

function startsRegex(codeBefore: string): boolean {
  const before = codeBefore.slice(-200).trimEnd();
  return !VALUE_ENDED.test(before) || KEYWORD_BEFORE_REGEX.test(before);
}

/** Offset after the closing slash and its flags, or of the line end where there is none. */
function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let end = start + 1; end < text.length && text[end] !== '\n'; end += 1) {
    const rest = text[end];
    if (rest === '\\') end += 1;
    else if (rest === '[') inClass = true;
    else if (rest === ']') inClass = false;
    else if (rest === '/' && !inClass)
      return end + 1 + (/^[a-z]*/.exec(text.slice(end + 1))?.[0].length ?? 0);
  }
  return endOf(text.indexOf('\n', start), text.length);
}
