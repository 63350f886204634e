/** Unsigned containers: fraud proofs, uploads, the registry's answers. */
import { toHex } from '@duet/protocol/bytes';
import { decodeBytes, tryDecode } from '@duet/protocol/cbor/codec';
import { MAX_OBJECT_BYTES } from '@duet/protocol/limits';
import { reading } from '@duet/protocol/messages/decoding';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest, keyOfDocument } from '@duet/protocol/messages/request-message';
import {
  ANSWER,
  type Answer,
  type Exchange,
  MAX_UPLOAD_BYTES,
  UPLOAD,
  type Upload,
} from '@duet/protocol/messages/upload';
import { FRAUD_PROOF, type FraudProof, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { currencyOf } from '@duet/protocol/objects/request';
import { decodeAny } from '@duet/protocol/objects/types';
import { accept, type Rejection, type Result } from '@duet/protocol/rejection';
import { settle } from '@duet/protocol/verify/examination';
import { type Accusation, examineProof } from '@duet/protocol/verify/fraud-proof';
import { examineUpload } from '@duet/protocol/verify/registry';
import { PROOF_FORMS } from '../text/messages.ts';
import { count, type Field, group, hex, key, list, maybe, money, value, words } from './field.ts';
import { MEANINGS, objectFields } from './objects.ts';
import type { Subject } from './subject.ts';
import { fails, holds, type Judge, NEEDS_BUNDLE, type Verification, verifyObject } from './verification.ts';

/** What each form shows. */
const PROOF_MEANING = 'fraud proof: messages that only a cheating key can have made';

/** Verifies a proof standing alone. */
export function judgeProof(proof: FraudProof, { trust, crypto }: Judge): Result<Accusation> | undefined {
  return trust && settle(examineProof(proof, trust.view, crypto), crypto);
}

function verifyProof(proof: FraudProof, judge: Judge): Verification {
  const judged = judgeProof(proof, judge);
  if (!judged) return NEEDS_BUNDLE;
  if (!judged.ok) return fails(judged.rejection);
  const revokeOnly = judged.value.form === 4 ? ' (the key is revoked; it owes nothing)' : '';
  return holds(`${PROOF_FORMS[judged.value.form][0]}${revokeOnly}: ${toHex(judged.value.culprit)}`);
}

/** One signed object inside a container; what cannot be read is said, and the rest is shown. */
function nested(name: string, label: string, bytes: Uint8Array, judge: Judge): Field {
  const read = reading(() => {
    const object = decodeAny(bytes, judge.crypto);
    return group(name, `${label}: ${MEANINGS[object.kind]}`, objectFields(object));
  });
  return read.ok ? read.value : group(name, `${label}: unreadable`, rejectionFields(read.rejection));
}

const rejectionFields = ({ code, got }: Rejection): readonly Field[] => [
  value('code', 'code', code),
  words('got', 'got', got),
];

export function inspectProof(bytes: Uint8Array, judge: Judge): Result<Subject> {
  return reading(() => {
    const proof = decodeBytes(FRAUD_PROOF, bytes, MAX_PROOF_BYTES);
    return {
      kind: 'fraud-proof',
      meaning: PROOF_MEANING,
      bytes: bytes.length,
      fields: proofFields(proof, judge),
      verification: verifyProof(proof, judge),
    };
  });
}

function proofFields(proof: FraudProof, judge: Judge): readonly Field[] {
  return [
    value('form', 'form', `${proof.form}: ${PROOF_FORMS[proof.form][0]}`, proof.form),
    ...(proof.inputs.length === 0
      ? []
      : [value('inputs', 'inputs concerned', proof.inputs.join(', '), proof.inputs)]),
    ...maybe(proof.holder, (holder) => nested('holder', 'names the key', holder, judge)),
    ...maybe(proof.request, (request) => nested('request', 'of the request', request, judge)),
    list(
      'evidence',
      'evidence',
      proof.evidence.map((entry) => [nested('object', 'message', entry, judge)]),
    ),
  ];
}

/** An exchange: the request, and the opened offer that answers it. */
function exchangeFields({ request, offer }: Exchange, judge: Judge): readonly Field[] {
  const message = decodeRequest(request, judge.crypto);
  if (!message.ok) return rejectionFields(message.rejection);
  const { body, id } = message.value.request;
  const about = [
    hex('request', 'request', id),
    ...maybe(body.amount, (amount) => money('amount', 'amount', amount, currencyOf(body))),
    key('payeeKey', 'payee key', keyOfDocument(message.value.payee)),
  ];
  if (!offer) return [...about, value('offer', 'offer', 'none: closed unpaid', null)];
  const opened = decodeOffer(offer, message.value, judge.crypto);
  if (!opened.ok) return [...about, ...rejectionFields(opened.rejection)];
  const { trust, crypto } = judge;
  const judged = trust && settle(examineUpload(opened.value, message.value, trust.view, crypto), crypto);
  return [
    ...about,
    count('offerBytes', 'offer bytes', offer.length),
    ...maybe(judged, (result) =>
      value('holds', 'verifies', result.ok ? 'yes' : `no: ${result.rejection.code}`, result.ok),
    ),
    list(
      'spends',
      'spends',
      opened.value.spends.map((spend) => objectFields(spend)),
    ),
  ];
}

export function inspectUpload(bytes: Uint8Array, judge: Judge): Result<Subject> {
  return reading(() => {
    const upload = decodeBytes(UPLOAD, bytes, MAX_UPLOAD_BYTES);
    return {
      kind: 'upload',
      meaning: 'upload: what a wallet tells the registry at a sync (opened)',
      bytes: bytes.length,
      fields: uploadFields(upload, judge),
      verification: judge.trust
        ? holds('an upload is not signed; what it holds is judged entry by entry')
        : NEEDS_BUNDLE,
    };
  });
}

const objectsField = (name: string, label: string, objects: readonly Uint8Array[], judge: Judge): Field =>
  list(
    name,
    label,
    objects.map((bytes) => [nested('object', 'object', bytes, judge)]),
  );

const uploadFields = (upload: Upload, judge: Judge): readonly Field[] => [
  list(
    'exchanges',
    'payments',
    upload.exchanges.map((exchange) => exchangeFields(exchange, judge)),
  ),
  objectsField('verdicts', 'verdicts', upload.verdicts, judge),
  objectsField('claims', 'claims', upload.claims, judge),
  objectsField('returns', 'returns', upload.returns, judge),
  list(
    'proofs',
    'fraud proofs',
    upload.proofs.map((bytes) => {
      const proof = tryDecode(FRAUD_PROOF, bytes, MAX_PROOF_BYTES);
      return proof.ok ? proofFields(proof.value, judge) : [words('code', 'unreadable', proof.error.message)];
    }),
  ),
  ...maybe(upload.inquiry, (inquiry) => nested('inquiry', 'inquiry', inquiry, judge)),
  list(
    'openSpends',
    'own spends without a verdict',
    upload.openSpends.map((id) => [hex('id', 'spend', id)]),
  ),
];

/** The registry's answer to an upload. */
export function inspectAnswer(answer: Answer, bytes: Uint8Array, judge: Judge): Result<Subject> {
  const note = reading(() => decodeAny(answer.creditNote, judge.crypto));
  return accept({
    kind: 'answer',
    meaning: 'answer: what the registry says to an upload',
    bytes: bytes.length,
    fields: [
      nested('creditNote', 'credit note', answer.creditNote, judge),
      list(
        'recorded',
        'recorded payments',
        answer.recorded.map((exchange) => exchangeFields(exchange, judge)),
      ),
      objectsField('verdicts', 'verdicts', answer.verdicts, judge),
      objectsField('coins', 'coins', answer.coins, judge),
      list(
        'refused',
        'refused',
        answer.refused.map(({ list: of, place, code }) => [
          words('code', 'code', code),
          count('list', 'list', of),
          count('place', 'place', place),
        ]),
      ),
    ],
    verification: note.ok ? verifyObject(note.value, judge) : fails(note.rejection),
  });
}

/** Reads an answer; `undefined` when the bytes are none. */
export function answerOf(bytes: Uint8Array): Answer | undefined {
  const decoded = tryDecode(ANSWER, bytes, MAX_UPLOAD_BYTES + MAX_OBJECT_BYTES);
  return decoded.ok ? decoded.value : undefined;
}
