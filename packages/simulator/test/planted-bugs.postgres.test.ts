/** Every planted bug is caught by a checker that its list names; each in a process of its own, which holds that bug alone. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BUGS } from '@duet/simulator/bugs/list';
import { describe, expect, test } from 'vitest';

const SEEDS = 200;
const STEPS = 50;
const run = promisify(execFile);
const path = (name: string): string => fileURLToPath(new URL(`../src/bugs/${name}.ts`, import.meta.url));

interface Hunted {
  readonly bug: string;
  readonly checker: string | null;
  readonly seeds: number;
  readonly what: string | null;
}

describe('planted bugs', () => {
  test.each(BUGS)('$name ($breaks)', async ({ name, caughtBy, seed = 'planted' }) => {
    const { stdout } = await run(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--import',
        path('hook'),
        path('hunt'),
        seed,
        String(SEEDS),
        String(STEPS),
      ],
      { env: { ...process.env, DUET_PLANTED_BUG: name } },
    );
    const hunted: Hunted = JSON.parse(stdout);
    expect(hunted.bug).toBe(name);
    expect(caughtBy, `${hunted.what} after ${hunted.seeds} worlds`).toContain(hunted.checker);
  });

  test('without a bug the same worlds end clean', async () => {
    const { stdout } = await run(process.execPath, [path('hunt'), 'planted', '12', String(STEPS)]);
    expect(JSON.parse(stdout)).toMatchObject({ bug: null, checker: null, seeds: 12 });
  });
});
