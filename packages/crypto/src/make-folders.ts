/**
 * Makes a folder and those above it. It stands in this package because wallets and ledger both make folders, and this is
 * the lowest package that may touch the machine.
 *
 * Not `mkdirSync(…, { recursive: true })`: where a file system takes no folders and says ENOENT, as /proc does, that never
 * ends (Node 22 and 24).
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Gives the first folder that was made; `undefined` where it was there already. @throws what the file system says */
export function makeFolders(path: string, mode?: number): string | undefined {
  const folder = resolve(path);
  if (isFolder(folder)) return undefined;
  const parent = dirname(folder);
  const first = parent === folder ? undefined : makeFolders(parent, mode);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw error;
    return first;
  }
  return first ?? folder;
}
