/**
 * The specification against the code: every rejection code documented in precedence order, every rule named by a
 * test, every cited rule declared.
 */
import { lineAt, type Problems, type TextFile } from './repository.ts';

export const ERRORS_PATH = 'docs/spec/errors.md';
export const RULES_PATH = 'docs/spec/rules.md';

const RULE_ID = /\b(?:CODE|EDGE|ID|LIMIT|MONEY|PAY|PRIV|SET|SUITE)-\d+\b/g;
/** A rule is declared by a heading, list item or table row that starts with its id, or by its id in bold. */
const DECLARED = /^(?:#{1,6}|[-*]|\|)\s+\**`?([A-Z]+-\d+)\b/;
const DECLARED_BOLD = /\*\*([A-Z]+-\d+)\b/g;
/** A code is documented by a table row, heading or list item that starts with it, after its number if it has one. */
const DOCUMENTED = /^(?:\|\s*(?:\d+\s*\|\s*)?|#{2,6}\s+|[-*]\s+|\d+\.\s+)`([a-z][a-z0-9]*(?:-[a-z0-9]+)*)`/;

/** Differences between the codes in the code and those in `errors.md`, sections on operational errors left out. */
export function codeProblems(codes: readonly string[], errorsText: string | undefined): Problems {
  if (errorsText === undefined) {
    return [
      `${ERRORS_PATH} does not exist; write its table of all ${codes.length} codes in precedence order`,
    ];
  }
  const documented = documentedCodes(errorsText);
  const missing = codes.filter((code) => !documented.includes(code));
  const unknown = documented.filter((code) => !codes.includes(code));
  const twice = documented.filter((code, index) => documented.indexOf(code) !== index);
  const problems = [
    ...missing.map((code) => `${ERRORS_PATH} lacks \`${code}\``),
    ...unknown.map((code) => `${ERRORS_PATH} has \`${code}\`, which no code knows`),
    ...twice.map((code) => `${ERRORS_PATH} has \`${code}\` twice`),
  ];
  if (problems.length > 0) return problems;
  const firstOff = codes.findIndex((code, index) => documented[index] !== code);
  return firstOff < 0
    ? []
    : [
        `${ERRORS_PATH}: place ${firstOff + 1} has \`${documented[firstOff]}\`, the code \`${codes[firstOff]}\``,
      ];
}

function documentedCodes(text: string): readonly string[] {
  let operational = false;
  return text.split('\n').flatMap((line) => {
    if (/^#{1,6}\s/.test(line)) operational = /operational/i.test(line);
    const [, code] = DOCUMENTED.exec(line) ?? [];
    return code === undefined || operational ? [] : [code];
  });
}

/** Rules of `rules.md`: `planned` ones are marked "(planned)" where they are declared. */
interface Rules {
  readonly declared: readonly string[];
  readonly planned: readonly string[];
}

function rulesIn(text: string): Rules {
  const rules = text.split('\n').flatMap((line) => {
    const ids = [DECLARED.exec(line)?.[1], ...[...line.matchAll(DECLARED_BOLD)].map((match) => match[1])];
    const known = ids.filter(
      (id) => id !== undefined && id.match(RULE_ID) !== null && !/not used/i.test(line),
    );
    return known.map((id) => ({ id: id ?? '', planned: /\(planned\)/i.test(line) }));
  });
  return {
    declared: [...new Set(rules.map(({ id }) => id))],
    planned: [...new Set(rules.filter(({ planned }) => planned).map(({ id }) => id))],
  };
}

/** Rules that no test names, and planned ones that a test names already. */
export function untestedProblems(rulesText: string | undefined, sources: readonly TextFile[]): Problems {
  if (rulesText === undefined) return [`${RULES_PATH} does not exist; declare every rule there by its id`];
  const tests = sources.filter(({ path }) => /\.test\.tsx?$/.test(path));
  const named = new Set(tests.flatMap(({ text }) => text.match(RULE_ID) ?? []));
  const { declared, planned } = rulesIn(rulesText);
  if (declared.length === 0) return [`${RULES_PATH} declares no rule; start a heading with each rule id`];
  const untested = declared.filter((id) => !named.has(id) && !planned.includes(id));
  return [
    ...untested.map((id) => `${RULES_PATH}: no test names ${id}`),
    ...planned
      .filter((id) => named.has(id))
      .map((id) => `${RULES_PATH}: ${id} is tested; it is not "(planned)"`),
  ];
}

/** Rule ids that stand in sources, tests or documents and are not declared. */
export function undeclaredProblems(rulesText: string | undefined, files: readonly TextFile[]): Problems {
  if (rulesText === undefined) return [`${RULES_PATH} does not exist; declare every rule there by its id`];
  const { declared } = rulesIn(rulesText);
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(RULE_ID)]
      .filter(([id]) => !declared.includes(id) && !/not used/i.test(lineOf(text, id)))
      .map(
        (match) =>
          `${path}:${lineAt(text, match.index)} cites ${match[0]}, which ${RULES_PATH} does not declare`,
      ),
  );
}

const lineOf = (text: string, part: string): string =>
  text.split('\n').find((line) => line.includes(part)) ?? '';
