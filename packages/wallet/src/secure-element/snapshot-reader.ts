/** Parts of a snapshot from bytes: strict, every object rebuilt with its id. */
import { equalBytes, idText } from '@duet/protocol/bytes';
import { type Codec, decodeBytes } from '@duet/protocol/cbor/codec';
import { DecodeError } from '@duet/protocol/cbor/reader';
import type { PayeeState } from '@duet/protocol/machines/payee';
import type { PayerState } from '@duet/protocol/machines/payer';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest, type PayeeDocument } from '@duet/protocol/messages/request-message';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN, type Coin } from '@duet/protocol/objects/coin';
import { isStanding } from '@duet/protocol/objects/request';
import { decodeSigned, draft } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { decodeAny } from '@duet/protocol/objects/types';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import type { Result } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import { paymentIdOf } from '../payment-id.ts';
import { coinHolding, receivedHoldings } from './holdings.ts';
import { pack } from './packed.ts';
import type { KeptPart } from './snapshot.ts';
import {
  MAX_PART_BYTES,
  NUMBERS,
  PAYEE_STATES,
  PAYER_STATES,
  PURPOSES,
  WIRE,
  type WireOf,
} from './snapshot-wire.ts';
import type { CoinPart, OutboxItem, OutgoingSpend, OwnKey } from './state.ts';

const damaged = (expected: string): DecodeError => new DecodeError('bad-value', 0, `expected ${expected}`);

function must<T>(result: Result<T>): T {
  if (!result.ok) throw damaged(result.rejection.expected);
  return result.value;
}

/** @throws DecodeError */
export function decodeKept(data: Uint8Array, hashes: Hashes): KeptPart {
  const read = <T>(codec: Codec<T>): T => decodeBytes(codec, data.subarray(1), MAX_PART_BYTES);
  switch (data[0]) {
    case NUMBERS.key:
      return { of: 'key', key: readKey(read(WIRE.key)) };
    case NUMBERS.certificate:
      return { of: 'certificate', certificate: decodeSigned(CERTIFICATE, read(WIRE.object).object, hashes) };
    case NUMBERS.coin: {
      const { coin, free } = read(WIRE.coin);
      return { of: 'holdings', holdings: [coinHolding(coinOf(coin, hashes), free)] };
    }
    case NUMBERS.received:
      return readReceived(read(WIRE.received), hashes);
    case NUMBERS.outgoing:
      return readOutgoing(read(WIRE.outgoing), hashes);
    case NUMBERS.incoming:
      return readIncoming(read(WIRE.incoming), hashes);
    case NUMBERS.archived: {
      const { request, nonce, packed } = read(WIRE.archived);
      return { of: 'archived', id: paymentIdOf(request, nonce), packed: pack(packed) };
    }
    case NUMBERS.request: {
      const { message: requestBytes, wrapped, openedAt } = read(WIRE.request);
      const message = must(decodeRequest(requestBytes, hashes));
      const standing = isStanding(message.request.body);
      return { of: 'request', own: { message, requestBytes, wrapped, standing, openedAt } };
    }
    case NUMBERS.answered: {
      const { request, message: requestBytes, wrapped, openedAt } = read(WIRE.answered);
      return { of: 'answered', id: idText(request), own: { requestBytes, wrapped, openedAt } };
    }
    case NUMBERS.claim: {
      const { object, parts, ...open } = read(WIRE.claim);
      const claim = decodeSigned(CLAIM, object, hashes);
      return { of: 'claim', open: { ...open, claim, parts: parts.map((one) => partOf(one, hashes)) } };
    }
    case NUMBERS.return: {
      const { object, ...open } = read(WIRE.return);
      return { of: 'return', open: { ...open, object: decodeSigned(RETURN, object, hashes) } };
    }
    case NUMBERS.history: {
      const { coin, chains } = read(WIRE.history);
      const packed = chains.map((chain) => ({ ...chain, steps: pack(chain.steps) }));
      return { of: 'history', coin: coinOf(coin, hashes), chains: packed };
    }
    case NUMBERS['known-coins']:
      return { of: 'known-coins', ids: read(WIRE.ids).ids.map(idText) };
    case NUMBERS.outbox:
      return readOutbox(read(WIRE.outbox));
    case NUMBERS.waiting:
      return { of: 'waiting', part: partOf(read(WIRE.part), hashes) };
    case NUMBERS.rest: {
      const { count, total, sinceConfirmation, outboxNext, payeeKey, newestTime, lastSync } = read(WIRE.rest);
      const counters = { count, total, sinceConfirmation };
      return { of: 'rest', counters, rest: { outboxNext, payeeKey, newestTime, lastSync } };
    }
    default:
      throw damaged('a part of a known kind');
  }
}

const coinOf = (bytes: Uint8Array, hashes: Hashes): Coin => decodeSigned(COIN, bytes, hashes);

const partOf = ({ coin, amount }: WireOf<'part'>, hashes: Hashes): CoinPart => ({
  coin: coinOf(coin, hashes),
  amount,
});

function readKey({ purpose, paidTo, paidSeveral, ...key }: WireOf<'key'>): OwnKey {
  const own = { ...key, purpose: PURPOSES[purpose] ?? 'sealing' };
  if (paidSeveral) return { ...own, paidTo: 'several' };
  return paidTo ? { ...own, paidTo } : own;
}

function readReceived({ pieces, ...exchange }: WireOf<'received'>, hashes: Hashes): KeptPart {
  const message = must(decodeRequest(exchange.request, hashes));
  const offer = must(decodeOffer(exchange.offer, message, hashes));
  offer.provenance.put(message.payee);
  for (const spend of offer.spends) offer.provenance.put(spend);
  const all = receivedHoldings(message, offer, exchange);
  const holdings = pieces.map(({ spend, index, free }) => {
    const whole = all.find(({ parent }) => parent.index === index && equalBytes(parent.id, spend));
    if (!whole) throw damaged('an input of the offer');
    return { ...whole, free };
  });
  return { of: 'holdings', holdings };
}

function documentOf(bytes: Uint8Array, hashes: Hashes): PayeeDocument {
  const document = decodeAny(bytes, hashes);
  if (document.kind === 'coin' || document.kind === 'certificate') return document;
  throw damaged('a coin or a certificate');
}

const spendsOf = (
  wire: readonly WireOf<'outgoing'>['spends'][number][],
  hashes: Hashes,
): readonly OutgoingSpend[] =>
  wire.map(({ document, ...spend }) => ({ ...spend, document: documentOf(document, hashes), ranges: [] }));

const verdictOf = (bytes: Uint8Array | undefined, hashes: Hashes): Verdict => {
  if (!bytes) throw damaged('a verdict');
  return decodeSigned(VERDICT, bytes, hashes);
};

function payerOf(wire: WireOf<'outgoing'>, hashes: Hashes): PayerState {
  const kind = PAYER_STATES[wire.state];
  switch (kind) {
    case 'recorded': {
      const drafts = (wire.drafts ?? []).map(({ suite, body }) =>
        draft(SPEND, suite === 2 ? 2 : 1, body, hashes),
      );
      return { kind, drafts };
    }
    case 'signed': {
      const spends = (wire.signed ?? []).map((bytes) => decodeSigned(SPEND, bytes, hashes));
      return { kind, spends, registered: wire.registered === true };
    }
    case 'answered':
      return { kind, spends: wire.ids ?? [], verdict: verdictOf(wire.verdict, hashes) };
    default:
      return { kind: 'freed' };
  }
}

function readOutgoing(wire: WireOf<'outgoing'>, hashes: Hashes): KeptPart {
  const { message: requestBytes, nonce, amount, at, depth, sealed, offerBytes, offer, unsettled } = wire;
  const message = must(decodeRequest(requestBytes, hashes));
  const payment = {
    message,
    requestBytes,
    amount,
    at,
    depth,
    spends: spendsOf(wire.spends, hashes),
    machine: payerOf(wire, hashes),
    ...(sealed ? { sealed } : {}),
    ...(offerBytes === undefined ? {} : { offerBytes }),
    ...(offer ? { offer } : {}),
    ...(wire.returned === undefined ? {} : { returned: wire.returned }),
    ...waitingOf(wire),
  };
  return { of: 'outgoing', id: paymentIdOf(message.request.id, nonce), payment, unsettled };
}

const waitingOf = ({ waiting }: { readonly waiting?: boolean }): { readonly waiting?: true } =>
  waiting ? { waiting } : {};

function payeeOf({ state, verdict, at }: WireOf<'incoming'>, hashes: Hashes): PayeeState {
  const kind = PAYEE_STATES[state];
  if (kind !== 'accepted' && kind !== 'closed') return { kind: 'open' };
  if (at === undefined) throw damaged('the time of an answer');
  return { kind, verdict: verdictOf(verdict, hashes), at };
}

function readIncoming(wire: WireOf<'incoming'>, hashes: Hashes): KeptPart {
  const { message: requestBytes, nonce, openedAt, amount, spends, depth, offerBytes } = wire;
  const message = must(decodeRequest(requestBytes, hashes));
  const payment = {
    message,
    requestBytes,
    openedAt,
    spends,
    machine: payeeOf(wire, hashes),
    ...(amount === undefined ? {} : { amount }),
    ...(depth === undefined ? {} : { depth }),
    ...(offerBytes === undefined ? {} : { offerBytes }),
    ...waitingOf(wire),
  };
  return { of: 'incoming', id: paymentIdOf(message.request.id, nonce), payment };
}

function readOutbox({ number, request, nonce, message, offer, verdict, proof }: WireOf<'outbox'>): KeptPart {
  const item = outboxItem({
    ...(message ? { message } : {}),
    ...(offer ? { offer } : {}),
    ...(verdict ? { verdict } : {}),
    ...(proof ? { proof } : {}),
  });
  if (item.kind !== 'exchange' || !request) return { of: 'outbox', number, item };
  return { of: 'outbox', number, item: { ...item, payment: paymentIdOf(request, nonce) } };
}

function outboxItem({
  message,
  offer,
  verdict,
  proof,
}: Pick<WireOf<'outbox'>, 'message' | 'offer' | 'verdict' | 'proof'>): OutboxItem {
  if (verdict) return { kind: 'verdict', bytes: verdict };
  if (proof) return { kind: 'proof', bytes: proof };
  if (!message) throw damaged('an exchange, a verdict or a proof');
  return offer ? { kind: 'exchange', request: message, offer } : { kind: 'exchange', request: message };
}
