/**
 * Loads the real sources with one planted bug: `node --import …/bugs/hook.ts`, the bug named by `DUET_PLANTED_BUG`.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bugNamed } from './list.ts';

const { file, find, replace } = bugNamed(process.env.DUET_PLANTED_BUG ?? '');
const place = new URL(`../../../${file}`, import.meta.url).href;

registerHooks({
  load(url, context, next) {
    if (url !== place) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    if (source.split(find).length !== 2) throw new Error(`planted bug: ${file} does not hold once: ${find}`);
    return {
      format: 'module',
      source: stripTypeScriptTypes(source.replace(find, () => replace)),
      shortCircuit: true,
    };
  },
});
