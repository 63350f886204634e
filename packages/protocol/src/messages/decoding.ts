/** Turns what strict decoders throw into a rejection. */
import { DecodeError } from '../cbor/reader.ts';
import type { Code } from '../codes.ts';
import { PROTOCOL_VERSION } from '../objects/request.ts';
import { accept, type Result, reject } from '../rejection.ts';
import { frameOf } from './frame.ts';

function codeOf(error: DecodeError): Code {
  if (error.code === 'too-large') return 'too-large';
  if (error.code === 'non-minimal' || error.code === 'unsorted-keys' || error.code === 'duplicate-key') {
    return 'not-canonical';
  }
  return 'malformed';
}

/** Runs `read` on a framed message: size and version first, then the strict decoder. */
export function decoding<T>(message: Uint8Array, maxBytes: number, read: () => T): Result<T> {
  if (message.length > maxBytes)
    return reject('too-large', `at most ${maxBytes} bytes`, `${message.length} bytes`);
  const framed = frameOf(message);
  if (!framed)
    return reject('malformed', 'a Duet message', message.length === 0 ? 'nothing' : 'another first byte');
  if (framed.version !== PROTOCOL_VERSION) {
    return reject('unsupported-version', `version ${PROTOCOL_VERSION}`, `version ${framed.version}`);
  }
  return reading(read);
}

/** Runs a strict decoder. Errors other than {@link DecodeError} are bugs and pass through. */
export function reading<T>(read: () => T): Result<T> {
  try {
    return accept(read());
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return reject(codeOf(error), 'the form of the specification', error.message);
  }
}
