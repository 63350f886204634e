/** Samples of one step of a sync: what goes up, and what comes back. */
import { encodeBytes } from '../../src/cbor/codec.ts';
import { encodeOffer } from '../../src/messages/offer.ts';
import { encodeRequest } from '../../src/messages/request-message.ts';
import { ANSWER, EMPTY_UPLOAD, UPLOAD } from '../../src/messages/upload.ts';
import { FRAUD_PROOF } from '../../src/objects/fraud-proof.ts';
import { OFFERS } from './offers.ts';
import { PROOFS } from './proofs.ts';
import { OBJECTS } from './samples.ts';

export interface UploadSample {
  readonly name: string;
  readonly kind: 'upload' | 'answer';
  readonly bytes: Uint8Array;
}

const first = OFFERS.find(({ name }) => name === 'first hop');
const [spend] = first?.offer.spends ?? [];
if (!first || !spend) throw new Error('no first hop');
const [proof] = Object.values(PROOFS);
if (!proof) throw new Error('no proof');

function objectNamed(name: string): Uint8Array {
  const found = OBJECTS.find((sample) => sample.name === name);
  if (!found) throw new Error(`no object ${name}`);
  return found.bytes;
}

const request = encodeRequest(first.context);
const exchange = { request, offer: encodeOffer(first.offer, first.context) };

export const UPLOADS: readonly UploadSample[] = [
  { name: 'empty upload', kind: 'upload', bytes: encodeBytes(UPLOAD, EMPTY_UPLOAD) },
  {
    name: 'upload of a payment and questions',
    kind: 'upload',
    bytes: encodeBytes(UPLOAD, {
      ...EMPTY_UPLOAD,
      exchanges: [exchange, { request }],
      verdicts: [objectNamed('verdict')],
      inquiry: objectNamed('inquiry'),
      openSpends: [spend.id],
    }),
  },
  {
    name: 'upload of a claim, a return and a proof',
    kind: 'upload',
    bytes: encodeBytes(UPLOAD, {
      ...EMPTY_UPLOAD,
      claims: [objectNamed('claim to an account')],
      returns: [objectNamed('return to an account')],
      proofs: [encodeBytes(FRAUD_PROOF, proof)],
    }),
  },
  {
    name: 'answer',
    kind: 'answer',
    bytes: encodeBytes(ANSWER, {
      creditNote: objectNamed('credit note beside recorded payments'),
      recorded: [exchange],
      verdicts: [objectNamed('verdict')],
      coins: [objectNamed('coin')],
      refused: [{ list: 3, place: 0, code: 'already-claimed' }],
    }),
  },
];
