/**
 * How each record changes the state. The only place where the state changes: live and in replay the same
 * records give the same state. What was decided before is not judged again; a record that cannot be applied
 * is a bug or a damaged journal, and throws.
 */
import { type IdText, later, type ObjectId } from '@duet/protocol/brand';
import { equalBytes, idText, keyText, toHex } from '@duet/protocol/bytes';
import { MAX_OPEN_REQUESTS } from '@duet/protocol/limits';
import { applyPayee, NOT_ASKED } from '@duet/protocol/machines/payee';
import { applyPayer, PROPOSED } from '@duet/protocol/machines/payer';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import { add, sum, ZERO } from '@duet/protocol/money';
import type { Coin } from '@duet/protocol/objects/coin';
import { isStanding } from '@duet/protocol/objects/request';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { SpendBody } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { holdingKey, paymentIdOf } from '../payment-id.ts';
import { archiveIncoming, archiveOutgoing } from './archive.ts';
import { forgetSpend, rememberSpent } from './chains.ts';
import { addCoin, addReceived } from './holdings.ts';
import { covers, lengthOf, totalLength, without, withRange } from './ranges.ts';
import type { PaymentRef, WalletRecord } from './records.ts';
import { takeKept } from './snapshot.ts';
import {
  type CoinPart,
  type Holding,
  type IncomingPayment,
  isConditional,
  type KeptExchange,
  type OutboxItem,
  type OutgoingPayment,
  type OutgoingSpend,
  openOrder,
  type SecureElementState,
  voidSpends,
} from './state.ts';
import { closeOf, leaveToClose, leaveVoid, partsOfSpend, retireKeys } from './waiting.ts';

type RecordOf<K extends WalletRecord['kind']> = Extract<WalletRecord, { kind: K }>;

/** Changes `state` in place. @throws Error for a record that does not fit the state */
export function apply(state: SecureElementState, record: WalletRecord): void {
  switch (record.kind) {
    case 'key-made':
      state.keys.set(keyText(record.key), {
        key: record.key,
        purpose: record.purpose,
        wrapped: record.wrapped,
        seq: 0,
        retired: false,
        used: false,
      });
      return;
    case 'certified':
      state.certificates.set(keyText(record.certificate.body.subject), record.certificate);
      state.payeeKey = record.certificate.body.subject;
      return;
    case 'trust-updated':
      state.trust = record.trust;
      state.newestTime = later(state.newestTime ?? record.time, record.time);
      return;
    case 'load-ordered':
      state.loads.set(toHex(record.order), {
        order: record.order,
        handle: record.handle,
        outputs: record.outputs,
      });
      return;
    case 'load-ended':
      state.loads.delete(toHex(record.order));
      return;
    case 'upload-noted':
      state.noted.set(toHex(record.note), { sealed: record.sealed, note: record.note });
      return;
    case 'upload-answered':
      state.noted.delete(toHex(record.note));
      return;
    case 'coins-added':
      for (const coin of record.coins) addCoin(state, coin);
      return;
    case 'request-opened':
      requestOpened(state, record);
      return;
    case 'payment-accepted':
      paymentAccepted(state, record);
      return;
    case 'payment-closed':
      paymentClosed(state, record);
      return;
    case 'request-forgotten':
      state.requests.delete(idText(record.request));
      return;
    case 'payment-recorded':
      paymentRecorded(state, record);
      return;
    case 'payment-signed':
      paymentSigned(state, record);
      return;
    case 'payment-freed':
      paymentFreed(state, record);
      return;
    case 'payment-registered': {
      const payment = outgoingOf(state, record.ref);
      payment.machine = applyPayer(payment.machine, { kind: 'registered' });
      return;
    }
    case 'payment-ended':
      paymentEnded(state, record);
      return;
    case 'payment-answered':
      paymentAnswered(state, record);
      return;
    case 'claim-signed':
      claimSigned(state, record);
      return;
    case 'claim-answered':
      state.claims.delete(idText(record.claim));
      return;
    case 'return-signed':
      returnSigned(state, record);
      return;
    case 'order-refused':
      orderRefused(state, record);
      return;
    case 'return-answered':
      state.returns.delete(idText(record.object));
      return;
    case 'evidence-kept':
      evidenceKept(state, record);
      return;
    case 'sent':
      for (const entry of record.entries) state.outbox.delete(entry);
      return;
    case 'synced':
      synced(state, record);
      return;
    case 'keys-retired':
      retireKeys(state);
      return;
    case 'evidence-resent':
      evidenceResent(state, record);
      return;
    case 'object-ended':
      objectEnded(state, record);
      return;
    case 'kept':
      takeKept(state, record.part);
      return;
  }
}

const verdictBytes = (verdict: Verdict): Uint8Array => encodeSigned(VERDICT, verdict);

function post(state: SecureElementState, item: OutboxItem): void {
  state.outbox.set(state.outboxNext, item);
  state.outboxNext += 1;
}

function outgoingOf(state: SecureElementState, ref: RecordOf<'payment-signed'>['ref']): OutgoingPayment {
  const payment = state.outgoing.get(paymentIdOf(ref.request, ref.nonce));
  if (!payment) throw new Error('journal: a record of a payment that was never recorded');
  return payment;
}

function requestOpened(state: SecureElementState, record: RecordOf<'request-opened'>): void {
  const { message, bytes, wrapped, at } = record;
  const standing = isStanding(message.request.body);
  state.requests.set(idText(message.request.id), {
    message,
    requestBytes: bytes,
    wrapped,
    standing,
    openedAt: at,
  });
  if (standing) return;
  const { amount } = message.request.body;
  state.incoming.set(paymentIdOf(message.request.id), {
    message,
    requestBytes: bytes,
    machine: applyPayee(NOT_ASKED, { kind: 'opened' }),
    spends: [],
    openedAt: at,
    ...(amount === undefined ? {} : { amount }),
  });
}

function paymentAccepted(state: SecureElementState, record: RecordOf<'payment-accepted'>): void {
  const { ref, offer, offerBytes, verdict, at } = record;
  const id = paymentIdOf(ref.request, ref.nonce);
  const known = state.incoming.get(id) ?? standingPayment(state, ref.request);
  const exchange = { request: known.requestBytes, offer: offerBytes };
  const received = addReceived(state, known.message, offer, exchange);
  known.amount = received.amount;
  known.depth = received.depth;
  if (received.payerName !== undefined) known.payerName = received.payerName;
  known.offerBytes = offerBytes.length;
  known.spends = offer.spends.map((spend) => spend.id);
  known.machine = applyPayee(known.machine, { kind: 'accepted', verdict, at });
  const key = state.keys.get(keyText(keyOfDocument(known.message.payee)));
  if (key) key.used = true;
  state.newestTime = later(state.newestTime ?? at, at);
  post(state, { kind: 'exchange', payment: id, ...exchange });
  post(state, { kind: 'verdict', bytes: verdictBytes(verdict) });
  requestAnswered(state, ref);
  archiveIncoming(state, id, known);
}

/** The secrets of the requests answered last are kept, so that the same offer gets the same answer. */
function requestAnswered(state: SecureElementState, { request, nonce }: PaymentRef): void {
  const id = idText(request);
  const own = state.requests.get(id);
  if (nonce || !own) return;
  state.requests.delete(id);
  const { requestBytes, wrapped, openedAt } = own;
  state.answered.set(id, { requestBytes, wrapped, openedAt });
  if (state.answered.size <= MAX_OPEN_REQUESTS) return;
  for (const oldest of state.answered.keys()) {
    state.answered.delete(oldest);
    return;
  }
}

function standingPayment(state: SecureElementState, request: PaymentRef['request']): IncomingPayment {
  const own = state.requests.get(idText(request));
  if (!own) throw new Error('journal: an answer to a request that was never opened');
  const { message, requestBytes, openedAt } = own;
  return { message, requestBytes, openedAt, machine: applyPayee(NOT_ASKED, { kind: 'opened' }), spends: [] };
}

function paymentClosed(state: SecureElementState, record: RecordOf<'payment-closed'>): void {
  const { ref, verdict, at } = record;
  const id = paymentIdOf(ref.request, ref.nonce);
  const known = state.incoming.get(id) ?? standingPayment(state, ref.request);
  known.machine = applyPayee(known.machine, { kind: 'closed', verdict, at });
  post(state, { kind: 'exchange', payment: id, request: known.requestBytes });
  post(state, { kind: 'verdict', bytes: verdictBytes(verdict) });
  requestAnswered(state, ref);
  archiveIncoming(state, id, known);
}

/** The holding from which an input is taken. */
function holdingOf(state: SecureElementState, input: SpendBody['inputs'][number]): Holding {
  const holding = state.holdings.get(holdingKey(input.parent));
  if (!holding || !covers(holding.free, input)) throw new Error('journal: a range that is not free');
  return holding;
}

/** A holding with nothing left is dropped, its provenance with it. */
function take(state: SecureElementState, input: SpendBody['inputs'][number]): Holding {
  const holding = holdingOf(state, input);
  holding.free = without(holding.free, input);
  if (holding.free.length === 0) state.holdings.delete(holdingKey(holding.parent));
  return holding;
}

function paymentRecorded(state: SecureElementState, record: RecordOf<'payment-recorded'>): void {
  const { ref, message, bytes, drafts, at, confirmed } = record;
  let amount = ZERO;
  let depth = 0;
  const spends: OutgoingSpend[] = [];
  for (const draft of drafts) {
    const ranges: OutgoingSpend['ranges'][number][] = [];
    for (const [index, input] of draft.body.inputs.entries()) {
      const holding = take(state, input);
      ranges.push({ holding, range: { from: input.from, to: input.to } });
      rememberSpent(state, holding, { spend: draft.id, index }, input);
      depth = Math.max(depth, holding.steps.length + 1);
    }
    const first = ranges[0]?.holding;
    if (!first) throw new Error('journal: a spend without inputs');
    const key = state.keys.get(keyText(first.owner));
    if (!key) throw new Error('journal: a spend of a key that is not here');
    key.seq = draft.body.seq;
    const { payee } = draft.body;
    key.paidTo = key.paidTo === undefined || isSame(key.paidTo, payee) ? payee : 'several';
    const moved = totalLength(ranges.map((entry) => entry.range));
    amount = add(amount, moved);
    const conditional = ranges.some((entry) => isConditional(entry.holding));
    spends.push({
      id: draft.id,
      owner: first.owner,
      document: first.document,
      amount: moved,
      conditional,
      ranges,
      returned: false,
    });
  }
  const machine = applyPayer(PROPOSED, { kind: 'recorded', drafts });
  const id = paymentIdOf(ref.request, ref.nonce);
  state.outgoing.set(id, { message, requestBytes: bytes, amount, at, depth, spends, machine });
  state.unsettled.add(id);
  const { counters } = state;
  counters.count += 1;
  counters.total = add(counters.total, amount);
  counters.sinceConfirmation = confirmed ? ZERO : add(counters.sinceConfirmation, amount);
  state.newestTime = later(state.newestTime ?? at, at);
}

const isSame = (known: ObjectId | 'several', payee: ObjectId): boolean =>
  known !== 'several' && equalBytes(known, payee);

/** Ranges are needed no longer than a recorded payment can be freed. */
const withoutRanges = (spend: OutgoingSpend): OutgoingSpend => ({ ...spend, ranges: [] });

function paymentSigned(state: SecureElementState, record: RecordOf<'payment-signed'>): void {
  const payment = outgoingOf(state, record.ref);
  payment.machine = applyPayer(payment.machine, { kind: 'signed', spends: record.spends });
  payment.sealed = record.sealed;
  payment.offerBytes = record.offerBytes.length;
  payment.offer = record.offerBytes;
  payment.spends = payment.spends.map(withoutRanges);
  const id = paymentIdOf(record.ref.request, record.ref.nonce);
  post(state, { kind: 'exchange', payment: id, request: payment.requestBytes, offer: record.offerBytes });
}

function paymentFreed(state: SecureElementState, record: RecordOf<'payment-freed'>): void {
  const payment = outgoingOf(state, record.ref);
  payment.machine = applyPayer(payment.machine, { kind: 'freed' });
  state.unsettled.delete(paymentIdOf(record.ref.request, record.ref.nonce));
  for (const spend of payment.spends) {
    for (const { holding, range } of spend.ranges) {
      const key = holdingKey(holding.parent);
      const held = state.holdings.get(key) ?? holding;
      held.free = withRange(held.free, range);
      state.holdings.set(key, held);
      forgetSpend(state, held.coin.id, spend.id);
    }
  }
  payment.spends = payment.spends.map(withoutRanges);
  archiveOutgoing(state, paymentIdOf(record.ref.request, record.ref.nonce));
}

/** A Verdict may still come: also of what came back whole, where its payee was late (SET-7). */
function paymentEnded(state: SecureElementState, { ref, returned }: RecordOf<'payment-ended'>): void {
  outgoingOf(state, ref).returned = returned;
}

function paymentAnswered(state: SecureElementState, record: RecordOf<'payment-answered'>): void {
  const payment = outgoingOf(state, record.ref);
  payment.machine = applyPayer(payment.machine, { kind: 'answered', verdict: record.verdict });
  const isBack = payment.returned === payment.amount;
  delete payment.sealed;
  delete payment.returned;
  leaveVoid(state, payment);
  const id = paymentIdOf(record.ref.request, record.ref.nonce);
  if (isBack || voidSpends(payment).length === 0) state.unsettled.delete(id);
  post(state, { kind: 'verdict', bytes: verdictBytes(record.verdict) });
  archiveOutgoing(state, id);
}

function claimSigned(state: SecureElementState, { claim, instead }: RecordOf<'claim-signed'>): void {
  const before = instead && state.claims.get(idText(instead));
  if (before) {
    const { refused: _, ...open } = before;
    state.claims.delete(idText(instead));
    state.claims.set(idText(claim.id), { ...open, claim, retries: open.retries + 1 });
    return;
  }
  const parts: CoinPart[] = [];
  const exchanges = new Set<KeptExchange>();
  let owner: Holding['owner'] | undefined;
  for (const input of claim.body.inputs) {
    const holding = take(state, input);
    owner = holding.owner;
    parts.push({ coin: holding.coin, amount: lengthOf(input) });
    if (holding.exchange) exchanges.add(holding.exchange);
  }
  if (!owner) throw new Error('journal: a claim without inputs');
  const amount = sum(parts.map((part) => part.amount));
  state.claims.set(idText(claim.id), { claim, owner, amount, parts, exchanges: [...exchanges], retries: 0 });
}

function returnSigned(state: SecureElementState, { object, instead }: RecordOf<'return-signed'>): void {
  const before = instead && state.returns.get(idText(instead));
  if (before) {
    const { refused: _, ...open } = before;
    state.returns.delete(idText(instead));
    state.returns.set(idText(object.id), { ...open, object, retries: open.retries + 1 });
    return;
  }
  let owner: OutgoingSpend['owner'] | undefined;
  let amount = ZERO;
  const named = new Set(object.body.spends.map(idText));
  const exchanges: KeptExchange[] = [];
  for (const id of [...state.unsettled]) {
    const payment = state.outgoing.get(id);
    if (!payment) continue;
    payment.spends = payment.spends.map((spend) => {
      if (!named.has(idText(spend.id))) return spend;
      amount = add(amount, spend.amount);
      owner = spend.owner;
      return { ...spend, returned: true };
    });
    const { offer } = payment;
    if (offer && payment.spends.some((spend) => named.has(idText(spend.id))))
      exchanges.push({ request: payment.requestBytes, offer });
    if (payment.machine.kind !== 'answered' || voidSpends(payment).length > 0) continue;
    state.unsettled.delete(id);
    archiveOutgoing(state, id);
  }
  if (!owner) throw new Error('journal: a return of nothing');
  state.returns.set(idText(object.id), { object, owner, amount, exchanges, retries: 0 });
}

function evidenceKept(state: SecureElementState, record: RecordOf<'evidence-kept'>): void {
  const { proof, request, offer, verdict } = record;
  if (proof) post(state, { kind: 'proof', bytes: proof });
  if (verdict) post(state, { kind: 'verdict', bytes: verdict });
  if (!request) return;
  post(state, offer ? { kind: 'exchange', request, offer } : { kind: 'exchange', request });
}

function evidenceResent(state: SecureElementState, { object }: RecordOf<'evidence-resent'>): void {
  const open = openOrder(state, object);
  if (!open) throw new Error('journal: evidence of nothing that is open');
  open.retries += 1;
  for (const exchange of open.exchanges) post(state, { kind: 'exchange', ...exchange });
}

function orderRefused(state: SecureElementState, { object, code }: RecordOf<'order-refused'>): void {
  const open = openOrder(state, object);
  if (!open) throw new Error('journal: a refusal of nothing that is open');
  open.refused = code;
}

function objectEnded(state: SecureElementState, { object, refused }: RecordOf<'object-ended'>): void {
  const id = idText(object);
  const claim = state.claims.get(id);
  for (const index of refused) {
    const part = claim?.parts[index];
    if (part) leaveToClose(state, part);
  }
  const named = state.returns.get(id)?.object.body.spends ?? [];
  for (const index of refused) {
    const spend = named[index];
    if (spend) for (const part of partsOfSpend(state, { id: spend })) leaveToClose(state, part);
  }
  state.claims.delete(id);
  state.returns.delete(id);
}

function synced(state: SecureElementState, { time }: RecordOf<'synced'>): void {
  const { counters } = state;
  counters.count = 0;
  counters.total = ZERO;
  state.lastSync = time;
  state.newestTime = later(state.newestTime ?? time, time);
  const closed: IdText[] = [];
  const isClosed = (coin: Coin): boolean => time > (closeOf(state, coin) ?? time);
  // What was refused until its close came to the account by then (SET-7).
  for (const [id, { refused, parts }] of [...state.claims])
    if (refused && parts.every(({ coin }) => isClosed(coin))) state.claims.delete(id);
  for (const [id, { refused, object }] of [...state.returns]) {
    const parts = object.body.spends.flatMap((spend) => partsOfSpend(state, { id: spend }));
    if (refused && parts.every(({ coin }) => isClosed(coin))) state.returns.delete(id);
  }
  for (const [id, { coin }] of state.history) if (isClosed(coin)) closed.push(id);
  for (const id of closed) state.history.delete(id);
  for (const [id, { coin }] of [...state.waiting]) if (isClosed(coin)) state.waiting.delete(id);
}
