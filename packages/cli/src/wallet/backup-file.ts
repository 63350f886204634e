/**
 * The file of `duet wallet backup`: CBOR {0: "duet-wallet-backup", 1: version, 2: salt, 3: settings, encrypted,
 * 4: the backup of `@duet/wallet`, 5: what the wallet held, encrypted}. The settings say whose account it is, the
 * holdings what a restore may promise; all is under the same passphrase.
 * Nothing in it is trusted before its tag verified.
 */
import { DEFAULT_SCRYPT_COST, type SyncCrypto } from '@duet/crypto/port';
import {
  bytes,
  encodeBytes,
  field,
  literal,
  record,
  refine,
  text,
  tryDecode,
} from '@duet/protocol/cbor/codec';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { Evidence } from '@duet/wallet/evidence';
import { openBackup, sealBackup } from '@duet/wallet/node/backup';
import { MAX_BACKUP_BYTES } from '@duet/wallet/node/limits';
import { MAX_SETTINGS_BYTES } from '../limits.ts';
import { HELD, type Held } from './held.ts';
import { decodeSettings, encodeSettings, type Settings } from './settings.ts';

const TYPE = 'duet-wallet-backup';
const SALT_BYTES = 16;
const AAD = new TextEncoder().encode(`${TYPE}-settings-1`);
const HELD_AAD = new TextEncoder().encode(`${TYPE}-held-1`);
const MAX_HELD_BYTES = 256;

const BACKUP_FILE = record({
  type: field(
    0,
    refine(text(TYPE.length), (value) => (value === TYPE ? undefined : `not a ${TYPE}`)),
  ),
  version: field(1, literal(1)),
  salt: field(2, bytes({ length: SALT_BYTES })),
  settings: field(3, bytes({ min: 1, max: MAX_SETTINGS_BYTES })),
  backup: field(4, bytes({ min: 1, max: MAX_BACKUP_BYTES })),
  held: field(5, bytes({ min: 1, max: MAX_HELD_BYTES })),
});

const OVERHEAD_BYTES = 1024;
export const MAX_BACKUP_FILE_BYTES = MAX_BACKUP_BYTES + MAX_SETTINGS_BYTES + OVERHEAD_BYTES;

export interface WalletBackup {
  readonly settings: Settings;
  readonly evidence: Evidence;
  readonly held: Held;
}

export function sealWalletBackup(
  { settings, evidence, held }: WalletBackup,
  crypto: SyncCrypto,
  passphrase: string,
): Uint8Array {
  const salt = crypto.randomBytes(SALT_BYTES);
  const kek = crypto.deriveKek(passphrase, salt, DEFAULT_SCRYPT_COST);
  return encodeBytes(BACKUP_FILE, {
    type: TYPE,
    version: 1,
    salt,
    settings: crypto.encrypt(kek, new TextEncoder().encode(encodeSettings(settings)), AAD),
    backup: sealBackup(evidence, { crypto, passphrase }),
    held: crypto.encrypt(kek, encodeBytes(HELD, held), HELD_AAD),
  });
}

/** Rejections: `malformed`, `too-large`, `unsupported-version`, `backup-invalid`. */
export function openWalletBackup(
  file: Uint8Array,
  crypto: SyncCrypto,
  passphrase: string,
): Result<WalletBackup> {
  const outer = tryDecode(BACKUP_FILE, file, MAX_BACKUP_FILE_BYTES);
  if (!outer.ok) return reject('malformed', 'a backup of a wallet', outer.error.message);
  const kek = crypto.deriveKek(passphrase, outer.value.salt, DEFAULT_SCRYPT_COST);
  const opened = crypto.decrypt(kek, outer.value.settings, AAD);
  if (!opened.ok)
    return reject(
      'backup-invalid',
      'a backup that this passphrase opens',
      'another passphrase, or changed bytes',
    );
  const settings = decodeSettings(new TextDecoder().decode(opened.value));
  if (!settings) return reject('backup-invalid', 'settings of a wallet', 'others');
  const heldBytes = crypto.decrypt(kek, outer.value.held, HELD_AAD);
  if (!heldBytes.ok) return heldBytes;
  const held = tryDecode(HELD, heldBytes.value, MAX_HELD_BYTES);
  if (!held.ok) return reject('backup-invalid', 'what the wallet held', held.error.message);
  const evidence = openBackup(outer.value.backup, { crypto, passphrase });
  return evidence.ok ? accept({ settings, evidence: evidence.value, held: held.value }) : evidence;
}
