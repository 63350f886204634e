/** The version of the package. */
import { readFileSync } from 'node:fs';

const content: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const VERSION: string =
  typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown';
