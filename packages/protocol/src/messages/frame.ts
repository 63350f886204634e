/** One-byte prefix of every message: version in the high half, type in the low half. */
import { Writer } from '../cbor/writer.ts';
import { PROTOCOL_VERSION } from '../objects/request.ts';

export type MessageType = 'request' | 'offer' | 'verdict' | 'object' | 'proof' | 'upload';

const TYPES: readonly MessageType[] = ['request', 'offer', 'verdict', 'object', 'proof', 'upload'];

export const prefixOf = (type: MessageType): number => (PROTOCOL_VERSION << 4) | (TYPES.indexOf(type) + 1);

/** What a message says it is; `undefined` when it is none of ours. */
export function frameOf(message: Uint8Array): { version: number; type: MessageType } | undefined {
  const prefix = message[0];
  if (prefix === undefined) return undefined;
  const type = TYPES[(prefix & 0x0f) - 1];
  const version = prefix >> 4;
  return type && version > 0 ? { version, type } : undefined;
}

/** A writer that has written the prefix. */
export function framed(type: MessageType): Writer {
  const writer = new Writer();
  writer.octet(prefixOf(type));
  return writer;
}

/** Puts the prefix before a body. */
export function frame(type: MessageType, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 1);
  out[0] = prefixOf(type);
  out.set(body, 1);
  return out;
}
