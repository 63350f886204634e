/** Every signed object, fraud proofs, uploads and answers as bytes. The first byte chooses the decoder. */
import { fromHex } from '@duet/protocol/bytes';
import { type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { ANSWER, MAX_UPLOAD_BYTES, recordedHash, UPLOAD } from '@duet/protocol/messages/upload';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import { CREDIT_NOTE, INTAKE_NOTE } from '@duet/protocol/objects/notes';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned, type ObjectType } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { STATUS_LIST, unpackStatuses } from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { decodeAny } from '@duet/protocol/objects/types';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES } from '@duet/protocol/testing/signing';
import { UPLOADS } from '@duet/protocol/testing/uploads';
import { proofVectors } from '@duet/protocol/testing/vector-decisions';
import { decoded, refusedOrSame } from '../oracles.ts';
import { must, type Target } from '../target.ts';

type Reader = (input: Uint8Array) => void;

function signedReader<Kind extends string, Body>(type: ObjectType<Kind, Body>): Reader {
  return (input) => {
    const object = refusedOrSame(
      input,
      (bytes) => decodeSigned(type, bytes, HASHES),
      (value) => encodeSigned(type, value),
    );
    if (!object) return;
    must(
      Buffer.compare(object.id, HASHES.hash(object.suite, object.message)) === 0,
      'an id of something else',
    );
    const any = decoded(() => decodeAny(input, HASHES));
    must(
      type.kind === 'enrolment' ? any === undefined : any?.kind === type.kind,
      'two readers see two kinds',
    );
  };
}

const recordReader =
  <T>(codec: Codec<T>, maxBytes: number, then: (value: T) => void = () => {}): Reader =>
  (input) => {
    const value = refusedOrSame(
      input,
      (bytes) => decodeBytes(codec, bytes, maxBytes),
      (again) => encodeBytes(codec, again),
    );
    if (value !== undefined) then(value);
  };

/** What a status list holds is unpacked within its bound, and says nothing of places outside. */
function statusList(input: Uint8Array): void {
  signedReader(STATUS_LIST)(input);
  const list = decoded(() => decodeSigned(STATUS_LIST, input, HASHES));
  const statuses = list && decoded(() => unpackStatuses(list.body.statuses));
  if (!list || !statuses) return;
  must(statuses.at(statuses.length) === undefined, 'a status outside of its list');
  if (statuses.length > 0)
    must((statuses.at(statuses.length - 1) ?? -1) < 2 ** list.body.statuses.bits, 'a status');
}

const BY_KIND: Readonly<Record<string, Reader>> = {
  'trust-bundle': signedReader(TRUST_BUNDLE),
  certificate: signedReader(CERTIFICATE),
  coin: signedReader(COIN),
  request: signedReader(REQUEST),
  spend: signedReader(SPEND),
  verdict: signedReader(VERDICT),
  claim: signedReader(CLAIM),
  return: signedReader(RETURN),
  'intake-note': signedReader(INTAKE_NOTE),
  'credit-note': signedReader(CREDIT_NOTE),
  inquiry: signedReader(INQUIRY),
  enrolment: signedReader(ENROLMENT),
  'status-list': statusList,
  proof: recordReader(FRAUD_PROOF, MAX_PROOF_BYTES),
  upload: recordReader(UPLOAD, MAX_UPLOAD_BYTES),
  answer: recordReader(ANSWER, MAX_UPLOAD_BYTES, ({ recorded }) => {
    must((recordedHash(recorded, HASHES) === undefined) === (recorded.length === 0), 'a hash of nothing');
  }),
};
const KINDS = Object.keys(BY_KIND);
const numbered = (kind: string, bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(KINDS.indexOf(kind), ...bytes);

export const target: Target = {
  // A status list is unpacked into a buffer of its largest size.
  mayAllocate: 2 * 2 ** 20 + 64 * 1_024,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    for (const { kind, bytes } of OBJECTS) yield numbered(kind, bytes);
    for (const { kind, bytes } of UPLOADS) yield numbered(kind, bytes);
    for (const { proof } of proofVectors().proofs) yield numbered('proof', fromHex(proof));
  },
  run(input) {
    const [choice = 0] = input;
    BY_KIND[KINDS[choice % KINDS.length] ?? '']?.(input.subarray(1));
  },
};
