/** The language-neutral vectors: what `scripts/vectors.ts` writes and the tests compare with the files. */
import { toHex } from '../../src/bytes.ts';
import { encodeBytes } from '../../src/cbor/codec.ts';
import type { Code } from '../../src/codes.ts';
import type { Offer } from '../../src/messages/offer.ts';
import { encodeOffer } from '../../src/messages/offer.ts';
import type { PayeeDocument, RequestMessage } from '../../src/messages/request-message.ts';
import { encodeRequest } from '../../src/messages/request-message.ts';
import { encodeVerdict } from '../../src/messages/verdict-message.ts';
import { CERTIFICATE } from '../../src/objects/certificate.ts';
import { COIN } from '../../src/objects/coin.ts';
import { FRAUD_PROOF, type FraudProof } from '../../src/objects/fraud-proof.ts';
import { REQUEST } from '../../src/objects/request.ts';
import { encodeSigned, openEnvelope } from '../../src/objects/signed.ts';
import { SPEND } from '../../src/objects/spend.ts';
import { TRUST_BUNDLE } from '../../src/objects/trust-bundle.ts';
import { VERDICT } from '../../src/objects/verdict.ts';
import { ALGORITHMS } from '../../src/suite.ts';
import type { PayeeView } from '../../src/verify/offer.ts';
import { FAULTS } from './faults.ts';
import { type Json, toJson } from './json.ts';
import { OFFERS, VIEW } from './offers.ts';
import { nonceOf, verdictOf } from './payments.ts';
import { PROOFS, REFUSED } from './proofs.ts';
import { REQUESTS } from './requests.ts';
import { OBJECTS, type ObjectSample } from './samples.ts';
import { build, type Scenario, sound } from './scenario.ts';
import { UPLOADS } from './uploads.ts';
import { BUNDLE, terminal } from './world.ts';

type File = { readonly [name: string]: Json };

const documentHex = (document: PayeeDocument): string =>
  toHex(document.kind === 'coin' ? encodeSigned(COIN, document) : encodeSigned(CERTIFICATE, document));

function objectVector({ name, kind, object, signer, bytes }: ObjectSample): File {
  const { typ, payload } = openEnvelope(bytes, bytes.length);
  return {
    name,
    kind,
    typ,
    suite: object.suite,
    algorithm: ALGORITHMS[object.suite],
    signer: toHex(signer.publicKey),
    fields: toJson(object.body),
    payload: toHex(payload),
    sigStructure: toHex(object.message),
    id: toHex(object.id),
    signature: toHex(object.signature),
    ...(object.hardware ? { hardware: toJson(object.hardware) } : {}),
    cose: toHex(bytes),
  };
}

const requestVector = ({ name, message }: { name: string; message: RequestMessage }): File => ({
  name,
  message: toHex(encodeRequest(message)),
  request: toHex(encodeSigned(REQUEST, message.request)),
  requestId: toHex(message.request.id),
  payee: documentHex(message.payee),
});

function offerVector(name: string, offer: Offer, context: RequestMessage): File {
  const { coins, certificates, spends } = offer.provenance;
  return {
    name,
    request: toHex(encodeRequest(context)),
    offer: toHex(encodeOffer(offer, context)),
    spends: offer.spends.map((spend) => toHex(encodeSigned(SPEND, spend))),
    spendIds: offer.spends.map(({ id }) => toHex(id)),
    provenance: [
      ...[...coins.values()].map((coin) => toHex(encodeSigned(COIN, coin))),
      ...[...certificates.values()].map((certificate) => toHex(encodeSigned(CERTIFICATE, certificate))),
      ...[...spends.values()].map((spend) => toHex(encodeSigned(SPEND, spend))),
    ],
  };
}

function verdictVectors(): File[] {
  const shop = terminal('shop');
  const sample = OFFERS.find(({ name }) => name === 'three spends, four inputs');
  if (!sample) throw new Error('no sample');
  const { context, offer } = sample;
  const [one] = offer.spends;
  if (!one) throw new Error('no spend');
  const rows = [
    { name: 'all three', accepted: offer.spends, own: offer.spends },
    { name: 'the second and third', accepted: offer.spends.slice(1), own: offer.spends },
    { name: 'none', accepted: [], own: offer.spends },
    { name: "another payer's", accepted: [one], own: offer.spends.slice(1) },
    { name: 'standing', accepted: [one], own: [one], nonce: nonceOf('vector') },
  ];
  return rows.map(({ name, accepted, own, nonce }) => {
    const verdict = verdictOf(shop.key, context, accepted, nonce);
    const known = {
      request: context.request.id,
      payee: shop.key.publicKey,
      spends: own.map(({ id }) => id),
      ...(nonce ? { nonce } : {}),
    };
    return {
      name,
      context: toJson(known),
      message: toHex(encodeVerdict(verdict, known)),
      verdict: toHex(encodeSigned(VERDICT, verdict)),
      id: toHex(verdict.id),
    };
  });
}

/** What the payee knows, as data. The world of the tests has one issuer's list. */
function contextOf(view: PayeeView, offer: Offer, revoked: readonly number[]): File {
  const chains = [...offer.provenance.coins.values()].flatMap(({ id }) => view.history.chainsOf(id));
  return {
    bundle: toHex(encodeSigned(TRUST_BUNDLE, view.trust.bundle)),
    clock: view.clock,
    lists: { issuedAt: view.lists.issuedAt(0) ?? 0, revoked: revoked.map((index) => index) },
    history: toJson([...new Set(chains)]),
  };
}

const revokedIn = ({ revoked }: Scenario, offer: Offer): number[] =>
  [...offer.provenance.coins.values()]
    .filter(({ body }) => revoked.some((who) => toHex(body.owner) === OWNERS[who]))
    .map(({ body }) => body.status);

const OWNERS = { alice: ownerOf('alice'), bob: ownerOf('bob') } as const;

/** Owner keys of the scenario's two coins. */
function ownerOf(who: 'alice' | 'bob'): string {
  const coins = [...build(sound()).offer.provenance.coins.values()];
  const coin = coins.find(({ body }) => body.value === (who === 'alice' ? 5_000 : 4_000));
  if (!coin) throw new Error('a coin');
  return toHex(coin.body.owner);
}

/**
 * Faults that look different on the wire, where request and currency are left out and rebuilt from the context;
 * `undefined`: it cannot be written down at all.
 */
const WIRE_CODES: ReadonlyMap<string, Code | undefined> = new Map<string, Code | undefined>([
  ['a coin is missing', 'malformed'],
  ["an earlier payee's certificate is missing", undefined],
  ['a spend of another request', 'bad-signature'],
  ['a coin of another currency', 'bad-signature'],
  ['33 inputs', 'malformed'],
]);

function decisionVectors(): File[] {
  const sane = OFFERS.map(({ name, offer, context }) => ({
    ...offerVector(name, offer, context),
    context: contextOf(VIEW, offer, []),
    decision: {
      accepted: true,
      totalFen: offer.spends
        .flatMap(({ body }) => body.inputs)
        .reduce((sum, { from, to }) => sum + to - from, 0),
    },
  }));
  const faulty = FAULTS.flatMap(({ code: ofRule, what, apply }) => {
    const scenario = apply(sound());
    const { offer, context, view } = build(scenario);
    const code = WIRE_CODES.has(what) ? WIRE_CODES.get(what) : ofRule;
    return code === undefined
      ? []
      : {
          ...offerVector(what, offer, context),
          context: contextOf(view, offer, revokedIn(scenario, offer)),
          decision: { accepted: false, code },
        };
  });
  return [...sane, ...faulty];
}

const proofVector = (name: string, proof: FraudProof, accepted: boolean): File => ({
  name,
  accepted,
  form: proof.form,
  proof: toHex(encodeBytes(FRAUD_PROOF, proof)),
  evidence: toJson(proof.evidence),
  inputs: toJson(proof.inputs),
  ...(proof.holder ? { holder: toHex(proof.holder) } : {}),
  ...(proof.request ? { request: toHex(proof.request) } : {}),
});

const proofVectors = (): File => ({
  bundle: toHex(encodeSigned(TRUST_BUNDLE, BUNDLE)),
  proofs: [
    ...Object.entries(PROOFS).map(([name, proof]) => proofVector(name, proof, true)),
    ...Object.entries(REFUSED).map(([name, proof]) => proofVector(name, proof, false)),
  ],
});

/** Every file of the folder `vectors`, by name. */
export const vectorFiles = (): Readonly<Record<string, Json>> => ({
  'objects.json': OBJECTS.map(objectVector),
  'requests.json': REQUESTS.map(requestVector),
  'verdicts.json': verdictVectors(),
  'offers.json': decisionVectors(),
  'proofs.json': proofVectors(),
  'uploads.json': UPLOADS.map(({ name, kind, bytes }) => ({ name, kind, bytes: toHex(bytes) })),
});

/** The text of a file: one line per value keeps differences readable. */
export const vectorText = (content: Json): string => `${JSON.stringify(content, null, 1)}\n`;
