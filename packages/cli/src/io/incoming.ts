/**
 * A message from the other side: text on the command line, a file, standard input, or lines pasted one by one
 * (BC-UR parts in any order). Nothing of it is trusted.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CarrierRejection } from '@duet/carriers/rejection';
import { decodeAny, type Incoming, messageDecoder } from '@duet/carriers/text';
import { decodeUtf8 } from '@duet/protocol/cbor/utf8';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { MAX_INPUT_BYTES } from '../limits.ts';
import { carried, UsageError } from '../outcome.ts';
import { carrierAdviceOf } from '../text/advice.ts';
import { type Language, pick, say } from '../text/messages.ts';
import { nothingToRead, readInput } from './files.ts';

export interface IncomingOptions {
  /** Text, a file name, or `-`: as the person gave it. */
  readonly message?: string | undefined;
  /** `--in FILE`. */
  readonly in?: string | undefined;
}

const isText = (given: string): boolean => /^\s*(DUET:|ur:)/i.test(given);

/** The bytes of the message that a person gives. @throws RefusedError, UsageError, OperationalError */
export async function takeMessage(options: IncomingOptions, context: Context): Promise<Result<Uint8Array>> {
  const { message, in: file } = options;
  if (message !== undefined && file !== undefined) {
    throw new UsageError('messageAndIn');
  }
  if (file !== undefined) return fromFile(file);
  if (message === undefined) return context.isTty.in ? fromTerminal(context) : fromFile('-');
  // What is empty is said to be that: nobody means a file without a name.
  if (isText(message) || message.trim() === '') return whole(carried(decodeAny(message)));
  if (message !== '-' && !existsSync(message)) throw nothingToRead(message);
  return fromFile(message);
}

async function fromFile(path: string): Promise<Result<Uint8Array>> {
  const bytes = await readInput(path, MAX_INPUT_BYTES);
  if (!bytes.ok) return bytes;
  const incoming = carried(decodeAny(bytes.value));
  // A message begins with a byte that no text begins with: a file of another text is no message in raw bytes.
  if (incoming.kind === 'message' && incoming.form === 'raw' && isPrintable(bytes.value)) {
    return reject(
      'malformed',
      'bytes of a message, or a text that starts with DUET: or ur:duet/',
      'another text',
    );
  }
  return whole(incoming);
}

/** UTF-8 without control characters. */
const isPrintable = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d)) &&
  decodeUtf8(bytes) !== undefined;

function whole(incoming: Incoming): Result<Uint8Array> {
  if (incoming.kind === 'message') return accept(incoming.message);
  const { received, expected } = incoming;
  return reject('malformed', `all ${expected} parts of the message`, `${received} of them`, 'parts-missing');
}

/** A line that was not taken: what it is, and what to do; the lines before it stay. */
function carrierLine({ code }: CarrierRejection, language: Language): string {
  const { what, todo } = carrierAdviceOf(code);
  return `${code}: ${pick(language, what)}. ${pick(language, todo)}`;
}

/** Takes lines until the message is whole. */
async function fromTerminal(context: Context): Promise<Result<Uint8Array>> {
  context.note(say(context.language, 'pasteHere'));
  const decoder = messageDecoder();
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      const taken = decodeAny(line, decoder);
      if (!taken.ok) {
        context.note(carrierLine(taken.rejection, context.language));
        continue;
      }
      if (taken.value.kind === 'message') return accept(taken.value.message);
      const { received, expected } = taken.value;
      context.note(say(context.language, 'partsSoFar', { received, expected }));
    }
  } finally {
    lines.close();
  }
  return reject('malformed', 'a whole message', 'the end of the input');
}
