/**
 * Every example of `docs/spec/objects.md`: its bytes are those of a vector, what stands behind them is true, the strict
 * decoder reads them, and encodes them to the same bytes; and every object and message has one.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/bytes.ts';
import { decodeBytes, encodeBytes } from '../src/cbor/codec.ts';
import { type CborValue, cborValue } from '../src/cbor/value.ts';
import { frame } from '../src/messages/frame.ts';
import { decodeOffer, encodeOffer } from '../src/messages/offer.ts';
import { decodeRequest, encodeRequest, keyOfDocument } from '../src/messages/request-message.ts';
import { ANSWER, UPLOAD } from '../src/messages/upload.ts';
import { decodeVerdict, encodeVerdict } from '../src/messages/verdict-message.ts';
import { FRAUD_PROOF } from '../src/objects/fraud-proof.ts';
import type { Result } from '../src/rejection.ts';
import { OFFERS } from './helpers/offers.ts';
import { verdictOf } from './helpers/payments.ts';
import { differenceOf, type Example, examplesIn, falsehoodOf, falseTexts } from './helpers/printed-bytes.ts';
import { PROOFS } from './helpers/proofs.ts';
import { OBJECTS } from './helpers/samples.ts';
import { HASHES } from './helpers/signing.ts';
import { UPLOADS } from './helpers/uploads.ts';
import { terminal } from './helpers/world.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../../docs/spec/objects.md'), 'utf8');
const examples = examplesIn(text);
const MAX_BYTES = 1024 * 1024;

/** What an example must be: its bytes, and the same bytes again by way of the strict decoder. */
interface Expected {
  readonly section: string;
  readonly bytes: Uint8Array;
  readonly again: Uint8Array;
  readonly id?: string;
}

function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('there is no such sample');
  return found;
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.rejection.code);
  return result.value;
}

function object(section: string, name: string): Expected {
  const sample = present(OBJECTS.find((one) => one.name === name));
  return {
    section,
    bytes: sample.bytes,
    again: sample.encode(sample.decode(sample.bytes)),
    id: toHex(sample.object.id),
  };
}

const offerNamed = (name: string) => present(OFFERS.find((one) => one.name === name));

function offer(name: string): Expected {
  const { offer: content, context } = offerNamed(name);
  const bytes = encodeOffer(content, context);
  return { section: 'Offer', bytes, again: encodeOffer(value(decodeOffer(bytes, context, HASHES)), context) };
}

function request(): Expected {
  const bytes = encodeRequest(offerNamed('first hop').context);
  return { section: 'Request message', bytes, again: encodeRequest(value(decodeRequest(bytes, HASHES))) };
}

/** Printed without the prefix. */
function verdict(): Expected {
  const { context, offer: content } = offerNamed('three spends, four inputs');
  const known = {
    request: context.request.id,
    payee: keyOfDocument(context.payee),
    spends: content.spends.map(({ id }) => id),
  };
  const bytes = encodeVerdict(verdictOf(terminal('shop').key, context, content.spends), known);
  const again = encodeVerdict(value(decodeVerdict(bytes, known, HASHES)), known);
  expect(toHex(bytes)).toBe(toHex(frame('verdict', bytes.slice(1))));
  return { section: 'Verdict message', bytes: bytes.slice(1), again: again.slice(1) };
}

const proofBytes = (name: string): Uint8Array => encodeBytes(FRAUD_PROOF, present(PROOFS[name]));

function proof(name: string): Expected {
  const bytes = proofBytes(name);
  return {
    section: 'FraudProof',
    bytes,
    again: encodeBytes(FRAUD_PROOF, decodeBytes(FRAUD_PROOF, bytes, MAX_BYTES)),
  };
}

function upload(name: string): Expected {
  const { kind, bytes } = present(UPLOADS.find((one) => one.name === name));
  const again =
    kind === 'upload'
      ? encodeBytes(UPLOAD, decodeBytes(UPLOAD, bytes, MAX_BYTES))
      : encodeBytes(ANSWER, decodeBytes(ANSWER, bytes, MAX_BYTES));
  return { section: 'Upload and answer', bytes, again };
}

/** Field 13 of the payload of a directed coin. */
function condition(): Expected {
  const sample = present(OBJECTS.find(({ name }) => name === 'conditional coin'));
  const payload = payloadOf(decodeBytes(cborValue, sample.bytes, MAX_BYTES));
  const entry = present(
    payload.kind === 'map'
      ? payload.entries.find(({ key }) => key.kind === 'int' && key.value === 13)
      : undefined,
  );
  const bytes = new Uint8Array([13, ...encodeBytes(cborValue, entry.value)]);
  return { section: 'Coin', bytes, again: bytes };
}

function payloadOf(envelope: CborValue): CborValue {
  const parts = envelope.kind === 'tag' && envelope.content.kind === 'array' ? envelope.content.items : [];
  const [, , payload] = parts;
  if (payload?.kind !== 'bytes') throw new Error('no payload');
  return decodeBytes(cborValue, payload.value, MAX_BYTES);
}

/** In the order of the document. */
const EXPECTED: readonly (readonly [string, Expected])[] = [
  ['trust bundle', object('TrustBundle', 'trust bundle')],
  ['wallet certificate', object('Certificate', 'wallet certificate')],
  ['terminal certificate', object('Certificate', 'terminal certificate')],
  ['enrolment of a wallet', object('Enrolment', 'enrolment of a wallet')],
  ['coin', object('Coin', 'coin')],
  ['condition', condition()],
  ['request', object('Request', 'request')],
  ['spend', object('Spend', 'spend')],
  ['hardware spend', object('Hardware Spend', 'hardware spend')],
  ['verdict', object('Verdict', 'verdict')],
  ['claim to an account', object('Claim', 'claim to an account')],
  ['return for a new coin', object('Return', 'return for a new coin')],
  ['intake note', object('IntakeNote and CreditNote', 'intake note')],
  ['credit note', object('IntakeNote and CreditNote', 'credit note')],
  ['inquiry', object('Inquiry', 'inquiry')],
  ['status list', object('StatusList', 'status list')],
  ['two spends over one range of a coin', proof('two spends over one range of a coin')],
  ['request message', request()],
  ['first hop', offer('first hop')],
  ['1 hops', offer('1 hops')],
  ['verdict message', verdict()],
  ['upload', upload('upload of a payment and questions')],
  ['answer', upload('answer')],
];

it('every example has its sample, in the order of the document', () => {
  expect(examples.map(({ section }) => section)).toEqual(EXPECTED.map(([, { section }]) => section));
});

it('every kind of object has an example', () => {
  const printed = new Set(EXPECTED.map(([name]) => OBJECTS.find((sample) => sample.name === name)?.kind));
  expect(OBJECTS.map(({ kind }) => kind).filter((kind) => !printed.has(kind))).toEqual([]);
});

describe.each(EXPECTED.map(([name, expected], place) => ({ name, expected, place })))(
  '$name',
  ({ expected, place }) => {
    const example: Example = present(examples[place]);

    it('has the printed bytes', () => {
      expect(differenceOf(example.lines, expected.bytes)).toBeUndefined();
    });

    it('is read by the strict decoder and gives the same bytes', () => {
      expect(toHex(expected.again)).toBe(toHex(expected.bytes));
    });

    it('is what stands behind its bytes', () => {
      const wrong = example.lines.flatMap((line) => {
        const falsehood = falsehoodOf(line);
        return falsehood ? [`${line.comment}: ${falsehood}`] : [];
      });
      expect([...wrong, ...falseTexts(example.lines)]).toEqual([]);
    });

    it('has the size and the id that are given', () => {
      const size = /^\s*(\d+) bytes/.exec(example.after)?.[1];
      if (size) expect(Number(size)).toBe(expected.bytes.length);
      const id = /^\s*\d+ bytes \(_[^_]+_\); id `([0-9a-f]{64})`/.exec(example.after)?.[1];
      if (id) expect(id).toBe(expected.id);
      expect(size !== undefined || example.after.length < 4_000).toBe(true);
    });
  },
);

it('the sizes of the other proofs are as given', () => {
  const [, ...sizes] = /form 2\s+(\d+) bytes, form 3 (\d+), form 4 (\d+), form 5 (\d+)/.exec(text) ?? [];
  const first = (form: number) => present(Object.entries(PROOFS).find(([, one]) => one.form === form))[0];
  expect(sizes.map(Number)).toEqual([2, 3, 4, 5].map((form) => proofBytes(first(form)).length));
});

describe('the reader of examples sees what is false', () => {
  const [example] = examples;
  const lines = present(example).lines;
  const bytes = present(EXPECTED[0])[1].bytes;

  it.each([
    ['a byte', bytes.map((byte, i) => (i === 700 ? byte ^ 1 : byte))],
    ['a byte too many', new Uint8Array([...bytes, 0])],
    ['a byte too few', bytes.slice(0, -1)],
  ])('%s', (_name, other) => {
    expect(differenceOf(lines, other)).toBeDefined();
  });

  it.each([
    ['02 key', '0101', '2 version: 1'],
    ['number', '0107', '1 version: 8'],
    ['negative', '0126', '1 alg: -8'],
    ['count', '84', 'array of 5'],
    ['type', '84', 'map of 4'],
    ['truth', '09f4', '9 refuse strangers: true'],
    ['size', '5840', 'signature: 65 bytes'],
    ['text size', '1071', '16 typ: text of 18 bytes'],
  ])('a false %s', (_name, hex, comment) => {
    const line = present(examplesIn(`# x\n\`\`\`text\n${hex} # ${comment}\n\`\`\`\n`)[0]?.lines[0]);
    expect(falsehoodOf(line)).toBeDefined();
  });

  it('a false text', () => {
    const [printed] = examplesIn('# x\n```text\n6161\n62 # "aac"\n```\n');
    expect(falseTexts(present(printed).lines)).toEqual(['"aac"']);
  });
});
