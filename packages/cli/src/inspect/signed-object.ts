/** A tagged COSE_Sign1 standing alone. */

import { MAX_OBJECT_BYTES } from '@duet/protocol/limits';
import { reading } from '@duet/protocol/messages/decoding';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { decodeSigned, openEnvelope } from '@duet/protocol/objects/signed';
import { decodeAny } from '@duet/protocol/objects/types';
import type { Result } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import { type Inspectable, MEANINGS, objectFields } from './objects.ts';
import type { Subject } from './subject.ts';
import { type Judge, verifyObject } from './verification.ts';

/** First byte of a tagged COSE_Sign1. */
export const COSE_SIGN1_BYTE = 0xd2;

/** @throws DecodeError */
function decodeInspectable(bytes: Uint8Array, hashes: Hashes): Inspectable {
  const { typ } = openEnvelope(bytes, MAX_OBJECT_BYTES);
  return typ === ENROLMENT.typ ? decodeSigned(ENROLMENT, bytes, hashes) : decodeAny(bytes, hashes);
}

export function inspectObject(bytes: Uint8Array, judge: Judge): Result<Subject> {
  return reading(() => {
    const object = decodeInspectable(bytes, judge.crypto);
    return {
      kind: object.kind,
      meaning: MEANINGS[object.kind],
      bytes: bytes.length,
      fields: objectFields(object),
      verification: verifyObject(object, judge),
    };
  });
}
