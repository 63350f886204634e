/** Each check of the repository test fails on planted bad input, and passes its good twin. */
import { expect, test } from 'vitest';
import { codeText } from './code-text.ts';
import { linkProblems, readmeProblems } from './documents.ts';
import { importProblems, pureConfigProblems } from './imports.ts';
import type { Problems, TextFile } from './repository.ts';
import { codeProblems, undeclaredProblems, untestedProblems } from './spec.ts';
import { barrelProblems, escapeProblems, sizeProblems } from './style.ts';
import { lockProblems, placeProblems, traceProblems } from './texts.ts';

const file = (path: string, text: string): TextFile => ({ path, text });
const importing = (path: string, specifier: string): Problems =>
  importProblems([file(path, `import { thing } from '${specifier}';\n`)]);

const FORBIDDEN_IMPORTS: readonly (readonly [path: string, specifier: string])[] = [
  ['packages/protocol/src/a.ts', '@duet/crypto/port'],
  ['packages/protocol/src/a.ts', 'node:fs'],
  ['packages/protocol/src/a.ts', 'cbor2'],
  ['packages/crypto/src/a.ts', '@duet/wallet/wallet'],
  ['packages/crypto/src/a.ts', 'fs'],
  ['packages/crypto/src/a.ts', '@duet/crypto/port'],
  ['packages/wallet/src/a.ts', '@duet/ledger/registry'],
  ['packages/wallet/src/a.ts', 'node:sqlite'],
  ['packages/wallet/src/a.ts', './node/journal.ts'],
  ['packages/wallet/src/deep/a.ts', '../node/journal.ts'],
  ['packages/wallet/src/a.ts', '../test/support.ts'],
  ['packages/wallet/src/a.ts', '../../protocol/src/money.ts'],
  ['packages/terminal/src/a.ts', '@duet/wallet/wallet'],
  ['packages/ledger/src/a.ts', '@duet/wallet/wallet'],
  ['packages/ledger/src/core/a.ts', 'pg'],
  ['packages/ledger/test/a.test.ts', '@duet/cli/main'],
  ['packages/carriers/src/a.ts', '@duet/crypto/port'],
  ['packages/server/src/a.ts', '@duet/simulator/world'],
  ['packages/unheard-of/src/a.ts', './b.ts'],
];

test.each(FORBIDDEN_IMPORTS)('%s may not import %s', (path, specifier) => {
  expect(importing(path, specifier)).toHaveLength(1);
});

const ALLOWED_IMPORTS: readonly (readonly [path: string, specifier: string])[] = [
  ['packages/protocol/src/a.ts', './b.ts'],
  ['packages/protocol/src/a.ts', 'fflate'],
  ['packages/protocol/test/a.test.ts', 'cbor2'],
  ['packages/protocol/test/a.test.ts', '../src/a.ts'],
  ['packages/crypto/src/a.ts', 'node:crypto'],
  ['packages/wallet/src/a.ts', '@duet/crypto/port'],
  ['packages/wallet/src/node/journal.ts', 'node:sqlite'],
  ['packages/wallet/src/node/journal.ts', '../a.ts'],
  ['packages/ledger/src/sql/a.ts', 'pg'],
  ['packages/cli/src/a.ts', '@duet/ledger/registry'],
];

test.each(ALLOWED_IMPORTS)('%s may import %s', (path, specifier) => {
  expect(importing(path, specifier)).toEqual([]);
});

test.each([
  "export { thing } from 'node:fs';",
  "import 'node:fs';",
  "const fs = await import('node:fs');",
  "import {\n  one,\n  other,\n} from 'node:fs';",
  'import type { Stats } from "node:fs";',
])('an import is seen in every form: %s', (text) => {
  expect(importProblems([file('packages/protocol/src/a.ts', text)])).toHaveLength(1);
});

test.each([
  "// import fs from 'node:fs'",
  "/* from 'node:fs' */",
  `const text = "import fs from 'node:fs'";`,
  "const text = `import fs from 'node:fs'`;",
])('text that is not an import is left alone: %s', (text) => {
  expect(importProblems([file('packages/protocol/src/a.ts', text)])).toEqual([]);
});

test('an import is named by its line', () => {
  const text = "/** Money. */\nimport { thing } from 'node:fs';\n";
  expect(importProblems([file('packages/protocol/src/a.ts', text)])[0]).toMatch(
    /^packages\/protocol\/src\/a\.ts:2 /,
  );
});

const PURE_CONFIG = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { lib: ['ES2023'], types: [] },
  include: ['src/**/*.ts'],
};

test.each([
  ['right', PURE_CONFIG, 0],
  ['with node types', { ...PURE_CONFIG, compilerOptions: { lib: ['ES2023'], types: ['node'] } }, 1],
  ['with less included', { ...PURE_CONFIG, include: ['src/money.ts'] }, 1],
  ['with an exclusion', { ...PURE_CONFIG, exclude: ['src/clock.ts'] }, 1],
  ['missing', undefined, 1],
] as const)('a pure configuration %s', (_name, config, expected) => {
  const source = file('packages/protocol/src/a.ts', '');
  const text = config === undefined ? [] : [file('packages/protocol/tsconfig.json', JSON.stringify(config))];
  expect(pureConfigProblems([source, ...text])).toHaveLength(expected);
});

test('code keeps its places while comments, strings, templates and patterns are blanked', () => {
  const text = 'a(/* b */ "c", `d $' + '{e({ f: `g` })} h`, /i"[/]/g) / j; // k\nl';
  expect(codeText(text)).toBe('a(        " ", `  $' + '{e({ f: ` ` })}  `,         ) / j;     \nl');
});

test.each(["it's // not closed\nnext()", '`open ${', '/* open', 'x = /open\nnext()', "'\\"])(
  'code text of something unfinished has the same length: %j',
  (text) => {
    expect(codeText(text)).toHaveLength(text.length);
  },
);

test('a file above the limit is found', () => {
  expect(sizeProblems([file('a.ts', 'x\n'.repeat(600))], 600)).toEqual([]);
  expect(sizeProblems([file('a.ts', 'x\n'.repeat(601))], 600)).toHaveLength(1);
});

const KEYWORD = ['an', 'y'].join('');
const SILENCERS = ['@ts-ig', '@ts-no', '@ts-expect-', 'biome-ig'].map(
  (start, index) => start + ['nore', 'check', 'error', 'nore'][index],
);

test.each([
  `let a: ${KEYWORD};`,
  `let a: ${KEYWORD} = 1;`,
  `const b = c as ${KEYWORD};`,
  `const d: ${KEYWORD}[] = [];`,
  `type E = Map<string, ${KEYWORD}>;`,
  `type F = Set<${KEYWORD}>;`,
  `type G = string | ${KEYWORD};`,
  ...SILENCERS.map((silencer) => `// ${silencer}\nlet h = 1;`),
])('an escape is found: %s', (text) => {
  expect(escapeProblems([file('a.ts', text)])).toHaveLength(1);
});

test.each([
  `// ${KEYWORD} text`,
  `const a = '${KEYWORD} text: ${KEYWORD}';`,
  `const { b, ${KEYWORD} } = c;`,
  `Promise.${KEYWORD}(d);`,
  `const e = f ? ${KEYWORD}(g) : ${KEYWORD}.h;`,
])('what only looks like an escape is left alone: %s', (text) => {
  expect(escapeProblems([file('a.ts', text)])).toEqual([]);
});

test.each([
  "export { a } from './a.ts';\nexport type { B } from './b.ts';\n",
  "/** Everything. */\nexport * from './a.ts';\n",
  "export const own = 1;\nexport * from './a.ts';\n",
  "import { a } from './a.ts';\nexport { a };\n",
])('a barrel is found: %j', (text) => {
  expect(barrelProblems([file('index.ts', text)])).toHaveLength(1);
});

test.each(["import { a } from './a.ts';\nexport const b = a;\n", "import './a.ts';\nrun();\n", ''])(
  'a file with content of its own is no barrel: %j',
  (text) => {
    expect(barrelProblems([file('index.ts', text)])).toEqual([]);
  },
);

test.each([
  ['notes.txt', 'x'],
  ['packages/wallet/wallet.sqlite', 'x'],
  ['tools/a.ts', 'x'],
  ['docs/a.md', 'a\0b'],
  ['packages/wallet/src/a.js', 'x'],
])('a file that does not belong here is found: %s', (path, text) => {
  expect(placeProblems([file(path, text)]).filter((problem) => problem.startsWith(path))).toHaveLength(1);
});

test('a missing root file is found', () => {
  expect(placeProblems([])).toContain('LICENSE is missing; write it');
});

const planted = (...parts: readonly string[]): string => parts.join('');

test.each([
  planted('see ', '/wo', 'rk/main'),
  planted("'/ro", "ot/x'"),
  planted('file:///ho', 'me/me/x'),
  planted('C:\\Us', 'ers\\me'),
  planted('https://regi', 'stry.npmjs.org/x'),
])('a trace of a machine is found: %s', (text) => {
  expect(traceProblems([file('docs/a.md', text)]).length).toBeGreaterThan(0);
});

test.each(['packages/work/src', 'https://example.org/home/page', 'registry.claims.map(one)', '/tmp/x'])(
  'what only looks like a trace is left alone: %s',
  (text) => {
    expect(traceProblems([file('docs/a.md', text)])).toEqual([]);
  },
);

test('a host in the lock file is found, a workspace is not', () => {
  expect(lockProblems('"resolved": "packages/wallet",')).toEqual([]);
  expect(lockProblems('\n"resolved": "https://example.org/a.tgz",')).toHaveLength(1);
});

const ERRORS = '# Errors\n\n| code | when |\n| --- | --- |\n| `one` | x |\n| `two-three` | x |\n';

test.each([
  ['in order', ERRORS, 0],
  ['numbered', ERRORS.replace('| `one`', '| 1 | `one`'), 0],
  ['with operational errors apart', `${ERRORS}\n## Operational errors\n\n| \`disk\` | x |\n`, 0],
  ['one missing', ERRORS.replace('| `one` | x |\n', ''), 1],
  ['one unknown', `${ERRORS}| \`four\` | x |\n`, 1],
  ['one twice', `${ERRORS}| \`one\` | x |\n`, 1],
  [
    'in another order',
    ERRORS.replace('`one`', '`x`').replace('`two-three`', '`one`').replace('`x`', '`two-three`'),
    1,
  ],
  ['absent', undefined, 1],
] as const)('documented codes %s', (_name, text, expected) => {
  expect(codeProblems(['one', 'two-three'], text)).toHaveLength(expected);
});

const RULES = '## PAY-1 Checks\nAs SET-1 says. PAY-6 and SET-8 are not used.\n\n- **SET-1** Stores.\n';
const test1 = file('packages/wallet/test/a.test.ts', "test('PAY-1 and SET-1', …)");

test('each rule is named by a test', () => {
  expect(untestedProblems(RULES, [test1])).toEqual([]);
  expect(untestedProblems(RULES, [file(test1.path, 'PAY-1, PAY-10')])).toEqual([
    'docs/spec/rules.md: no test names SET-1',
  ]);
  expect(untestedProblems(RULES, [file('packages/wallet/src/a.ts', 'PAY-1 SET-1')])).toHaveLength(2);
  expect(untestedProblems('no rules', [test1])).toHaveLength(1);
  expect(untestedProblems(undefined, [test1])).toHaveLength(1);
});

test('a planned rule needs no test until it has one', () => {
  const rules = `${RULES}\n## CODE-1 Accept (planned)\n`;
  expect(untestedProblems(rules, [test1])).toEqual([]);
  expect(untestedProblems(rules, [test1, file('packages/terminal/test/b.test.ts', 'CODE-1')])).toHaveLength(
    1,
  );
});

test('each cited rule is declared', () => {
  const all = [test1, file('docs/spec/rules.md', RULES)];
  expect(undeclaredProblems(RULES, all)).toEqual([]);
  expect(undeclaredProblems(RULES, [file('packages/wallet/src/a.ts', '\n// PAY-9, SHA-256')])).toEqual([
    'packages/wallet/src/a.ts:2 cites PAY-9, which docs/spec/rules.md does not declare',
  ]);
  expect(undeclaredProblems(RULES, [file('packages/wallet/src/a.ts', '// PAY-6')])).toHaveLength(1);
  expect(undeclaredProblems(undefined, all)).toHaveLength(1);
});

test('links lead to files and headings', () => {
  const guide = file('docs/guide.md', '# Guide\n\n## The `first` step, in short\n');
  const linking = (link: string): Problems => linkProblems([guide, file('README.md', `See [it](${link}).`)]);
  for (const good of [
    'docs/guide.md',
    'docs/',
    'docs/guide.md#the-first-step-in-short',
    'https://example.org/x',
  ]) {
    expect(linking(good)).toEqual([]);
  }
  for (const bad of ['docs/none.md', 'guide.md', 'docs/guide.md#none', '#none']) {
    expect(linking(bad)).toHaveLength(1);
  }
  expect(linkProblems([file('README.md', '```\n[it](none.md)\n```\n`[it](none.md)`')])).toEqual([]);
});

const README =
  '# Duet\n\nWhat it is.\n\n```sh\nnpm install && npm start\n```\n\n```sh\nnpm install && npm test\n```\n';

test.each([
  ['right', README, 0],
  ['with another command first', README.replace('npm install && npm start', 'npm start'), 1],
  ['too late', '\n'.repeat(60) + README, 2],
  ['absent', undefined, 1],
] as const)('a README %s', (_name, text, expected) => {
  expect(readmeProblems(text)).toHaveLength(expected);
});
