/**
 * The device key: 32 random bytes that wrap every private key in the journal (LIMIT-2).
 *
 * The file is readable by its owner alone, is made once and never overwritten. With a passphrase it holds the
 * key encrypted under scrypt. Whoever has the file (and the passphrase) has the keys of the wallet: a
 * plain device key protects against nothing but a journal that is copied without it.
 */
import { hkdfSync } from 'node:crypto';
import type { KekHandle, ScryptCost, SyncCrypto } from '@duet/crypto/port';
import { DEFAULT_SCRYPT_COST } from '@duet/crypto/port';
import { bytes, encodeBytes, field, literal, optional, record, tryDecode } from '@duet/protocol/cbor/codec';
import { createFile, readSmallFile } from './durable-file.ts';
import { MAX_DEVICE_KEY_BYTES } from './limits.ts';
import { scryptCostField } from './scrypt-cost.ts';
import { damaged, StorageError, toStorageError } from './storage-error.ts';
