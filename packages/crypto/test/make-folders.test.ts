/** Folders are made as a whole, once; where none can be made that is said at once. */
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolders } from '../src/make-folders.ts';

const root = mkdtempSync(join(tmpdir(), 'duet-folders-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('makes what is missing, gives the first of it, and is done the second time', () => {
  const folder = join(root, 'a', 'b', 'c');
  expect(makeFolders(folder, 0o700)).toBe(join(root, 'a'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(makeFolders(folder)).toBeUndefined();
  symlinkSync(folder, join(root, 'link'));
  expect(makeFolders(join(root, 'link', 'd'))).toBe(join(root, 'link', 'd'));
});

test('a file, or a link to nothing, in the way is an error', () => {
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
  expect(() => makeFolders(join(root, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolders(join(root, 'file', 'below'))).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeFolders(join(root, 'dangling'))).toThrow(/EEXIST/);
});

test.skipIf(!existsSync('/proc/self'))('a file system that takes no folders is an error, not a loop', () => {
  expect(() => makeFolders('/proc/duet/state')).toThrow(/mkdir '\/proc\/duet'/);
});
