/**
 * Money of ledger tests, made from protocol objects alone: parties, their coins, payments between them, and the
 * uploads that tell the registry. Nobody here keeps rules: the caller decides who cheats.
 */
import { createNodeSuites } from '@duet/crypto/node-suites';
import { type Instant, instant, type PublicKey } from '@duet/protocol/brand';
import { compareBytes, idText } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import {
  EMPTY_UPLOAD,
  type Exchange,
  UPLOAD,
  UPLOAD_INFO,
  type Upload,
} from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import type { Certificate } from '@duet/protocol/objects/certificate';
import { CLAIM, type Claim, type Destination, RETURN, type Return } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import { type Handle, handleField } from '@duet/protocol/objects/fields';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import { REQUEST, type Request } from '@duet/protocol/objects/request';
import {
  draft,
  encodeSigned,
  type ObjectType,
  type Signed,
  withSignature,
} from '@duet/protocol/objects/signed';
import {
  compareInputs,
  type Input,
  nonceField,
  type Parent,
  SPEND,
  type Spend,
} from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { type KeyHandle, suiteOf } from '@duet/protocol/suite';
import { utf8 } from '@duet/protocol/text';
import { bucketOf } from '../../src/core/bucket.ts';

export const CRYPTO = createNodeSuites();
/** 2 March 2026, 08:00 UTC. */
export const NOW: Instant = instant(1_772_438_400);

export const handleOf = (name: string): Handle =>
  decodeBytes(handleField, encodeBytes(bytes({ max: 64 }), utf8(name)), 64);

/** Somebody with an account and a certified key. */
export interface Party {
  readonly name: string;
  readonly operator: number;
  readonly handle: Handle;
  readonly key: KeyHandle;
  readonly certificate: Certificate;
}

/** A range that a key owns, with everything on its way and the payments that brought it. */
export interface Holding {
  readonly coin: Coin;
  readonly parent: Parent;
  readonly from: number;
  readonly to: number;
  readonly key: KeyHandle;
  readonly provenance: Provenance;
  /** Payments from the coin to here, first the oldest. */
  readonly way: readonly Payment[];
}

/** One payment: what both sides know of it. */
export interface Payment {
  readonly exchange: Exchange;
  readonly spend: Spend;
  readonly inputs: readonly Holding[];
  readonly payee: Party;
  readonly verdict: Verdict;
  readonly received: readonly Holding[];
}

export function sign<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  body: Body,
  key: KeyHandle,
): Signed<Kind, Body> {
  const unsigned = draft(type, suiteOf(key.publicKey), body, CRYPTO);
  return withSignature(unsigned, CRYPTO.sign(key, unsigned.message));
}

export const wholeOf = (coin: Coin, key: KeyHandle): Holding => ({
  coin,
  parent: { id: coin.id },
  from: 0,
  to: coin.body.value,
  key,
  provenance: Provenance.of(coin),
  way: [],
});

export const cut = (holding: Holding, from: number, to: number): Holding => ({ ...holding, from, to });

const inputOf = ({ parent, from, to }: Holding): Input => ({ parent, from: fen(from), to: fen(to) });

/** Sequence numbers of the keys of this process. */
const sequences = new WeakMap<KeyHandle, number>();
const nextSeq = (key: KeyHandle): number => {
  const seq = (sequences.get(key) ?? 0) + 1;
  sequences.set(key, seq);
  return seq;
};

export interface PayOptions {
  /** The payee's Verdict lists the Spend; else it voids it. */
  readonly accepted?: boolean;
  readonly seq?: number;
  /** Of the request; default: Chinese yuan. */
  readonly currency?: number;
  /** A standing request that is paid; default: a new one of this amount. */
  readonly standing?: Request;
}

export const standingRequest = ({ certificate, key }: Party): Request =>
  sign(REQUEST, { payee: certificate.id, sealingKey: CRYPTO.generateKey(1, 'seal').publicKey }, key);

/** One Spend of one key over some of its holdings, with its request and Verdict. */
export function pay(
  holdings: readonly Holding[],
  payee: Party,
  { accepted = true, seq, currency, standing }: PayOptions = {},
): Payment {
  const inputs = [...holdings].sort((a, b) => compareInputs(inputOf(a), inputOf(b)));
  const [first] = inputs;
  if (!first) throw new RangeError('pay: at least one holding');
  const amount = fen(inputs.reduce((sum, { from, to }) => sum + to - from, 0));
  const sealingKey = CRYPTO.generateKey(1, 'seal').publicKey;
  const asked = { payee: payee.certificate.id, amount, time: NOW, sealingKey };
  const request =
    standing ?? sign(REQUEST, currency === undefined ? asked : { ...asked, currency }, payee.key);
  const nonce = decodeBytes(nonceField, encodeBytes(bytes({ length: 16 }), CRYPTO.randomBytes(16)), 64);
  const body = {
    inputs: inputs.map(inputOf),
    payee: payee.certificate.id,
    request: request.id,
    seq: seq ?? nextSeq(first.key),
    time: NOW,
    ...(standing ? { standing: { nonce, total: amount } } : {}),
  };
  const spend = sign(SPEND, body, first.key);
  const context = { request, payee: payee.certificate };
  const provenance = new Provenance();
  for (const input of inputs) provenance.merge(input.provenance);
  const exchange = {
    request: encodeRequest(context),
    offer: encodeOffer({ spends: [spend], provenance }, context),
  };
  const answer = { request: request.id, accepted: accepted ? [spend.id] : [] };
  const verdict = sign(VERDICT, standing ? { ...answer, nonce } : answer, payee.key);
  const after = Provenance.of(spend, payee.certificate);
  after.merge(provenance);
  const received: Holding[] = [];
  const payment: Payment = { exchange, spend, inputs, payee, verdict, received };
  for (const [index, { coin, from, to, way }] of inputs.entries()) {
    received.push({
      coin,
      parent: { id: spend.id, index },
      from,
      to,
      key: payee.key,
      provenance: after,
      way: [...way, payment],
    });
  }
  return payment;
}

const toAccount = ({ handle }: Party): Destination => ({ kind: 'account', handle });

/** New coins, in this order, of what is credited. */
export const toCoins = (
  outputs: readonly { readonly owner: PublicKey; readonly amount: number }[],
): Extract<Destination, { kind: 'coins' }> => ({
  kind: 'coins',
  outputs: outputs.map(({ owner, amount }) => ({ owner, amount: fen(amount) })),
});

/** A Claim of one key over its holdings. */
export function claimOf(
  holdings: readonly Holding[],
  party: Party,
  destination: Destination = toAccount(party),
): Claim {
  const [first] = holdings;
  if (!first) throw new RangeError('claim: at least one holding');
  const inputs = holdings.map(inputOf).sort(compareInputs);
  return sign(CLAIM, { inputs, operator: party.operator, destination }, first.key);
}

/** A Return of Spends that their payees did not accept, to the payer's account or into coins. */
export function returnOf(
  payments: readonly Payment[],
  party: Party,
  destination: Exclude<Destination, { kind: 'ticket' }> = { kind: 'account', handle: party.handle },
): Return {
  const key = payments[0]?.inputs[0]?.key;
  if (!key) throw new RangeError('return: at least one payment');
  return sign(
    RETURN,
    {
      spends: payments.map(({ spend }) => spend.id).sort(compareBytes),
      operator: party.operator,
      destination,
    },
    key,
  );
}

/** A question for payments to some keys, signed by one. */
export const inquiryOf = (signer: KeyHandle, payeeKeys: readonly PublicKey[]): Uint8Array =>
  encodeSigned(INQUIRY, sign(INQUIRY, { signer: signer.publicKey, payeeKeys }, signer));

export interface Entries {
  readonly payments?: readonly Payment[];
  /** Payments whose Verdict comes along. */
  readonly answered?: readonly Payment[];
  readonly claims?: readonly Claim[];
  readonly returns?: readonly Return[];
}

export const uploadOf = ({ payments = [], answered = [], claims = [], returns = [] }: Entries): Upload => ({
  ...EMPTY_UPLOAD,
  exchanges: [...new Set([...payments, ...answered])].map(({ exchange }) => exchange),
  verdicts: answered.map(({ verdict }) => encodeSigned(VERDICT, verdict)),
  claims: claims.map((claim) => encodeSigned(CLAIM, claim)),
  returns: returns.map((order) => encodeSigned(RETURN, order)),
});

/** The upload as a device sends it. */
export function sealed(upload: Upload, registryKey: PublicKey): Uint8Array {
  const result = CRYPTO.seal({
    recipient: registryKey,
    info: utf8(UPLOAD_INFO),
    aad: new Uint8Array(0),
    plaintext: encodeBytes(UPLOAD, upload),
  });
  if (!result.ok) throw new Error(`seal: ${result.rejection.code}`);
  return result.value;
}

export const coinKeyOf = (coin: Coin): string => `${bucketOf(coin.id)}:${idText(coin.id)}`;
