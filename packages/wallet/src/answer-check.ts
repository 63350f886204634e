/**
 * What the registry's answer to one upload must be before anything of it is taken (SET-14, ADR 26): signed for this
 * very upload, about Claims and Returns that are in it, with coins that they ordered. The port in between is trusted with
 * nothing: what it mixes up, leaves out or adds is refused as a whole, and the upload counts as unanswered.
 */
import type { IdText, KeyText } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { ANSWER, type Answer, recordedHash, type Upload } from '@duet/protocol/messages/upload';
import { add, type Fen, ZERO } from '@duet/protocol/money';
import type { Output } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import { CREDIT_NOTE, type CreditItem, type CreditNoteBody, outcomeOf } from '@duet/protocol/objects/notes';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Rejection, type Result, refusal, reject } from '@duet/protocol/rejection';
import { checkOf } from '@duet/protocol/verify/signatures';
import { trustOf, type WalletContext } from './context.ts';
import { judgeCoins } from './judge-coins.ts';
import { lengthOf } from './secure-element/ranges.ts';
import type { SecureElementState } from './secure-element/state.ts';
import { partsOfSpend } from './secure-element/waiting.ts';
import type { PlannedUpload } from './upload-plan.ts';

/** An answer of a full upload: coins, verdicts and payments of a long absence. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface JudgedAnswer {
  readonly answer: Answer;
  /** Of each Claim and Return that was judged, by its id. */
  readonly items: ReadonlyMap<IdText, readonly CreditItem[]>;
  readonly coins: readonly Coin[];
  /** Asked Spends that the close of their coins ended, with what came back. */
  readonly ends: ReadonlyMap<IdText, Fen>;
  /** Claims and Returns that were credited more than the coins that came for them. */
  readonly short: ReadonlySet<IdText>;
}

/** Judges the answer to an upload; `sealed` is what was sent. Nothing is changed here. */
export function judgeAnswer(
  context: WalletContext,
  planned: PlannedUpload,
  sealed: Uint8Array,
  bytes: Uint8Array,
): Result<JudgedAnswer> {
  const read = reading(() => decodeBytes(ANSWER, bytes, MAX_ANSWER_BYTES));
  if (!read.ok) return read;
  const answer = read.value;
  const noted = noteOf(context, answer, sealed);
  if (!noted.ok) return noted;
  const orders = ordersIn(context.element.state, planned);
  const items = itemsByOrder(noted.value.items);
  const ends = new Map(
    (noted.value.ends ?? []).map(({ spend, returned }) => [idText(spend), returned ?? ZERO] as const),
  );
  const wrong =
    refusedRule(answer, planned.upload) ?? itemsRule(items, orders, answer) ?? endsRule(ends, planned.upload);
  if (wrong) return { ok: false, rejection: wrong };
  const coins = judgeCoins(context, answer.coins);
  if (!coins.ok) return coins;
  const came = coinsRule(coins.value, orders);
  if (!came.ok) return came;
  return accept({ answer, items, ends, coins: coins.value, short: shortOrders(items, orders, came.value) });
}

/**
 * The note is signed by a registry key of the bundle, over the hash of the sealed bytes that went out and of the recorded
 * payments that came back: one that is missing or changed would end as "not paid" with its Request (PAY-7).
 */
function noteOf(context: WalletContext, answer: Answer, sealed: Uint8Array): Result<CreditNoteBody> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const read = reading(() => decodeSigned(CREDIT_NOTE, answer.creditNote, context.crypto));
  if (!read.ok) return read;
  const { body, suite } = read.value;
  const key = trust.value.view.key(body.signerKey, 'registry');
  if (!key || key.key[0] !== suite || !context.verifier.verify(checkOf(read.value, key.key)))
    return reject('bad-signature', 'a credit note of the registry', 'another signature');
  if (!equalBytes(body.upload, context.crypto.hash(1, sealed)))
    return reject('answer-mismatch', 'a credit note on this upload', 'one on other bytes');
  return equalBytes(body.recorded ?? NONE, recordedHash(answer.recorded, context.crypto) ?? NONE)
    ? accept(body)
    : reject('answer-mismatch', 'the recorded payments that the credit note names', 'others');
}

const NONE = new Uint8Array(0);

/** A Claim or Return as it went up. */
interface SentOrder {
  readonly list: 'claims' | 'returns';
  /** Place in its list. */
  readonly place: number;
  /** The most that each input of a Claim, or each Spend of a Return, can bring. */
  readonly most: readonly Fen[];
  readonly total: Fen;
  readonly operator: number;
  readonly outputs: readonly Output[];
  /** Coins that its money came from, as far as they are known here. */
  readonly sources: readonly Coin[];
}

type Orders = ReadonlyMap<IdText, SentOrder>;

function ordersIn(state: Readonly<SecureElementState>, planned: PlannedUpload): Orders {
  const orders = new Map<IdText, SentOrder>();
  for (const [place, id] of planned.claims.entries()) {
    const open = state.claims.get(id);
    if (!open) continue;
    const { inputs, operator, destination } = open.claim.body;
    orders.set(id, {
      list: 'claims',
      place,
      most: inputs.map(lengthOf),
      total: open.amount,
      operator,
      outputs: destination.kind === 'coins' ? destination.outputs : [],
      sources: open.parts.map((part) => part.coin),
    });
  }
  for (const [place, id] of planned.returns.entries()) {
    const open = state.returns.get(id);
    if (!open) continue;
    const { spends, operator, destination } = open.object.body;
    orders.set(id, {
      list: 'returns',
      place,
      most: spends.map(() => open.amount),
      total: open.amount,
      operator,
      outputs: destination.kind === 'coins' ? destination.outputs : [],
      sources: spends.flatMap((spend) => partsOfSpend(state, { id: spend }).map((part) => part.coin)),
    });
  }
  return orders;
}

function itemsByOrder(items: readonly CreditItem[]): Map<IdText, CreditItem[]> {
  const byOrder = new Map<IdText, CreditItem[]>();
  for (const item of items) {
    const name = idText(item.object);
    const entries = byOrder.get(name);
    if (entries) entries.push(item);
    else byOrder.set(name, [item]);
  }
  return byOrder;
}

const mismatch = (expected: string, got: string): Rejection => refusal('answer-mismatch', expected, got);

/** Lists of an upload as the refusals of its answer number them. */
const LISTS = ['exchanges', 'verdicts', 'claims', 'returns', 'proofs'] as const;

/** The one IntakeNote of a relay is list 0, the one Inquiry list 6. */
const NOTE_LIST = 0;
const INQUIRY_LIST = 6;

function entriesOf(upload: Upload, list: number): number {
  if (list === NOTE_LIST) return 1;
  if (list === INQUIRY_LIST) return upload.inquiry ? 1 : 0;
  const name = LISTS[list - 1];
  return name ? upload[name].length : 0;
}

/** Refusals name entries that were sent. */
function refusedRule({ refused }: Answer, upload: Upload): Rejection | undefined {
  for (const { list, place } of refused) {
    if (place >= entriesOf(upload, list))
      return mismatch('refusals of what was sent', `entry ${place} of list ${list}`);
  }
  return undefined;
}

/** Ends are of Spends that were asked about. */
function endsRule(ends: ReadonlyMap<IdText, Fen>, { openSpends }: Upload): Rejection | undefined {
  const asked = new Set(openSpends.map(idText));
  return [...ends.keys()].every((spend) => asked.has(spend))
    ? undefined
    : mismatch('ends of payments that were asked about', 'the end of another one');
}

/**
 * Every Claim and Return of the upload, and no other, is judged in full, or else refused as a whole: what stands beside the
 * signed note takes back nothing of it.
 */
function itemsRule(
  items: ReadonlyMap<IdText, readonly CreditItem[]>,
  orders: Orders,
  { refused }: Answer,
): Rejection | undefined {
  for (const [id, entries] of items) {
    const order = orders.get(id);
    if (!order) return mismatch('credits of claims and returns of this upload', 'credits of another one');
    const wrong = entriesRule(entries, order);
    if (wrong) return wrong;
  }
  for (const [id, { list, place }] of orders) {
    const whole = refused.some((entry) => LISTS[entry.list - 1] === list && entry.place === place);
    if (!items.has(id) && !whole) return mismatch('a word on every claim and return', `none on ${list}`);
    if (items.has(id) && whole) return mismatch('one word on every claim and return', `two on ${list}`);
  }
  return undefined;
}

function entriesRule(entries: readonly CreditItem[], { most, total }: SentOrder): Rejection | undefined {
  const credited = new Map<number, number>();
  for (const [place, item] of entries.entries()) {
    const index = item.index ?? place;
    credited.set(index, (credited.get(index) ?? 0) + creditOf(item));
  }
  for (const [index, amount] of credited) {
    const limit = most[index];
    if (limit === undefined) return mismatch(`inputs 0 to ${most.length - 1}`, `input ${index}`);
    if (amount > limit) return mismatch(`at most ${limit} for input ${index}`, `${amount}`);
  }
  if (credited.size < most.length) return mismatch(`a word on ${most.length} inputs`, `${credited.size}`);
  const all = [...credited.values()].reduce((before, amount) => before + amount, 0);
  return all > total ? mismatch(`at most ${total}`, `${all}`) : undefined;
}

/** What an item adds to what its owner has. */
const creditOf = ({ outcome, amount }: CreditItem): number =>
  outcomeOf(outcome) === 'credited' || outcomeOf(outcome) === 'owed' ? (amount ?? 0) : 0;

/** Where a new coin belongs: the order and the output that named its key. */
interface OrderedCoin {
  readonly id: IdText;
  readonly order: SentOrder;
  readonly output: Output;
}

function orderedCoins(orders: Orders): ReadonlyMap<KeyText, OrderedCoin> {
  const byKey = new Map<KeyText, OrderedCoin>();
  for (const [id, order] of orders)
    for (const output of order.outputs) byKey.set(keyText(output.owner), { id, order, output });
  return byKey;
}

/**
 * Each coin is what an order of this upload asked for: its key, at most its amount, of the same kind of money. Gives what
 * came for each order.
 */
function coinsRule(coins: readonly Coin[], orders: Orders): Result<ReadonlyMap<IdText, Fen>> {
  const ordered = orderedCoins(orders);
  const filled = new Map<KeyText, Coin>();
  const came = new Map<IdText, Fen>();
  for (const coin of coins) {
    const name = keyText(coin.body.owner);
    const wanted = ordered.get(name);
    if (!wanted) return reject('answer-mismatch', 'coins that were ordered', 'a coin of another key');
    if (filled.has(name)) return reject('answer-mismatch', 'one coin for each key', 'two');
    filled.set(name, coin);
    const wrong = coinRule(coin, wanted);
    if (wrong) return { ok: false, rejection: wrong };
    came.set(wanted.id, add(came.get(wanted.id) ?? ZERO, coin.body.value));
  }
  return accept(came);
}

function coinRule(coin: Coin, { order, output }: OrderedCoin): Rejection | undefined {
  const { value, operator } = coin.body;
  if (value > output.amount) return mismatch(`a coin of at most ${output.amount}`, `${value}`);
  if (operator !== order.operator) return mismatch(`a coin of operator ${order.operator}`, `${operator}`);
  return isOfKind(coin, order.sources)
    ? undefined
    : mismatch('money of the kind that went up', 'money of another kind');
}

/** New coins have the currency and policy of the old ones, and a condition only where an old one had one. */
const isOfKind = ({ body }: Coin, sources: readonly Coin[]): boolean =>
  sources.length === 0 ||
  sources.some(
    (source) =>
      source.body.currency === body.currency &&
      source.body.policy === body.policy &&
      (body.condition === undefined || source.body.condition !== undefined),
  );

/** A credit with a code went elsewhere, to the account: a fund paid it, or there was no room for a coin. */
function shortOrders(
  items: ReadonlyMap<IdText, readonly CreditItem[]>,
  orders: Orders,
  came: ReadonlyMap<IdText, Fen>,
): ReadonlySet<IdText> {
  const short = new Set<IdText>();
  for (const [id, { outputs }] of orders) {
    if (outputs.length === 0) continue;
    let credited = 0;
    for (const { outcome, amount, code } of items.get(id) ?? [])
      if (outcomeOf(outcome) === 'credited' && code === undefined) credited += amount ?? 0;
    if ((came.get(id) ?? 0) < credited) short.add(id);
  }
  return short;
}
