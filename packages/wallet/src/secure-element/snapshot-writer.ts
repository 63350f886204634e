/**
 * Parts of a snapshot to bytes. Objects are kept in their wire forms and rebuilt with their ids, like those of
 * other records (`snapshot-reader.ts`).
 */
import type { ObjectId } from '@duet/protocol/brand';
import { fromHex } from '@duet/protocol/bytes';
import { bytes, type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import { idField } from '@duet/protocol/objects/fields';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { documentBytes } from '@duet/protocol/verify/fraud-proof';
import { asPaymentId, type PaymentId, refOfPayment } from '../payment-id.ts';
import { unpack } from './packed.ts';
import type { KeptPart } from './snapshot.ts';
import { NUMBERS, PAYEE_STATES, PAYER_STATES, PURPOSES, WIRE, type WireOf } from './snapshot-wire.ts';
import type { CoinPart, Holding, OutboxItem, OutgoingSpend } from './state.ts';

const coded = <T>(number: number, codec: Codec<T>, value: T): Uint8Array => {
  const body = encodeBytes(codec, value);
  const out = new Uint8Array(body.length + 1);
  out[0] = number;
  out.set(body, 1);
  return out;
};

/** Leaves out what is undefined. */
const given = <K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: T });

export function encodeKept(kept: KeptPart): Uint8Array {
  switch (kept.of) {
    case 'key': {
      const { key, purpose, wrapped: sealed, seq, retired, used, paidTo } = kept.key;
      return coded(NUMBERS.key, WIRE.key, {
        key,
        purpose: PURPOSES.indexOf(purpose),
        wrapped: sealed,
        seq,
        retired,
        used,
        paidSeveral: paidTo === 'several',
        ...given('paidTo', paidTo === 'several' ? undefined : paidTo),
      });
    }
    case 'certificate':
      return coded(NUMBERS.certificate, WIRE.object, { object: encodeSigned(CERTIFICATE, kept.certificate) });
    case 'holdings':
      return encodeHoldings(kept.holdings);
    case 'outgoing':
      return encodeOutgoing(kept);
    case 'incoming':
      return encodeIncoming(kept);
    case 'archived':
      return coded(NUMBERS.archived, WIRE.archived, {
        ...refOfPayment(kept.id, requestIdOf(kept.id)),
        packed: unpack(kept.packed),
      });
    case 'request': {
      const { requestBytes, wrapped, openedAt } = kept.own;
      return coded(NUMBERS.request, WIRE.request, { message: requestBytes, wrapped, openedAt });
    }
    case 'answered': {
      const { requestBytes, wrapped, openedAt } = kept.own;
      const request = requestIdOf(asPaymentId(kept.id));
      return coded(NUMBERS.answered, WIRE.answered, { request, message: requestBytes, wrapped, openedAt });
    }
    case 'claim': {
      const { claim, parts, ...open } = kept.open;
      return coded(NUMBERS.claim, WIRE.claim, {
        ...open,
        object: encodeSigned(CLAIM, claim),
        parts: parts.map(partWire),
      });
    }
    case 'return':
      return coded(NUMBERS.return, WIRE.return, {
        ...kept.open,
        object: encodeSigned(RETURN, kept.open.object),
      });
    case 'history':
      return coded(NUMBERS.history, WIRE.history, {
        coin: encodeSigned(COIN, kept.coin),
        chains: kept.chains.map((chain) => ({ ...chain, steps: unpack(chain.steps) })),
      });
    case 'known-coins':
      return coded(NUMBERS['known-coins'], WIRE.ids, {
        ids: kept.ids.map((id) => decodeBytes(idField, encodeBytes(bytes({ max: 32 }), fromHex(id)), 34)),
      });
    case 'outbox':
      return encodeOutbox(kept.number, kept.item);
    case 'waiting':
      return coded(NUMBERS.waiting, WIRE.part, partWire(kept.part));
    case 'rest': {
      const { outboxNext, payeeKey, newestTime, lastSync } = kept.rest;
      return coded(NUMBERS.rest, WIRE.rest, {
        ...kept.counters,
        outboxNext,
        ...given('payeeKey', payeeKey),
        ...given('newestTime', newestTime),
        ...given('lastSync', lastSync),
      });
    }
  }
}

const partWire = ({ coin, amount }: CoinPart): WireOf<'part'> => ({ coin: encodeSigned(COIN, coin), amount });

function encodeHoldings(holdings: readonly Holding[]): Uint8Array {
  const [first] = holdings;
  if (!first) throw new Error('snapshot: holdings of nothing');
  if (!first.exchange)
    return coded(NUMBERS.coin, WIRE.coin, { coin: encodeSigned(COIN, first.coin), free: first.free });
  const pieces = holdings.map(({ parent, free }) => ({ spend: parent.id, index: parent.index ?? 0, free }));
  return coded(NUMBERS.received, WIRE.received, { ...first.exchange, pieces });
}

const spendWire = ({ document, ...spend }: OutgoingSpend) => ({
  ...spend,
  document: documentBytes(document),
});

function encodeOutgoing({ id, payment, unsettled }: Extract<KeptPart, { of: 'outgoing' }>): Uint8Array {
  const { machine, requestBytes, amount, at, depth: hops, sealed, offerBytes, waiting } = payment;
  const { nonce } = refOfPayment(id, payment.message.request.id);
  return coded(NUMBERS.outgoing, WIRE.outgoing, {
    message: requestBytes,
    amount,
    at,
    depth: hops,
    spends: payment.spends.map(spendWire),
    state: PAYER_STATES.indexOf(machine.kind),
    unsettled,
    ...given('nonce', nonce),
    ...given('sealed', sealed),
    ...given('offerBytes', offerBytes),
    ...given('offer', payment.offer),
    ...given('waiting', waiting),
    ...given('returned', payment.returned),
    ...(machine.kind === 'recorded' ? { drafts: machine.drafts } : {}),
    ...(machine.kind === 'signed'
      ? { signed: machine.spends.map((spend) => encodeSigned(SPEND, spend)), registered: machine.registered }
      : {}),
    ...(machine.kind === 'answered'
      ? { ids: machine.spends, verdict: encodeSigned(VERDICT, machine.verdict) }
      : {}),
  });
}

function encodeIncoming({ id, payment }: Extract<KeptPart, { of: 'incoming' }>): Uint8Array {
  const { machine, requestBytes, amount, depth: hops, offerBytes, waiting, openedAt } = payment;
  const { nonce } = refOfPayment(id, payment.message.request.id);
  return coded(NUMBERS.incoming, WIRE.incoming, {
    message: requestBytes,
    openedAt,
    state: PAYEE_STATES.indexOf(machine.kind),
    spends: payment.spends,
    ...given('nonce', nonce),
    ...given('amount', amount),
    ...given('depth', hops),
    ...given('offerBytes', offerBytes),
    ...given('waiting', waiting),
    ...(machine.kind === 'accepted' || machine.kind === 'closed'
      ? { verdict: encodeSigned(VERDICT, machine.verdict), at: machine.at }
      : {}),
  });
}

function encodeOutbox(number: number, item: OutboxItem): Uint8Array {
  if (item.kind !== 'exchange')
    return coded(NUMBERS.outbox, WIRE.outbox, { number, [item.kind]: item.bytes });
  const { payment, request, offer: opened } = item;
  return coded(NUMBERS.outbox, WIRE.outbox, {
    number,
    message: request,
    ...given('offer', opened),
    ...(payment ? refOfPayment(payment, requestIdOf(payment)) : {}),
  });
}

const requestIdOf = (payment: PaymentId): ObjectId =>
  decodeBytes(idField, encodeBytes(bytes({ max: 32 }), fromHex(payment.split(':')[0] ?? '')), 34);
