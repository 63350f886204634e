/**
 * A wallet as a folder: its journal, its device key, and the anchor of its generation (LIMIT-2: keys and
 * journal live in one store and vanish together).
 *
 *   journal.sqlite   every record of the wallet; private keys in it are wrapped by the device key
 *   generation       the anchor: shows at the start whether the journal is the one written last
 *   device.key       wraps the private keys, optionally under a passphrase
 *
 * The folder is made under another name and renamed when all of it is on the disk: after a crash there is a
 * whole wallet or none. Folder and files are for their owner alone.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolders } from '@duet/crypto/make-folders';
import type { KekHandle } from '@duet/crypto/port';
import { createDeviceKey, type DeviceKeyOptions, loadDeviceKey } from './device-key.ts';
import { syncFolder } from './durable-file.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { damaged, StorageError, toStorageError } from './storage-error.ts';

/** An open wallet folder: what the wallet is constructed from. */
export interface WalletFolder {
  /** Absolute. */
  readonly path: string;
  readonly journal: SqliteJournal;
  readonly kek: KekHandle;
  close(): void;
}

const JOURNAL = 'journal.sqlite';
const DEVICE_KEY = 'device.key';

/**
 * Makes a wallet in a folder that is not there or empty, and opens it.
 * @throws StorageError `wallet-exists`, `disk-full`, `wallet-io-error`
 */
export function createWalletFolder(path: string, options: DeviceKeyOptions): WalletFolder {
  const folder = resolve(path);
  let draft: string | undefined;
  try {
    refuseTaken(folder);
    makeFolders(dirname(folder));
    draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}.new-`));
    chmodSync(draft, 0o700);
    const kek = createDeviceKey(join(draft, DEVICE_KEY), options);
    SqliteJournal.create(join(draft, JOURNAL)).close();
    syncFolder(draft);
    moveIntoPlace(draft, folder);
    return assemble(folder, kek);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    throw toStorageError(error);
  }
}

/**
 * Opens a wallet.
 * @throws StorageError `wallet-unknown`, `wallet-in-use`, `wallet-damaged`, `wallet-newer`,
 *   `passphrase-required`, `passphrase-wrong`, `disk-full`, `wallet-io-error`
 */
export function openWalletFolder(path: string, options: DeviceKeyOptions): WalletFolder {
  const folder = resolve(path);
  const [journal, key] = [existsSync(join(folder, JOURNAL)), existsSync(join(folder, DEVICE_KEY))];
  if (!journal && !key)
    throw new StorageError('wallet-unknown', 'never', 'there is none in this folder. Create it first');
  if (!journal) throw damaged('its journal is missing');
  if (!key) throw damaged('its device key is missing');
  keepPrivate(folder);
  return assemble(folder, loadDeviceKey(join(folder, DEVICE_KEY), options));
}

function assemble(folder: string, kek: KekHandle): WalletFolder {
  const journal = SqliteJournal.open(join(folder, JOURNAL));
  return { path: folder, journal, kek, close: () => journal.close() };
}

function refuseTaken(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found && (!found.isDirectory() || readdirSync(folder).length > 0)) throw taken();
}

/** Another program may have made something there meanwhile: a rename replaces an empty folder and no other. */
function moveIntoPlace(draft: string, folder: string): void {
  try {
    if (process.platform === 'win32' && existsSync(folder)) rmSync(folder, { recursive: false });
    renameSync(draft, folder);
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? taken(error) : error;
  }
  syncFolder(dirname(folder));
}

/** A copy or an archive may have opened the files to others: closes them again. */
function keepPrivate(folder: string): void {
  if (process.platform === 'win32') return;
  try {
    for (const [name, mode] of [
      [folder, 0o700],
      [join(folder, DEVICE_KEY), 0o600],
      [join(folder, JOURNAL), 0o600],
    ] as const) {
      if ((statSync(name).mode & 0o077) !== 0) chmodSync(name, mode);
    }
  } catch (error) {
    throw toStorageError(error);
  }
}

const taken = (cause?: unknown): StorageError =>
  new StorageError(
    'wallet-exists',
    'never',
    'something is in this folder already. Choose another one',
    cause,
  );
