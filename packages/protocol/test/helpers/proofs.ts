/** FraudProofs of every form against Eve, and evidence that is no proof (SET-4). */

import { CERTIFICATE } from '../../src/objects/certificate.ts';
import { CLAIM, type Claim } from '../../src/objects/claim.ts';
import { COIN } from '../../src/objects/coin.ts';
import type { Handle } from '../../src/objects/fields.ts';
import type { FraudProof } from '../../src/objects/fraud-proof.ts';
import { REQUEST } from '../../src/objects/request.ts';
import { encodeSigned, type ObjectType, type Signed } from '../../src/objects/signed.ts';
import { type Input, SPEND, type Spend } from '../../src/objects/spend.ts';
import { VERDICT } from '../../src/objects/verdict.ts';
import { documentBytes } from '../../src/verify/fraud-proof.ts';
import { cut, inputsOf, nonceOf, passOn, requestOf, spendOf, verdictOf, wholeOf } from './payments.ts';
import { keyPair, malleated } from './signing.ts';
import { bytesOf, coinOf, KEYS, NATIONAL_ISSUER, range, signed, terminal, wallet } from './world.ts';

export const bytes = <Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  object: Signed<Kind, Body>,
): Uint8Array => encodeSigned(type, object);
export const spendBytes = (spend: Spend): Uint8Array => bytes(SPEND, spend);

export const eve = wallet('eve');
export const bob = wallet('bob');
export const shop = terminal('shop');
export const stall = terminal('stall');
export const eveCoinKey = keyPair('eve coin');
export const eveCoin = coinOf(eveCoinKey, 'eve coin', 10_000);
export const line = wholeOf(eveCoin);
export const toBob = requestOf(bob, { amount: 1_000, name: 'bob' });
export const toShop = requestOf(shop, { amount: 1_000, name: 'shop' });
export const claimOf = (key: typeof eveCoinKey, inputs: readonly Input[], name = 'account'): Claim =>
  signed(CLAIM, key, {
    inputs,
    operator: 1,
    destination: { kind: 'account', handle: bytesOf(name, 8) as Handle },
  });

const one = spendOf(eveCoinKey, [cut(line, 0, 1_000)], toBob, { seq: 1 });
export const two = spendOf(eveCoinKey, [cut(line, 500, 1_500)], toShop, { seq: 2 });
export const coinHolder = documentBytes(eveCoin);
export const pair = (a: Uint8Array, b: Uint8Array, changes: Partial<FraudProof> = {}): FraudProof => ({
  form: 1,
  evidence: [a, b],
  inputs: [0, 0],
  holder: coinHolder,
  ...changes,
});

/** What Eve got from Bob, and signed twice. */
export const bobCoin = coinOf(keyPair('bob coin'), 'bob coin', 5_000);
const received = passOn(
  keyPair('bob coin'),
  [cut(wholeOf(bobCoin), 0, 800), cut(wholeOf(bobCoin), 2_000, 2_900)],
  eve,
  { name: 'eve' },
);
const [pieceA, pieceB] = received.pieces;
if (!pieceA || !pieceB) throw new Error('two pieces');
const eveCertificate = bytes(CERTIFICATE, eve.certificate);

const standing = requestOf(eve, { standing: true, name: 'standing' });
const toEve = requestOf(eve, { amount: 1_000, name: 'eve is paid' });
const paid = spendOf(keyPair('bob coin'), [cut(wholeOf(bobCoin), 3_000, 4_000)], toEve, { seq: 2 });
const empty = verdictOf(eve.key, toEve, []);
const full = verdictOf(eve.key, toEve, [paid]);
const onVoid: Input = { parent: { id: paid.id, index: 0 }, ...range(3_000, 3_500) };
const spentVoid = spendOf(eve.key, [{ ...line, ...onVoid }], toShop, { seq: 3 });
const claimedVoid = claimOf(eve.key, [onVoid]);
const evidenceOfRequest = { holder: eveCertificate, request: bytes(REQUEST, toEve.request) };

const twinCoin = coinOf(eveCoinKey, 'twin', 99, { serial: eveCoin.body.serial });

export const PROOFS: Readonly<Record<string, FraudProof>> = {
  'two spends over one range of a coin': pair(spendBytes(one), spendBytes(two)),
  'two spends over one range that was received': pair(
    spendBytes(spendOf(eve.key, [pieceA, pieceB], toBob, { seq: 1 })),
    spendBytes(spendOf(eve.key, [cut(pieceB, 2_500, 2_600)], toShop, { seq: 2 })),
    { inputs: [1, 0], holder: eveCertificate },
  ),
  'a spend and a claim over one range': pair(
    spendBytes(one),
    bytes(CLAIM, claimOf(eveCoinKey, inputsOf([cut(line, 999, 1_000)]))),
  ),
  'a claim and a spend over one range': pair(
    bytes(CLAIM, claimOf(eveCoinKey, inputsOf([line]))),
    spendBytes(one),
  ),
  'two verdicts of one request': {
    form: 2,
    evidence: [bytes(VERDICT, empty), bytes(VERDICT, full)],
    inputs: [],
    ...evidenceOfRequest,
  },
  'two verdicts of one standing payment': {
    form: 2,
    evidence: [
      verdictOf(eve.key, standing, [], nonceOf('n')),
      verdictOf(eve.key, standing, [paid], nonceOf('n')),
    ].map((verdict) => bytes(VERDICT, verdict)),
    inputs: [],
    holder: eveCertificate,
    request: bytes(REQUEST, standing.request),
  },
  'a void spend spent': {
    form: 3,
    evidence: [bytes(VERDICT, empty), spendBytes(paid), spendBytes(spentVoid)],
    inputs: [0],
    ...evidenceOfRequest,
  },
  'a void spend claimed': {
    form: 3,
    evidence: [bytes(VERDICT, empty), spendBytes(paid), bytes(CLAIM, claimedVoid)],
    inputs: [0],
    ...evidenceOfRequest,
  },
  'one seq twice': {
    form: 4,
    evidence: [
      spendBytes(one),
      spendBytes(spendOf(eveCoinKey, [cut(line, 9_000, 9_001)], toShop, { seq: 1 })),
    ],
    inputs: [],
    holder: coinHolder,
  },
  'two coins under one serial': {
    form: 5,
    evidence: [bytes(COIN, eveCoin), bytes(COIN, twinCoin)],
    inputs: [],
  },
};

export const REFUSED: Readonly<Record<string, FraudProof>> = {
  'one spend twice': pair(spendBytes(one), spendBytes(one)),
  'one spend with its malleated signature': pair(
    spendBytes(one),
    spendBytes({ ...one, signature: malleated(one.signature) }),
  ),
  'one seq, malleated': {
    form: 4,
    evidence: [spendBytes(one), spendBytes({ ...one, signature: malleated(one.signature) })],
    inputs: [],
    holder: coinHolder,
  },
  'one verdict, malleated': {
    form: 2,
    evidence: [bytes(VERDICT, full), bytes(VERDICT, { ...full, signature: malleated(full.signature) })],
    inputs: [],
    ...evidenceOfRequest,
  },
  'one coin, malleated': {
    form: 5,
    evidence: [bytes(COIN, eveCoin), bytes(COIN, { ...eveCoin, signature: malleated(eveCoin.signature) })],
    inputs: [],
  },
  'two claims of one range': pair(
    bytes(CLAIM, claimOf(eveCoinKey, inputsOf([line]))),
    bytes(CLAIM, claimOf(eveCoinKey, inputsOf([line]), 'other')),
  ),
  'ranges side by side': pair(
    spendBytes(one),
    spendBytes(spendOf(eveCoinKey, [cut(line, 1_000, 2_000)], toShop, { seq: 2 })),
  ),
  'inputs that are not there': pair(spendBytes(one), spendBytes(two), { inputs: [0, 1] }),
  'one range under different parents': pair(
    spendBytes(spendOf(eve.key, [pieceA], toBob, { seq: 1 })),
    spendBytes(
      spendOf(eve.key, [{ ...pieceA, parent: { id: pieceA.parent.id, index: 1 } }], toShop, { seq: 2 }),
    ),
    { holder: eveCertificate },
  ),
  'spends of two keys over one range': pair(
    spendBytes(one),
    spendBytes(spendOf(eve.key, [cut(line, 0, 1_000)], toShop, { seq: 2 })),
  ),
  'another seq': { form: 4, evidence: [spendBytes(one), spendBytes(two)], inputs: [], holder: coinHolder },
  'verdicts of two requests': {
    form: 2,
    evidence: [bytes(VERDICT, empty), bytes(VERDICT, verdictOf(eve.key, standing, [], nonceOf('n')))],
    inputs: [],
    ...evidenceOfRequest,
  },
  'verdicts of two standing payments': {
    form: 2,
    evidence: [
      verdictOf(eve.key, standing, [], nonceOf('m')),
      verdictOf(eve.key, standing, [paid], nonceOf('n')),
    ].map((verdict) => bytes(VERDICT, verdict)),
    inputs: [],
    holder: eveCertificate,
    request: bytes(REQUEST, standing.request),
  },
  "a request of another's": {
    form: 2,
    evidence: [bytes(VERDICT, empty), bytes(VERDICT, full)],
    inputs: [],
    holder: eveCertificate,
    request: bytes(REQUEST, toBob.request),
  },
  'a spend that the verdict lists': {
    form: 3,
    evidence: [bytes(VERDICT, full), spendBytes(paid), spendBytes(spentVoid)],
    inputs: [0],
    ...evidenceOfRequest,
  },
  'a spend of another request': {
    form: 3,
    evidence: [bytes(VERDICT, empty), spendBytes(one), spendBytes(spentVoid)],
    inputs: [0],
    ...evidenceOfRequest,
  },
  'a spend that does not rest on the void one': {
    form: 3,
    evidence: [bytes(VERDICT, empty), spendBytes(paid), spendBytes(two)],
    inputs: [0],
    ...evidenceOfRequest,
  },
  'two coins of two serials': { form: 5, evidence: [bytes(COIN, eveCoin), bytes(COIN, bobCoin)], inputs: [] },
  'one serial under two issuer keys': {
    form: 5,
    evidence: [
      bytes(COIN, eveCoin),
      bytes(
        COIN,
        coinOf(
          eveCoinKey,
          'twin',
          98,
          { serial: eveCoin.body.serial, issuerKey: KEYS.nationalIssuer },
          NATIONAL_ISSUER,
        ),
      ),
    ],
    inputs: [],
  },
  'coins of an unknown issuer': {
    form: 5,
    evidence: [
      bytes(COIN, eveCoin),
      bytes(COIN, coinOf(eveCoinKey, 'twin', 98, { serial: eveCoin.body.serial, issuerKey: 77 })),
    ],
    inputs: [],
  },
  'evidence that is no object': pair(new Uint8Array([1]), spendBytes(one)),
  'a holder that is no document': pair(spendBytes(one), spendBytes(two), { holder: spendBytes(one) }),
};
