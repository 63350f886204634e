#!/usr/bin/env node
/**
 * The first file of the command: plain JavaScript that old versions of Node can parse. It checks the version,
 * starts itself again on the Node that npm installed beside the packages where the system's is too old, then
 * hands over to `src/main.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first version that runs TypeScript and `node:sqlite` without flags. */
const WANTED = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);

if (major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])) {
  quietSqlite();
  module.enableCompileCache?.();
  await import('../src/main.ts');
} else {
  startAgain();
}

/** `node:sqlite` is used on purpose; every other warning is shown. */
function quietSqlite() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!/SQLite is an experimental feature/.test(String(warning))) emitWarning(warning, ...rest);
  };
}

function startAgain() {
  const node = process.env.DUET_STARTED_AGAIN ? undefined : bundledNode();
  if (node === undefined) {
    console.error(
      `duet: expected Node ${WANTED.join('.')} or newer, got ${process.versions.node}.\n` +
        'Run "npm install" in this repository (it brings a Node of its own for common platforms), or install a newer Node.',
    );
    process.exitCode = 3;
    return;
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, DUET_STARTED_AGAIN: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`duet: cannot start ${node}: ${error.message}`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code ?? 3;
    }
  });
}

/** The `node` of the platform package, in the nearest node_modules above. */
function bundledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', '.bin', name);
    if (existsSync(node)) return node;
    if (folder === dirname(folder)) return undefined;
  }
}
