/**
 * What a payee, a payer and the registry verify. Every offer is judged twice: with signatures that always hold, so that
 * each rule is reached, and with real ones. The first byte chooses what is judged, the second what is known.
 */
import type { Instant } from '@duet/protocol/brand';
import { fromHex, toHex } from '@duet/protocol/bytes';
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { decodeOffer, encodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { decodeRequest, encodeRequest, type RequestMessage } from '@duet/protocol/messages/request-message';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { SignatureCheck, Verifier } from '@duet/protocol/suite';
import { OFFERS, VIEW } from '@duet/protocol/testing/offers';
import { PROOFS, REFUSED } from '@duet/protocol/testing/proofs';
import { REQUESTS } from '@duet/protocol/testing/requests';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES, rememberingVerifier, VERIFIER } from '@duet/protocol/testing/signing';
import { decisions, viewOf } from '@duet/protocol/testing/vector-decisions';
import { bundle, NOW, POLICY, ROOT, TRUST } from '@duet/protocol/testing/world';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { examineIntakeNote } from '@duet/protocol/verify/intake-note';
import { examineOffer, type PayeeView } from '@duet/protocol/verify/offer';
import { examineUpload } from '@duet/protocol/verify/registry';
import { examineRequest } from '@duet/protocol/verify/request';
import { examineBundle, examineStatusList } from '@duet/protocol/verify/trust-update';
import { acceptedOf, decoded } from '../oracles.ts';
import { mustBeSound } from '../reference.ts';
import { must, type Target } from '../target.ts';

/** A request, and what its payee knows. */
interface Case {
  readonly context: RequestMessage;
  readonly view: PayeeView;
  readonly offer: Uint8Array;
  readonly accepted: boolean;
}

const CASES: readonly Case[] = [
  ...OFFERS.map(({ context, offer }) => ({
    context,
    view: VIEW,
    offer: encodeOffer(offer, context),
    accepted: true,
  })),
  ...decisions().map(({ request, offer, context, decision }) => ({
    context: requestOf(fromHex(request)),
    view: viewOf(context),
    offer: fromHex(offer),
    accepted: decision.accepted,
  })),
];

/** Requests and offers that hold: nothing else does under real signatures. */
const VALID = new Set(CASES.filter(({ accepted }) => accepted).map(nameOfCase));
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

function nameOfCase({ context, offer: bytes }: Case): string {
  const read = decodeOffer(bytes, context, HASHES);
  if (!read.ok) throw new Error(`a vector is no offer: ${read.rejection.code}`);
  return nameOf(context, read.value);
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

function offer(input: Uint8Array, choice: number): void {
  const known = CASES[choice % CASES.length];
  if (!known) return;
  const { context, view } = known;
  const read = acceptedOf(decodeOffer(input, context, HASHES));
  if (!read) return;
  const { verifier, asked } = believing();
  const judged = acceptedOf(settle(examineOffer(read, context, view, HASHES), verifier));
  const recorded = acceptedOf(settle(examineUpload(read, context, view.trust, HASHES), verifier));
  if (!judged) return;
  mustBeSound(read, context, view, asked);
  must(recorded !== undefined, 'a payee accepts what the registry refuses');
  const total = read.spends
    .flatMap(({ body }) => body.inputs)
    .reduce((sum, { from, to }) => sum + BigInt(to - from), 0n);
  must(BigInt(judged.total) === total, 'a total that is not the sum');
  if (acceptedOf(settle(examineOffer(read, context, view, HASHES), holding)))
    must(VALID.has(nameOf(context, read)), 'accepted under real signatures, and no valid offer');
}

/** Requests that hold, by their ids; another signature under the same key may hold too. */
const REQUEST_IDS = new Set(
  [...CASES, ...REQUESTS.map(({ message }) => ({ context: message }))].map(({ context }) =>
    toHex(context.request.id),
  ),
);

function request(input: Uint8Array, choice: number): void {
  const message = acceptedOf(decodeRequest(input, HASHES));
  if (!message) return;
  const { trust, lists, clock } = CASES[choice % CASES.length]?.view ?? VIEW;
  const examined = examineRequest(message, { trust, lists, clock, policy: POLICY });
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
const other = bundle({ version: 1 });

function trustUpdate(input: Uint8Array, choice: number): void {
  const read = decoded(() => decodeSigned(TRUST_BUNDLE, input, HASHES));
  if (!read) return;
  const held = [undefined, other, TRUST.bundle][choice % 3];
  const anchor = held ? { root: ROOT.publicKey, bundle: held } : { root: ROOT.publicKey };
  const examined = examineBundle(read, anchor, NOW);
  acceptedOf(settle(examined, believing().verifier));
  const taken = acceptedOf(settle(examined, holding));
  if (!taken) return;
  must(BUNDLE_IDS.has(toHex(read.id)), 'a bundle that nobody made');
  must((taken.bundle?.body.version ?? 0) >= (held?.body.version ?? 0), 'an older bundle');
}

const LIST_IDS = new Set(
  OBJECTS.filter(({ kind }) => kind === 'status-list').map(({ object }) => toHex(object.id)),
);

function statusList(input: Uint8Array, choice: number): void {
  const read = decoded(() => decodeSigned(STATUS_LIST, input, HASHES));
  if (!read) return;
  const newest = [undefined, 0 as Instant, NOW][choice % 3];
  const examined = examineStatusList(read, choice % 2, TRUST, newest, NOW);
  acceptedOf(settle(examined, believing().verifier));
  if (acceptedOf(settle(examined, holding))) must(LIST_IDS.has(toHex(read.id)), 'a list that nobody made');
}

const SEALED = Uint8Array.of(1, 2, 3);

/** A note over sealed bytes: whose hash stands in the sample is not known here, so that only the rules are run. */
function intakeNote(input: Uint8Array): void {
  const examined = examineIntakeNote(input, SEALED, TRUST, HASHES);
  acceptedOf(settle(examined, believing().verifier));
  must(!settle(examined, holding).ok, 'a note over other bytes');
}

const JUDGES: readonly ((input: Uint8Array, choice: number) => void)[] = [
  offer,
  offer,
  offer,
  request,
  proof,
  trustUpdate,
  statusList,
  intakeNote,
];

export const target: Target = {
  mayAllocate: 512 * 1_024,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    for (const [at, one] of CASES.entries()) {
      yield Uint8Array.of(0, at, ...one.offer);
      yield Uint8Array.of(3, at, ...encodeRequest(one.context));
    }
    for (const { message } of REQUESTS) yield Uint8Array.of(3, 0, ...encodeRequest(message));
    for (const one of [...Object.values(PROOFS), ...Object.values(REFUSED)])
      yield Uint8Array.of(4, 0, ...encodeBytes(FRAUD_PROOF, one));
    for (const { kind, bytes } of OBJECTS) {
      for (const choice of [0, 1, 2]) {
        if (kind === 'trust-bundle') yield Uint8Array.of(5, choice, ...bytes);
        if (kind === 'status-list') yield Uint8Array.of(6, choice, ...bytes);
      }
      if (kind === 'intake-note') yield Uint8Array.of(7, 0, ...bytes);
    }
  },
  run(input) {
    const [kind = 0, choice = 0] = input;
    JUDGES[kind % JUDGES.length]?.(input.subarray(2), choice);
  },
};
