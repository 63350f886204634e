/** The loop finds bugs: each planted one within fewer executions than a CI run makes of its target. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLANTED } from './planted.ts';

const ROOT = join(import.meta.dirname, '../..');
const SEED = '20261128';
/** What 60 s give a target on a slow machine. */
const RUNS = '40000';

interface Summary {
  readonly targets: readonly { readonly executions: number }[];
  readonly faults: readonly { readonly problem: string; readonly file: string }[];
}

const fuzz = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['scripts/fuzz/main.ts', '--json', ...args], { cwd: ROOT, encoding: 'utf8' });

test.each(Object.entries(PLANTED))(
  'the planted bug "%s" is found, and its crash file replays it',
  (name, { target, found }) => {
    const bounds = ['--runs', RUNS, '--seconds', '3600', '--seed', SEED];
    const run = fuzz('--target', target, '--planted', name, ...bounds);
    expect(run.status, run.stderr).toBe(1);
    const { faults }: Summary = JSON.parse(run.stdout);
    const [fault] = faults;
    expect(fault?.problem).toMatch(found);
    const replay = fuzz('--replay', fault?.file ?? '');
    expect([replay.status, replay.stderr]).toEqual([1, expect.stringMatching(found)]);
  },
);

test('without a planted bug the same run is clean, twice the same', () => {
  const args = ['--target', 'cbor', '--runs', '3000', '--seconds', '3600', '--seed', SEED];
  const [one, other] = [fuzz(...args), fuzz(...args)];
  expect([one.status, one.stdout]).toEqual([0, other.stdout]);
});

test('wrong arguments are told, and the help names every target', () => {
  expect(fuzz('--target', 'nothing').status).toBe(2);
  expect(fuzz('--seconds', 'x').status).toBe(2);
  expect(fuzz('--planted', 'nothing').status).toBe(2);
  const help = fuzz('--help');
  expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('carriers')]);
});
