/**
 * What people paste and what scanners deliver: a Duet message as one line `DUET:` + base45, as a UR or a
 * sequence of UR parts (one in each line), or as its raw bytes. Nothing of it is trusted.
 *
 * White space is tolerated at the ends of the input and of its lines only: base45 itself uses the space, but
 * never as its last character. Raw bytes never look like text: a message begins with a version and a type
 * (0x11 …), and the bytes of a text only count as text when all of them are printable ASCII.
 */
import { decodeBase45, encodeBase45 } from './base45.ts';
import { MAX_INPUT_CHARACTERS, MAX_LINES, MAX_MESSAGE_BYTES } from './limits.ts';
import { DUET_UR_TYPE, messageOfUr } from './payload.ts';
import { accept, type CarrierRejection, type CarrierResult, refusal, reject } from './rejection.ts';
import { hasUrScheme } from './ur.ts';
import { UrDecoder, type UrProgress } from './ur-decoder.ts';

const PREFIX = 'DUET:';

export type Incoming =
  /** A whole message. */
  | { readonly kind: 'message'; readonly form: 'raw' | 'text' | 'ur'; readonly message: Uint8Array }
  /** Parts of one: give the next input together with this decoder. */
  | {
      readonly kind: 'partial';
      readonly decoder: UrDecoder;
      readonly received: number;
      readonly expected: number;
      /** Lines of this input that were refused while others were taken; numbers from 1. */
      readonly refusedLines: readonly RefusedLine[];
    };

export interface RefusedLine {
  readonly line: number;
  readonly rejection: CarrierRejection;
}

/** A message as one line of text to paste. @throws RangeError when it is empty or above 64 KB */
export function encodeText(message: Uint8Array): string {
  if (message.length === 0 || message.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`text: expected 1..${MAX_MESSAGE_BYTES} bytes, got ${message.length}`);
  }
  return PREFIX + encodeBase45(message);
}

/** A decoder for UR parts that belong to one Duet message. */
export const messageDecoder = (): UrDecoder => new UrDecoder(DUET_UR_TYPE);

/**
 * Takes what was pasted or scanned.
 *
 * @param decoder of an earlier `partial`, to go on with it; a whole message is taken besides, and leaves it alone
 * @returns the message, or how far its parts are; a rejection when nothing of the input could be used
 */
export function decodeAny(
  input: string | Uint8Array,
  decoder: UrDecoder = messageDecoder(),
): CarrierResult<Incoming> {
  if (input.length > MAX_INPUT_CHARACTERS) {
    return reject('input-too-large', `at most ${MAX_INPUT_CHARACTERS} characters`, `${input.length}`);
  }
  if (typeof input === 'string') return decodeText(input, decoder);
  const text = textOfBytes(input);
  return text === undefined ? rawMessage(input) : decodeText(text, decoder);
}

function decodeText(text: string, decoder: UrDecoder): CarrierResult<Incoming> {
  const trimmed = trimWhiteSpace(text);
  if (trimmed === '') return reject('empty-input', 'a message', 'nothing');
  if (trimmed.startsWith(PREFIX)) return textMessage(trimmed.slice(PREFIX.length));
  if (hasUrScheme(trimmed)) return urMessage(trimmed, decoder);
  return reject('unknown-form', `a text that starts with ${PREFIX} or ur:${DUET_UR_TYPE}/`, 'another start');
}

function rawMessage(bytes: Uint8Array): CarrierResult<Incoming> {
  if (bytes.length === 0) return reject('empty-input', 'a message', 'nothing');
  if (bytes.length > MAX_MESSAGE_BYTES) {
    return reject('input-too-large', `at most ${MAX_MESSAGE_BYTES} bytes`, `${bytes.length}`);
  }
  return accept({ kind: 'message', form: 'raw', message: bytes.slice() });
}

function textMessage(base45: string): CarrierResult<Incoming> {
  const bytes = decodeBase45(base45);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return reject('empty-input', `a message after ${PREFIX}`, 'nothing');
  return accept({ kind: 'message', form: 'text', message: bytes.value });
}

function urMessage(text: string, decoder: UrDecoder): CarrierResult<Incoming> {
  const lines = text.split(/\r\n|\n|\r/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) return reject('input-too-large', `at most ${MAX_LINES} lines`, 'more');
  const refusedLines: RefusedLine[] = [];
  let linesTaken = 0;
  let progress: UrProgress = decoder.progress;
  lines.forEach((line, index) => {
    const part = trimWhiteSpace(line);
    if (part === '') return;
    progress = decoder.receive(part);
    if (progress.rejected) refusedLines.push({ line: index + 1, rejection: progress.rejected });
    else linesTaken += 1;
  });
  const [firstRefused] = refusedLines;
  if (linesTaken === 0 && firstRefused) return { ok: false, rejection: firstRefused.rejection };
  if (progress.complete) {
    const message = messageOfUr(progress.complete);
    if (message.ok) return accept({ kind: 'message', form: 'ur', message: message.value });
    // Nothing can make this one a message: what comes next is another.
    decoder.reset();
    return message;
  }
  const { received, expected } = progress;
  // Every part taken was lost again to `message-damaged`.
  if (expected === undefined) {
    const rejection = refusedLines.at(-1)?.rejection ?? refusal('empty-input', 'parts of a message', 'none');
    return { ok: false, rejection };
  }
  return accept({ kind: 'partial', decoder, received, expected, refusedLines });
}

/** Bytes as text when they are that: printable ASCII throughout, with one of the beginnings known here. */
function textOfBytes(bytes: Uint8Array): string | undefined {
  let start = 0;
  while (isWhiteSpace(bytes[start])) start += 1;
  const head = String.fromCharCode(...bytes.subarray(start, start + PREFIX.length));
  if (head !== PREFIX && !hasUrScheme(head)) return undefined;
  const pieces: string[] = [];
  for (let i = start; i < bytes.length; i += 4096) {
    const piece = bytes.subarray(i, i + 4096);
    if (!piece.every((byte) => (byte >= 0x20 && byte <= 0x7e) || isWhiteSpace(byte))) return undefined;
    pieces.push(String.fromCharCode(...piece));
  }
  return pieces.join('');
}

const isWhiteSpace = (code: number | undefined): boolean =>
  code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** Without regular expressions, because those are quadratic on long runs of spaces. */
function trimWhiteSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
