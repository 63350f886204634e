/**
 * `node scripts/vectors.ts [--check]`: writes the language-neutral vectors of the folder `vectors`. Keys come from
 * names and nonces from RFC 6979, so that the same protocol gives the same files; `--check` compares instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { vectorFiles, vectorText } from '../packages/protocol/test/helpers/vector-files.ts';

const FOLDER = resolve(import.meta.dirname, '../vectors');
const check = process.argv.includes('--check');

for (const [name, content] of Object.entries(vectorFiles())) {
  const path = resolve(FOLDER, name);
  const text = vectorText(content);
  if (!check) {
    writeFileSync(path, text);
    console.log(`${name}: ${text.length} bytes`);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(
      `${name} differs from what the protocol gives; run \`npm run vectors\` and look at the difference`,
    );
    process.exitCode = 1;
  }
}
