/** One sample of every signed object, with the key that signed it. */
import { encodeOffer } from '../../src/messages/offer.ts';
import { encodeRequest } from '../../src/messages/request-message.ts';
import { recordedHash } from '../../src/messages/upload.ts';
import { fen } from '../../src/money.ts';
import { CERTIFICATE } from '../../src/objects/certificate.ts';
import { CLAIM, RETURN, type Ticket } from '../../src/objects/claim.ts';
import { COIN } from '../../src/objects/coin.ts';
import { ENROLMENT } from '../../src/objects/enrolment.ts';
import type { Handle } from '../../src/objects/fields.ts';
import { INQUIRY } from '../../src/objects/inquiry.ts';
import { CREDIT_NOTE, INTAKE_NOTE, outcomeNumber } from '../../src/objects/notes.ts';
import { REQUEST } from '../../src/objects/request.ts';
import { decodeSigned, encodeSigned, type ObjectType, type Signed } from '../../src/objects/signed.ts';
import type { Spend } from '../../src/objects/spend.ts';
import { SPEND } from '../../src/objects/spend.ts';
import { STATUS_LIST } from '../../src/objects/status-list.ts';
import { stopScopeNumber, TRUST_BUNDLE } from '../../src/objects/trust-bundle.ts';
import { VERDICT } from '../../src/objects/verdict.ts';
import type { SignatureCheck } from '../../src/suite.ts';
import { checkOf, checkOfSpend } from '../../src/verify/signatures.ts';
import { OFFERS } from './offers.ts';
import { cut, inputsOf, nonceOf, requestTo, spendOf, verdictOf, wholeOf } from './payments.ts';
import { HASHES, type KeyPair, keyPair } from './signing.ts';
import {
  at,
  bundle,
  bytesOf,
  certificateOf,
  coinOf,
  FACE,
  ISSUER,
  KEYS,
  NATIONAL_ISSUER,
  NOW,
  nationalWallet,
  OPERATORS,
  REGISTRY,
  ROOT,
  signed,
  statusList,
  TRUST,
  terminal,
  wallet,
} from './world.ts';

/** A signed object whose type is only known by its own functions. */
export interface ObjectSample {
  readonly name: string;
  readonly kind: string;
  readonly maxBytes: number;
  readonly object: Signed<string, unknown>;
  readonly signer: KeyPair;
  readonly bytes: Uint8Array;
  /** @throws DecodeError */
  decode(bytes: Uint8Array): Signed<string, unknown>;
  encode(object: Signed<string, unknown>): Uint8Array;
  /** The signature to be verified; `undefined` when a rule before it refuses. */
  check(object: Signed<string, unknown>): SignatureCheck | undefined;
}

function sample<Kind extends string, Body>(
  name: string,
  type: ObjectType<Kind, Body>,
  object: Signed<Kind, Body>,
  signer: KeyPair,
): ObjectSample {
  return {
    name,
    kind: type.kind,
    maxBytes: type.maxBytes,
    object,
    signer,
    bytes: encodeSigned(type, object),
    decode: (bytes) => decodeSigned(type, bytes, HASHES),
    encode: (other) => encodeSigned(type, other as Signed<Kind, Body>),
    check(other) {
      if (other.suite !== signer.suite) return undefined;
      if (!other.hardware) return checkOf(other, signer.publicKey);
      const planned = checkOfSpend(other as Spend, signer.publicKey, TRUST, HASHES);
      return 'check' in planned ? planned.check : undefined;
    },
  };
}

const alice = wallet('alice');
const bob = wallet('bob');
const shop = terminal('shop');
const aliceCoinKey = keyPair('alice coin');
const coin = coinOf(aliceCoinKey, 'coin', 100_000);
const secondCoin = coinOf(aliceCoinKey, 'second coin', 30_000);
const conditional = coinOf(aliceCoinKey, 'directed coin', 20_000, {
  condition: { categories: [5_411, 5_812], regions: [110_105], notBefore: at(-86_400), notAfter: at(86_400) },
});
const request = requestTo(shop.key, shop.certificate, {
  amount: 2_000,
  changes: { text: 'Table 7, 2 × noodles' },
});
const standing = requestTo(bob.key, bob.certificate, {
  standing: true,
  name: 'standing',
  changes: { currency: 1_001, version: 2, suites: 1 },
});
const spend = spendOf(
  aliceCoinKey,
  [cut(wholeOf(coin), 500, 2_000), cut(wholeOf(secondCoin), 0, 500)],
  request,
);
const handle = bytesOf('handle', 12) as Handle;
const upload = bytesOf('upload', 32);
const national = nationalWallet('national');

const recorded = OFFERS.find(({ name }) => name === 'first hop');
if (!recorded) throw new Error('no first hop');
const recordedBeside =
  recordedHash(
    [
      {
        request: encodeRequest(recorded.context),
        offer: encodeOffer(recorded.offer, recorded.context),
      },
    ],
    HASHES,
  ) ?? upload;
const hardware = OFFERS.find(({ name }) => name === 'hardware');
if (!hardware?.offer.spends[0]) throw new Error('no hardware sample');

export const OBJECTS: readonly ObjectSample[] = [
  sample('trust bundle', TRUST_BUNDLE, bundle(), ROOT),
  sample(
    'trust bundle with a stop, a withdrawn epoch and the next root',
    TRUST_BUNDLE,
    bundle({
      keys: bundle().body.keys.map((key) =>
        key.number === KEYS.oldIssuer ? { ...key, withdrawn: true } : key,
      ),
      stops: [{ scope: stopScopeNumber('region'), value: 110_105, until: at(3_600) }],
      nextRoot: keyPair('next root').publicKey,
    }),
    ROOT,
  ),
  sample('wallet certificate', CERTIFICATE, alice.certificate, ISSUER),
  sample('terminal certificate', CERTIFICATE, shop.certificate, OPERATORS[0]),
  sample('certificate of suite 2', CERTIFICATE, national.certificate, NATIONAL_ISSUER),
  sample(
    'certificate of an operator',
    CERTIFICATE,
    certificateOf(
      keyPair('gate').publicKey,
      'gate',
      { role: 'gateway', walletClass: 0, signerKey: KEYS.operator1 },
      OPERATORS[0],
    ),
    OPERATORS[0],
  ),
  sample('coin', COIN, coin, ISSUER),
  sample('conditional coin', COIN, conditional, ISSUER),
  sample(
    'coin of suite 2',
    COIN,
    coinOf(
      national.key,
      'national coin',
      5_000,
      { issuerKey: KEYS.nationalIssuer, unit: 0, currency: 1_001 },
      NATIONAL_ISSUER,
    ),
    NATIONAL_ISSUER,
  ),
  sample('request', REQUEST, request.request, shop.key),
  sample('standing request', REQUEST, standing.request, bob.key),
  sample('spend', SPEND, spend, aliceCoinKey),
  sample(
    'refund on a standing payment',
    SPEND,
    spendOf(bob.key, [{ ...cut(wholeOf(coin), 1, 2), parent: { id: spend.id, index: 1 } }], standing, {
      refundOf: spend.id,
      seq: 3,
      standing: { nonce: nonceOf('refund'), total: fen(1) },
    }),
    bob.key,
  ),
  sample('hardware spend', SPEND, hardware.offer.spends[0], hardware.payer),
  sample('verdict', VERDICT, verdictOf(shop.key, request, [spend]), shop.key),
  sample(
    'empty verdict of a standing payment',
    VERDICT,
    verdictOf(bob.key, standing, [], nonceOf('standing')),
    bob.key,
  ),
  sample(
    'claim to an account',
    CLAIM,
    signed(CLAIM, shop.key, {
      inputs: [{ parent: { id: spend.id, index: 0 }, from: fen(500), to: fen(2_000) }],
      operator: 1,
      destination: { kind: 'account', handle },
    }),
    shop.key,
  ),
  sample(
    'claim for new coins',
    CLAIM,
    signed(CLAIM, aliceCoinKey, {
      inputs: inputsOf([wholeOf(coin), wholeOf(secondCoin)]),
      operator: 2,
      destination: {
        kind: 'coins',
        outputs: [
          { owner: keyPair('new 1').publicKey, amount: fen(100_000) },
          { owner: keyPair('new 2', 2).publicKey, amount: fen(30_000) },
        ],
      },
    }),
    aliceCoinKey,
  ),
  sample(
    'claim for a ticket',
    CLAIM,
    signed(CLAIM, bob.key, {
      inputs: [{ parent: { id: spend.id, index: 255 }, from: fen(0), to: fen(1) }],
      operator: 0,
      destination: { kind: 'ticket', ticket: bytesOf('ticket', 32) as Ticket },
    }),
    bob.key,
  ),
  sample(
    'return to an account',
    RETURN,
    signed(RETURN, aliceCoinKey, {
      spends: [spend.id],
      operator: 1,
      destination: { kind: 'account', handle },
    }),
    aliceCoinKey,
  ),
  sample(
    'return for a new coin',
    RETURN,
    signed(RETURN, aliceCoinKey, {
      spends: [spend.id],
      operator: 1,
      destination: { kind: 'coins', outputs: [{ owner: keyPair('new 3').publicKey, amount: fen(2_000) }] },
    }),
    aliceCoinKey,
  ),
  sample(
    'intake note',
    INTAKE_NOTE,
    signed(INTAKE_NOTE, OPERATORS[0], { signerKey: KEYS.operator1, operator: 1, upload, time: NOW }),
    OPERATORS[0],
  ),
  sample(
    'credit note',
    CREDIT_NOTE,
    signed(CREDIT_NOTE, REGISTRY, {
      signerKey: KEYS.registry,
      upload,
      time: NOW,
      items: [
        { object: spend.id, index: 0, outcome: outcomeNumber('credited'), amount: fen(1_500) },
        { object: spend.id, index: 1, outcome: outcomeNumber('refused'), code: 'already-claimed' },
        { object: request.request.id, outcome: outcomeNumber('owed'), amount: fen(3) },
        { object: coin.id, outcome: outcomeNumber('pending') },
      ],
    }),
    REGISTRY,
  ),
  sample(
    'credit note beside recorded payments',
    CREDIT_NOTE,
    signed(CREDIT_NOTE, REGISTRY, {
      signerKey: KEYS.registry,
      upload,
      time: NOW,
      items: [{ object: spend.id, index: 0, outcome: outcomeNumber('refused'), code: 'already-claimed' }],
      recorded: recordedBeside,
    }),
    REGISTRY,
  ),
  sample(
    'credit note on payments that the close ended',
    CREDIT_NOTE,
    signed(CREDIT_NOTE, REGISTRY, {
      signerKey: KEYS.registry,
      upload,
      time: NOW,
      items: [],
      ends: [{ spend: spend.id }, { spend: request.request.id, returned: fen(1_500) }],
    }),
    REGISTRY,
  ),
  sample(
    'enrolment of a wallet',
    ENROLMENT,
    signed(ENROLMENT, alice.key, { operator: 1, handle, subject: alice.key.publicKey, holder: 17 }),
    alice.key,
  ),
  sample(
    'enrolment of a terminal',
    ENROLMENT,
    signed(ENROLMENT, shop.key, { operator: 1, handle, subject: shop.key.publicKey, holder: 2, ...FACE }),
    shop.key,
  ),
  sample(
    'inquiry',
    INQUIRY,
    signed(INQUIRY, alice.key, {
      signer: alice.key.publicKey,
      payeeKeys: [alice.key.publicKey, shop.key.publicKey],
    }),
    alice.key,
  ),
  sample('status list', STATUS_LIST, statusList([3, 700, 1_023]), ISSUER),
];
