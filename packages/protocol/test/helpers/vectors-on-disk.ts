/** The checked-in vectors, as text. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../../../vectors');

export const read = (name: string): string => readFileSync(resolve(FOLDER, name), 'utf8');
