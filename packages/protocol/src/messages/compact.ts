/**
 * Compact forms of coin and certificate: arrays in a fixed order, from which the receiver rebuilds the exact
 * signed bytes. Fixed-size fields share one byte string; later dates are differences; the context gives the
 * currency. Lengths are those of `scripts/sizes.ts`.
 */
import { type Day, day, type PublicKey, type Signature } from '../brand.ts';
import { DecodeError, type Reader } from '../cbor/reader.ts';
import { decodeUtf8 } from '../cbor/utf8.ts';
import type { Writer } from '../cbor/writer.ts';
import { MAX_NAME_BYTES } from '../limits.ts';
import {
  CERTIFICATE,
  type Certificate,
  holderNumber,
  holderOf,
  holderProblem,
  MAX_HOLDER,
  type TerminalFace,
} from '../objects/certificate.ts';
import { COIN, type Coin, SERIAL_BYTES, type Serial } from '../objects/coin.ts';
import {
  amountField,
  type Condition,
  conditionField,
  keyNumberField,
  MAX_CATEGORY,
  MAX_REGION,
  MAX_STATUS,
  operatorField,
  policyField,
  unitField,
} from '../objects/fields.ts';
import { DEFAULT_UNIT } from '../objects/request.ts';
import { rebuild } from '../objects/signed.ts';
import { type Hashes, isPublicKey, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type Suite } from '../suite.ts';
import { utf8 } from '../text.ts';

/** First item of a compact object: its kind and the suite of its signature. */
export const COIN_KIND = 0;
export const CERTIFICATE_KIND = 2;
export const SPEND_KIND = 4;

const COIN_ITEMS = 8;
const CERTIFICATE_ITEMS = 6;

/** The days of a 32-bit time. */
const MAX_DAY = 49_710;

const STATUS_BYTES = 4;
const DAY_BYTES = 2;
const CATEGORY_BYTES = 2;
const REGION_BYTES = 3;
const FACE_BYTES = CATEGORY_BYTES + REGION_BYTES;

/** A number in `length` bytes, most significant first: shorter than a CBOR integer where most are large. */
function fixed(value: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = Math.floor(value / 2 ** (8 * (length - 1 - i))) & 0xff;
  return out;
}

/** Takes fields of known length off one byte string. */
class Blob {
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  #next = 0;

  /** `offset` is where decode errors point to. */
  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  take(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.#next, this.#next + length);
    this.#next += length;
    return part;
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#next);
  }

  key(): PublicKey {
    const key = this.take(PUBLIC_KEY_BYTES);
    if (!isPublicKey(key))
      throw new DecodeError('bad-value', this.#offset, 'a suite byte and a compressed point');
    return key;
  }

  number(length: number, max: number): number {
    const value = this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value > max)
      throw new DecodeError('out-of-range', this.#offset, `expected at most ${max}, got ${value}`);
    return value;
  }

  day(): Day {
    return day(this.number(DAY_BYTES, MAX_DAY));
  }
}

const COIN_BLOB_BYTES = PUBLIC_KEY_BYTES + STATUS_BYTES + DAY_BYTES + SERIAL_BYTES + SIGNATURE_BYTES;

/**
 * `[kind, issuer key, operator, value, policy, days to spendBy, days to claimBy, blob, extras]`, the blob being
 * owner ‖ status ‖ issuedAt ‖ serial ‖ signature.
 */
export function writeCoin(writer: Writer, coin: Coin): void {
  const { body } = coin;
  const extras = body.unit !== DEFAULT_UNIT || body.condition !== undefined;
  writer.arrayHead(COIN_ITEMS + (extras ? 1 : 0));
  writer.uint(COIN_KIND + coin.suite - 1);
  writer.uint(body.issuerKey);
  writer.uint(body.operator);
  writer.uint(body.value);
  writer.uint(body.policy);
  writer.uint(body.spendBy - body.issuedAt);
  writer.uint(body.claimBy - body.spendBy);
  const numbers = [fixed(body.status, STATUS_BYTES), fixed(body.issuedAt, DAY_BYTES)];
  writer.joined(body.owner, ...numbers, body.serial, coin.signature);
  if (extras) writeCoinExtras(writer, body.unit, body.condition);
}

/** `[unit]`, `[unit, condition]`: only for other units and conditional money. */
function writeCoinExtras(writer: Writer, unit: number, condition: Condition | undefined): void {
  writer.arrayHead(condition ? 2 : 1);
  writer.uint(unit);
  if (condition) conditionField.encode(writer, condition);
}

function readCoinExtras(reader: Reader): { unit: number; condition?: Condition } {
  const items = reader.arrayHead(2);
  if (items < 1)
    throw new DecodeError('bad-value', reader.offset, 'unit, and a condition where there is one');
  const unit = unitField.decode(reader);
  return items === 2 ? { unit, condition: conditionField.decode(reader) } : { unit };
}

/** Reads what follows the array head and the kind. The currency comes from the request. */
export function readCoin(
  reader: Reader,
  items: number,
  suite: Suite,
  currency: number,
  hashes: Hashes,
): Coin {
  if (items !== COIN_ITEMS && items !== COIN_ITEMS + 1) {
    throw new DecodeError('bad-value', reader.offset, 'coin of 8 or 9 items');
  }
  const issuerKey = keyNumberField.decode(reader);
  const operator = operatorField.decode(reader);
  const value = amountField.decode(reader);
  const policy = policyField.decode(reader);
  const [spendDays, claimDays] = [reader.uint(MAX_DAY), reader.uint(MAX_DAY)];
  const blob = new Blob(reader.bytes(COIN_BLOB_BYTES, COIN_BLOB_BYTES), reader.offset);
  const owner = blob.key();
  const status = blob.number(STATUS_BYTES, MAX_STATUS);
  const issuedAt = blob.day();
  const serial = blob.take(SERIAL_BYTES) as Serial;
  const signature = blob.rest() as Signature;
  if (spendDays === 0 || issuedAt + spendDays + claimDays > MAX_DAY) {
    throw new DecodeError('bad-value', reader.offset, 'issuedAt < spendBy <= claimBy, days of a 32-bit time');
  }
  const spendBy = day(issuedAt + spendDays);
  const claimBy = day(spendBy + claimDays);
  const extras = items > COIN_ITEMS ? readCoinExtras(reader) : { unit: DEFAULT_UNIT };
  const body = {
    issuerKey,
    operator,
    currency,
    value,
    owner,
    status,
    policy,
    issuedAt,
    spendBy,
    claimBy,
    serial,
    ...extras,
  };
  return rebuild(COIN, suite, body, signature, hashes);
}

const CERTIFICATE_BLOB_BYTES = PUBLIC_KEY_BYTES + STATUS_BYTES + DAY_BYTES + SIGNATURE_BYTES;

/**
 * `[kind, signer key, operator, holder, days of validity, blob]`, the blob being subject ‖ status ‖ validFrom ‖
 * signature, and for terminals ‖ category ‖ region ‖ name to its end.
 */
export function writeCertificate(writer: Writer, certificate: Certificate): void {
  const { body } = certificate;
  writer.arrayHead(CERTIFICATE_ITEMS);
  writer.uint(CERTIFICATE_KIND + certificate.suite - 1);
  writer.uint(body.signerKey);
  writer.uint(body.operator);
  writer.uint(holderNumber(body.role, body.walletClass));
  writer.uint(body.validUntil - body.validFrom);
  const numbers = [fixed(body.status, STATUS_BYTES), fixed(body.validFrom, DAY_BYTES)];
  writer.joined(body.subject, ...numbers, certificate.signature, ...faceBytes(body.terminal));
}

const faceBytes = (face: TerminalFace | undefined): readonly Uint8Array[] =>
  face ? [fixed(face.category, CATEGORY_BYTES), fixed(face.region, REGION_BYTES), utf8(face.name)] : [];

function readFace(blob: Blob): TerminalFace {
  const category = blob.number(CATEGORY_BYTES, MAX_CATEGORY);
  const region = blob.number(REGION_BYTES, MAX_REGION);
  const name = decodeUtf8(blob.rest());
  if (name === undefined) throw new DecodeError('bad-utf8', 0, 'the name of a terminal');
  return { name, category, region };
}

/** Reads what follows the array head and the kind. */
export function readCertificate(reader: Reader, items: number, suite: Suite, hashes: Hashes): Certificate {
  if (items !== CERTIFICATE_ITEMS)
    throw new DecodeError('bad-value', reader.offset, 'certificate of 6 items');
  const signerKey = keyNumberField.decode(reader);
  const operator = operatorField.decode(reader);
  const holder = holderOf(reader.uint(MAX_HOLDER));
  const days = reader.uint(MAX_DAY);
  const least = CERTIFICATE_BLOB_BYTES + (holder.role === 'terminal' ? FACE_BYTES : 0);
  const most = least + (holder.role === 'terminal' ? MAX_NAME_BYTES : 0);
  const blob = new Blob(reader.bytes(most, least), reader.offset);
  const subject = blob.key();
  const status = blob.number(STATUS_BYTES, MAX_STATUS);
  const validFrom = blob.day();
  const signature = blob.take(SIGNATURE_BYTES) as Signature;
  if (validFrom + days > MAX_DAY)
    throw new DecodeError('out-of-range', reader.offset, 'a day of a 32-bit time');
  const base = {
    signerKey,
    operator,
    subject,
    ...holder,
    status,
    validFrom,
    validUntil: day(validFrom + days),
  };
  const body = holder.role === 'terminal' ? { ...base, terminal: readFace(blob) } : base;
  const problem = holderProblem(body);
  if (problem) throw new DecodeError('bad-value', reader.offset, problem);
  return rebuild(CERTIFICATE, suite, body, signature, hashes);
}

/** The suite that a kind number names, e.g. {@link COIN_KIND} + 1 for suite 2; `undefined` for another kind. */
export function suiteOfKind(kind: number, base: number): Suite | undefined {
  if (kind === base) return 1;
  return kind === base + 1 ? 2 : undefined;
}
