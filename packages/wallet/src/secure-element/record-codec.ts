/**
 * Records as bytes: one byte for the kind, then a strict CBOR record. Objects are kept in their wire forms and
 * rebuilt in a replay; a compact offer needs its request, which an earlier record holds.
 */
import type { ObjectId } from '@duet/protocol/brand';
import { compareBytes, equalBytes, idText } from '@duet/protocol/bytes';
import {
  array,
  bool,
  bytes,
  type Codec,
  decodeBytes,
  field,
  type Infer,
  optional,
  record,
  refine,
  uint,
} from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import {
  MAX_CLAIM_BYTES,
  MAX_CLAIM_INPUTS,
  MAX_INPUTS,
  MAX_OBJECT_BYTES,
  MAX_OFFER_BYTES,
  MAX_OUTPUTS,
  MAX_REQUEST_BYTES,
} from '@duet/protocol/limits';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest, keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { MAX_SEALED_UPLOAD_BYTES, MAX_UPLOAD_ENTRIES } from '@duet/protocol/messages/upload';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import {
  amountField,
  coordinateField,
  handleField,
  idField,
  instantField,
  keyField,
  operatorField,
  signatureField,
} from '@duet/protocol/objects/fields';
import { MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { INTAKE_NOTE } from '@duet/protocol/objects/notes';
import { decodeSigned, draft, encodeSigned, rebuild, withSignature } from '@duet/protocol/objects/signed';
import { nonceField, SPEND } from '@duet/protocol/objects/spend';
import { ascendingIds, VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import type { Result } from '@duet/protocol/rejection';
import { type Hashes, suiteOf } from '@duet/protocol/suite';
import { paymentIdOf } from '../payment-id.ts';
import type { ReadyList, TrustCache } from '../trust-cache.ts';
import type { PaymentRef, RecordKind, WalletRecord } from './records.ts';
import { decodeKept } from './snapshot-reader.ts';
import { codeField } from './snapshot-wire.ts';
import { encodeKept } from './snapshot-writer.ts';
import type { KeyPurpose, SecureElementState } from './state.ts';

/** Seal of an offer: point, tag and the offer. */
const MAX_SEALED_BYTES = MAX_OFFER_BYTES + 64;
const MAX_WRAPPED_BYTES = 256;

/** One record in the journal. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

const PURPOSES: readonly KeyPurpose[] = ['coin', 'payee', 'sealing'];

const refFields = { request: field(1, idField), nonce: optional(field(2, nonceField)) };
const object = bytes({ min: 1, max: MAX_OBJECT_BYTES });
const message = bytes({ min: 1, max: MAX_REQUEST_BYTES });
const outputs = array(record({ owner: field(1, keyField), amount: field(2, amountField) }), {
  max: MAX_OUTPUTS,
});
const wrapped = bytes({ min: 1, max: MAX_WRAPPED_BYTES });

const WIRE = {
  keyMade: record({
    key: field(1, keyField),
    purpose: field(2, uint(PURPOSES.length - 1)),
    wrapped: field(3, wrapped),
  }),
  object: record({ object: field(1, object) }),
  trust: record({
    root: field(1, keyField),
    bundle: field(2, object),
    lists: field(
      3,
      array(record({ operator: field(1, operatorField), list: field(2, object) }), { max: 1_024 }),
    ),
    registryKey: field(4, keyField),
    time: field(5, instantField),
  }),
  load: record({
    order: field(1, bytes({ length: 16 })),
    handle: field(2, handleField),
    outputs: field(3, outputs),
  }),
  order: record({ order: field(1, bytes({ length: 16 })) }),
  claimed: record({ object: field(1, object), instead: optional(field(2, idField)) }),
  refused: record({ object: field(1, idField), code: field(2, codeField) }),
  coins: record({ coins: field(1, array(object, { max: 4 * MAX_UPLOAD_ENTRIES })) }),
  opened: record({ message: field(1, message), wrapped: field(2, wrapped), at: field(3, instantField) }),
  accepted: record({
    ...refFields,
    offer: field(3, bytes({ min: 1, max: MAX_OFFER_BYTES })),
    signature: field(4, signatureField),
    at: field(5, instantField),
  }),
  closed: record({ ...refFields, signature: field(3, signatureField), at: field(4, instantField) }),
  ref: record(refFields),
  recorded: record({
    ...refFields,
    message: field(3, message),
    drafts: field(
      4,
      array(record({ suite: field(1, uint(2, 1)), body: field(2, SPEND.body) }), { min: 1, max: MAX_INPUTS }),
    ),
    at: field(5, instantField),
    confirmed: field(6, bool),
  }),
  signed: record({
    ...refFields,
    signatures: field(3, array(signatureField, { min: 1, max: MAX_INPUTS })),
    offer: field(4, bytes({ min: 1, max: MAX_OFFER_BYTES })),
    sealed: field(5, bytes({ min: 1, max: MAX_SEALED_BYTES })),
  }),
  paymentEnded: record({ ...refFields, returned: field(3, coordinateField) }),
  answered: record({
    ...refFields,
    accepted: field(3, refine(array(idField, { max: MAX_INPUTS }), ascendingIds)),
    signature: field(4, signatureField),
  }),
  id: record({ id: field(1, idField) }),
  evidence: record({
    proof: optional(field(1, bytes({ min: 1, max: MAX_PROOF_BYTES }))),
    request: optional(field(2, message)),
    offer: optional(field(3, bytes({ min: 1, max: MAX_OFFER_BYTES }))),
    verdict: optional(field(4, bytes({ min: 1, max: MAX_CLAIM_BYTES }))),
  }),
  sent: record({ entries: field(1, array(uint(), { max: 4 * MAX_UPLOAD_ENTRIES })) }),
  noted: record({
    sealed: field(1, bytes({ min: 1, max: MAX_SEALED_UPLOAD_BYTES })),
    note: field(2, bytes({ min: 1, max: INTAKE_NOTE.maxBytes })),
  }),
  note: record({ note: field(1, bytes({ min: 1, max: INTAKE_NOTE.maxBytes })) }),
  synced: record({ time: field(1, instantField) }),
  nothing: record({}),
  ended: record({
    object: field(1, idField),
    refused: field(2, array(uint(MAX_CLAIM_INPUTS), { max: MAX_CLAIM_INPUTS })),
  }),
};

/** The number of a kind on disk; never reused. */
const NUMBERS: Readonly<Record<RecordKind, number>> = {
  'key-made': 1,
  certified: 2,
  'trust-updated': 3,
  'load-ordered': 4,
  'load-ended': 5,
  'coins-added': 6,
  'request-opened': 7,
  'payment-accepted': 8,
  'payment-closed': 9,
  'request-forgotten': 10,
  'payment-recorded': 11,
  'payment-signed': 12,
  'payment-freed': 13,
  'payment-registered': 14,
  'payment-answered': 15,
  'claim-signed': 16,
  'claim-answered': 17,
  'return-signed': 18,
  'return-answered': 19,
  'evidence-kept': 20,
  sent: 21,
  synced: 22,
  'keys-retired': 23,
  'evidence-resent': 24,
  'object-ended': 25,
  kept: 26,
  'upload-noted': 27,
  'upload-answered': 28,
  'order-refused': 29,
  'payment-ended': 30,
};

function writeBody(writer: Writer, entry: WalletRecord): void {
  switch (entry.kind) {
    case 'key-made':
      WIRE.keyMade.encode(writer, { ...entry, purpose: PURPOSES.indexOf(entry.purpose) });
      break;
    case 'certified':
      WIRE.object.encode(writer, { object: encodeSigned(CERTIFICATE, entry.certificate) });
      break;
    case 'trust-updated':
      writeTrust(writer, entry);
      break;
    case 'load-ordered':
      WIRE.load.encode(writer, entry);
      break;
    case 'load-ended':
      WIRE.order.encode(writer, entry);
      break;
    case 'coins-added':
      WIRE.coins.encode(writer, { coins: entry.coins.map((coin) => encodeSigned(COIN, coin)) });
      break;
    case 'request-opened':
      WIRE.opened.encode(writer, { message: entry.bytes, wrapped: entry.wrapped, at: entry.at });
      break;
    case 'payment-accepted':
      WIRE.accepted.encode(writer, {
        ...entry.ref,
        offer: entry.offerBytes,
        signature: entry.verdict.signature,
        at: entry.at,
      });
      break;
    case 'payment-closed':
      WIRE.closed.encode(writer, { ...entry.ref, signature: entry.verdict.signature, at: entry.at });
      break;
    case 'request-forgotten':
      WIRE.id.encode(writer, { id: entry.request });
      break;
    case 'payment-recorded': {
      const { ref, bytes: request, drafts, at, confirmed } = entry;
      WIRE.recorded.encode(writer, { ...ref, message: request, drafts, at, confirmed });
      break;
    }
    case 'payment-signed':
      WIRE.signed.encode(writer, {
        ...entry.ref,
        signatures: entry.spends.map((spend) => spend.signature),
        offer: entry.offerBytes,
        sealed: entry.sealed,
      });
      break;
    case 'payment-freed':
    case 'payment-registered':
      WIRE.ref.encode(writer, entry.ref);
      break;
    case 'payment-ended':
      WIRE.paymentEnded.encode(writer, { ...entry.ref, returned: entry.returned });
      break;
    case 'payment-answered':
      WIRE.answered.encode(writer, {
        ...entry.ref,
        accepted: entry.verdict.body.accepted,
        signature: entry.verdict.signature,
      });
      break;
    case 'claim-signed':
      WIRE.claimed.encode(writer, { ...entry, object: encodeSigned(CLAIM, entry.claim) });
      break;
    case 'return-signed':
      WIRE.claimed.encode(writer, { ...entry, object: encodeSigned(RETURN, entry.object) });
      break;
    case 'order-refused':
      WIRE.refused.encode(writer, entry);
      break;
    case 'claim-answered':
      WIRE.id.encode(writer, { id: entry.claim });
      break;
    case 'return-answered':
      WIRE.id.encode(writer, { id: entry.object });
      break;
    case 'evidence-kept':
      WIRE.evidence.encode(writer, entry);
      break;
    case 'sent':
      WIRE.sent.encode(writer, entry);
      break;
    case 'upload-noted':
      WIRE.noted.encode(writer, entry);
      break;
    case 'upload-answered':
      WIRE.note.encode(writer, entry);
      break;
    case 'synced':
      WIRE.synced.encode(writer, entry);
      break;
    case 'keys-retired':
      WIRE.nothing.encode(writer, {});
      break;
    case 'evidence-resent':
      WIRE.id.encode(writer, { id: entry.object });
      break;
    case 'object-ended':
      WIRE.ended.encode(writer, entry);
      break;
    case 'kept':
      writer.raw(encodeKept(entry.part));
      break;
  }
}

function writeTrust(writer: Writer, { trust, time }: Extract<WalletRecord, { kind: 'trust-updated' }>): void {
  const lists = [...trust.lists.lists].map(([operator, { bytes: list }]) => ({ operator, list }));
  const { root, bundle, registryKey } = trust;
  WIRE.trust.encode(writer, { root, bundle: bundle.bytes, lists, registryKey, time });
}

/** A record as the journal keeps it. */
export function encodeRecord(entry: WalletRecord): Uint8Array {
  const writer = new Writer();
  writer.octet(NUMBERS[entry.kind]);
  writeBody(writer, entry);
  return writer.finish();
}

/** What a replay needs to rebuild objects: the state so far, hashes, parsed trust material. */
export interface RecordContext {
  readonly state: SecureElementState;
  readonly hashes: Hashes;
  readonly trust: TrustCache;
}

/** A journal that cannot be read: a damaged or foreign file. Nothing was signed. */
class JournalError extends Error {
  readonly code = 'file-invalid';
  readonly retry = 'never';
  override readonly name = 'JournalError';
}

/** @throws JournalError */
export function decodeRecord(data: Uint8Array, context: RecordContext): WalletRecord {
  const kind = kindOf(data[0]);
  const entry = readEntry(kind, data.subarray(1), context);
  // A record with more in it than was read, or with parts that contradict each other, was never written here.
  if (!equalBytes(encodeRecord(entry), data))
    throw new JournalError(`journal: a record of kind ${kind} is not written as it is read`);
  return entry;
}

function readEntry(kind: RecordKind, body: Uint8Array, context: RecordContext): WalletRecord {
  try {
    return readBody(kind, body, context);
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    throw new JournalError(`journal: a record of kind ${kind} cannot be read`, { cause });
  }
}

const KINDS: ReadonlyMap<number, RecordKind> = new Map(kindEntries());

function* kindEntries(): Iterable<[number, RecordKind]> {
  const kinds: readonly RecordKind[] = [
    'key-made',
    'certified',
    'trust-updated',
    'load-ordered',
    'load-ended',
    'coins-added',
    'request-opened',
    'payment-accepted',
    'payment-closed',
    'request-forgotten',
    'payment-recorded',
    'payment-signed',
    'payment-freed',
    'payment-registered',
    'payment-answered',
    'claim-signed',
    'claim-answered',
    'return-signed',
    'return-answered',
    'evidence-kept',
    'sent',
    'synced',
    'keys-retired',
    'evidence-resent',
    'object-ended',
    'kept',
    'upload-noted',
    'upload-answered',
    'order-refused',
    'payment-ended',
  ];
  for (const kind of kinds) yield [NUMBERS[kind], kind];
}

function kindOf(number: number | undefined): RecordKind {
  const kind = number === undefined ? undefined : KINDS.get(number);
  if (!kind) throw new JournalError(`journal: a record of unknown kind ${number}`);
  return kind;
}

function readBody(kind: RecordKind, body: Uint8Array, context: RecordContext): WalletRecord {
  const { hashes, state } = context;
  const read = <T>(codec: Codec<T>): T => decodeBytes(codec, body, MAX_RECORD_BYTES);
  switch (kind) {
    case 'key-made': {
      const wire = read(WIRE.keyMade);
      return { kind, key: wire.key, purpose: PURPOSES[wire.purpose] ?? 'sealing', wrapped: wire.wrapped };
    }
    case 'certified':
      return { kind, certificate: decodeSigned(CERTIFICATE, read(WIRE.object).object, hashes) };
    case 'trust-updated':
      return readTrust(read(WIRE.trust), context);
    case 'load-ordered':
      return { kind, ...read(WIRE.load) };
    case 'load-ended':
      return { kind, ...read(WIRE.order) };
    case 'coins-added':
      return { kind, coins: read(WIRE.coins).coins.map((coin) => decodeSigned(COIN, coin, hashes)) };
    case 'request-opened': {
      const wire = read(WIRE.opened);
      return {
        kind,
        message: must(decodeRequest(wire.message, hashes)),
        bytes: wire.message,
        wrapped: wire.wrapped,
        at: wire.at,
      };
    }
    case 'payment-accepted':
      return readAccepted(read(WIRE.accepted), context);
    case 'payment-closed': {
      const { signature, at, ...ref } = read(WIRE.closed);
      return { kind, ref, verdict: verdictOf(ref, [], signature, ownRequest(state, ref), hashes), at };
    }
    case 'request-forgotten':
      return { kind, request: read(WIRE.id).id };
    case 'payment-recorded': {
      const { message: request, drafts, at, confirmed, ...ref } = read(WIRE.recorded);
      return {
        kind,
        ref,
        message: must(decodeRequest(request, hashes)),
        bytes: request,
        drafts: drafts.map((entry) => draft(SPEND, entry.suite === 2 ? 2 : 1, entry.body, hashes)),
        at,
        confirmed,
      };
    }
    case 'payment-signed': {
      const { signatures, offer, sealed, ...ref } = read(WIRE.signed);
      const machine = paymentOf(state, ref).machine;
      if (machine.kind !== 'recorded')
        throw new JournalError('journal: signatures of a payment that was not recorded');
      const spends = machine.drafts.map((unsigned, place) => {
        const signature = signatures[place];
        if (!signature) throw new JournalError('journal: a signature is missing');
        return withSignature(unsigned, signature);
      });
      return { kind, ref, spends, offerBytes: offer, sealed };
    }
    case 'payment-freed':
    case 'payment-registered':
      return { kind, ref: read(WIRE.ref) };
    case 'payment-ended': {
      const { returned, ...ref } = read(WIRE.paymentEnded);
      return { kind, ref, returned };
    }
    case 'payment-answered': {
      const { accepted, signature, ...ref } = read(WIRE.answered);
      return {
        kind,
        ref,
        verdict: verdictOf(ref, accepted, signature, paymentOf(state, ref).message, hashes),
      };
    }
    case 'claim-signed': {
      const { object: claim, ...rest } = read(WIRE.claimed);
      return { kind, claim: decodeSigned(CLAIM, claim, hashes), ...rest };
    }
    case 'claim-answered':
      return { kind, claim: read(WIRE.id).id };
    case 'return-signed': {
      const { object: order, ...rest } = read(WIRE.claimed);
      return { kind, object: decodeSigned(RETURN, order, hashes), ...rest };
    }
    case 'order-refused':
      return { kind, ...read(WIRE.refused) };
    case 'return-answered':
      return { kind, object: read(WIRE.id).id };
    case 'evidence-kept':
      return { kind, ...read(WIRE.evidence) };
    case 'sent':
      return { kind, ...read(WIRE.sent) };
    case 'upload-noted':
      return { kind, ...read(WIRE.noted) };
    case 'upload-answered':
      return { kind, ...read(WIRE.note) };
    case 'synced':
      return { kind, ...read(WIRE.synced) };
    case 'keys-retired':
      read(WIRE.nothing);
      return { kind };
    case 'evidence-resent':
      return { kind, object: read(WIRE.id).id };
    case 'object-ended':
      return { kind, ...read(WIRE.ended) };
    case 'kept':
      return { kind, part: decodeKept(body, hashes) };
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok)
    throw new JournalError(`journal: ${result.rejection.code}, expected ${result.rejection.expected}`);
  return result.value;
}

function readTrust(wire: Infer<typeof WIRE.trust>, { trust, hashes }: RecordContext): WalletRecord {
  const lists = new Map<number, ReadyList>();
  for (const { operator, list } of wire.lists) lists.set(operator, must(trust.list(list, hashes)));
  const bundle = must(trust.bundle(wire.bundle, hashes));
  return {
    kind: 'trust-updated',
    trust: trust.state(wire.root, bundle, lists, wire.registryKey),
    time: wire.time,
  };
}

function readAccepted(wire: Infer<typeof WIRE.accepted>, { state, hashes }: RecordContext): WalletRecord {
  const { offer: offerBytes, signature, at, ...ref } = wire;
  const context = ownRequest(state, ref);
  const offer = must(decodeOffer(offerBytes, context, hashes));
  const accepted = offer.spends.map((spend) => spend.id);
  return {
    kind: 'payment-accepted',
    ref,
    offer,
    offerBytes,
    verdict: verdictOf(ref, accepted, signature, context, hashes),
    at,
  };
}

function ownRequest(state: SecureElementState, ref: PaymentRef): RequestMessage {
  const own =
    state.requests.get(idText(ref.request)) ?? state.incoming.get(paymentIdOf(ref.request, ref.nonce));
  if (!own) throw new JournalError('journal: an answer to a request that was never opened');
  return own.message;
}

function paymentOf(state: SecureElementState, ref: PaymentRef) {
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) throw new JournalError('journal: a record of a payment that was never recorded');
  return payment;
}

function verdictOf(
  ref: PaymentRef,
  accepted: readonly ObjectId[],
  signature: Verdict['signature'],
  context: RequestMessage,
  hashes: Hashes,
): Verdict {
  const suite = suiteOf(keyOfDocument(context.payee));
  return rebuild(VERDICT, suite, verdictBody(ref, accepted), signature, hashes);
}

/** The body of a Verdict: accepted ids ascending. */
export function verdictBody(ref: PaymentRef, accepted: readonly ObjectId[]): Verdict['body'] {
  const body = { request: ref.request, accepted: [...accepted].sort(compareBytes) };
  return ref.nonce ? { ...body, nonce: ref.nonce } : body;
}
