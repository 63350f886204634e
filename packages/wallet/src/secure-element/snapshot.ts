/**
 * The state as records (compaction): what a journal holds instead of its past. Replaying them gives the same
 * state as replaying the past did. `snapshot-writer.ts` and `snapshot-reader.ts` turn the parts into bytes and back.
 */
import type { IdText } from '@duet/protocol/brand';
import { idText, keyText } from '@duet/protocol/bytes';
import type { Certificate } from '@duet/protocol/objects/certificate';
import type { Coin } from '@duet/protocol/objects/coin';
import { holdingKey, type PaymentId } from '../payment-id.ts';
import type { PackedChain } from './chains.ts';
import type { Packed } from './packed.ts';
import type { WalletRecord } from './records.ts';
import type {
  AnsweredRequest,
  CoinPart,
  Counters,
  Holding,
  IncomingPayment,
  OpenClaim,
  OpenReturn,
  OutboxItem,
  OutgoingPayment,
  OwnKey,
  OwnRequest,
  SecureElementState,
} from './state.ts';

/** One entry of the state. */
export type KeptPart =
  | { readonly of: 'key'; readonly key: OwnKey }
  | { readonly of: 'certificate'; readonly certificate: Certificate }
  /** Holdings of one coin, or of one received offer. */
  | { readonly of: 'holdings'; readonly holdings: readonly Holding[] }
  | {
      readonly of: 'outgoing';
      readonly id: PaymentId;
      readonly payment: OutgoingPayment;
      readonly unsettled: boolean;
    }
  | { readonly of: 'incoming'; readonly id: PaymentId; readonly payment: IncomingPayment }
  | { readonly of: 'archived'; readonly id: PaymentId; readonly packed: Packed }
  | { readonly of: 'request'; readonly own: OwnRequest }
  | { readonly of: 'answered'; readonly id: IdText; readonly own: AnsweredRequest }
  | { readonly of: 'claim'; readonly open: OpenClaim }
  | { readonly of: 'return'; readonly open: OpenReturn }
  | { readonly of: 'history'; readonly coin: Coin; readonly chains: PackedChain[] }
  | { readonly of: 'known-coins'; readonly ids: readonly IdText[] }
  | { readonly of: 'outbox'; readonly number: number; readonly item: OutboxItem }
  | { readonly of: 'waiting'; readonly part: CoinPart }
  | {
      readonly of: 'rest';
      readonly counters: Counters;
      readonly rest: Pick<SecureElementState, 'outboxNext' | 'payeeKey' | 'newestTime' | 'lastSync'>;
    };

/** Ids of one part. */
const IDS_PER_PART = 1_024;

/**
 * The whole state; `undefined` while a payment is recorded and not signed: its ranges are neither free nor spent,
 * which only its own records say.
 */
export function snapshotOf(state: Readonly<SecureElementState>): readonly WalletRecord[] | undefined {
  const reserved = [...state.unsettled].some((id) =>
    state.outgoing.get(id)?.spends.some((spend) => spend.ranges.length > 0),
  );
  if (reserved) return undefined;
  const records: WalletRecord[] = [];
  const { trust, newestTime } = state;
  if (trust && newestTime !== undefined) records.push({ kind: 'trust-updated', trust, time: newestTime });
  for (const part of partsOf(state)) records.push({ kind: 'kept', part });
  for (const open of state.loads.values()) records.push({ kind: 'load-ordered', ...open });
  for (const noted of state.noted.values()) records.push({ kind: 'upload-noted', ...noted });
  return records;
}

function* partsOf(state: Readonly<SecureElementState>): Iterable<KeptPart> {
  for (const key of state.keys.values()) yield { of: 'key', key };
  for (const certificate of state.certificates.values()) yield { of: 'certificate', certificate };
  yield* holdingParts(state);
  for (const [id, payment] of state.outgoing)
    yield { of: 'outgoing', id, payment, unsettled: state.unsettled.has(id) };
  for (const [id, payment] of state.incoming) yield { of: 'incoming', id, payment };
  for (const [id, packed] of state.archive) yield { of: 'archived', id, packed };
  for (const own of state.requests.values()) yield { of: 'request', own };
  for (const [id, own] of state.answered) yield { of: 'answered', id, own };
  for (const open of state.claims.values()) yield { of: 'claim', open };
  for (const open of state.returns.values()) yield { of: 'return', open };
  for (const { coin, chains } of state.history.values()) yield { of: 'history', coin, chains };
  const coins = [...state.knownCoins];
  for (let i = 0; i < coins.length; i += IDS_PER_PART)
    yield { of: 'known-coins', ids: coins.slice(i, i + IDS_PER_PART) };
  for (const [number, item] of state.outbox) yield { of: 'outbox', number, item };
  for (const part of state.waiting.values()) yield { of: 'waiting', part };
  yield { of: 'rest', counters: state.counters, rest: state };
}

/** Holdings by where they came from, in their order: those of one offer share its objects. */
function* holdingParts({ holdings }: Readonly<SecureElementState>): Iterable<KeptPart> {
  const groups = new Map<unknown, Holding[]>();
  for (const holding of holdings.values()) {
    const source = holding.exchange ?? holding;
    const group = groups.get(source);
    if (group) group.push(holding);
    else groups.set(source, [holding]);
  }
  for (const group of groups.values()) yield { of: 'holdings', holdings: group };
}

/** Takes a part over, into a state in which nothing has happened since. */
export function takeKept(state: SecureElementState, part: KeptPart): void {
  switch (part.of) {
    case 'key':
      state.keys.set(keyText(part.key.key), { ...part.key });
      return;
    case 'certificate':
      state.certificates.set(keyText(part.certificate.body.subject), part.certificate);
      return;
    case 'holdings':
      for (const holding of part.holdings) state.holdings.set(holdingKey(holding.parent), { ...holding });
      return;
    case 'outgoing':
      state.outgoing.set(part.id, { ...part.payment });
      if (part.unsettled) state.unsettled.add(part.id);
      return;
    case 'incoming':
      state.incoming.set(part.id, { ...part.payment });
      return;
    case 'archived':
      state.archive.set(part.id, part.packed);
      return;
    case 'request':
      state.requests.set(idText(part.own.message.request.id), part.own);
      return;
    case 'answered':
      state.answered.set(part.id, part.own);
      return;
    case 'claim':
      state.claims.set(idText(part.open.claim.id), { ...part.open });
      return;
    case 'return':
      state.returns.set(idText(part.open.object.id), { ...part.open });
      return;
    case 'history':
      state.history.set(idText(part.coin.id), { coin: part.coin, chains: part.chains });
      return;
    case 'known-coins':
      for (const id of part.ids) state.knownCoins.add(id);
      return;
    case 'outbox':
      state.outbox.set(part.number, part.item);
      return;
    case 'waiting':
      state.waiting.set(idText(part.part.coin.id), part.part);
      return;
    case 'rest':
      Object.assign(state.counters, part.counters);
      state.outboxNext = part.rest.outboxNext;
      state.payeeKey = part.rest.payeeKey;
      state.newestTime = part.rest.newestTime;
      state.lastSync = part.rest.lastSync;
  }
}
