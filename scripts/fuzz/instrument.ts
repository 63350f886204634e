/**
 * Loads the sources under test with counters in them, by a hook of the module loader: nothing of the product
 * changes. It also counts the bytes of every Uint8Array that they make, and can plant a bug, which therefore
 * exists nowhere but in the thread that asked for it.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';
import type { PlantedBug } from './planted.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is under test: codec and verification, and every other reader of bytes from elsewhere. */
const COVERED =
  /^packages[/\\](?:protocol[/\\]src[/\\](?!machines)|carriers[/\\]src[/\\]|wallet[/\\]src[/\\](?:evidence|secure-element[/\\](?:record-codec|archive-codec|snapshot-reader|snapshot-writer|snapshot-wire|packed)|node[/\\](?:backup|scrypt-cost))\.ts)/;

/** Where the sources find the array type that counts; no other name of theirs. */
const COUNTING = '__duetFuzzUint8Array';

/** Bytes of all Uint8Arrays that the sources have made since {@link resetAllocated}. */
let allocatedBytes = 0;
export const resetAllocated = (): void => {
  allocatedBytes = 0;
};
export const allocated = (): number => allocatedBytes;

/**
 * Call once in a thread, before any source under test is imported.
 * @returns whether the bug is planted by now; true where there is none to plant
 */
export function instrumentSources(planted?: PlantedBug): () => boolean {
  Reflect.set(
    globalThis,
    COUNTING,
    new Proxy(Uint8Array, {
      construct(target, args, newTarget) {
        const made: Uint8Array = Reflect.construct(target, args, newTarget);
        // A view of a buffer that is there already takes no memory.
        if (!(args[0] instanceof ArrayBuffer)) allocatedBytes += made.byteLength;
        return made;
      },
    }),
  );
  const instrumenter = createInstrumenter({ esModules: true, compact: true, produceSourceMap: true });
  let isPlanted = planted === undefined;
  registerHooks({
    load(url, context, nextLoad) {
      const path = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : '';
      if (!COVERED.test(path)) return nextLoad(url, context);
      let source = readFileSync(join(ROOT, path), 'utf8');
      if (planted && path === planted.file) {
        const parts = source.split(planted.sound);
        if (parts.length !== 2) throw new Error(`planted bug: ${planted.file} has changed; mend planted.ts`);
        source = parts.join(planted.broken);
        isPlanted = true;
      }
      const code = instrumenter.instrumentSync(stripTypeScriptTypes(source), path);
      // The line before the code moves every other one down: an empty line in the map.
      const { mappings, ...map } = instrumenter.lastSourceMap();
      const mapped = Buffer.from(JSON.stringify({ ...map, mappings: `;${mappings}` })).toString('base64');
      return {
        format: 'module',
        shortCircuit: true,
        source: `const Uint8Array = globalThis.${COUNTING};\n${code}\n//# sourceMappingURL=data:application/json;base64,${mapped}`,
      };
    },
  });
  return () => isPlanted;
}
