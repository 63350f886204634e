/**
 * States that a wallet goes through, and the records that lead there: made of the samples of the protocol, so that
 * they are the same in every run.
 */
import type { ObjectId, PublicKey } from '@duet/protocol/brand';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { encodeRequest, keyOfDocument } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN } from '@duet/protocol/objects/coin';
import type { Handle } from '@duet/protocol/objects/fields';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { OFFERS, type OfferSample } from '@duet/protocol/testing/offers';
import { requestOf, verdictOf } from '@duet/protocol/testing/payments';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES, keyPair } from '@duet/protocol/testing/signing';
import { bundle, bytesOf, NOW, REGISTRY, ROOT, statusList, terminal } from '@duet/protocol/testing/world';
import { apply } from '@duet/wallet/secure-element/apply';
import { encodeRecord, type RecordContext } from '@duet/wallet/secure-element/record-codec';
import type { WalletRecord } from '@duet/wallet/secure-element/records';
import { snapshotOf } from '@duet/wallet/secure-element/snapshot';
import { emptyState } from '@duet/wallet/secure-element/state';
import { TrustCache } from '@duet/wallet/trust-cache';

const wrapped = bytesOf('wrapped', 96);
const order = bytesOf('order', 16);
const handle = bytesOf('handle', 12) as Handle;
const shop = terminal('shop');
const sealed = (offer: Uint8Array): Uint8Array => Uint8Array.of(...bytesOf('sealed', 49), ...offer);

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('a sample is refused');
  return result.value;
}

const sampleNamed = (name: string): OfferSample => {
  const found = OFFERS.find((sample) => sample.name === name);
  if (!found) throw new Error(`no offer ${name}`);
  return found;
};

const keyMade = (key: PublicKey, purpose: 'coin' | 'payee' | 'sealing'): WalletRecord => ({
  kind: 'key-made',
  key,
  purpose,
  wrapped,
});

function trustUpdated(trust: TrustCache): WalletRecord {
  const ready = must(trust.bundle(encodeSigned(TRUST_BUNDLE, bundle()), HASHES));
  const list = must(trust.list(encodeSigned(STATUS_LIST, statusList([3])), HASHES));
  const state = trust.state(ROOT.publicKey, ready, new Map([[0, list]]), REGISTRY.publicKey);
  return { kind: 'trust-updated', trust: state, time: NOW };
}

/** A payer: money is loaded and paid, then freed, or signed and answered. */
function payer(
  trust: TrustCache,
  { offer, context, payer: key }: OfferSample,
  end: 'freed' | 'paid' | 'void',
): WalletRecord[] {
  const ref = { request: context.request.id };
  const offerBytes = encodeOffer(offer, context);
  const accepted = end === 'paid' ? offer.spends : [];
  return [
    trustUpdated(trust),
    keyMade(key.publicKey, 'coin'),
    { kind: 'load-ordered', order, handle, outputs: [{ owner: key.publicKey, amount: fen(2_000) }] },
    { kind: 'coins-added', coins: [...offer.provenance.coins.values()] },
    { kind: 'load-ended', order },
    {
      kind: 'payment-recorded',
      ref,
      message: context,
      bytes: encodeRequest(context),
      drafts: offer.spends.map(({ kind, suite, id, body, message }) => ({ kind, suite, id, body, message })),
      at: NOW,
      confirmed: true,
    },
    ...(end === 'freed'
      ? [{ kind: 'payment-freed', ref } as const]
      : [
          {
            kind: 'payment-signed',
            ref,
            spends: offer.spends,
            offerBytes,
            sealed: sealed(offerBytes),
          } as const,
          { kind: 'payment-registered', ref } as const,
          {
            kind: 'payment-answered',
            ref,
            verdict: verdictOf(shop.key, context, accepted),
          } as const,
        ]),
    { kind: 'synced', time: NOW },
  ];
}

/** A payee: it asks, is paid once, closes one request, and forgets one. */
function payee(trust: TrustCache, { offer, context }: OfferSample): WalletRecord[] {
  const key = keyOfDocument(context.payee);
  const opened = (message: typeof context): WalletRecord => ({
    kind: 'request-opened',
    message,
    bytes: encodeRequest(message),
    wrapped,
    at: NOW,
  });
  const [closed, forgotten] = [
    requestOf(shop, { name: 'closed' }),
    requestOf(shop, { name: 'forgotten', standing: true }),
  ];
  const standing = context.request.body.amount === undefined;
  const nonce = offer.spends[0]?.body.standing?.nonce;
  const ref = { request: context.request.id, ...(standing && nonce ? { nonce } : {}) };
  return [
    trustUpdated(trust),
    keyMade(key, 'payee'),
    keyMade(keyPair('sealing').publicKey, 'sealing'),
    ...(context.payee.kind === 'certificate'
      ? [{ kind: 'certified', certificate: context.payee } as const]
      : []),
    opened(context),
    opened(closed),
    opened(forgotten),
    {
      kind: 'payment-accepted',
      ref,
      offer,
      offerBytes: encodeOffer(offer, context),
      verdict: verdictOf(shop.key, context, offer.spends, ref.nonce),
      at: NOW,
    },
    {
      kind: 'payment-closed',
      ref: { request: closed.request.id },
      verdict: verdictOf(shop.key, closed, []),
      at: NOW,
    },
    { kind: 'request-forgotten', request: forgotten.request.id },
    { kind: 'evidence-kept', request: encodeRequest(context), offer: encodeOffer(offer, context) },
    { kind: 'evidence-kept', proof: bytesOf('proof', 40) },
    { kind: 'evidence-kept', verdict: bytesOf('verdict', 40) },
    { kind: 'upload-noted', sealed: bytesOf('sealed', 80), note: bytesOf('note', 80) },
    { kind: 'sent', entries: [0] },
    { kind: 'synced', time: NOW },
  ];
}

/** Records that stand alone: nothing of a state is asked. */
function alone(): WalletRecord[] {
  const object = bytesOf('object', 32) as ObjectId;
  return [
    { kind: 'claim-answered', claim: object },
    { kind: 'return-answered', object },
    { kind: 'upload-answered', note: bytesOf('note', 80) },
    { kind: 'evidence-resent', object },
    { kind: 'object-ended', object, refused: [0, 3] },
    { kind: 'keys-retired' },
    ...OBJECTS.filter(({ kind }) => kind === 'claim').map(
      ({ bytes }): WalletRecord => ({ kind: 'claim-signed', claim: decodeSigned(CLAIM, bytes, HASHES) }),
    ),
    ...OBJECTS.filter(({ kind }) => kind === 'return').map(
      ({ bytes }): WalletRecord => ({ kind: 'return-signed', object: decodeSigned(RETURN, bytes, HASHES) }),
    ),
    ...OBJECTS.filter(({ kind }) => kind === 'coin').map(
      ({ bytes }): WalletRecord => ({
        kind: 'kept',
        part: { of: 'waiting', part: { coin: decodeSigned(COIN, bytes, HASHES), amount: fen(5) } },
      }),
    ),
  ];
}

/** What a record is read against, and records that are read there. */
export interface Stage {
  readonly context: RecordContext;
  readonly records: readonly Uint8Array[];
}

/** The states between the records of each story, with the record that comes next and the state as a snapshot. */
export function stages(): readonly Stage[] {
  const all: Stage[] = [];
  const trust = new TrustCache();
  const stories = [
    payer(trust, sampleNamed('first hop'), 'freed'),
    payer(trust, sampleNamed('first hop'), 'paid'),
    payer(trust, sampleNamed('two ranges of one coin'), 'void'),
    payee(trust, sampleNamed('three spends, four inputs')),
    payee(trust, sampleNamed('standing')),
  ];
  for (const story of stories) {
    const state = emptyState();
    for (const record of story) {
      const records = [encodeRecord(record), ...(snapshotOf(state) ?? []).map(encodeRecord)];
      all.push({ context: { state: stateBefore(story, record), hashes: HASHES, trust }, records });
      apply(state, record);
    }
    const end = (snapshotOf(state) ?? []).map(encodeRecord);
    all.push({ context: { state, hashes: HASHES, trust }, records: [...end, ...alone().map(encodeRecord)] });
  }
  return all;
}

/** The state before one record of a story: made anew, because later records change it in place. */
function stateBefore(story: readonly WalletRecord[], before: WalletRecord): RecordContext['state'] {
  const state = emptyState();
  for (const record of story) {
    if (record === before) break;
    apply(state, record);
  }
  return state;
}
