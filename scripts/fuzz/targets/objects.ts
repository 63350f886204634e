/** Every signed object, fraud proofs, uploads and answers as bytes. The first byte chooses the decoder. */
import { fromHex } from '@duet/protocol/bytes';
import { type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { MAX_STATUS_LIST_BYTES } from '@duet/protocol/limits';
import { ANSWER, type Answer, MAX_UPLOAD_BYTES, recordedHash, UPLOAD } from '@duet/protocol/messages/upload';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { handle } from '@duet/protocol/objects/fields';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import { CREDIT_NOTE, INTAKE_NOTE, outcomeNumber, outcomeOf } from '@duet/protocol/objects/notes';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned, type ObjectType } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import {
  type PackedStatuses,
  packRevoked,
  STATUS_LIST,
  unpackStatuses,
} from '@duet/protocol/objects/status-list';
import {
  keyRoleNumber,
  keyRoleOf,
  stopScopeNumber,
  stopScopeOf,
  TRUST_BUNDLE,
} from '@duet/protocol/objects/trust-bundle';
import { decodeAny } from '@duet/protocol/objects/types';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES } from '@duet/protocol/testing/signing';
import { UPLOADS } from '@duet/protocol/testing/uploads';
import { proofVectors } from '@duet/protocol/testing/vector-decisions';
import { statusList as statusListOf } from '@duet/protocol/testing/world';
import { nearby } from '../mutate.ts';
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
    const found = decoded(() => decodeAny(input, HASHES));
    must(
      type.kind === 'enrolment' ? found === undefined : found?.kind === type.kind,
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
  must(
    throwsRange(() => packRevoked(8, [statuses.length + 8])),
    'a revoked index outside of its list',
  );
  if (statuses.length > 0)
    must((statuses.at(statuses.length - 1) ?? -1) < 2 ** list.body.statuses.bits, 'a status');
}

function throwsRange(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return true;
  }
}

/** An account reference is 1 to 32 bytes, whoever makes it. */
function accountReference(input: Uint8Array): void {
  must(throwsRange(() => handle(input)) === (input.length < 1 || input.length > 32), 'a handle');
}

/** Numbers that are accepted have names. */
function trustBundle(input: Uint8Array): void {
  signedReader(TRUST_BUNDLE)(input);
  const bundle = decoded(() => decodeSigned(TRUST_BUNDLE, input, HASHES));
  for (const { role } of bundle?.body.keys ?? []) must(keyRoleNumber(keyRoleOf(role)) === role, 'a role');
  for (const { scope } of bundle?.body.stops ?? [])
    must(stopScopeNumber(stopScopeOf(scope)) === scope, 'a scope');
}

function creditNote(input: Uint8Array): void {
  signedReader(CREDIT_NOTE)(input);
  const note = decoded(() => decodeSigned(CREDIT_NOTE, input, HASHES));
  for (const { outcome } of note?.body.items ?? [])
    must(outcomeNumber(outcomeOf(outcome)) === outcome, 'an outcome');
}

/** Lists of every width, one that is too large when it is unpacked, and damaged ones. */
function* statusLists(): Generator<Uint8Array> {
  const sound = packRevoked(64, [3, 9]);
  const packed: readonly PackedStatuses[] = [
    ...([1, 2, 4, 8] as const).map((bits) => ({ bits, lst: sound.lst })),
    packRevoked(8 * (MAX_STATUS_LIST_BYTES + 1), []),
    { bits: 1, lst: sound.lst.subarray(0, 5) },
    { bits: 1, lst: sound.lst.map((byte, at) => (at === 3 ? byte ^ 0xff : byte)) },
    { bits: 1, lst: sound.lst.map((byte, at) => (at === sound.lst.length - 1 ? byte ^ 1 : byte)) },
  ];
  for (const statuses of packed) yield encodeSigned(STATUS_LIST, statusListOf([], { statuses }));
}

const BY_KIND: Readonly<Record<string, Reader>> = {
  'trust-bundle': trustBundle,
  certificate: signedReader(CERTIFICATE),
  coin: signedReader(COIN),
  request: signedReader(REQUEST),
  spend: signedReader(SPEND),
  verdict: signedReader(VERDICT),
  claim: signedReader(CLAIM),
  return: signedReader(RETURN),
  'intake-note': signedReader(INTAKE_NOTE),
  'credit-note': creditNote,
  inquiry: signedReader(INQUIRY),
  enrolment: signedReader(ENROLMENT),
  'status-list': statusList,
  handle: accountReference,
  proof: recordReader(FRAUD_PROOF, MAX_PROOF_BYTES),
  upload: recordReader(UPLOAD, MAX_UPLOAD_BYTES),
  answer: recordReader(ANSWER, MAX_UPLOAD_BYTES, ({ recorded }) => {
    must((recordedHash(recorded, HASHES) === undefined) === (recorded.length === 0), 'a hash of nothing');
  }),
};
const EMPTY_ANSWER: Answer = {
  creditNote: Uint8Array.of(0),
  recorded: [],
  verdicts: [],
  coins: [],
  refused: [],
};
const KINDS = Object.keys(BY_KIND);
const numbered = (kind: string, bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(KINDS.indexOf(kind), ...bytes);

export const target: Target = {
  // A status list is unpacked into one buffer of its largest size, and copied from there.
  mayAllocate: 4 * 2 ** 20 + 64 * 1_024,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    for (const { kind, bytes } of OBJECTS) yield numbered(kind, bytes);
    for (const { kind, bytes } of OBJECTS)
      if (['request', 'enrolment', 'spend', 'claim'].includes(kind)) yield* nearby(numbered(kind, bytes));
    yield numbered('answer', encodeBytes(ANSWER, EMPTY_ANSWER));
    for (const length of [0, 1, 32, 33]) yield numbered('handle', new Uint8Array(length));
    const [certificate] = OBJECTS.filter(({ kind }) => kind === 'certificate');
    if (certificate) {
      const object = decodeSigned(CERTIFICATE, certificate.bytes, HASHES);
      // A hardware key signs Spends and nothing else.
      yield numbered(
        'certificate',
        encodeSigned(CERTIFICATE, { ...object, hardware: { flags: 5, counter: 1, template: 1 } }),
      );
    }
    for (const list of statusLists()) yield numbered('status-list', list);
    for (const { kind, bytes } of UPLOADS) yield numbered(kind, bytes);
    for (const { proof } of proofVectors().proofs) yield numbered('proof', fromHex(proof));
  },
  run(input) {
    const [choice = 0] = input;
    BY_KIND[KINDS[choice % KINDS.length] ?? '']?.(input.subarray(1));
  },
};
