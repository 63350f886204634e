/**
 * The device key: 32 random bytes that wrap every private key in the journal (LIMIT-2).
 *
 * The file is readable by its owner alone, is made once and never overwritten. With a passphrase it holds the
 * key encrypted under scrypt. Whoever has the file (and the passphrase) and the journal has the keys of
 * the wallet: without a passphrase it protects nothing but a journal that is copied alone.
 */
import { DEFAULT_SCRYPT_COST, type KekHandle, type ScryptCost, type SyncCrypto } from '@duet/crypto/port';
import { equalBytes } from '@duet/protocol/bytes';
import {
  bytes,
  encodeBytes,
  field,
  type Infer,
  literal,
  optional,
  record,
  tryDecode,
} from '@duet/protocol/cbor/codec';
import { createFile, readSmallFile } from './durable-file.ts';
import { MAX_DEVICE_KEY_BYTES } from './limits.ts';
import { SALT_BYTES, scryptCostField } from './scrypt-cost.ts';
import { damaged, StorageError, toStorageError } from './storage-error.ts';

/** How a device key is kept. */
export interface DeviceKeyOptions {
  readonly crypto: SyncCrypto;
  readonly passphrase?: string;
  /** Cost of the passphrase, for a new key; by default that of the crypto port. */
  readonly cost?: ScryptCost;
}

const KEY_BYTES = 32;
const CHECK_BYTES = 8;
/** Nonce and tag of the encrypted key. */
const OVERHEAD_BYTES = 12 + 16;
const AAD = new TextEncoder().encode('duet-device-key-1');

/** Either the key with a check against damage, or the key under a passphrase. */
const DEVICE_KEY = record({
  version: field(0, literal(1)),
  plain: optional(
    field(
      1,
      record({
        key: field(1, bytes({ length: KEY_BYTES })),
        check: field(2, bytes({ length: CHECK_BYTES })),
      }),
    ),
  ),
  locked: optional(
    field(
      2,
      record({
        salt: field(1, bytes({ length: SALT_BYTES })),
        cost: field(2, scryptCostField),
        key: field(3, bytes({ length: KEY_BYTES + OVERHEAD_BYTES })),
      }),
    ),
  ),
});

/** Makes the key and its file. @throws StorageError `wallet-exists`, `disk-full`, `wallet-io-error` */
export function createDeviceKey(path: string, options: DeviceKeyOptions): KekHandle {
  const { crypto } = options;
  const key = crypto.randomBytes(KEY_BYTES);
  const file = encodeBytes(DEVICE_KEY, fileOf(key, options));
  try {
    createFile(path, file);
    return crypto.importKek(key);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') {
      throw new StorageError('wallet-exists', 'never', 'there is a device key here already', error);
    }
    throw toStorageError(error);
  } finally {
    key.fill(0);
    file.fill(0);
  }
}

/**
 * Reads the key.
 * @throws StorageError `passphrase-required`, `passphrase-wrong`, `wallet-damaged`, `wallet-io-error`
 */
export function loadDeviceKey(path: string, options: DeviceKeyOptions): KekHandle {
  const file = readKeyFile(path);
  const decoded = tryDecode(DEVICE_KEY, file, MAX_DEVICE_KEY_BYTES);
  try {
    if (!decoded.ok) throw damaged(`its device key is damaged (${decoded.error.code})`);
    return open(decoded.value, options);
  } finally {
    file.fill(0);
  }
}

function open({ plain, locked }: Infer<typeof DEVICE_KEY>, options: DeviceKeyOptions): KekHandle {
  const { crypto, passphrase } = options;
  if (plain && !locked) {
    if (!equalBytes(checkOf(plain.key, crypto), plain.check)) throw damaged('its device key is damaged');
    return crypto.importKek(plain.key);
  }
  if (!locked || plain) throw damaged('its device key is damaged');
  if (passphrase === undefined) {
    throw new StorageError('passphrase-required', 'safe', 'it is locked. Give its passphrase');
  }
  const opened = crypto.decrypt(crypto.deriveKek(passphrase, locked.salt, locked.cost), locked.key, AAD);
  if (!opened.ok) {
    throw new StorageError(
      'passphrase-wrong',
      'safe',
      'this is not its passphrase, or its device key is damaged',
    );
  }
  const kek = crypto.importKek(opened.value);
  opened.value.fill(0);
  return kek;
}

function fileOf(key: Uint8Array, { crypto, passphrase, cost = DEFAULT_SCRYPT_COST }: DeviceKeyOptions) {
  if (passphrase === undefined) return { version: 1, plain: { key, check: checkOf(key, crypto) } } as const;
  const salt = crypto.randomBytes(SALT_BYTES);
  const locked = { salt, cost, key: crypto.encrypt(crypto.deriveKek(passphrase, salt, cost), key, AAD) };
  return { version: 1, locked } as const;
}

const checkOf = (key: Uint8Array, crypto: SyncCrypto): Uint8Array =>
  crypto.hash(1, key).subarray(0, CHECK_BYTES);

function readKeyFile(path: string): Uint8Array {
  let file: Uint8Array | undefined;
  try {
    file = readSmallFile(path, MAX_DEVICE_KEY_BYTES);
  } catch (error) {
    throw toStorageError(error);
  }
  if (!file) throw damaged('its device key is damaged (too-large)');
  return file;
}
