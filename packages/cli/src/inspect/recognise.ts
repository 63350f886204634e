/**
 * Finds out what some bytes are. They are not trusted: text forms first (DUET:, UR, hexadecimal), then Duet's
 * prefix byte, COSE, the unsigned records, and at last any deterministic CBOR.
 */
import type { CarrierRejection } from '@duet/carriers/rejection';
import { decodeAny as decodeIncoming } from '@duet/carriers/text';
import { hasUrScheme, parseUr } from '@duet/carriers/ur';
import type { PublicKey } from '@duet/protocol/brand';
import { fromHex } from '@duet/protocol/bytes';
import { decodeBytes, tryDecode } from '@duet/protocol/cbor/codec';
import { type CborValue, cborValue, diagnostic } from '@duet/protocol/cbor/value';
import { reading } from '@duet/protocol/messages/decoding';
import { frameOf } from '@duet/protocol/messages/frame';
import { MAX_UPLOAD_BYTES, UPLOAD } from '@duet/protocol/messages/upload';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { PROTOCOL_VERSION } from '@duet/protocol/objects/request';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { carrierRefusalOf, RefusedError } from '../outcome.ts';
import { count, type Field, hex, key, value, words } from './field.ts';
import { inspectFramed } from './framed.ts';
import { inspectOpenedOffer } from './opened-offer.ts';
import { answerOf, inspectAnswer, inspectProof, inspectUpload } from './records.ts';
import { COSE_SIGN1_BYTE, inspectObject } from './signed-object.ts';
import type { Subject } from './subject.ts';
import { publicKeyOf } from './trust.ts';
import { type Judge, unknown } from './verification.ts';

/** In which form the bytes came. */
export type Form = 'raw' | 'text' | 'ur' | 'hex';

export interface Recognised {
  readonly form: Form;
  readonly subject: Subject;
}

const HEX = /^[0-9a-fA-F\s]+$/;

/** @throws RefusedError for a damaged text form */
export function recognise(input: Uint8Array, judge: Judge): Result<Recognised> {
  if (input.length === 0) return reject('malformed', 'an object, a text, a UR part or a proof', 'nothing');
  const text = printableOf(input);
  if (text !== undefined) {
    if (text.startsWith('DUET:') || hasUrScheme(text)) return recogniseText(text, judge);
    const digits = text.replace(/\s+/g, '');
    if (HEX.test(text) && digits.length % 2 === 0)
      return inForm('hex', recogniseBytes(fromHex(digits), judge));
    return reject(
      'malformed',
      'bytes, hexadecimal digits, or a text that starts with DUET: or ur:',
      `a text of ${text.length} characters`,
    );
  }
  return inForm('raw', recogniseBytes(input, judge));
}

const inForm = (form: Form, subject: Result<Subject>): Result<Recognised> =>
  subject.ok ? accept({ form, subject: subject.value }) : subject;

/** The input as text when it is printable throughout, in any language: no message is, with its signatures. */
function printableOf(input: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(input);
    return CONTROL.test(text) ? undefined : text.trim();
  } catch {
    return undefined;
  }
}

/** Control characters other than tabs and line ends. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

const refused = (rejection: CarrierRejection): RefusedError => new RefusedError(carrierRefusalOf(rejection));

function recogniseText(text: string, judge: Judge): Result<Recognised> {
  const incoming = decodeIncoming(text);
  if (!incoming.ok) {
    const foreign = incoming.rejection.code === 'wrong-ur-type' ? inspectForeignUr(text, judge) : undefined;
    if (foreign) return inForm('ur', foreign);
    throw refused(incoming.rejection);
  }
  if (incoming.value.kind === 'partial') return inForm('ur', inspectParts(text));
  return inForm(incoming.value.form, recogniseBytes(incoming.value.message, judge));
}

/** A whole UR of another program: its type and its CBOR. */
function inspectForeignUr(text: string, judge: Judge): Result<Subject> | undefined {
  const parsed = parseUr(text.trim());
  if (!parsed.ok) return undefined;
  if (parsed.value.kind === 'part') return inspectParts(text);
  const inside = recogniseBytes(parsed.value.ur.cbor, judge);
  if (!inside.ok) return inside;
  const { type } = parsed.value.ur;
  return accept({
    ...inside.value,
    meaning: `UR of type ${type} (another program's): ${inside.value.meaning}`,
  });
}

function inspectParts(text: string): Result<Subject> {
  const parts: (readonly Field[])[] = [];
  let type = '';
  let messageBytes = 0;
  let fragmentCount = 0;
  const seen = new Set<number>();
  for (const line of text.split(/\s+/)) {
    const parsed = parseUr(line);
    if (!parsed.ok) throw refused(parsed.rejection);
    if (parsed.value.kind === 'whole') continue;
    const { part } = parsed.value;
    type = parsed.value.type;
    ({ messageBytes, fragmentCount } = part);
    seen.add(part.partNumber);
    parts.push([
      count('partNumber', 'part', part.partNumber),
      value(
        'carries',
        'carries',
        part.partNumber <= part.fragmentCount ? `fragment ${part.partNumber}` : 'a mix of fragments',
      ),
      hex('data', 'data', part.data),
    ]);
  }
  return accept({
    kind: 'ur-part',
    meaning: `part of a message in ${fragmentCount} parts (BC-UR, type ${type})`,
    bytes: messageBytes,
    fields: [
      count('partsHere', 'parts here', seen.size),
      count('partsNeeded', 'parts needed', fragmentCount),
      count('messageBytes', 'bytes of the message', messageBytes),
      { kind: 'list', name: 'parts', label: 'parts', entries: parts },
    ],
    verification: unknown('what it says is known when all parts are together, one in each line'),
  });
}

function recogniseBytes(bytes: Uint8Array, judge: Judge): Result<Subject> {
  const framed = frameOf(bytes);
  // One byte alone is a number in CBOR, and no message.
  if (framed && bytes.length > 1 && framed.version <= 3) {
    if (framed.version !== PROTOCOL_VERSION) {
      return reject('unsupported-version', `version ${PROTOCOL_VERSION}`, `version ${framed.version}`);
    }
    return inspectFramed(framed.type, bytes, judge);
  }
  const named = publicKeyOf(bytes);
  if (named) return accept(inspectKey(named));
  if (bytes[0] === COSE_SIGN1_BYTE) return inspectObject(bytes, judge);
  if (tryDecode(FRAUD_PROOF, bytes, MAX_PROOF_BYTES).ok) return inspectProof(bytes, judge);
  if (tryDecode(UPLOAD, bytes, MAX_UPLOAD_BYTES).ok) return inspectUpload(bytes, judge);
  const offer = inspectOpenedOffer(bytes, judge);
  if (offer) return offer;
  const answer = answerOf(bytes);
  if (answer) return inspectAnswer(answer, bytes, judge);
  return inspectCbor(bytes);
}

const MAX_CBOR_BYTES = 16 * 1024 * 1024;

function inspectKey(given: PublicKey): Subject {
  return {
    kind: 'public-key',
    meaning: 'public key: the suite, then a compressed point',
    bytes: given.length,
    fields: [key('key', 'key', given)],
    verification: unknown('a key is not signed: what it signed is'),
  };
}

/** The last resort. What is larger than its own head may say is not a large message, but none. */
function inspectCbor(bytes: Uint8Array): Result<Subject> {
  const found = anyCbor(bytes);
  if (found.ok || found.rejection.code !== 'too-large') return found;
  return reject(
    'malformed',
    'an object, a text, a UR part or a proof',
    `${bytes.length} bytes of something else`,
  );
}

function anyCbor(bytes: Uint8Array): Result<Subject> {
  return reading(() => {
    const item = decodeBytes(cborValue, bytes, MAX_CBOR_BYTES);
    const backup = backupFields(item);
    return backup
      ? {
          kind: 'backup',
          meaning: 'backup of a wallet: signed evidence under a passphrase, no key that can sign',
          bytes: bytes.length,
          fields: backup,
          verification: unknown('it opens with its passphrase: duet wallet restore'),
        }
      : {
          kind: 'cbor',
          meaning: 'deterministic CBOR, but no object of Duet',
          bytes: bytes.length,
          fields: [words('diagnostic', 'diagnostic notation', diagnostic(item))],
          verification: unknown('nothing in it is known to be signed'),
        };
  });
}

/** The evidence alone, and the file that adds whose account it is. */
const BACKUP_TYPES = ['duet-backup', 'duet-wallet-backup'];

/** The head of a backup, whose content is encrypted. */
function backupFields(item: CborValue): readonly Field[] | undefined {
  if (item.kind !== 'map') return undefined;
  const at = (key: number): CborValue | undefined =>
    item.entries.find((entry) => entry.key.kind === 'int' && entry.key.value === key)?.value;
  const [type, version, salt, encrypted] = [at(0), at(1), at(2), at(4)];
  if (type?.kind !== 'text' || !BACKUP_TYPES.includes(type.value)) return undefined;
  return [
    ...(version?.kind === 'int' ? [count('version', 'version', Number(version.value))] : []),
    ...(salt?.kind === 'bytes' ? [hex('salt', 'salt', salt.value)] : []),
    ...(encrypted?.kind === 'bytes'
      ? [count('encryptedBytes', 'encrypted bytes', encrypted.value.length)]
      : []),
  ];
}
