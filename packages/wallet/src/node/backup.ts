/**
 * Encrypted backup of a wallet's signed evidence (LIMIT-2, SET-7): what it made and received, and nothing that
 * can sign. A restored wallet takes new keys and uploads this evidence; what it proves is credited, never
 * respent.
 *
 * Form: CBOR {0: "duet-backup", 1: version, 2: salt, 3: scrypt cost, 4: encrypted}, where the encrypted part is
 * the evidence (`evidence.ts`) under a key of the passphrase, with the head (0 to 3) as associated data.
 *
 * Nothing of a backup is trusted before its tag verified, except the cost, which is bounded. Sealing and
 * opening read every entry as the signed object that it must be, so that nothing else can be inside.
 */
import { DEFAULT_SCRYPT_COST, type ScryptCost, type SyncCrypto } from '@duet/crypto/port';
import {
  bytes,
  decodeBytes,
  encodeBytes,
  field,
  record,
  refine,
  text,
  tryDecode,
  uint,
} from '@duet/protocol/cbor/codec';
import { DecodeError } from '@duet/protocol/cbor/reader';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { decodeAny } from '@duet/protocol/objects/types';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { decodeEvidence, type Evidence, encodeEvidence } from '../evidence.ts';
import { MAX_BACKUP_BYTES } from './limits.ts';
import { SALT_BYTES, scryptCostField } from './scrypt-cost.ts';

export interface BackupOptions {
  readonly crypto: SyncCrypto;
  readonly passphrase: string;
  /** For sealing; by default that of the crypto port. */
  readonly cost?: ScryptCost;
}

const TYPE = 'duet-backup';
const VERSION = 1;

const head = {
  type: field(
    0,
    refine(text(TYPE.length), (value) => (value === TYPE ? undefined : `not a ${TYPE}`)),
  ),
  version: field(1, uint(0xff)),
  salt: field(2, bytes({ length: SALT_BYTES })),
  cost: field(3, scryptCostField),
};
const HEAD = record(head);
const BACKUP = record({ ...head, encrypted: field(4, bytes({ max: MAX_BACKUP_BYTES })) });

/**
 * Seals evidence under a passphrase.
 * @throws RangeError for evidence that is not of its kind (a defect of the wallet), or too large
 */
export function sealBackup(evidence: Evidence, options: BackupOptions): Uint8Array {
  const { crypto, passphrase, cost = DEFAULT_SCRYPT_COST } = options;
  const problem = problemOf(evidence, crypto);
  if (problem !== undefined) throw new RangeError(`backup: ${problem}`);
  const salt = crypto.randomBytes(SALT_BYTES);
  const top = { type: TYPE, version: VERSION, salt, cost };
  const kek = crypto.deriveKek(passphrase, salt, cost);
  const encrypted = crypto.encrypt(kek, encodeEvidence(evidence), encodeBytes(HEAD, top));
  const backup = encodeBytes(BACKUP, { ...top, encrypted });
  if (backup.length > MAX_BACKUP_BYTES) {
    throw new RangeError(`backup: expected at most ${MAX_BACKUP_BYTES} bytes, got ${backup.length}`);
  }
  return backup;
}

/** Opens a backup. Rejections: `too-large`, `unsupported-version`, `malformed`, `backup-invalid`. */
export function openBackup(backup: Uint8Array, options: BackupOptions): Result<Evidence> {
  const { crypto, passphrase } = options;
  if (backup.length > MAX_BACKUP_BYTES) {
    return reject('too-large', `a backup of at most ${MAX_BACKUP_BYTES} bytes`, `${backup.length} bytes`);
  }
  const outer = tryDecode(BACKUP, backup, MAX_BACKUP_BYTES);
  if (!outer.ok) return reject('malformed', 'a backup of a wallet', outer.error.message);
  const { encrypted, ...top } = outer.value;
  if (top.version !== VERSION) {
    return reject('unsupported-version', `version ${VERSION}`, `version ${top.version}`);
  }
  const kek = crypto.deriveKek(passphrase, top.salt, top.cost);
  const opened = crypto.decrypt(kek, encrypted, encodeBytes(HEAD, top));
  if (!opened.ok) return opened;
  const inner = decodeEvidence(opened.value);
  if (!inner.ok) return reject('backup-invalid', 'signed evidence', inner.rejection.got);
  const problem = problemOf(inner.value, crypto);
  return problem === undefined ? accept(inner.value) : reject('backup-invalid', 'signed evidence', problem);
}

/** What in the evidence is not the signed object that its list holds. */
function problemOf(evidence: Evidence, crypto: SyncCrypto): string | undefined {
  const { exchanges, verdicts, proofs } = evidence;
  return (
    firstProblem('exchange', exchanges, (exchange) => {
      const request = decodeRequest(exchange.request, crypto);
      if (!request.ok) throw new DecodeError('bad-value', 0, request.rejection.got);
      if (!exchange.offer) return;
      const offer = decodeOffer(exchange.offer, request.value, crypto);
      if (!offer.ok) throw new DecodeError('bad-value', 0, offer.rejection.got);
    }) ??
    firstProblem('verdict', verdicts, (entry) => decodeSigned(VERDICT, entry, crypto)) ??
    firstProblem('proof', proofs, (entry) => {
      const { evidence: parts, holder, request } = decodeBytes(FRAUD_PROOF, entry, MAX_PROOF_BYTES);
      for (const part of [...parts, holder, request]) if (part) decodeAny(part, crypto);
    })
  );
}

/** Runs a strict decoder over a list. */
function firstProblem<T>(
  what: string,
  entries: readonly T[],
  decode: (entry: T) => unknown,
): string | undefined {
  for (const [place, entry] of entries.entries()) {
    try {
      decode(entry);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return `${what} ${place} is none: ${error.message}`;
    }
  }
  return undefined;
}
