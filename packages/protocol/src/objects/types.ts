/** Every signed object by its `typ`: how a reader finds out what it holds. */
import { DecodeError } from '../cbor/reader.ts';
import { MAX_OBJECT_BYTES } from '../limits.ts';
import type { Hashes } from '../suite.ts';
import { CERTIFICATE, type Certificate } from './certificate.ts';
import { CLAIM, type Claim, RETURN, type Return } from './claim.ts';
import { COIN, type Coin } from './coin.ts';
import { INQUIRY, type Inquiry } from './inquiry.ts';
import { CREDIT_NOTE, type CreditNote, INTAKE_NOTE, type IntakeNote } from './notes.ts';
import { REQUEST, type Request } from './request.ts';
import { decodeSigned, openEnvelope } from './signed.ts';
import { SPEND, type Spend } from './spend.ts';
import { STATUS_LIST, type StatusList } from './status-list.ts';
import { TRUST_BUNDLE, type TrustBundle } from './trust-bundle.ts';
import { VERDICT, type Verdict } from './verdict.ts';

export type AnyObject =
  | TrustBundle
  | Certificate
  | Coin
  | Request
  | Spend
  | Verdict
  | Claim
  | Return
  | IntakeNote
  | CreditNote
  | Inquiry
  | StatusList;

/** Reads any tagged COSE_Sign1 of Duet. @throws DecodeError */
export function decodeAny(bytes: Uint8Array, hashes: Hashes): AnyObject {
  const { typ } = openEnvelope(bytes, MAX_OBJECT_BYTES);
  switch (typ) {
    case TRUST_BUNDLE.typ:
      return decodeSigned(TRUST_BUNDLE, bytes, hashes);
    case CERTIFICATE.typ:
      return decodeSigned(CERTIFICATE, bytes, hashes);
    case COIN.typ:
      return decodeSigned(COIN, bytes, hashes);
    case REQUEST.typ:
      return decodeSigned(REQUEST, bytes, hashes);
    case SPEND.typ:
      return decodeSigned(SPEND, bytes, hashes);
    case VERDICT.typ:
      return decodeSigned(VERDICT, bytes, hashes);
    case CLAIM.typ:
      return decodeSigned(CLAIM, bytes, hashes);
    case RETURN.typ:
      return decodeSigned(RETURN, bytes, hashes);
    case INTAKE_NOTE.typ:
      return decodeSigned(INTAKE_NOTE, bytes, hashes);
    case CREDIT_NOTE.typ:
      return decodeSigned(CREDIT_NOTE, bytes, hashes);
    case INQUIRY.typ:
      return decodeSigned(INQUIRY, bytes, hashes);
    case STATUS_LIST.typ:
      return decodeSigned(STATUS_LIST, bytes, hashes);
    default:
      throw new DecodeError('unexpected-type', 0, 'a typ of Duet');
  }
}
