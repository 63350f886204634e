/** Seeds: the published vectors of others, where they lie beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SHARED = process.env.DUET_SHARED ?? resolve(import.meta.dirname, '../../../shared');

/** All strings in the files of one folder of published vectors; none where it is not on this machine. */
export function publishedTexts(folder: string): readonly string[] {
  const path = join(SHARED, 'vectors', folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => [...stringsIn(JSON.parse(readFileSync(join(path, name), 'utf8')))]);
}

/** Those of them that are hexadecimal, as bytes. */
export const publishedBytes = (folder: string): readonly Uint8Array[] =>
  publishedTexts(folder)
    .filter((text) => /^(?:[0-9a-f]{2})+$/i.test(text))
    .map((text) => new Uint8Array(Buffer.from(text, 'hex')));

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* stringsIn(item);
}
