/**
 * Runs part of the unit tests on Node 22, the oldest one that is supported. npm brings it, as a platform package, into a
 * folder of its own: two packages that are both called `node` would fight over `node_modules/.bin`. Where it cannot
 * be had the run is one skipped test with its reason; where `CI` is set it fails. After them the same simulated worlds are
 * played on both versions: they must tell the same story, line for line.
 *
 * Arguments are passed on to vitest. Exit codes: 0 passed or skipped, 1 failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const VERSION = '22.23.3';
const FOLDER = join(ROOT, 'node_modules', '.cache', `node-${VERSION}`);

/** What touches the platform: files, SQLite, cryptography; and the codecs. Kept short: it is the second run of each. */
const TESTS: readonly string[] = [
  'packages/protocol/test/cbor',
  'packages/protocol/test/vector',
  'packages/protocol/test/machines',
  'packages/crypto/test/contract',
  'packages/crypto/test/handles',
  'packages/wallet/test/payment.test',
  'packages/wallet/test/settlement',
  'packages/wallet/test/node/journal-contract',
  'packages/wallet/test/node/sqlite-journal',
  'packages/wallet/test/node/wallet-folder',
  'packages/wallet/test/node/backup.test',
];

/** The Node of that version, or why it is not here. */
function nodeOf(): { readonly path: string } | { readonly reason: string } {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(FOLDER, 'node_modules', name, 'bin', binary);
  if (!existsSync(path)) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n');
    const wanted = `${name}@${VERSION}`;
    const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    const npm = spawnSync('npm', ['install', ...options, wanted], {
      cwd: FOLDER,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0 || !existsSync(path)) return { reason: `npm does not give ${wanted}` };
  }
  const started = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return started.stdout?.trim() === `v${VERSION}`
    ? { path }
    : { reason: `the Node of ${name} does not start: ${started.error?.message ?? started.stderr}` };
}

/** A report of one skipped test, in the form that vitest's are read. */
function writeSkipped(args: readonly string[]): void {
  const path = args.find((arg) => arg.startsWith('--outputFile.json='))?.split('=')[1];
  if (!path) return;
  const skipped = { status: 'passed', assertionResults: [{ status: 'skipped' }] };
  writeFileSync(path, JSON.stringify({ testResults: [skipped] }));
}

/** Whether the worlds of one seed have the same hashes on that Node and on this one. */
function sameStory(other: string): boolean {
  const told = [process.execPath, other].map((path) => {
    const duet = join(ROOT, 'packages', 'cli', 'bin', 'duet.mjs');
    const sim = ['sim', '--seed', 'versions', '--seeds', '2', '--steps', '30', '--json'];
    const run = spawnSync(path, [duet, ...sim], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return run.status === 0 ? JSON.stringify(JSON.parse(run.stdout).hashes) : `exit code ${run.status}`;
  });
  const [here, there] = told;
  const same = here === there && here?.startsWith('{') === true;
  console.log(
    `Worlds on Node ${process.versions.node} and ${VERSION}: ${same ? 'the same' : told.join(' and ')}.`,
  );
  return same;
}

const args = process.argv.slice(2);
const node = nodeOf();
if ('path' in node) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const run = spawnSync(node.path, [vitest, 'run', '--project', 'unit', ...TESTS, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.exitCode = run.status !== 0 ? (run.status ?? 1) : sameStory(node.path) ? 0 : 1;
} else if (process.env.CI) {
  console.error(`Node 22 is needed where CI is set: ${node.reason}.`);
  process.exitCode = 1;
} else {
  console.log(`Skipped: ${node.reason}.`);
  writeSkipped(args);
}
