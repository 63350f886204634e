import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPlatformPackage, installBinaries } from '../../src/postgres/binaries.ts';
import { inspectProcess, isRunning } from '../../src/postgres/process.ts';
import { settingArguments } from '../../src/postgres/server-settings.ts';
import {
  chooseServerUser,
  makeFolder,
  makePrivateFolder,
  stateFolderPath,
} from '../../src/postgres/state-folder.ts';
import { describeWithPostgres, isRoot } from './support.ts';

let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'duet-folders-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('state folder', () => {
  test('DUET_STATE, else XDG_STATE_HOME, else the home; for root always outside homes', () => {
    expect(stateFolderPath({ DUET_STATE: '/a/b', XDG_STATE_HOME: '/x' }, 1000)).toBe('/a/b');
    expect(stateFolderPath({ DUET_STATE: '/a/b' }, 0)).toBe('/a/b');
    expect(stateFolderPath({ XDG_STATE_HOME: '/x' }, 1000)).toBe('/x/duet');
    expect(stateFolderPath({ XDG_STATE_HOME: 'relative' }, 1000)).toMatch(/\.local\/state\/duet$/);
    expect(stateFolderPath({ DUET_STATE: '' }, 1000)).toMatch(/\.local\/state\/duet$/);
    const ownHome = join('/', 'root', '.state');
    expect(stateFolderPath({ XDG_STATE_HOME: ownHome }, 0)).toBe('/var/lib/duet');
  });

  test('a folder that the server cannot enter is refused with the reason', ({ skip }) => {
    if (!isRoot) return skip('only root runs the server as somebody else');
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const user = chooseServerUser(join(closed, 'absent'));
    expect(user.uid).not.toBe(0);
    expect(() => makeFolder(join(closed, 'db'), user, 'us')).toThrow(
      /cannot enter .*closed .mode 700.*DUET_STATE/,
    );
  });

  test('a socket folder that is a link is refused', () => {
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    expect(() => makePrivateFolder(link, chooseServerUser(folder))).toThrow(/is a link/);
  });

  test('a file in the place of the folder is an operational error', () => {
    expect(() => makeFolder(join(process.execPath, 'below'), chooseServerUser('/absent'), 'us')).toThrow(
      expect.objectContaining({ code: 'database-folder-unusable', retry: 'never' }),
    );
  });
});

describe('processes and settings', () => {
  test('this process runs and is named; no process is undefined', () => {
    const own = inspectProcess(process.pid);
    expect(own).toMatchObject({ pid: process.pid, zombie: false });
    expect(own?.startMark).toMatch(/^[0-9A-Za-z-]+$/);
    expect(isRunning(process.pid, own?.startMark)).toBe(true);
    expect(isRunning(process.pid, 'another-start')).toBe(false);
    for (const pid of [0, -1, Number.NaN, 2 ** 31 - 1]) expect(inspectProcess(pid)).toBeUndefined();
  });

  test('a setting of the caller wins, the durable ones are on by default', () => {
    const words = settingArguments({ shared_buffers: '1GB' });
    expect(words).toContain('shared_buffers=1GB');
    expect(words).not.toContain('shared_buffers=256MB');
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
      expect(words).toContain(`${name}=on`);
  });
});

describe('platform package', () => {
  test('where there is none: what to do', () => {
    expect(findPlatformPackage('win32-x64')).toMatchObject({
      available: false,
      code: 'database-platform-unsupported',
    });
    const other = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    const missing = findPlatformPackage(other);
    expect(missing).toMatchObject({ available: false, code: 'database-binaries-missing' });
    expect(missing.available ? '' : missing.reason).toMatch(/npm install.*DATABASE_URL/);
  });
});

describeWithPostgres('copied programs', () => {
  test('links are made, a torn copy is made again, what a killed copy left is removed', async () => {
    const binaries = join(folder, 'binaries');
    mkdirSync(join(binaries, 'copying-999999999-dead'), { recursive: true });
    const [first] = await Promise.all([installBinaries(binaries), installBinaries(binaries)]);
    const [version = ''] = readdirSync(binaries);
    expect(readdirSync(binaries)).toEqual([version]);
    expect(first.postgres).toBe(join(binaries, version, 'bin', 'postgres'));
    expect(basename(first.initdb)).toBe('initdb');
    expect(first.majorVersion).toBe(18);
    const links = readdirSync(join(binaries, version, 'lib')).filter((name) =>
      /^libpq\.(so|.*dylib)/.test(name),
    );
    expect(links.some((name) => lstatSync(join(binaries, version, 'lib', name)).isSymbolicLink())).toBe(true);
    const whole = lstatSync(first.postgres).size;
    truncateSync(first.postgres, 0);
    await installBinaries(binaries);
    expect(lstatSync(first.postgres).size).toBe(whole);
  });
});
