/** Files and standard input, read up to a bound; what is written is whole or not there. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '@duet/crypto/make-folders';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { OperationalError, UsageError } from '../outcome.ts';
import { printable } from '../text/format.ts';
import { FILE_REASONS } from '../text/problems.ts';
import { reasonOf } from './reason.ts';

/** Reads a file, or standard input for `-`. Rejection `too-large`. @throws OperationalError `file-unreadable` */
export async function readInput(path: string, maxBytes: number): Promise<Result<Uint8Array>> {
  return path === '-' ? readStdin(maxBytes) : readFile(path, maxBytes);
}

const MAX_SHOWN_CHARACTERS = 60;

/** What was given in place of a message is neither one nor the name of a file. */
export const nothingToRead = (given: string): OperationalError =>
  new OperationalError('file-unreadable', 'never', {
    path: printable(given).slice(0, MAX_SHOWN_CHARACTERS),
    reason: FILE_REASONS.noText,
  });

const tooLarge = (maxBytes: number): Result<never> =>
  reject('too-large', `at most ${maxBytes} bytes`, 'more than that');

/** A whole file of at most `maxBytes`. */
export function readFile(path: string, maxBytes: number): Result<Uint8Array> {
  let file: number | undefined;
  try {
    if (statSync(path).isDirectory()) throw folderError();
    file = openSync(path, 'r');
    const chunks: Buffer[] = [];
    for (let length = 0; ; ) {
      const buffer = Buffer.allocUnsafe(64 * 1024);
      const read = readSync(file, buffer);
      if (read === 0) return accept(new Uint8Array(Buffer.concat(chunks)));
      length += read;
      if (length > maxBytes) return tooLarge(maxBytes);
      chunks.push(buffer.subarray(0, read));
    }
  } catch (error) {
    throw new OperationalError('file-unreadable', 'never', { path, reason: reasonOf(error) }, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readStdin(maxBytes: number): Promise<Result<Uint8Array>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) return tooLarge(maxBytes);
    chunks.push(bytes);
  }
  return accept(new Uint8Array(Buffer.concat(chunks)));
}

const folderError = (): Error => Object.assign(new Error('it is a folder'), { code: 'EISDIR' });

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

function unwritable(path: string, error: unknown): OperationalError {
  const code = error instanceof Error ? String(Reflect.get(error, 'code')) : '';
  const full = NO_SPACE.has(code);
  // What is written is made: where something is not there, it is the folder around it.
  const values = { path, reason: code === 'ENOENT' ? FILE_REASONS.noFolder : reasonOf(error) };
  return new OperationalError(full ? 'disk-full' : 'file-unwritable', 'safe', values, error);
}

/** Writes a file beside its place, syncs it, and moves it there. @throws OperationalError `disk-full`, `file-unwritable` */
export function writeOutput(path: string, content: string | Uint8Array, mode = 0o644): void {
  const target = resolve(path);
  const draft = `${target}.${process.pid}.new`;
  try {
    if (isWrittenThrough(target)) {
      writeFileSync(target, content);
      return;
    }
    const file = openSync(draft, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw unwritable(path, error);
  }
}

/** A device, a pipe or a link, such as /dev/stdout, is written through and never replaced. */
function isWrittenThrough(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/**
 * Finds out before something is signed, or long work is done, whether its result can be written. Folders that are not
 * there yet are no obstacle to who `makesFolders`. @throws OperationalError `file-unwritable`
 */
export function requireWritable(path: string, makesFolders = false): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw folderError();
    if (isWrittenThrough(path)) {
      if (existsSync(path)) accessSync(path, constants.W_OK);
      return;
    }
    let folder = dirname(resolve(path));
    while (makesFolders && !existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Makes a folder, and those around it. @throws OperationalError `disk-full`, `file-unwritable` */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Something stands in the place of a new folder; an empty folder does not. */
export const isTaken = (path: string): boolean =>
  existsSync(path) && !(statSync(path).isDirectory() && readdirSync(path).length === 0);

/**
 * Finds out, before long work is done, whether a folder can be made and written to: itself new or empty, the folder
 * around it there. @throws UsageError, OperationalError `file-unwritable`
 */
export function requireNewFolder(path: string): void {
  if (isTaken(path)) throw new UsageError('folderTaken', { folder: path });
  requireWritable(existsSync(path) ? join(path, 'new') : path);
}

/** Refuses to write over something that is there. @throws UsageError */
export function requireAbsent(path: string): void {
  if (existsSync(path)) throw new UsageError('fileExists', { path });
}
