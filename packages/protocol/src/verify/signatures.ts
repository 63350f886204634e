/** Which signature of an object must hold under which key, hardware assertions included (PAY-13). */
import type { PublicKey } from '../brand.ts';
import { concatBytes } from '../bytes.ts';
import type { Signed } from '../objects/signed.ts';
import type { Spend } from '../objects/spend.ts';
import { type Rejection, refusal } from '../rejection.ts';
import { type Hashes, type SignatureCheck, suiteOf } from '../suite.ts';
import { base64url, utf8 } from '../text.ts';
import type { TrustView } from './trust-view.ts';

/** Authenticator data flags (WebAuthn Level 3 §6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const REQUIRED_FLAGS = USER_PRESENT | USER_VERIFIED;

const CLIENT_DATA_HEAD = '{"type":"webauthn.get","challenge":"';

/** The check of an ordinary object; its suite must be that of the key (ID-3). */
export function checkOf(object: Signed<string, unknown>, key: PublicKey): SignatureCheck {
  return { key, message: object.message, signature: object.signature, id: object.id };
}

/** `undefined` when the suites differ: a signature is never accepted under another suite's rules. */
export const suitesAgree = (object: Signed<string, unknown>, key: PublicKey): boolean =>
  object.suite === suiteOf(key);

/** The bytes a hardware key signs: authenticator data and the hash of the rebuilt client data. */
export function hardwareMessage(
  spend: Spend,
  relyingParty: string,
  tail: string,
  hashes: Hashes,
): Uint8Array {
  const { flags, counter } = spend.hardware ?? { flags: 0, counter: 0 };
  const clientData = utf8(`${CLIENT_DATA_HEAD}${base64url(spend.id)}${tail}`);
  const fixed = new Uint8Array([
    flags,
    counter >>> 24,
    (counter >>> 16) & 0xff,
    (counter >>> 8) & 0xff,
    counter & 0xff,
  ]);
  return concatBytes(hashes.hash(1, utf8(relyingParty)), fixed, hashes.hash(1, clientData));
}

/** The check of a Spend, or why its hardware assertion cannot hold. */
export function checkOfSpend(
  spend: Spend,
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): { check: SignatureCheck } | { rejection: Rejection } {
  const { hardware } = spend;
  if (!hardware) return { check: checkOf(spend, key) };
  const flagsHold = (hardware.flags & REQUIRED_FLAGS) === REQUIRED_FLAGS;
  if (!flagsHold || (hardware.flags & (BACKUP_ELIGIBLE | BACKED_UP)) !== 0 || suiteOf(key) !== 1) {
    return {
      rejection: refusal(
        'hardware-assertion',
        'user present and verified, not backup-eligible',
        `flags ${hardware.flags}`,
      ),
    };
  }
  const template = trust.template(hardware.template);
  if (!template) {
    return {
      rejection: refusal(
        'hardware-assertion',
        'a client-data template of the bundle',
        `template ${hardware.template}`,
      ),
    };
  }
  const message = hardwareMessage(spend, template.relyingParty, template.tail, hashes);
  const id = hashes.hash(1, message) as SignatureCheck['id'];
  return { check: { key, message, signature: spend.signature, id } };
}
