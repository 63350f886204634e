/** What kind of message came in, and the prefix that sealed offers carry between devices. */
import { frame, frameOf, type MessageType } from '@duet/protocol/messages/frame';
import { PROTOCOL_VERSION } from '@duet/protocol/objects/request';
import { accept, type Result, reject } from '@duet/protocol/rejection';

/** A sealed offer as it travels. */
export const offerMessage = (sealed: Uint8Array): Uint8Array => frame('offer', sealed);

const NAMES: Readonly<Record<MessageType, string>> = {
  request: 'a request',
  offer: 'an offer',
  verdict: 'a receipt',
  object: 'a signed object',
  proof: 'a fraud proof',
  upload: 'an upload',
};

/** Where each message belongs. */
const COMMANDS: Readonly<Partial<Record<MessageType, string>>> = {
  request: 'duet wallet pay',
  offer: 'duet wallet receive',
  verdict: 'duet wallet receive',
};

/** The type of a message of this version, when it is one of those wanted. */
export function typeOf<T extends MessageType>(message: Uint8Array, wanted: readonly T[]): Result<T> {
  const expected = wanted.map((type) => NAMES[type]).join(' or ');
  const framed = frameOf(message);
  if (!framed) return reject('malformed', expected, 'bytes that are no message of Duet');
  if (framed.version !== PROTOCOL_VERSION) {
    return reject('unsupported-version', `version ${PROTOCOL_VERSION}`, `version ${framed.version}`);
  }
  const type = wanted.find((candidate) => candidate === framed.type);
  if (type !== undefined) return accept(type);
  const command = COMMANDS[framed.type];
  return reject(
    'malformed',
    expected,
    `${NAMES[framed.type]}${command ? `: give it to ${command}` : ''}`,
    'wrong-message',
  );
}
