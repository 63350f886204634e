/**
 * `npm test`: the first file is plain JavaScript, because a Node that is too old cannot read TypeScript. It finds
 * a Node that can (npm puts the one of node_modules/.bin first on the PATH) and hands over to `test/main.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  const { main } = await import('./test/main.ts');
  process.exitCode = await main(root, process.argv.slice(2));
} else {
  const newer = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(newer) && process.env.DUET_NODE_HANDED_OVER === undefined) {
    handOver(newer);
  } else {
    console.error(
      `The tests need Node 22.18 or newer; this is ${process.versions.node}. ` +
        'Run `npm install` first (it brings Node 24 for most machines), or install a newer Node.',
    );
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  }
}

/** Runs the same command on another Node; `main` there watches its parent, so a signal to either one ends both. */
function handOver(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, DUET_NODE_HANDED_OVER: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`The Node in node_modules does not start: ${error.message}. Run \`npm install\` again.`);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
