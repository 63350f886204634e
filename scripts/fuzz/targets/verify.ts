/**
 * What a payee, a payer and the registry verify. Every offer is judged twice: with signatures that always hold, so that
 * each rule is reached, and with real ones. The first byte chooses what is judged, the second what is known.
 */
import { day, dayOf, instant } from '@duet/protocol/brand';
import { concatBytes, fromHex, toHex } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { decodeOffer, encodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { decodeRequest, encodeRequest, type RequestMessage } from '@duet/protocol/messages/request-message';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { INTAKE_NOTE } from '@duet/protocol/objects/notes';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { keyRoleNumber, TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';
import { OFFERS, VIEW } from '@duet/protocol/testing/offers';
import { PROOFS } from '@duet/protocol/testing/proofs';
import { REQUESTS } from '@duet/protocol/testing/requests';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES, keyPair, rememberingVerifier, VERIFIER } from '@duet/protocol/testing/signing';
import { decisions, viewOf } from '@duet/protocol/testing/vector-decisions';
import {
  bundle,
  bytesOf,
  ISSUER,
  KEYS,
  NOW,
  OPERATORS,
  POLICY,
  ROOT,
  signed,
  statusList as statusListOf,
  TRUST,
} from '@duet/protocol/testing/world';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { examineIntakeNote } from '@duet/protocol/verify/intake-note';
import { examineOffer, type PayeeView } from '@duet/protocol/verify/offer';
import { examineUpload } from '@duet/protocol/verify/registry';
import { examineRequest, payerTime } from '@duet/protocol/verify/request';
import { examineBundle, examineStatusList } from '@duet/protocol/verify/trust-update';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { craftedOffers, craftedProofs, craftedRequests } from '../crafted.ts';
import { acceptedOf, decoded } from '../oracles.ts';
import { thinned, VARIANT_COUNT, varied } from '../payee-views.ts';
import { mustBeSound } from '../reference.ts';
import { must, type Target } from '../target.ts';

/** A request, and what its payee knows. */
interface Case {
  readonly context: RequestMessage;
  readonly view: PayeeView;
  readonly offer: Uint8Array;
}

const CRAFTED = [...craftedOffers()];

const CASES: readonly Case[] = [
  ...OFFERS.map(({ context, offer }) => ({
    context,
    view: VIEW,
    offer: encodeOffer(offer, context),
  })),
  ...decisions().map(({ request, offer, context }) => ({
    context: requestOf(fromHex(request)),
    view: viewOf(context),
    offer: fromHex(offer),
  })),
  ...CRAFTED.map((one) => ({ ...one, view: VIEW })),
];

/** Requests and offers that hold in some payee's view: nothing else ever does under real signatures. */
const VALID = valid();
const CULPRITS = culprits();

function requestOf(message: Uint8Array): RequestMessage {
  const read = decodeRequest(message, HASHES);
  if (!read.ok) throw new Error(`a vector is no request: ${read.rejection.code}`);
  return read.value;
}

/**
 * Every object of an offer with its signature, in no order: which of its Spends comes first is the payer's to say, and
 * the one thing in the bytes that no signature holds. All the rest of them follows from the objects.
 */
function nameOf(context: RequestMessage, { spends, provenance }: Offer): string {
  const objects = [
    ...spends,
    ...provenance.coins.values(),
    ...provenance.certificates.values(),
    ...provenance.spends.values(),
  ];
  const named = objects.map(({ id, signature }) => `${toHex(id)}${toHex(signature)}`).sort();
  return [toHex(encodeRequest(context)), ...named].join(' ');
}

function valid(): ReadonlySet<string> {
  const names = new Set<string>();
  const verifier = rememberingVerifier();
  for (const { context, offer: bytes } of CASES) {
    const read = decodeOffer(bytes, context, HASHES);
    const holds = (view: PayeeView): boolean =>
      read.ok && settle(examineOffer(read.value, context, view, HASHES), verifier).ok;
    const others = CASES.filter((other) => toHex(other.context.request.id) === toHex(context.request.id));
    if (read.ok && others.some(({ view }) => holds(view))) names.add(nameOf(context, read.value));
  }
  return names;
}

/** Real signatures, each verified once. */
let real = rememberingVerifier();
let verified = 0;
const MAX_REMEMBERED = 20_000;
const holding: Verifier<'sync'> = {
  verify(check) {
    if (++verified % MAX_REMEMBERED === 0) real = rememberingVerifier();
    return real.verify(check);
  },
};

/** Signatures that always hold, and which were asked for. */
function believing(): { readonly verifier: Verifier<'sync'>; readonly asked: SignatureCheck[] } {
  const asked: SignatureCheck[] = [];
  return { asked, verifier: { verify: (check) => asked.push(check) > 0 } };
}

/** An offer against the request that it answers, under each variant of what the payee knows. */
function offer(input: Uint8Array, choice: number, variant: number): void {
  const known = CASES[choice % CASES.length];
  if (!known) return;
  const { context } = known;
  const read = acceptedOf(decodeOffer(input, context, HASHES));
  if (read) judge(read, context, varied(known.view, read, variant), variant % VARIANT_COUNT === 0);
}

/** An offer that was read for one request and is judged for another, or has lost an object. */
function misplaced(input: Uint8Array, choice: number, variant: number): void {
  const [known, other] = [CASES[choice % CASES.length], CASES[variant % CASES.length]];
  if (!known || !other) return;
  const read = acceptedOf(decodeOffer(input, known.context, HASHES));
  if (!read) return;
  judge(read, other.context, known.view, false);
  judge(thinned(read, variant), known.context, known.view, false);
}

function judge(read: Offer, context: RequestMessage, view: PayeeView, isKnown: boolean): void {
  const { verifier, asked } = believing();
  const judged = acceptedOf(settle(examineOffer(read, context, view, HASHES), verifier));
  const recorded = acceptedOf(settle(examineUpload(read, context, view.trust, HASHES), verifier));
  if (!judged) return;
  mustBeSound(read, context, view, asked);
  must(recorded !== undefined, 'a payee accepts what the registry refuses');
  const inputs = read.spends.flatMap(({ body }) => body.inputs);
  must(
    BigInt(judged.total) === inputs.reduce((sum, { from, to }) => sum + BigInt(to - from), 0n),
    'a total that is not the sum',
  );
  if (isKnown && acceptedOf(settle(examineOffer(read, context, view, HASHES), holding)))
    must(VALID.has(nameOf(context, read)), 'accepted under real signatures, and no valid offer');
}

/** Requests that hold, by their ids; another signature under the same key may hold too. */
const REQUEST_IDS = new Set(
  [
    ...CASES.map(({ context }) => context),
    ...REQUESTS.map(({ message }) => message),
    ...craftedRequests(),
  ].map(({ request: { id } }) => toHex(id)),
);

function request(input: Uint8Array, choice: number, variant: number): void {
  const message = acceptedOf(decodeRequest(input, HASHES));
  if (!message) return;
  const known = CASES[choice % CASES.length];
  if (!known) return;
  const offered = decodeOffer(known.offer, known.context, HASHES);
  const { trust, lists, clock } = offered.ok ? varied(known.view, offered.value, variant) : known.view;
  const view = { trust, lists, clock, policy: POLICY };
  const time = acceptedOf(
    payerTime(view, message.request.body.time === undefined ? [] : [message.request.body.time]),
  );
  must(time === undefined || time >= clock, 'a payer time behind the clock');
  const examined = examineRequest(message, view);
  acceptedOf(settle(examined, believing().verifier));
  if (acceptedOf(settle(examined, holding)))
    must(REQUEST_IDS.has(toHex(message.request.id)), 'a request that nobody made');
}

/** Keys that real evidence accuses. */
function culprits(): ReadonlySet<string> {
  const keys = Object.values(PROOFS).map((proof) => {
    const judged = settle(examineProof(proof, TRUST, HASHES), VERIFIER);
    if (!judged.ok) throw new Error('a sample proof does not hold');
    return toHex(judged.value.culprit);
  });
  return new Set(keys);
}

function proof(input: Uint8Array): void {
  const read = decoded(() => decodeBytes(FRAUD_PROOF, input, MAX_PROOF_BYTES));
  if (!read) return;
  const examined = examineProof(read, TRUST, HASHES);
  acceptedOf(settle(examined, believing().verifier));
  const accusation = acceptedOf(settle(examined, holding));
  if (accusation) must(CULPRITS.has(toHex(accusation.culprit)), 'an honest key stands accused');
}

const BUNDLE_IDS = new Set(
  OBJECTS.filter(({ kind }) => kind === 'trust-bundle').map(({ object }) => toHex(object.id)),
);
/** With a key to which uploads are sealed. */
const SEALING = bundle({
  keys: [
    ...TRUST.bundle.body.keys,
    {
      number: 60_000,
      role: keyRoleNumber('sealing'),
      operator: 0,
      key: keyPair('sealing').publicKey,
      validFrom: day(0),
      validUntil: day(40_000),
    },
  ],
});
BUNDLE_IDS.add(toHex(SEALING.id));
const OLDER = bundle({ version: 1 });
const NATIONAL_ROOT = keyPair('root', 2);

function trustUpdate(input: Uint8Array, choice: number, variant: number): void {
  const read = decoded(() => decodeSigned(TRUST_BUNDLE, input, HASHES));
  if (!read) return;
  const held = [undefined, OLDER, TRUST.bundle][choice % 3];
  const root = variant % 4 === 3 ? NATIONAL_ROOT.publicKey : ROOT.publicKey;
  const now = instant(NOW + (variant % 4 === 2 ? 400 * 86_400 : 0));
  const examined = examineBundle(read, held ? { root, bundle: held } : { root }, now);
  acceptedOf(settle(examined, believing().verifier));
  const taken = acceptedOf(settle(examined, holding));
  if (!taken) return;
  must(BUNDLE_IDS.has(toHex(read.id)), 'a bundle that nobody made');
  must((taken.bundle?.body.version ?? 0) >= (held?.body.version ?? 0), 'an older bundle');
  const view = new TrustView(read);
  const today = dayOf(NOW);
  for (const { role, key, validFrom, validUntil } of read.body.keys) {
    const seals = role === keyRoleNumber('sealing') && validFrom <= today && today < validUntil;
    must(view.isSealingKey(key, today) === seals, 'a key to which nothing may be sealed');
  }
}

const LIST_IDS = new Set(
  OBJECTS.filter(({ kind }) => kind === 'status-list').map(({ object }) => toHex(object.id)),
);

function statusList(input: Uint8Array, choice: number, variant: number): void {
  const read = decoded(() => decodeSigned(STATUS_LIST, input, HASHES));
  if (!read) return;
  const newest = [undefined, instant(0), NOW][variant % 3];
  const now = instant(NOW + (variant > 2 ? 400 * 86_400 : 0));
  const examined = examineStatusList(read, choice % 3, TRUST, newest, now);
  acceptedOf(settle(examined, believing().verifier));
  if (acceptedOf(settle(examined, holding))) must(LIST_IDS.has(toHex(read.id)), 'a list that nobody made');
}

/** The bytes of which some samples are a note, and a bundle in which the operator's key is withdrawn. */
const SEALED = Uint8Array.of(1, 2, 3);
const NOTE = { signerKey: KEYS.operator1, operator: 1, upload: HASHES.hash(1, SEALED), time: NOW };
const NOTES = [
  signed(INTAKE_NOTE, OPERATORS[0], NOTE),
  signed(INTAKE_NOTE, ISSUER, NOTE),
  signed(INTAKE_NOTE, keyPair('operator 1', 2), NOTE),
  ...[{ operator: 2 }, { signerKey: 99 }, { upload: bytesOf('upload', 32) }, { time: instant(5) }].map(
    (changes) => signed(INTAKE_NOTE, OPERATORS[0], { ...NOTE, ...changes }),
  ),
];
const WITHDRAWN = new TrustView(
  bundle({ keys: TRUST.bundle.body.keys.map((key) => ({ ...key, withdrawn: true })) }),
);

function intakeNote(input: Uint8Array, choice: number): void {
  const examined = examineIntakeNote(input, SEALED, choice % 2 === 0 ? TRUST : WITHDRAWN, HASHES);
  acceptedOf(settle(examined, believing().verifier));
  const note = acceptedOf(settle(examined, holding));
  if (note) must(NOTES[0] !== undefined && toHex(note.id) === toHex(NOTES[0].id), 'a note that nobody made');
}

const JUDGES: readonly ((input: Uint8Array, choice: number, variant: number) => void)[] = [
  offer,
  misplaced,
  request,
  proof,
  trustUpdate,
  statusList,
  intakeNote,
];

const seed = (kind: number, choice: number, variant: number, bytes: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(kind, choice, variant), bytes);

export const target: Target = {
  mayAllocate: 512 * 1_024,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    for (const [at, one] of CASES.entries()) {
      const isVaried = at < OFFERS.length || at >= CASES.length - CRAFTED.length;
      for (const variant of isVaried ? Array(VARIANT_COUNT).keys() : [0]) {
        yield seed(0, at, variant, one.offer);
        yield seed(2, at, variant, encodeRequest(one.context));
      }
      for (const other of [at + 1, OFFERS.length - 6]) yield seed(1, at, other, one.offer);
    }
    for (const { message } of REQUESTS) yield seed(2, 0, 0, encodeRequest(message));
    for (const message of craftedRequests()) yield seed(2, 0, 0, encodeRequest(message));
    for (const one of craftedProofs()) yield seed(3, 0, 0, one);
    for (const { kind, bytes } of OBJECTS) {
      for (let i = 0; i < 12; i++) {
        if (kind === 'trust-bundle') yield seed(4, i % 3, Math.floor(i / 3), bytes);
        if (kind === 'status-list') yield seed(5, i % 3, Math.floor(i / 3), bytes);
      }
    }
    for (let i = 0; i < 12; i++) yield seed(4, i % 3, Math.floor(i / 3), encodeSigned(TRUST_BUNDLE, SEALING));
    const ofOperator = statusListOf([], { signerKey: KEYS.operator1 }, OPERATORS[0]);
    for (let i = 0; i < 12; i++)
      yield seed(5, i % 3, Math.floor(i / 3), encodeSigned(STATUS_LIST, ofOperator));
    for (const note of NOTES)
      for (const choice of [0, 1]) yield seed(6, choice, 0, encodeSigned(INTAKE_NOTE, note));
  },
  run(input) {
    const [kind = 0, choice = 0, variant = 0] = input;
    JUDGES[kind % JUDGES.length]?.(input.subarray(3), choice, variant);
  },
};
