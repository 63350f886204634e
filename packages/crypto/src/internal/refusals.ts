/** Rejections that every driver gives in the same words. */
import type { PublicKey } from '@duet/protocol/brand';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { isPublicKey, type Suite } from '@duet/protocol/suite';
import { ENC_BYTES, TAG_BYTES } from '../port.ts';
import { isCompressedPoint } from './curves.ts';

export const badRecipient = (): Result<never> =>
  reject('bad-key', 'a recipient key on its curve', 'bytes that are no point of it');

export const badEnc = (): Result<never> =>
  reject(
    'bad-key',
    'a sealed message that starts with a point of the curve',
    'bytes that are no point of it',
  );

export const cannotOpen = (): Result<never> =>
  reject('cannot-open', 'a message sealed for this key and purpose', 'one that does not authenticate');

/** The compressed point of a recipient of this suite. */
export function recipientPoint(suite: Suite, recipient: PublicKey): Result<Uint8Array> {
  if (!isPublicKey(recipient)) return badRecipient();
  if (recipient[0] !== suite) {
    return reject('unsupported-suite', `a recipient key of suite ${suite}`, `suite ${recipient[0]}`);
  }
  const point = recipient.subarray(1);
  return isCompressedPoint(suite, point) ? accept(point) : badRecipient();
}

/** The two parts of a sealed message. */
export function splitSealed(suite: Suite, sealed: Uint8Array): Result<{ enc: Uint8Array; body: Uint8Array }> {
  if (sealed.length < ENC_BYTES + TAG_BYTES) {
    return reject('malformed', `at least ${ENC_BYTES + TAG_BYTES} bytes`, `${sealed.length} bytes`);
  }
  const enc = sealed.subarray(0, ENC_BYTES);
  return isCompressedPoint(suite, enc) ? accept({ enc, body: sealed.subarray(ENC_BYTES) }) : badEnc();
}
