/**
 * Offer: 1 … n Spends with one request, and their provenance, in a compact canonical form (PAY-5, LIMIT-3).
 *
 * The receiver knows the request, so its id, payee, currency and time are left out; it rebuilds the signed
 * bytes of every object and computes every id (ID-2). There is one encoding per content: objects stand in
 * the order of a walk from the coins, each once, references point backwards, and what was rebuilt must
 * encode to the same bytes again.
 */
import { type IdText, type Instant, instant, type ObjectId, type Signature } from '../brand.ts';
import { idText } from '../bytes.ts';
import { type Codec, field, optional, record, refine } from '../cbor/codec.ts';
import { DecodeError, Reader } from '../cbor/reader.ts';
import { Writer } from '../cbor/writer.ts';
import { MAX_INPUTS, MAX_OBJECTS, MAX_OFFER_BYTES } from '../limits.ts';
import { fen, MAX_FEN } from '../money.ts';
import { amountField, coordinateField, idField, seqField } from '../objects/fields.ts';
import { currencyOf } from '../objects/request.ts';
import { type HardwareAssertion, readHardware, rebuild, writeHardware } from '../objects/signed.ts';
import {
  type Input,
  inputsProblem,
  MAX_INPUT_INDEX,
  nonceField,
  type Parent,
  SPEND,
  type Spend,
  standingOf,
} from '../objects/spend.ts';
import { type Result, reject } from '../rejection.ts';
import { type Hashes, ID_BYTES, SIGNATURE_BYTES, suiteOf } from '../suite.ts';
import {
  CERTIFICATE_KIND,
  COIN_KIND,
  readCertificate,
  readCoin,
  SPEND_KIND,
  suiteOfKind,
  writeCertificate,
  writeCoin,
} from './compact.ts';
import { reading } from './decoding.ts';
import { Provenance, type ProvenanceObject } from './provenance.ts';
import type { RequestMessage } from './request-message.ts';

export interface Offer {
  /** Spends to the request, in the order of the payer's keys. */
  readonly spends: readonly Spend[];
  readonly provenance: Provenance;
}

const hardwareField: Codec<HardwareAssertion> = { encode: writeHardware, decode: readHardware };

const extrasField = record({
  refundOf: optional(field(1, idField)),
  nonce: optional(field(2, nonceField)),
  total: optional(field(3, amountField)),
  hardware: optional(field(4, hardwareField)),
});

const someExtras = refine(extrasField, (extras) =>
  Object.keys(extras).length === 0 ? 'empty extras are left out' : undefined,
);

/** The objects in canonical order, with the place of each. */
class Layout {
  readonly objects: ProvenanceObject[] = [];
  readonly places: Map<IdText, number> = new Map();
  readonly #followed: Map<IdText, Set<number>> = new Map();
  readonly #provenance: Provenance;

  constructor(offer: Offer) {
    this.#provenance = offer.provenance;
    for (const spend of offer.spends) for (const input of spend.body.inputs) this.#follow(input.parent);
    for (const spend of offer.spends) for (const input of spend.body.inputs) this.#place(input.parent);
  }

  /** Marks every input on a path, so that each Spend is placed once, after all that it needs. */
  #follow(parent: Parent): void {
    let { id, index } = parent;
    while (index !== undefined) {
      const key = idText(id);
      const seen: Set<number> = this.#followed.get(key) ?? new Set();
      if (seen.has(index)) return;
      seen.add(index);
      this.#followed.set(key, seen);
      const input: Input | undefined = this.#provenance.spend(id)?.body.inputs[index];
      if (!input) return;
      ({ id, index } = { id: input.parent.id, index: input.parent.index });
    }
  }

  #place(parent: Parent): void {
    const key = idText(parent.id);
    if (this.places.has(key)) return;
    if (parent.index === undefined) {
      this.#append(key, this.#provenance.coins.get(key));
      return;
    }
    const spend = this.#provenance.spends.get(key);
    if (!spend) return;
    for (const index of [...(this.#followed.get(key) ?? [])].sort((a, b) => a - b)) {
      const input = spend.body.inputs[index];
      if (input) this.#place(input.parent);
    }
    const payee = this.#provenance.payeeOf(spend);
    if (payee) this.#append(idText(payee.id), payee);
    this.#append(key, spend);
  }

  #append(key: IdText, object: ProvenanceObject | undefined): void {
    if (!object || this.places.has(key)) return;
    this.places.set(key, this.objects.length);
    this.objects.push(object);
  }
}

/**
 * The compact form: one array of the objects, then the Spends to the request, which have fewer items than any
 * object. Objects that no path needs are left out.
 */
export const encodeOffer = (offer: Offer, context: RequestMessage): Uint8Array =>
  written(offer, context).finish();

function written(offer: Offer, context: RequestMessage): Writer {
  const layout = new Layout(offer);
  const writer = new Writer();
  writer.arrayHead(layout.objects.length + offer.spends.length);
  const since = context.request.body.time ?? 0;
  for (const object of layout.objects) writeObject(writer, object, layout, since);
  for (const spend of offer.spends) writeLastSpend(writer, spend, layout, since);
  return writer;
}

function writeObject(writer: Writer, object: ProvenanceObject, layout: Layout, since: number): void {
  switch (object.kind) {
    case 'coin':
      writeCoin(writer, object);
      break;
    case 'certificate':
      writeCertificate(writer, object);
      break;
    case 'spend':
      writeEarlierSpend(writer, object, layout, since);
  }
}

function extrasOf(spend: Spend): { extras: Parameters<typeof extrasField.encode>[1]; any: boolean } {
  const { refundOf, standing } = spend.body;
  const extras = {
    ...(refundOf ? { refundOf } : {}),
    ...standing,
    ...(spend.hardware ? { hardware: spend.hardware } : {}),
  };
  return { extras, any: Object.keys(extras).length > 0 };
}

/**
 * All inputs in one array: the place of the parent, its input when it is a Spend, the start and the length. A
 * parent that does not stand before (of a sibling) is its id, with one more byte for its input.
 */
function writeInputs(writer: Writer, { body: { inputs }, id: spendId }: Spend, layout: Layout): void {
  const own = layout.places.get(idText(spendId)) ?? Number.MAX_SAFE_INTEGER;
  const placeOf = ({ id }: Parent): number | undefined => {
    const place = layout.places.get(idText(id));
    return place !== undefined && place < own ? place : undefined;
  };
  const indexed = inputs.filter(
    ({ parent }) => parent.index !== undefined && placeOf(parent) !== undefined,
  ).length;
  writer.arrayHead(ITEMS_PER_INPUT * inputs.length + indexed);
  for (const { parent, from, to } of inputs) {
    const { id, index } = parent;
    const place = placeOf(parent);
    if (place === undefined) writer.joined(id, index === undefined ? NOTHING : Uint8Array.of(index));
    else {
      writer.uint(place);
      if (index !== undefined) writer.uint(index);
    }
    writer.uint(from);
    writer.uint(to - from);
  }
}

const NOTHING = new Uint8Array(0);
const ITEMS_PER_INPUT = 3;
const EARLIER_ITEMS = 6;
const LAST_ITEMS = 4;
/** A conditional coin has the most. */
const MAX_ITEMS = 9;

function writeEarlierSpend(writer: Writer, spend: Spend, layout: Layout, since: number): void {
  const { extras, any } = extrasOf(spend);
  writer.arrayHead(EARLIER_ITEMS + (any ? 1 : 0));
  writer.uint(SPEND_KIND);
  writeInputs(writer, spend, layout);
  writer.uint(layout.places.get(idText(spend.body.payee)) ?? 0);
  writer.joined(spend.body.request, spend.signature);
  writer.uint(spend.body.seq);
  writer.int(spend.body.time - since);
  if (any) extrasField.encode(writer, extras);
}

function writeLastSpend(writer: Writer, spend: Spend, layout: Layout, since: number): void {
  const { extras, any } = extrasOf(spend);
  writer.arrayHead(LAST_ITEMS + (any ? 1 : 0));
  writeInputs(writer, spend, layout);
  writer.uint(spend.body.seq);
  writer.int(spend.body.time - since);
  writer.bytes(spend.signature);
  if (any) extrasField.encode(writer, extras);
}

/**
 * Strict reading of an opened offer against the request that it answers. Signatures and rules are judged
 * in `verify/offer.ts`.
 */
export function decodeOffer(bytes: Uint8Array, context: RequestMessage, hashes: Hashes): Result<Offer> {
  if (bytes.length > MAX_OFFER_BYTES) {
    return reject('too-large', `at most ${MAX_OFFER_BYTES} bytes`, `${bytes.length} bytes`);
  }
  return reading(() => {
    const reader = new Reader(bytes);
    const offer = new OfferReader(reader, context, hashes).read();
    reader.end();
    if (!written(offer, context).wrote(bytes)) {
      throw new DecodeError('non-minimal', 0, 'the canonical form of the offer');
    }
    return offer;
  });
}

class OfferReader {
  readonly #reader: Reader;
  readonly #context: RequestMessage;
  readonly #hashes: Hashes;
  readonly #objects: ProvenanceObject[] = [];
  readonly #provenance = new Provenance();

  constructor(reader: Reader, context: RequestMessage, hashes: Hashes) {
    this.#reader = reader;
    this.#context = context;
    this.#hashes = hashes;
  }

  read(): Offer {
    const reader = this.#reader;
    const count = reader.arrayHead(MAX_OBJECTS + MAX_INPUTS);
    const spends: Spend[] = [];
    for (let i = 0; i < count; i++) {
      const items = reader.arrayHead(MAX_ITEMS);
      if (items <= LAST_ITEMS + 1) spends.push(this.#readLastSpend(items));
      else if (spends.length > 0) throw this.#problem('objects before spends');
      else this.#keep(this.#readObject(items));
    }
    if (spends.length === 0 || spends.length > MAX_INPUTS) throw this.#problem(`1 to ${MAX_INPUTS} spends`);
    if (new Set(spends.map((spend) => idText(spend.id))).size !== spends.length)
      throw this.#problem('each spend once');
    return { spends, provenance: this.#provenance };
  }

  #keep(object: ProvenanceObject): void {
    if (this.#has(object.id)) throw this.#problem('each object once');
    this.#objects.push(object);
    this.#provenance.put(object);
  }

  #has(id: ObjectId): boolean {
    const key = idText(id);
    const { coins, certificates, spends } = this.#provenance;
    return coins.has(key) || certificates.has(key) || spends.has(key);
  }

  #problem(expected: string): DecodeError {
    return new DecodeError('bad-value', this.#reader.offset, `expected ${expected}`);
  }

  #readObject(items: number): ProvenanceObject {
    const reader = this.#reader;
    const kind = reader.uint(SPEND_KIND);
    if (kind === SPEND_KIND) return this.#readEarlierSpend(items);
    const coinSuite = suiteOfKind(kind, COIN_KIND);
    const currency = currencyOf(this.#context.request.body);
    if (coinSuite) return readCoin(reader, items, coinSuite, currency, this.#hashes);
    return readCertificate(reader, items, suiteOfKind(kind, CERTIFICATE_KIND) ?? 1, this.#hashes);
  }

  /** The parent of an input, and the number of items that it took. */
  #readParent(): { parent: Parent; items: number } {
    const reader = this.#reader;
    if (reader.peekMajor() === 2) {
      const bytes = reader.bytes(ID_BYTES + 1, ID_BYTES);
      const id = bytes.subarray(0, ID_BYTES) as ObjectId;
      const index = bytes[ID_BYTES];
      return { parent: index === undefined ? { id } : { id, index }, items: 1 };
    }
    const object = this.#objects[reader.uint(MAX_OBJECTS)];
    if (object?.kind === 'coin') return { parent: { id: object.id }, items: 1 };
    if (object?.kind === 'spend')
      return { parent: { id: object.id, index: reader.uint(MAX_INPUT_INDEX) }, items: 2 };
    throw this.#problem('a reference backwards to a coin, or to an input of a spend');
  }

  #readInputs(): Input[] {
    const reader = this.#reader;
    const total = reader.arrayHead((ITEMS_PER_INPUT + 1) * MAX_INPUTS);
    const inputs: Input[] = [];
    let read = 0;
    while (read < total) {
      const { parent, items } = this.#readParent();
      const from = coordinateField.decode(reader);
      const length = amountField.decode(reader);
      if (from + length > MAX_FEN) throw this.#problem('a range up to 2^53-1');
      inputs.push({ parent, from, to: fen(from + length) });
      read += items + ITEMS_PER_INPUT - 1;
    }
    if (read !== total || inputs.length === 0 || inputs.length > MAX_INPUTS) {
      throw this.#problem(`1 to ${MAX_INPUTS} whole inputs`);
    }
    const problem = inputsProblem(inputs);
    if (problem) throw this.#problem(problem);
    return inputs;
  }

  /** The signer's suite is that of the key which owns the inputs that can be followed. */
  #suiteOf(inputs: readonly Input[]): ReturnType<typeof suiteOf> {
    for (const input of inputs) {
      const owner = this.#provenance.ownerOf(input);
      if (owner) return suiteOf(owner);
    }
    throw this.#problem('an input whose parent is in the offer');
  }

  #readExtras(present: boolean): {
    body: Pick<Spend['body'], 'refundOf' | 'standing'>;
    hardware?: HardwareAssertion;
  } {
    if (!present) return { body: {} };
    const { nonce, total, refundOf, hardware } = someExtras.decode(this.#reader);
    const standing = standingOf(nonce, total, this.#reader.offset);
    const body = { ...(refundOf ? { refundOf } : {}), ...(standing ? { standing } : {}) };
    return hardware ? { body, hardware } : { body };
  }

  #readEarlierSpend(items: number): Spend {
    const reader = this.#reader;
    if (items !== EARLIER_ITEMS && items !== EARLIER_ITEMS + 1)
      throw this.#problem('a spend of 6 or 7 items');
    const inputs = this.#readInputs();
    const payee = this.#objects[reader.uint(MAX_OBJECTS)];
    if (!payee || payee.kind === 'spend') throw this.#problem('a reference to the payee');
    const blob = reader.bytes(ID_BYTES + SIGNATURE_BYTES, ID_BYTES + SIGNATURE_BYTES);
    const request = blob.subarray(0, ID_BYTES) as ObjectId;
    const signature = blob.subarray(ID_BYTES) as Signature;
    const seq = seqField.decode(reader);
    const time = this.#readTime();
    const { body, hardware } = this.#readExtras(items > EARLIER_ITEMS);
    return rebuild(
      SPEND,
      this.#suiteOf(inputs),
      { inputs, payee: payee.id, request, seq, time, ...body },
      signature,
      this.#hashes,
      hardware,
    );
  }

  #readLastSpend(items: number): Spend {
    const reader = this.#reader;
    if (items < LAST_ITEMS) throw this.#problem('a spend of 4 or 5 items');
    const inputs = this.#readInputs();
    const seq = seqField.decode(reader);
    const time = this.#readTime();
    const signature = reader.bytes(SIGNATURE_BYTES, SIGNATURE_BYTES) as Signature;
    const { body, hardware } = this.#readExtras(items > LAST_ITEMS);
    const { request, payee } = this.#context;
    const spend = { inputs, payee: payee.id, request: request.id, seq, time, ...body };
    return rebuild(SPEND, this.#suiteOf(inputs), spend, signature, this.#hashes, hardware);
  }

  #readTime(): Instant {
    const seconds = (this.#context.request.body.time ?? 0) + this.#reader.int();
    if (!(seconds >= 0 && seconds <= 0xffff_ffff)) throw this.#problem('a 32-bit time');
    return instant(seconds);
  }
}
