/**
 * COSE_Sign1 (RFC 9052 §4.2) for every signed object of Duet: one protected header {1: alg, 16: typ}, an
 * empty unprotected header, an embedded payload. ID-1: the id is the suite's hash of the Sig_structure
 * (RFC 9052 §4.4), so a signature changed without the key (ES256 is malleable) does not change the id.
 *
 * Nothing here verifies a signature; see `verify/`.
 */
import type { ObjectId, Signature } from '../brand.ts';
import { type Codec, decodeBytes } from '../cbor/codec.ts';
import { DecodeError, Reader } from '../cbor/reader.ts';
import { Writer } from '../cbor/writer.ts';
import { ALGORITHMS, type Hashes, SIGNATURE_BYTES, SUITES, type Suite } from '../suite.ts';

/** What distinguishes one kind of signed object. */
export interface ObjectType<Kind extends string, Body> {
  readonly kind: Kind;
  /** `typ` header (RFC 9596), a media type without `application/`. */
  readonly typ: string;
  readonly body: Codec<Body>;
  readonly maxBytes: number;
}

/** Evidence of a hardware key (PAY-13): what the verifier needs to rebuild the assertion. */
export interface HardwareAssertion {
  /** Authenticator data flags; UP (1) and UV (4) must be set, BE (8) clear. */
  readonly flags: number;
  readonly counter: number;
  /** Row of the trust bundle's table of client-data templates. */
  readonly template: number;
}

/** A signed object whose id was computed here. Whether its signature holds is not said by this type. */
export interface Signed<Kind extends string, Body> {
  readonly kind: Kind;
  readonly suite: Suite;
  readonly id: ObjectId;
  readonly body: Body;
  /** The Sig_structure: what was signed. */
  readonly message: Uint8Array;
  readonly signature: Signature;
  readonly hardware?: HardwareAssertion;
}

/** An object that waits for its signature. */
export interface Unsigned<Kind extends string, Body> {
  readonly kind: Kind;
  readonly suite: Suite;
  readonly id: ObjectId;
  readonly body: Body;
  readonly message: Uint8Array;
}

const COSE_SIGN1_TAG = 18;
const HEADER_ALG = 1;
const HEADER_TYP = 16;
/** Private-use unprotected header of a hardware spend: [flags, counter, template]. */
const HEADER_HARDWARE = -70_001;
const CONTEXT = 'Signature1';
const EMPTY = new Uint8Array(0);

const structureHeads: Readonly<Record<Suite, Map<string, Uint8Array>>> = { 1: new Map(), 2: new Map() };
const headers: Readonly<Record<Suite, Map<string, Uint8Array>>> = { 1: new Map(), 2: new Map() };

/** The protected header of a kind under a suite, serialized. Only for our own kinds: what is made is kept for ever. */
export function protectedHeader(typ: string, suite: Suite): Uint8Array {
  const cached = headers[suite].get(typ);
  if (cached) return cached;
  const writer = new Writer();
  writer.mapHead(2);
  writer.int(HEADER_ALG);
  writer.int(ALGORITHMS[suite]);
  writer.int(HEADER_TYP);
  writer.text(typ);
  const bytes = writer.finish();
  headers[suite].set(typ, bytes);
  return bytes;
}

/** The Sig_structure of RFC 9052 §4.4 with empty external data, up to the payload. */
function structureHead(typ: string, suite: Suite): Uint8Array {
  const cached = structureHeads[suite].get(typ);
  if (cached) return cached;
  const writer = new Writer();
  writer.arrayHead(4);
  writer.text(CONTEXT);
  writer.bytes(protectedHeader(typ, suite));
  writer.bytes(EMPTY);
  const bytes = writer.finish();
  structureHeads[suite].set(typ, bytes);
  return bytes;
}

/** Makes an object ready for signing. The body must satisfy its codec (a bug otherwise). */
export function draft<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  suite: Suite,
  body: Body,
  hashes: Hashes,
): Unsigned<Kind, Body> {
  const writer = new Writer();
  writer.raw(structureHead(type.typ, suite));
  writer.nested((w) => type.body.encode(w, body));
  const message = writer.finish();
  return { kind: type.kind, suite, id: hashes.hash(suite, message) as ObjectId, body, message };
}

/** Puts a signature to a draft. */
export const withSignature = <Kind extends string, Body>(
  unsigned: Unsigned<Kind, Body>,
  signature: Signature,
  hardware?: HardwareAssertion,
): Signed<Kind, Body> => (hardware ? { ...unsigned, signature, hardware } : { ...unsigned, signature });

/** `draft` and `withSignature` in one, for objects rebuilt from a compact form. */
export const rebuild = <Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  suite: Suite,
  body: Body,
  signature: Signature,
  hashes: Hashes,
  hardware?: HardwareAssertion,
): Signed<Kind, Body> => withSignature(draft(type, suite, body, hashes), signature, hardware);

/** The tagged COSE_Sign1 of an object. */
export function encodeSigned<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  object: Signed<Kind, Body>,
): Uint8Array {
  const writer = new Writer();
  writer.tagHead(COSE_SIGN1_TAG);
  writer.arrayHead(4);
  writer.bytes(protectedHeader(type.typ, object.suite));
  if (object.hardware) {
    writer.mapHead(1);
    writer.int(HEADER_HARDWARE);
    writeHardware(writer, object.hardware);
  } else {
    writer.mapHead(0);
  }
  // The payload stands at the end of what was signed, as a byte string.
  writer.raw(object.message.subarray(structureHead(type.typ, object.suite).length));
  writer.bytes(object.signature);
  return writer.finish();
}

export function writeHardware(writer: Writer, hardware: HardwareAssertion): void {
  writer.arrayHead(3);
  writer.uint(hardware.flags);
  writer.uint(hardware.counter);
  writer.uint(hardware.template);
}

export function readHardware(reader: Reader): HardwareAssertion {
  if (reader.arrayHead(3) !== 3)
    throw new DecodeError('bad-value', reader.offset, 'hardware assertion of 3 items');
  return { flags: reader.uint(0xff), counter: reader.uint(0xffff_ffff), template: reader.uint(0xff) };
}

/** What the outer layer of a COSE_Sign1 says, before its payload is read. */
export interface Envelope {
  readonly suite: Suite;
  readonly typ: string;
  readonly payload: Uint8Array;
  readonly signature: Signature;
  readonly hardware?: HardwareAssertion;
}

/** Reads the outer layer strictly. @throws DecodeError */
export function openEnvelope(bytes: Uint8Array, maxBytes: number): Envelope {
  if (bytes.length > maxBytes) throw new DecodeError('too-large', 0, `at most ${maxBytes} bytes`);
  const reader = new Reader(bytes);
  if (reader.tagHead() !== COSE_SIGN1_TAG) throw new DecodeError('bad-value', 0, 'tag 18 (COSE_Sign1)');
  if (reader.arrayHead(4) !== 4) throw new DecodeError('bad-value', reader.offset, 'COSE_Sign1 of 4 items');
  const header = reader.bytes(96);
  const entries = reader.mapHead(1);
  let hardware: HardwareAssertion | undefined;
  if (entries === 1) {
    if (reader.int() !== HEADER_HARDWARE) {
      throw new DecodeError('unknown-key', reader.offset, 'no unprotected header but the hardware assertion');
    }
    hardware = readHardware(reader);
  }
  const payload = reader.bytes(maxBytes);
  const signature = reader.bytes(SIGNATURE_BYTES, SIGNATURE_BYTES) as Signature;
  reader.end();
  const { suite, typ } = readHeader(header);
  return hardware ? { suite, typ, payload, signature, hardware } : { suite, typ, payload, signature };
}

/** The reader takes shortest heads alone, so what it read has this one form. */
function readHeader(header: Uint8Array): { suite: Suite; typ: string } {
  const reader = new Reader(header);
  if (reader.mapHead(2) !== 2 || reader.int() !== HEADER_ALG) {
    throw new DecodeError('missing-key', 0, 'protected header {1: alg, 16: typ}');
  }
  const algorithm = reader.int();
  if (reader.int() !== HEADER_TYP) throw new DecodeError('unknown-key', reader.offset, 'header 16 (typ)');
  const typ = reader.text(64);
  reader.end();
  const suite = SUITES.find((candidate) => ALGORITHMS[candidate] === algorithm);
  if (!suite) throw new DecodeError('unsupported', 0, `a known alg, got ${algorithm}`);
  return { suite, typ };
}

/** Strict reading of one tagged COSE_Sign1 of a known kind. @throws DecodeError */
export function decodeSigned<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  bytes: Uint8Array,
  hashes: Hashes,
): Signed<Kind, Body> {
  const envelope = openEnvelope(bytes, type.maxBytes);
  if (envelope.typ !== type.typ)
    throw new DecodeError('unexpected-type', 0, `typ ${type.typ}, got ${envelope.typ}`);
  if (envelope.hardware && type.kind !== 'spend') {
    throw new DecodeError('unknown-key', 0, 'a hardware assertion only on a spend');
  }
  const body = decodeBytes(type.body, envelope.payload, type.maxBytes);
  return rebuild(type, envelope.suite, body, envelope.signature, hashes, envelope.hardware);
}
