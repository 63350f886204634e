/**
 * Files that are on the disk when a call returns: the content is synced, then the folder that names them.
 *
 * A new name is durable only after a sync of its folder (fsync(2)). Windows has no such call and needs none.
 */
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes all of `bytes` at `position`. */
export function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

/** Makes a file that was not there, readable by its owner alone. @throws EEXIST */
export function createFile(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeAll(file, bytes, 0);
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
  closeSync(file);
  syncFolder(dirname(path));
}

/** A whole file of at most `maxBytes`, or `undefined` when it is longer. @throws ENOENT */
export function readSmallFile(path: string, maxBytes: number): Uint8Array | undefined {
  const file = openSync(path, constants.O_RDONLY);
  try {
    const buffer = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, length);
      if (read === 0) return buffer.slice(0, length);
      length += read;
      if (length > maxBytes) return undefined;
    }
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
