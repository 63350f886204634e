/** Request on a carrier: the payee's document (certificate, or the coin that is refunded) and the request. */
import type { PublicKey, Signature } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import { field, optional, record, refine } from '../cbor/codec.ts';
import { DecodeError, Reader } from '../cbor/reader.ts';
import type { Writer } from '../cbor/writer.ts';
import { MAX_REQUEST_BYTES } from '../limits.ts';
import type { Certificate } from '../objects/certificate.ts';
import type { Coin } from '../objects/coin.ts';
import { amountField, currencyField, instantField } from '../objects/fields.ts';
import {
  DEFAULT_CURRENCY,
  REQUEST,
  type Request,
  requestProblem,
  suitesField,
  textField,
  versionField,
} from '../objects/request.ts';
import { rebuild } from '../objects/signed.ts';
import type { Result } from '../rejection.ts';
import { type Hashes, isPublicKey, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, suiteOf } from '../suite.ts';
import {
  CERTIFICATE_KIND,
  COIN_KIND,
  readCertificate,
  readCoin,
  suiteOfKind,
  writeCertificate,
  writeCoin,
} from './compact.ts';
import { decoding } from './decoding.ts';
import { framed, prefixOf } from './frame.ts';

/** What names the payee's key: a certificate, or in a refund the coin whose owner is paid. */
export type PayeeDocument = Certificate | Coin;

export interface RequestMessage {
  readonly request: Request;
  readonly payee: PayeeDocument;
}

/** The key that a document names. */
export const keyOfDocument = (document: PayeeDocument): PublicKey =>
  document.kind === 'coin' ? document.body.owner : document.body.subject;

/** The name that a document gives its owner: only those of tills do. */
export const nameInDocument = (document: PayeeDocument): string | undefined =>
  document.kind === 'certificate' ? document.body.terminal?.name : undefined;

const extrasField = record({
  text: optional(field(1, textField)),
  currency: optional(field(2, currencyField)),
  version: optional(field(3, versionField)),
  suites: optional(field(4, suitesField)),
});

const BLOB_BYTES = PUBLIC_KEY_BYTES + SIGNATURE_BYTES;

/**
 * `[sealing key ‖ signature, amount, time, extras, document]`; a standing request has neither amount nor
 * time. The document comes last: the currency of a refunded coin is the request's.
 */
export const encodeRequest = (message: RequestMessage): Uint8Array => written(message).finish();

function written(message: RequestMessage): Writer {
  const { request, payee } = message;
  const { payee: _payee, sealingKey, amount, time, ...extras } = request.body;
  const hasExtras = Object.keys(extras).length > 0;
  const writer = framed('request');
  writer.arrayHead(2 + (amount === undefined ? 0 : 2) + (hasExtras ? 1 : 0));
  writer.joined(sealingKey, request.signature);
  if (amount !== undefined && time !== undefined) {
    amountField.encode(writer, amount);
    instantField.encode(writer, time);
  }
  if (hasExtras) extrasField.encode(writer, extras);
  if (payee.kind === 'coin') writeCoin(writer, payee);
  else writeCertificate(writer, payee);
  return writer;
}

/** The document of the last request that was read: many requests of one payee in a row carry the same bytes. */
export class LastDocument {
  #bytes: Uint8Array = new Uint8Array(0);
  #currency = 0;
  #document: PayeeDocument | undefined;

  /** The document that stands last in what is read: the known one where the bytes are the same, else what `read` gives. */
  of(reader: Reader, currency: number, read: () => PayeeDocument): PayeeDocument {
    const bytes = reader.rest;
    if (this.#document && currency === this.#currency && equalBytes(bytes, this.#bytes)) {
      reader.skipRest();
      return this.#document;
    }
    const document = read();
    if (reader.remaining > 0) return document;
    this.#bytes = new Uint8Array(bytes);
    this.#currency = currency;
    this.#document = document;
    return document;
  }
}

/** Strict reading of a request message; no signature is verified here. */
export function decodeRequest(
  message: Uint8Array,
  hashes: Hashes,
  last: LastDocument = new LastDocument(),
): Result<RequestMessage> {
  return decoding(message, MAX_REQUEST_BYTES, () => {
    const reader = new Reader(message.subarray(1));
    if (message[0] !== prefixOf('request')) throw new DecodeError('unexpected-type', 0, 'a request');
    const result = readRequest(reader, hashes, last);
    reader.end();
    if (!written(result).wrote(message)) throw new DecodeError('non-minimal', 0, 'the canonical form');
    return result;
  });
}

function readRequest(reader: Reader, hashes: Hashes, last: LastDocument): RequestMessage {
  const items = reader.arrayHead(5);
  if (items < 2) throw new DecodeError('bad-value', reader.offset, 'a request of 2 to 5 items');
  const blob = reader.bytes(BLOB_BYTES, BLOB_BYTES);
  const sealingKey = blob.subarray(0, PUBLIC_KEY_BYTES);
  if (!isPublicKey(sealingKey)) throw new DecodeError('bad-value', reader.offset, 'a public key');
  const signature = blob.subarray(PUBLIC_KEY_BYTES) as Signature;
  const dated = items >= 4 ? { amount: amountField.decode(reader), time: instantField.decode(reader) } : {};
  const extras = items % 2 === 1 ? refinedExtras.decode(reader) : {};
  const currency = extras.currency ?? DEFAULT_CURRENCY;
  const payee = last.of(reader, currency, () => readDocument(reader, currency, hashes));
  const body = { payee: payee.id, sealingKey, ...dated, ...extras };
  const problem = requestProblem(body);
  if (problem) throw new DecodeError('bad-value', reader.offset, problem);
  return { payee, request: rebuild(REQUEST, suiteOf(keyOfDocument(payee)), body, signature, hashes) };
}

const refinedExtras = refine(extrasField, (extras) =>
  Object.keys(extras).length === 0 ? 'empty extras are left out' : undefined,
);

function readDocument(reader: Reader, currency: number, hashes: Hashes): PayeeDocument {
  const items = reader.arrayHead(9);
  const kind = reader.uint(CERTIFICATE_KIND + 1);
  const certificateSuite = suiteOfKind(kind, CERTIFICATE_KIND);
  if (certificateSuite) return readCertificate(reader, items, certificateSuite, hashes);
  return readCoin(reader, items, suiteOfKind(kind, COIN_KIND) ?? 1, currency, hashes);
}
