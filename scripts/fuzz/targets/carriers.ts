/**
 * What cameras and people deliver: base45, Bytewords, UR, parts of a fountain code. The first byte chooses. Texts are
 * bytes of Latin-1; a scan is a list of parts in CBOR, which get their words and checksums here, so that a change of
 * one reaches the decoder behind them.
 */

import { decodeBase45, encodeBase45 } from '@duet/carriers/base45';
import { type BytewordsStyle, decodeBytewords, encodeBytewords } from '@duet/carriers/bytewords';
import { crc32 } from '@duet/carriers/crc32';
import { decodeFountainPart, encodeFountainPart } from '@duet/carriers/fountain-part';
import { messageParts } from '@duet/carriers/message-parts';
import { messageOfUr, urOfMessage } from '@duet/carriers/payload';
import { CARRIER_CODES, type CarrierResult } from '@duet/carriers/rejection';
import { decodeAny, encodeText, messageDecoder } from '@duet/carriers/text';
import { encodeUr, parseUr } from '@duet/carriers/ur';
import { fromHex } from '@duet/protocol/bytes';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import { OFFERS } from '@duet/protocol/testing/offers';
import { REQUESTS } from '@duet/protocol/testing/requests';
import { parseItems, writeItems } from '../cbor-tree.ts';
import { must, mustBeSame, type Target } from '../target.ts';
import { publishedBytes, publishedTexts } from '../vectors.ts';

const CODES: ReadonlySet<string> = new Set(CARRIER_CODES.map(({ code }) => code));
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const ofLatin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const MAX_SCANNED = 40;

function acceptedOf<T>(result: CarrierResult<T>): T | undefined {
  if (result.ok) return result.value;
  must(CODES.has(result.rejection.code), `a rejection without a known code: ${result.rejection.code}`);
  return undefined;
}

/** One text for each content. */
function mustBeText(again: string, given: string, what: string): void {
  must(again === given, `${what}: accepted, and is written otherwise`);
}

function base45(input: Uint8Array): void {
  const text = latin1(input);
  const bytes = acceptedOf(decodeBase45(text));
  if (bytes) mustBeText(encodeBase45(bytes), text, 'base45');
}

const STYLES: readonly BytewordsStyle[] = ['minimal', 'standard', 'uri'];

function bytewords(input: Uint8Array): void {
  const style = STYLES[(input[0] ?? 0) % 3] ?? 'minimal';
  const text = latin1(input.subarray(1));
  const bytes = acceptedOf(decodeBytewords(text, style));
  if (bytes) mustBeText(encodeBytewords(bytes, style), text, 'bytewords');
}

function ur(input: Uint8Array): void {
  const text = latin1(input);
  const parsed = acceptedOf(parseUr(text));
  if (!parsed) return;
  if (parsed.kind === 'part') {
    const { partNumber, fragmentCount } = parsed.part;
    const words = encodeBytewords(encodeFountainPart(parsed.part), 'minimal');
    mustBeText(`ur:${parsed.type}/${partNumber}-${fragmentCount}/${words}`, text.toLowerCase(), 'part');
    return;
  }
  mustBeText(encodeUr(parsed.ur), text.toLowerCase(), 'ur');
  const message = acceptedOf(messageOfUr(parsed.ur));
  if (message) mustBeSame(urOfMessage(message).cbor, parsed.ur.cbor, 'payload');
}

function part(input: Uint8Array): void {
  const read = acceptedOf(decodeFountainPart(input));
  if (read) mustBeSame(encodeFountainPart(read), input, 'part');
}

/** Whatever was pasted, as text and as bytes. */
function pasted(input: Uint8Array): void {
  for (const given of [latin1(input), input]) {
    const decoder = messageDecoder();
    const read = acceptedOf(decodeAny(given, decoder));
    if (!read) continue;
    if (read.kind === 'partial') {
      must(read.received < read.expected, 'a scan that is complete and is not');
      continue;
    }
    must(read.message.length > 0 && read.message.length <= 64 * 1_024, 'a message of no length');
    if (read.form === 'raw') mustBeSame(read.message, input, 'raw');
    if (read.form === 'text') mustBeText(encodeText(read.message), latin1(input).trim(), 'text');
  }
}

/** Parts in the order in which a camera sees them. */
function scan(input: Uint8Array): void {
  const items = parseItems(input)?.[0]?.children ?? [];
  const decoder = messageDecoder();
  for (const item of items.slice(0, MAX_SCANNED)) {
    const cbor = writeItems([item]);
    const read = acceptedOf(decodeFountainPart(cbor));
    const [number, count] = read ? [read.partNumber, read.fragmentCount] : [1, 2];
    const before = decoder.progress;
    const after = decoder.receive(`ur:duet/${number}-${count}/${encodeBytewords(cbor, 'minimal')}`);
    must(after.received <= (after.expected ?? 0), 'more parts than there are');
    if (after.rejected) {
      must(CODES.has(after.rejected.code), 'a rejection without a known code');
      if (after.rejected.code === 'message-damaged')
        must(decoder.progress.received === 0, 'a scan that goes on');
      else must(decoder.progress.received === before.received, 'a refused part that counts');
    }
    if (!after.complete || !read) continue;
    must(after.complete.cbor.length === read.messageBytes || before.complete !== undefined, 'another length');
    if (!after.rejected) must(crc32(after.complete.cbor) === read.checksum, 'another checksum');
    acceptedOf(messageOfUr(after.complete));
  }
}

const READERS: readonly ((input: Uint8Array) => void)[] = [base45, bytewords, ur, part, pasted, scan];

export const target: Target = {
  // A decoder keeps a row for each part, of fragments as long as the parts.
  mayAllocate: 2 * 2 ** 20,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    const [first] = OFFERS;
    if (!first) throw new Error('no offer');
    const messages = [
      ...REQUESTS.slice(0, 3).map(({ message }) => encodeRequest(message)),
      Uint8Array.of(1, 2),
    ];
    for (const message of messages) {
      yield Uint8Array.of(0, ...ofLatin1(encodeBase45(message)));
      for (const [at, style] of STYLES.entries())
        yield Uint8Array.of(1, at, ...ofLatin1(encodeBytewords(message, style)));
      yield Uint8Array.of(2, ...ofLatin1(encodeUr(urOfMessage(message))));
      yield Uint8Array.of(4, ...message);
      yield Uint8Array.of(4, ...ofLatin1(encodeText(message)));
      yield Uint8Array.of(4, ...ofLatin1(` ${encodeUr(urOfMessage(message)).toUpperCase()}\r\n`));
    }
    const long = Uint8Array.from({ length: 600 }, (_, i) => (i * 7) & 0xff);
    for (const message of [long, encodeOffer(first.offer, first.context)]) {
      const parts = messageParts(Uint8Array.of(...message, ...long), { maxBytesPerPart: 100 });
      if (parts.kind !== 'sequence') continue;
      for (const numbers of [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
        [2 ** 32 - 1],
      ]) {
        const texts = numbers.map((number) => parts.partText(number).toLowerCase());
        for (const text of texts.slice(0, 2)) yield Uint8Array.of(2, ...ofLatin1(text));
        yield Uint8Array.of(4, ...ofLatin1(texts.join('\n')));
        const cbor = texts.map(
          (text) => acceptedOf(decodeBytewords(text.split('/').at(-1) ?? '', 'minimal')) ?? new Uint8Array(),
        );
        for (const one of cbor.slice(0, 2)) yield Uint8Array.of(3, ...one);
        yield Uint8Array.of(5, 0x98, cbor.length, ...cbor.flatMap((one) => [...one]));
      }
    }
    for (const text of publishedTexts('base45')) yield Uint8Array.of(0, ...ofLatin1(text));
    for (const text of publishedTexts('bc-ur')) {
      if (text.length > 2_000) continue;
      for (const kind of [1, 2, 4]) yield Uint8Array.of(kind, ...(kind === 1 ? [0] : []), ...ofLatin1(text));
    }
    for (const bytes of publishedBytes('bc-ur')) if (bytes.length < 1_000) yield Uint8Array.of(3, ...bytes);
    yield Uint8Array.of(3, ...fromHex('8501020518ff43010203'));
  },
  run(input) {
    const [kind = 0] = input;
    READERS[kind % READERS.length]?.(input.subarray(1));
  },
};
