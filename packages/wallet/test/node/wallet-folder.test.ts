/** Wallet folders: made whole or not at all, private, one opener, damage told apart from absence (LIMIT-2). */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createNodeCrypto } from '@duet/crypto/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWalletFolder, openWalletFolder, type WalletFolder } from '../../src/node/wallet-folder.ts';
import { bytesOf, codeOf, contents } from './journal-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

const crypto = createNodeCrypto();
const cheap = { logN: 4, blockSize: 8, parallelism: 1 };
const message = new TextEncoder().encode('message');

const closing = (folder: WalletFolder): WalletFolder => {
  onTestFinished(() => folder.close());
  return folder;
};
const newPath = (): string => join(temporaryFolder(), 'wallet');

/** The same key-encryption key, seen from outside: what one encrypts the other decrypts. */
const sameKek = (a: WalletFolder, b: WalletFolder): boolean =>
  crypto.decrypt(b.kek, crypto.encrypt(a.kek, message, message), message).ok;

describe('wallet folder', () => {
  it('keeps journal and device key', () => {
    const path = newPath();
    const made = createWalletFolder(path, { crypto });
    made.journal.append(bytesOf('one'));
    made.close();
    const opened = closing(openWalletFolder(path, { crypto }));
    expect(opened.path).toBe(path);
    expect(opened.journal.continuity).toBe('shown');
    expect(contents(opened.journal)).toEqual(bytesOf('one').map((record) => [...record]));
    expect(sameKek(made, opened)).toBe(true);
  });

  it('takes any name, below folders that are not there yet', () => {
    const path = join(temporaryFolder(), 'a b', '100% ?mode=ro#\u00e4\u94b1');
    createWalletFolder(path, { crypto }).close();
    const opened = closing(openWalletFolder(path, { crypto }));
    opened.journal.append(bytesOf('one'));
    expect(readdirSync(path).sort()).toEqual([
      'device.key',
      'generation',
      'journal.sqlite',
      'journal.sqlite-wal',
    ]);
  });

  it('has a key of its own', () => {
    const [a, b] = [
      closing(createWalletFolder(newPath(), { crypto })),
      closing(createWalletFolder(newPath(), { crypto })),
    ];
    expect(sameKek(a, b)).toBe(false);
  });

  it('takes an empty folder, and none that holds something', () => {
    const path = newPath();
    mkdirSync(path);
    createWalletFolder(path, { crypto }).close();
    const before = readdirSync(path);
    expect(codeOf(() => createWalletFolder(path, { crypto }))).toBe('wallet-exists');
    expect(readdirSync(path)).toEqual(before);

    const other = newPath();
    writeFileSync(other, 'a file');
    expect(codeOf(() => createWalletFolder(other, { crypto }))).toBe('wallet-exists');
    expect(readFileSync(other, 'utf8')).toBe('a file');
    // No drafts are left beside either of them.
    for (const at of [path, other]) expect(readdirSync(join(at, '..'))).toEqual(['wallet']);
  });

  it('is unknown where there is none, and nothing is made there', () => {
    const path = newPath();
    expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('wallet-unknown');
    expect(existsSync(path)).toBe(false);
    mkdirSync(path);
    expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('wallet-unknown');
    expect(readdirSync(path)).toEqual([]);
  });

  it('has one opener', () => {
    const path = newPath();
    const first = createWalletFolder(path, { crypto });
    expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('wallet-in-use');
    first.close();
    openWalletFolder(path, { crypto }).close();
  });

  it('tells damage from absence', () => {
    for (const name of ['journal.sqlite', 'device.key']) {
      const path = newPath();
      createWalletFolder(path, { crypto }).close();
      rmSync(join(path, name));
      expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('wallet-damaged');
      expect(codeOf(() => createWalletFolder(path, { crypto }))).toBe('wallet-exists');
    }
  });

  it('notices every changed byte and every length of its device key', () => {
    const path = newPath();
    createWalletFolder(path, { crypto }).close();
    const file = readFileSync(join(path, 'device.key'));
    const attempts = [
      file.subarray(0, -1),
      Buffer.concat([file, Buffer.alloc(1)]),
      Buffer.alloc(0),
      Buffer.alloc(10_000),
    ];
    for (const at of file.keys())
      attempts.push(Buffer.from(file.map((byte, i) => (i === at ? byte ^ 1 : byte))));
    for (const attempt of attempts) {
      writeFileSync(join(path, 'device.key'), attempt);
      expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('wallet-damaged');
    }
  });

  it('opens only with its passphrase, when it has one', () => {
    const path = newPath();
    const options = { crypto, passphrase: 'correct horse', cost: cheap };
    const made = createWalletFolder(path, options);
    made.close();
    expect(codeOf(() => openWalletFolder(path, { crypto }))).toBe('passphrase-required');
    expect(codeOf(() => openWalletFolder(path, { crypto, passphrase: 'wrong' }))).toBe('passphrase-wrong');
    const opened = closing(openWalletFolder(path, { crypto, passphrase: 'correct horse' }));
    expect(sameKek(made, opened)).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('is for its owner alone, and made so again', () => {
    const path = newPath();
    const made = createWalletFolder(path, { crypto });
    made.journal.append(bytesOf('one'));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'device.key')).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(path))
      expect([name, statSync(join(path, name)).mode & 0o077]).toEqual([name, 0]);
    made.close();
    chmodSync(path, 0o755);
    chmodSync(join(path, 'device.key'), 0o644);
    closing(openWalletFolder(path, { crypto }));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'device.key')).mode & 0o777).toBe(0o600);
  });

  it('does not trust the continuity of a copy', () => {
    const path = newPath();
    createWalletFolder(path, { crypto }).close();
    const copy = join(temporaryFolder(), 'copy');
    cpSync(path, copy, { recursive: true, preserveTimestamps: true });
    expect(closing(openWalletFolder(copy, { crypto })).journal.continuity).toBe('unknown');
  });
});
