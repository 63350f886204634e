/**
 * Compact messages: requests, offers and Verdicts, each against what its reader knows. The first byte chooses the
 * decoder, the second what it knows.
 */
import type { ObjectId, PublicKey } from '@duet/protocol/brand';
import { concatBytes, fromHex } from '@duet/protocol/bytes';
import { Writer } from '@duet/protocol/cbor/writer';
import { MAX_OFFER_BYTES } from '@duet/protocol/limits';
import { frame, frameOf } from '@duet/protocol/messages/frame';
import { decodeOffer, encodeOffer } from '@duet/protocol/messages/offer';
import {
  decodeRequest,
  encodeRequest,
  LastDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import { decodeVerdict, encodeVerdict, type VerdictContext } from '@duet/protocol/messages/verdict-message';
import type { Nonce } from '@duet/protocol/objects/spend';
import { OFFERS } from '@duet/protocol/testing/offers';
import { REQUESTS } from '@duet/protocol/testing/requests';
import { HASHES } from '@duet/protocol/testing/signing';
import { decisions, readVector } from '@duet/protocol/testing/vector-decisions';
import { nearby } from '../mutate.ts';
import { acceptedOf } from '../oracles.ts';
import { must, mustBeSame, type Target } from '../target.ts';

/** What a payee may know: the request of each sample, and of each vector. */
const DECISIONS = decisions();
const OFFER_CONTEXTS: readonly RequestMessage[] = [
  ...OFFERS.map(({ context }) => context),
  ...DECISIONS.map(({ request: hex }) => requestOf(fromHex(hex))),
];
const VERDICTS = verdictVectors();

/** The same message with what the last one left behind, as a till reads them. */
const last = new LastDocument();

function request(input: Uint8Array): void {
  const message = acceptedOf(decodeRequest(input, HASHES));
  const again = acceptedOf(decodeRequest(input, HASHES, last));
  must((message === undefined) === (again === undefined), 'a remembered document changes what is accepted');
  if (!message || !again) return;
  mustBeSame(encodeRequest(message), input, 'request');
  must(
    Buffer.compare(message.request.id, again.request.id) === 0,
    'a remembered document changes the request',
  );
  must(Buffer.compare(message.request.body.payee, message.payee.id) === 0, 'a request of another document');
}

function offer(input: Uint8Array, choice: number): void {
  const context = OFFER_CONTEXTS[choice % OFFER_CONTEXTS.length];
  if (!context) return;
  const read = acceptedOf(decodeOffer(input, context, HASHES));
  if (!read) return;
  mustBeSame(encodeOffer(read, context), input, 'offer');
  for (const { body } of read.spends) {
    must(Buffer.compare(body.request, context.request.id) === 0, 'a spend of another request');
    must(Buffer.compare(body.payee, context.payee.id) === 0, 'a spend to another payee');
    for (const { from, to } of body.inputs) must(from < to && Number.isSafeInteger(to), 'a range of nothing');
  }
}

function verdict(input: Uint8Array, choice: number): void {
  const context = VERDICTS[choice % VERDICTS.length]?.context;
  if (!context) return;
  const read = acceptedOf(decodeVerdict(input, context, HASHES));
  if (read) mustBeSame(encodeVerdict(read, context), input, 'verdict');
}

/** The prefix alone: what it names is written the same way. */
function prefix(input: Uint8Array): void {
  const framed = frameOf(input);
  if (framed?.version === 1) mustBeSame(frame(framed.type, input.subarray(1)), input, 'frame');
}

const READERS: readonly ((input: Uint8Array, choice: number) => void)[] = [request, offer, verdict, prefix];

export const target: Target = {
  mayAllocate: 64 * 1_024,
  maxInputBytes: 8 * 1_024 + 100,
  *seeds() {
    for (const { message } of REQUESTS) yield Uint8Array.of(0, 0, ...encodeRequest(message));
    for (const [at, sample] of OFFERS.entries())
      yield Uint8Array.of(1, at, ...encodeOffer(sample.offer, sample.context));
    for (const [at, one] of DECISIONS.entries()) {
      yield Uint8Array.of(0, 0, ...fromHex(one.request));
      yield Uint8Array.of(1, OFFERS.length + at, ...fromHex(one.offer));
    }
    for (const { message } of REQUESTS) yield* nearby(Uint8Array.of(0, 0, ...encodeRequest(message)));
    for (const [at, sample] of OFFERS.entries())
      if (sample.hops < 3) yield* nearby(Uint8Array.of(1, at, ...encodeOffer(sample.offer, sample.context)));
    for (const [at, { context, message }] of VERDICTS.entries())
      yield Uint8Array.of(2, at, ...namingAll(context, message));
    for (const [at, { message }] of VERDICTS.entries()) yield Uint8Array.of(2, at, ...message);
    yield concatBytes(Uint8Array.of(1, 0), new Uint8Array(MAX_OFFER_BYTES + 1));
    for (const type of [0x11, 0x12, 0x16, 0x21, 0x00]) yield Uint8Array.of(3, 0, type, 0);
  },
  run(input) {
    const [kind = 0, choice = 0] = input;
    READERS[kind % READERS.length]?.(input.subarray(2), choice);
  },
};

/** A Verdict that names the payer's own Spends by their ids, where a bit for each would do. */
function namingAll({ spends }: VerdictContext, message: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.octet(message[0] ?? 0);
  writer.arrayHead(2);
  writer.arrayHead(spends.length);
  for (const id of [...spends].sort(Buffer.compare)) writer.bytes(id);
  writer.bytes(message.subarray(-64));
  return writer.finish();
}

function requestOf(message: Uint8Array): RequestMessage {
  const read = decodeRequest(message, HASHES);
  if (!read.ok) throw new Error(`a vector is no request: ${read.rejection.code}`);
  return read.value;
}

interface VerdictVector {
  readonly message: string;
  readonly context: Readonly<Record<'request' | 'payee', string>> & {
    readonly spends: readonly string[];
    readonly nonce?: string;
  };
}

function verdictVectors(): readonly { readonly message: Uint8Array; readonly context: VerdictContext }[] {
  const vectors: readonly VerdictVector[] = JSON.parse(readVector('verdicts.json'));
  return vectors.map(({ message, context: { request: id, payee, spends, nonce } }) => ({
    message: fromHex(message),
    context: {
      request: fromHex(id) as ObjectId,
      payee: fromHex(payee) as PublicKey,
      spends: spends.map((spend) => fromHex(spend) as ObjectId),
      ...(nonce === undefined ? {} : { nonce: fromHex(nonce) as Nonce }),
    },
  }));
}
