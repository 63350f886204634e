/**
 * What `npm test` runs, in order: type checks, style, unused code, the tests, then fuzzing. Add a step here and it is in
 * the summary line, in `--only` and in `--help`.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface Step {
  /** What `--only` takes; several steps may share it. */
  readonly group: string;
  readonly title: string;
  /** Program in node_modules/.bin and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** A vitest run writes a report and counts test by test; any other command counts as one test. */
  readonly kind: 'check' | 'vitest';
}

/** Test groups, the projects of vitest.config.ts. */
const TEST_GROUPS = ['repository', 'unit', 'postgres'];

/** All steps for the repository at `root`. */
export function stepsOf(root: string): readonly Step[] {
  return [
    check('types', 'types: whole repository', ['tsc', '--noEmit', '-p', 'tsconfig.json']),
    ...pureConfigs(root).map((config) =>
      check('types', `types: ${dirname(config)}, without node`, ['tsc', '--noEmit', '-p', config]),
    ),
    check('style', 'style: biome', ['biome', 'check', '--error-on-warnings', '.']),
    check('unused', 'unused code: knip', ['knip', '--no-config-hints']),
    ...TEST_GROUPS.map(
      (group): Step => ({
        group,
        title: `tests: ${group}`,
        command: ['vitest', 'run', '--project', group],
        kind: 'vitest',
      }),
    ),
    check('fuzz', 'fuzz: every target for a minute', ['node', 'scripts/fuzz/main.ts', '--seconds', '60']),
    {
      group: 'node22',
      title: 'tests: protocol, crypto and wallet on Node 22',
      command: ['node', 'scripts/test/node-22.ts'],
      kind: 'vitest',
    },
  ];
}

const check = (group: string, title: string, command: Step['command']): Step => ({
  group,
  title,
  command,
  kind: 'check',
});

/** Package configurations that include at least one file; tsc refuses one that includes none. */
function pureConfigs(root: string): readonly string[] {
  return globSync('packages/*/tsconfig.json', { cwd: root })
    .sort()
    .filter((config) => {
      const folder = dirname(join(root, config));
      return includesOf(readFileSync(join(root, config), 'utf8')).some(
        (pattern) => globSync(pattern, { cwd: folder }).length > 0,
      );
    })
    .map((config) => relative(root, join(root, config)).replaceAll('\\', '/'));
}

function includesOf(config: string): readonly string[] {
  const parsed: unknown = JSON.parse(config);
  if (typeof parsed !== 'object' || parsed === null || !('include' in parsed)) return [];
  return Array.isArray(parsed.include)
    ? parsed.include.filter((one: unknown) => typeof one === 'string')
    : [];
}
