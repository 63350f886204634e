/** Messages with Duet's one-byte prefix: request, sealed offer, verdict, object, proof, upload. */

import { decodeBytes } from '@duet/protocol/cbor/codec';
import { DecodeError } from '@duet/protocol/cbor/reader';
import type { CborValue } from '@duet/protocol/cbor/value';
import { cborValue } from '@duet/protocol/cbor/value';
import { MAX_OFFER_BYTES, MAX_VERDICT_BYTES } from '@duet/protocol/limits';
import { decoding } from '@duet/protocol/messages/decoding';
import type { MessageType } from '@duet/protocol/messages/frame';
import { decodeRequest, type PayeeDocument } from '@duet/protocol/messages/request-message';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { SIGNATURE_BYTES } from '@duet/protocol/suite';
import { count, type Field, group, hex, list, maybe, words } from './field.ts';
import { objectFields, requestFields } from './objects.ts';
import { inspectProof, inspectUpload } from './records.ts';
import { inspectObject } from './signed-object.ts';
import type { Subject } from './subject.ts';
import { type Judge, unknown, verifyRequest } from './verification.ts';

/** Reads a message whose prefix says `type`. */
export function inspectFramed(type: MessageType, message: Uint8Array, judge: Judge): Result<Subject> {
  const body = message.subarray(1);
  switch (type) {
    case 'request':
      return inspectRequest(message, judge);
    case 'offer':
      return inspectOffer(message);
    case 'verdict':
      return inspectVerdict(message);
    case 'object':
      return inspectObject(body, judge);
    case 'proof':
      return inspectProof(body, judge);
    case 'upload':
      return inspectUpload(body, judge);
  }
}

const faceOf = (payee: PayeeDocument): readonly Field[] =>
  maybe(payee.kind === 'certificate' ? payee.body.terminal : undefined, ({ name }) =>
    words('payeeName', 'payee', name),
  );

function inspectRequest(message: Uint8Array, judge: Judge): Result<Subject> {
  const decoded = decodeRequest(message, judge.crypto);
  if (!decoded.ok) return decoded;
  const { request, payee } = decoded.value;
  const fields = [
    hex('id', 'id', request.id),
    count('suite', 'suite', request.suite),
    ...faceOf(payee),
    ...requestFields(request.body),
    hex('signature', 'signature', request.signature),
    group('payeeDocument', `the payee's ${payee.kind}`, objectFields(payee)),
  ];
  return accept({
    kind: 'request-message',
    meaning: 'request message: what a payee asks for, with the document that names its key',
    bytes: message.length,
    fields,
    verification: verifyRequest(decoded.value, judge),
  });
}

/** Compressed point, ciphertext of at least one byte, tag. */
const SEAL_BYTES = 33 + 16;
const POINT_BYTES = 33;

function inspectOffer(message: Uint8Array): Result<Subject> {
  const sealed = message.subarray(1);
  const most = MAX_OFFER_BYTES + SEAL_BYTES;
  if (sealed.length > most) return reject('too-large', `at most ${most} bytes`, `${sealed.length} bytes`);
  if (sealed.length <= SEAL_BYTES || (sealed[0] !== 2 && sealed[0] !== 3)) {
    return reject(
      'malformed',
      'a compressed point, a ciphertext and its tag',
      `${sealed.length} bytes of another form`,
    );
  }
  return accept({
    kind: 'sealed-offer',
    meaning: 'sealed offer: a payment that only its payee can open',
    bytes: message.length,
    fields: [
      hex('encapsulation', 'encapsulated key', sealed.subarray(0, POINT_BYTES)),
      count('sealedBytes', 'sealed bytes', sealed.length),
      count('offerBytes', 'offer inside, bytes', sealed.length - SEAL_BYTES),
    ],
    verification: unknown('it is sealed: only the wallet that made the request opens and verifies it'),
  });
}

const isBytes = (
  item: CborValue | undefined,
  length: number,
): item is Extract<CborValue, { kind: 'bytes' }> => item?.kind === 'bytes' && item.value.length === length;

function inspectVerdict(message: Uint8Array): Result<Subject> {
  return decoding(message, MAX_VERDICT_BYTES, () => {
    const whole = decodeBytes(cborValue, message.subarray(1), MAX_VERDICT_BYTES);
    const [accepted, signature] = whole.kind === 'array' && whole.items.length === 2 ? whole.items : [];
    if (!accepted || !isBytes(signature, SIGNATURE_BYTES)) {
      throw new DecodeError('bad-value', 1, 'accepted spends, then a signature of 64 bytes');
    }
    return {
      kind: 'verdict-message',
      meaning: "verdict message: the payee's answer, in the short form that only the payer can complete",
      bytes: message.length,
      fields: [...acceptedFields(accepted), hex('signature', 'signature', signature.value)],
      verification: unknown('it is judged by the wallet that paid: duet wallet receive'),
    };
  });
}

function acceptedFields(accepted: CborValue): readonly Field[] {
  if (accepted.kind === 'int' && accepted.value >= 0) {
    const mask = BigInt(accepted.value);
    const places = [...mask.toString(2)].reverse().flatMap((bit, place) => (bit === '1' ? [place] : []));
    return [
      words(
        'answer',
        'answer',
        places.length === 0 ? 'not paid' : `paid: spend ${places.join(', ')} of the offer`,
      ),
    ];
  }
  if (accepted.kind !== 'array')
    throw new DecodeError('unexpected-type', 1, 'a bit mask, or a list of spends');
  return [
    list(
      'accepted',
      'accepted spends',
      accepted.items.map((item) => {
        if (!isBytes(item, 32)) throw new DecodeError('bad-value', 1, 'ids of 32 bytes');
        return [hex('id', 'spend', item.value)];
      }),
    ),
  ];
}
