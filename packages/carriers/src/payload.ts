/**
 * A Duet message inside a UR: type `duet`, the payload is one CBOR byte string with the message, since the
 * payload of a UR must be CBOR and a message begins with its own prefix byte.
 */
import { concatBytes } from '@duet/protocol/bytes';
import { cborHead, readCborHead } from './fountain-part.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { accept, type CarrierResult, reject } from './rejection.ts';
import type { Ur } from './ur.ts';

export const DUET_UR_TYPE = 'duet';

const BYTE_STRING = 2;

/** A message as a UR. @throws RangeError when it is empty or above 64 KB */
export function urOfMessage(message: Uint8Array): Ur {
  if (message.length === 0 || message.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`message: expected 1..${MAX_MESSAGE_BYTES} bytes, got ${message.length}`);
  }
  const head = Uint8Array.from(cborHead(BYTE_STRING, message.length));
  return { type: DUET_UR_TYPE, cbor: concatBytes(head, message) };
}

/** The message of a UR: a copy. Codes: `wrong-ur-type`, `bad-payload`. */
export function messageOfUr(ur: Ur): CarrierResult<Uint8Array> {
  if (ur.type !== DUET_UR_TYPE) return reject('wrong-ur-type', `ur:${DUET_UR_TYPE}`, `ur:${ur.type}`);
  const head = readCborHead(ur.cbor, 0, BYTE_STRING);
  if (head === undefined) return reject('bad-payload', 'a CBOR byte string', 'another item');
  const length = ur.cbor.length - head.end;
  if (length !== head.argument) return reject('bad-payload', `${head.argument} bytes`, `${length} bytes`);
  if (length === 0 || length > MAX_MESSAGE_BYTES) {
    return reject('bad-payload', `1 to ${MAX_MESSAGE_BYTES} bytes`, `${length} bytes`);
  }
  return accept(ur.cbor.slice(head.end));
}
