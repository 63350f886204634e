/** Signed objects of an authority made for the tests: real keys, no database. */
import { encodeText } from '@duet/carriers/text';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { type Authority, createAuthority, ISSUER_KEY } from '@duet/ledger/engine/authority';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { type Day, day, dayOf, type Instant, instant } from '@duet/protocol/brand';
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import { frame } from '@duet/protocol/messages/frame';
import { encodeRequest, type RequestMessage } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CERTIFICATE, type Certificate } from '@duet/protocol/objects/certificate';
import { COIN, type Coin, serialField } from '@duet/protocol/objects/coin';
import { FRAUD_PROOF } from '@duet/protocol/objects/fraud-proof';
import { REQUEST } from '@duet/protocol/objects/request';
import {
  draft,
  encodeSigned,
  type ObjectType,
  type Signed,
  withSignature,
} from '@duet/protocol/objects/signed';
import { SPEND, type Spend } from '@duet/protocol/objects/spend';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { type KeyHandle, suiteOf } from '@duet/protocol/suite';

export const crypto = createNodeSuites();
export const NOW: Instant = instant(Math.floor(Date.now() / 1_000));
const TODAY = dayOf(NOW);
const daysFromNow = (days: number): Day => day(TODAY + days);

export const authorityOf = (suite: 1 | 2 = 1): Authority =>
  createAuthority({
    crypto,
    suite,
    policies: [DEFAULT_POLICY],
    operators: [{ id: 1, name: 'North' }],
    now: NOW,
  });

export const authority = authorityOf();
export const bundleBytes = encodeSigned(TRUST_BUNDLE, authority.bundle);

export function signed<Kind extends string, Body>(
  key: KeyHandle,
  type: ObjectType<Kind, Body>,
  body: Body,
): Signed<Kind, Body> {
  const unsigned = draft(type, suiteOf(key.publicKey), body, crypto);
  return withSignature(unsigned, crypto.sign(key, unsigned.message));
}

export const newKey = (suite: 1 | 2 = 1): KeyHandle => crypto.generateKey(suite, 'sign');

export function certificateFor(key: KeyHandle, by: Authority = authority): Certificate {
  return by.signAsIssuer(CERTIFICATE, {
    signerKey: ISSUER_KEY,
    operator: 1,
    subject: key.publicKey,
    role: 'wallet',
    walletClass: 4,
    status: 7,
    validFrom: TODAY,
    validUntil: daysFromNow(90),
  });
}

export function coinFor(key: KeyHandle, value = 10_000): Coin {
  const serial = new Writer();
  serial.bytes(crypto.randomBytes(16));
  return authority.signAsIssuer(COIN, {
    issuerKey: ISSUER_KEY,
    operator: 1,
    currency: 156,
    unit: 2,
    value: fen(value),
    owner: key.publicKey,
    status: 8,
    policy: DEFAULT_POLICY.id,
    issuedAt: TODAY,
    spendBy: daysFromNow(90),
    claimBy: daysFromNow(120),
    serial: decodeBytes(serialField, serial.finish(), 17),
  });
}

export function requestFrom(key: KeyHandle, amount = 1_230): RequestMessage {
  const payee = certificateFor(key);
  const sealingKey = crypto.generateKey(1, 'seal').publicKey;
  const body = { payee: payee.id, amount: fen(amount), time: NOW, sealingKey, text: '2 noodles' };
  return { payee, request: signed(key, REQUEST, body) };
}

function spendOf(key: KeyHandle, coin: Coin, { request, payee }: RequestMessage, seq = 1): Spend {
  const inputs = [{ parent: { id: coin.id }, from: fen(0), to: fen(1_230) }];
  return signed(key, SPEND, { inputs, payee: payee.id, request: request.id, seq, time: NOW });
}

/** One coin, paid to two payees: the proof of form 1. */
export function doubleSpend(): { culprit: KeyHandle; coin: Coin; proof: Uint8Array } {
  const culprit = newKey();
  const coin = coinFor(culprit);
  const spends = [1, 2].map((seq) => spendOf(culprit, coin, requestFrom(newKey()), seq));
  const evidence = spends.map((spend) => encodeSigned(SPEND, spend));
  return {
    culprit,
    coin,
    proof: encodeBytes(FRAUD_PROOF, { form: 1, evidence, inputs: [0, 0], holder: encodeSigned(COIN, coin) }),
  };
}

/** One of each, by name. */
export function samples(): ReadonlyMap<string, Uint8Array> {
  const [payee, owner] = [newKey(), newKey()];
  const request = requestFrom(payee);
  const coin = coinFor(owner);
  const { proof } = doubleSpend();
  return new Map([
    ['trust-bundle', bundleBytes],
    [
      'certificate',
      encodeSigned(CERTIFICATE, request.payee.kind === 'certificate' ? request.payee : certificateFor(payee)),
    ],
    ['coin', encodeSigned(COIN, coin)],
    ['request', encodeSigned(REQUEST, request.request)],
    ['spend', encodeSigned(SPEND, spendOf(owner, coin, request))],
    ['request-message', encodeRequest(request)],
    ['fraud-proof', proof],
    ['framed proof', frame('proof', proof)],
    ['text', new TextEncoder().encode(encodeText(encodeRequest(request)))],
  ]);
}
