/**
 * Intake: a batch of uploads becomes stored, judged and credited (SET-1, SET-2, SET-13, SET-14).
 *
 *   facts → coins known? → signatures → verdicts stored → settle_batch → spends voided → reviews → answers
 *
 * Every step is idempotent and safe to stop after: the device sends the same upload until it is answered, and
 * coins that were marked for review are also found by the sweep.
 */
import { randomBytes } from 'node:crypto';
import type { SyncCrypto } from '@duet/crypto/port';
import type { IdText, Instant } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import type { Code } from '@duet/protocol/codes';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import { exchangeField, type Upload } from '@duet/protocol/messages/upload';
import { CLAIM, type Claim, type Destination, RETURN, type Return } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { SignatureCheck } from '@duet/protocol/suite';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { bucketOf, bucketOfKey } from '../core/bucket.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { type PaymentId, paymentKey, paymentOf, readPiecesByPayment } from '../sql/payments.ts';
import {
  binary,
  type CoinRow,
  hexOf,
  type PieceRow,
  readCoins,
  readPiecesByChild,
  type StoredPiece,
  settleBatch,
} from '../sql/rows.ts';
import { isBy, type NewRecorded, readVerdicts, storeRecorded } from '../sql/verdicts.ts';
import { type ClaimRows, Holdings, placeInReturn, rowsOfClaim, rowsOfReturn } from './claims.ts';
import { foreignOrders, refuseUnknownDestinations } from './destinations.ts';
import { type Facts, factsOf, LISTS, type PaymentFacts } from './facts.ts';
import type { KnownSignatures } from './known-signatures.ts';
import { openCases, revokeDue } from './proofs.ts';
import { type Judged, type ReviewContext, reviewCoin, unmarkedVoids } from './review.ts';
import { sequenceCasesOf } from './sequences.ts';
import { openTickets } from './tickets.ts';
import { storeUnknownCoins } from './unknown-coins.ts';
import { resolveVerdicts, retried, storeVerdictFacts } from './verdict-intake.ts';

export interface IntakeContext {
  readonly pool: pg.Pool;
  readonly crypto: SyncCrypto;
  readonly trust: TrustView;
  readonly signatures: KnownSignatures;
  /** Time of arrival in microseconds; the order of inputs is the database's. */
  readonly stored: number;
  readonly now: Instant;
  readonly today: number;
}

/** What became of one input of a claim, or of one spend of a return. */
export interface InputOutcome {
  readonly order: Uint8Array;
  readonly index: number;
  readonly credited: number;
  readonly owed: number;
  readonly code?: Code;
}

/** A claim or return that stands, with what it was credited from coins. */
export interface SettledOrder {
  readonly id: Uint8Array;
  readonly kind: 'claim' | 'return';
  readonly body: { readonly operator: number; readonly destination: Destination };
  readonly owner: Uint8Array;
  readonly inputs: readonly InputOutcome[];
  /** Coin of the first input: policy, currency and condition of what is reissued. */
  readonly coin: CoinRow | undefined;
}

export interface IntakeResult {
  readonly facts: Facts;
  /** Something of the batch was judged piece by piece or accused: keys may have been revoked. */
  readonly reviewed: boolean;
  /** The batch brought coins that the registry never made: epochs were stopped. */
  readonly alarmed: boolean;
  readonly orders: readonly SettledOrder[];
}

/** Settles uploads together; one result for each. */
export async function takeIn(uploads: readonly Upload[], context: IntakeContext): Promise<IntakeResult[]> {
  const all = uploads.map((upload) => factsOf(upload, context.trust, context.crypto));
  await resolveVerdicts(all, context);
  const known = await knowCoins(all, context);
  for (const facts of all) keepSigned(facts, known, context);
  const foreign = [...coinsOf(all)].filter(([id]) => !known.has(id)).map(([, coin]) => coin);
  if (foreign.length > 0) await storeUnknownCoins(foreign, context);
  const contradicted = await storeVerdictFacts(all, context);
  const holdings = await holdingsOf(all, known, context);
  await refuseUnknownDestinations(all, context.pool);
  const orders = all.map((facts) => ordersOf(facts, holdings, context));
  const others = await foreignOrders(orders.flat(), holdings, context.pool);
  for (const [i, facts] of all.entries()) orders[i] = withoutForeign(facts, orders[i] ?? [], others);
  await storeClaimMessages(orders.flat(), context);
  await openTickets(context.pool, ticketsOf(orders.flat()), context.today);
  const spends = distinct(all.flatMap((facts) => facts.payments.flatMap((payment) => payment.pieces)));
  const rows = await withVoids(
    distinct([...spends, ...orders.flat().flatMap((order) => order.rows.rows)]),
    context,
  );
  const outcomes = await settleRows(rows, context);
  const touched = new Map([...(await voidedCoins(all, context)), ...(await voidedMeanwhile(rows, context))]);
  const due = coinsToReview(rows, outcomes, touched);
  const judged = await reviewAll(due, context);
  // What the registry knew before this batch; the coins that it did not know are looked at as well.
  const shared = (row: PieceRow): boolean => known.get(row.coinText)?.shared !== false;
  const sequences = await sequenceCasesOf(context.pool, spends, shared);
  await openCases(context.pool, sequences, context.stored, context.crypto);
  await recordOpen(all, claimedSpends(orders.flat()), context);
  await takeProofs(all, context);
  const accused = contradicted + sequences.length > 0 || all.some(({ proofs }) => proofs.length > 0);
  const reviewed = accused || due.length > 0;
  if (reviewed) await revokeDue(context.pool);
  return all.map((facts, i) => ({
    facts,
    reviewed,
    alarmed: foreign.length > 0,
    orders: (orders[i] ?? []).map((order) => settledOrder(order, outcomes, judged, holdings)),
  }));
}

/** Coins of the batch that the registry holds, by id. */
type KnownCoins = Map<string, CoinRow>;

async function knowCoins(all: readonly Facts[], { pool }: IntakeContext): Promise<KnownCoins> {
  const coins = [...coinsOf(all).values()];
  const rows = await readCoins(
    pool,
    coins.map((coin) => ({ bucket: bucketOf(coin.id), id: coin.id })),
  );
  return new Map(rows.map((row) => [row.coin_id.toString('hex'), row]));
}

function coinsOf(all: readonly Facts[]): Map<IdText, Coin> {
  const coins = new Map<IdText, Coin>();
  for (const facts of all)
    for (const payment of facts.payments) for (const [id, coin] of payment.coins) coins.set(id, coin);
  return coins;
}

/**
 * Drops what does not verify, each alone, with its code. The registry's own coins need no check when they come back
 * byte for byte: the id is the hash of all that was signed, the signature stands beside it.
 */
function keepSigned(facts: Facts, known: KnownCoins, { signatures }: IntakeContext): void {
  const isOwnCoin = ({ id, signature }: SignatureCheck): boolean => {
    const row = known.get(idText(id));
    return row?.known === true && equalBytes(row.signature, signature);
  };
  const payments = facts.payments.splice(0);
  for (const payment of payments) {
    if (payment.checks.every((check) => isOwnCoin(check) || signatures.holds(check)))
      facts.payments.push(payment);
    else facts.refused.push({ list: LISTS.exchange, place: payment.place, code: 'bad-signature' });
  }
  const verdicts = facts.verdicts.splice(0);
  for (const verdict of verdicts) {
    if (verdict.checks.every((check) => signatures.holds(check))) facts.verdicts.push(verdict);
    else facts.refused.push({ list: LISTS.verdict, place: verdict.place, code: 'bad-signature' });
  }
}

/** Everything that claims and returns of the batch name: from the batch itself, else from what is stored. */
async function holdingsOf(
  all: readonly Facts[],
  known: KnownCoins,
  context: IntakeContext,
): Promise<Holdings> {
  const holdings = new Holdings();
  for (const row of known.values()) holdings.addCoin(row);
  for (const facts of all)
    for (const payment of facts.payments) for (const piece of payment.pieces) holdings.addPiece(piece);
  const spends = new Map<string, Uint8Array>();
  const coins = new Map<string, { bucket: number; id: Uint8Array }>();
  const wantCoin = (id: Uint8Array, text: string): void => {
    if (!known.has(text)) coins.set(text, { bucket: bucketOf(id), id });
  };
  for (const facts of all) {
    for (const { claim } of facts.claims) {
      for (const input of claim.body.inputs) {
        const holding = holdings.of(input);
        if (holding) wantCoin(holding.coin, holding.coinText);
        else if (input.parent.index === undefined) wantCoin(input.parent.id, idText(input.parent.id));
        else spends.set(idText(input.parent.id), input.parent.id);
      }
    }
    for (const { order } of facts.returns) for (const id of order.body.spends) spends.set(idText(id), id);
  }
  for (const row of await markedPieces([...spends.values()], context)) {
    holdings.addStored(row);
    wantCoin(row.coin_id, hexOf(row.coin_id));
  }
  for (const row of await readCoins(context.pool, [...coins.values()])) holdings.addCoin(row);
  return holdings;
}

/** Stored Spends by id; those whose Verdict was stored before a crash, and nothing after it, are judged first. */
async function markedPieces(ids: readonly Uint8Array[], context: IntakeContext): Promise<StoredPiece[]> {
  const stored = await readPiecesByChild(context.pool, ids);
  const unmarked = await unmarkedVoids(context.pool, stored);
  if (unmarked.length === 0) return stored;
  const coins = new Map(unmarked.map((row) => [hexOf(row.coin_id), row.coin_id]));
  await reviewAll([...coins.values()], context);
  return readPiecesByChild(context.pool, ids);
}

interface Order {
  readonly list: number;
  readonly place: number;
  readonly id: Uint8Array;
  readonly kind: 'claim' | 'return';
  readonly body: SettledOrder['body'];
  readonly bytes: Uint8Array;
  readonly rows: ClaimRows;
}

/** Claims and returns whose signature holds; others are refused whole. */
function ordersOf(facts: Facts, holdings: Holdings, { signatures }: IntakeContext): Order[] {
  const orders: Order[] = [];
  const take = (
    list: number,
    place: number,
    object: Claim | Return,
    rows: ClaimRows,
    bytes: Uint8Array,
  ): void => {
    const { id, kind, body } = object;
    const held =
      rows.owner && suitesAgree(object, rows.owner) && signatures.holds(checkOf(object, rows.owner));
    if (rows.owner && !held) facts.refused.push({ list, place, code: 'bad-signature' });
    else orders.push({ list, place, id, kind, body, bytes, rows });
  };
  for (const { place, claim } of facts.claims)
    take(LISTS.claim, place, claim, rowsOfClaim(claim, holdings), encodeSigned(CLAIM, claim));
  for (const { place, order } of facts.returns)
    take(LISTS.return, place, order, rowsOfReturn(order, holdings), encodeSigned(RETURN, order));
  return orders;
}

/** Orders for coins onto keys of other accounts are refused whole (`key-owners.ts`). */
function withoutForeign(facts: Facts, orders: readonly Order[], foreign: ReadonlySet<Order>): Order[] {
  for (const { list, place } of orders.filter((order) => foreign.has(order)))
    facts.refused.push({ list, place, code: 'key-certified' });
  return orders.filter((order) => !foreign.has(order));
}

/** Tickets that the claims of the batch name (SET-10). */
const ticketsOf = (orders: readonly Order[]): Uint8Array[] =>
  orders.flatMap(({ body, rows }) =>
    body.destination.kind === 'ticket' && rows.owner ? [body.destination.ticket] : [],
  );

/** The messages behind claims: evidence, should a Spend overlap them. */
async function storeClaimMessages(orders: readonly Order[], { pool }: IntakeContext): Promise<void> {
  const kept = orders.filter((order) => order.rows.owner !== undefined);
  if (kept.length === 0) return;
  await pool.query(
    `INSERT INTO claim_message (bucket, claim_id, signer, body)
     SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::bytea[]) ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [
      kept.map((order) => bucketOf(order.id)),
      kept.map((order) => binary(order.id)),
      kept.map((order) => binary(order.rows.owner ?? new Uint8Array(0))),
      kept.map((order) => binary(order.bytes)),
    ],
  );
}

/** Marks spends that a stored verdict does not list; of a payee that signed two, either binds it. */
async function withVoids(rows: readonly PieceRow[], { pool }: IntakeContext): Promise<PieceRow[]> {
  const payments = rows.flatMap(({ request, nonce }) => (request ? [{ request, nonce }] : []));
  const verdicts = await readVerdicts(pool, payments);
  if (verdicts.size === 0) return [...rows];
  return rows.map((row) => {
    const { request, nonce } = row;
    const known = request && verdicts.get(paymentKey({ request, nonce }));
    const voided = known?.some(
      (verdict) => isBy(verdict, row.payee) && !verdict.accepted.some((id) => equalBytes(id, row.child)),
    );
    return voided ? { ...row, void: true } : row;
  });
}

async function settleRows(rows: readonly PieceRow[], { pool }: IntakeContext): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  if (rows.length === 0) return outcomes;
  const found = await inTransaction(pool, (client) => settleBatch(client, randomBytes(16), 0, rows), {
    attempts: 5,
  });
  for (const { place, outcome } of found) {
    const row = rows[place - 1];
    if (row) outcomes.set(row.key, outcome);
  }
  return outcomes;
}

/** Each piece once: a provenance comes with every offer that rests on it. */
function distinct(rows: readonly PieceRow[]): PieceRow[] {
  const byKey = new Map<string, PieceRow>();
  for (const row of rows) byKey.set(row.key, row);
  return [...byKey.values()];
}

/** Coins of stored spends that a verdict of this batch leaves void: also those that arrived before the verdict. */
async function voidedCoins(all: readonly Facts[], { pool }: IntakeContext): Promise<Map<string, Uint8Array>> {
  const accepted = new Map<string, (readonly Uint8Array[])[]>();
  const payments: PaymentId[] = [];
  for (const { verdict } of all.flatMap((facts) => facts.verdicts)) {
    const key = paymentKey(verdict.body);
    const lists = accepted.get(key);
    if (lists) lists.push(verdict.body.accepted);
    else {
      accepted.set(key, [verdict.body.accepted]);
      payments.push(verdict.body);
    }
  }
  const coins = new Map<string, Uint8Array>();
  for (const row of await readPiecesByPayment(pool, payments)) {
    const payment = paymentOf(row);
    const lists = payment && accepted.get(paymentKey(payment));
    if (!row.void && lists?.some((list) => !list.some((id) => equalBytes(id, row.child_id))))
      coins.set(hexOf(row.coin_id), row.coin_id);
  }
  return coins;
}

/** Coins of spends whose verdict was stored while they were: that one did not see them. */
async function voidedMeanwhile(
  rows: readonly PieceRow[],
  context: IntakeContext,
): Promise<Map<string, Uint8Array>> {
  const open = rows.filter((row) => row.request !== undefined && !row.void);
  const voided = (await withVoids(open, context)).filter((row) => row.void);
  return new Map(voided.map((row) => [row.coinText, row.coin]));
}

const REVIEW = 3;

function coinsToReview(
  rows: readonly PieceRow[],
  outcomes: ReadonlyMap<string, number>,
  voided: ReadonlyMap<string, Uint8Array>,
): Uint8Array[] {
  const coins = new Map(voided);
  for (const row of rows) if (outcomes.get(row.key) === REVIEW) coins.set(row.coinText, row.coin);
  return [...coins.values()];
}

/** Judges coins one by one, each in its own transaction. */
export async function reviewAll(
  coins: readonly Uint8Array[],
  context: IntakeContext,
): Promise<Map<string, Judged>> {
  const review: ReviewContext = {
    hashes: context.crypto,
    trust: context.trust,
    stored: context.stored,
    today: context.today,
  };
  const judged = new Map<string, Judged>();
  for (const coin of coins) {
    const marked = `UPDATE coin SET state = greatest(state, 1::smallint), review_due = true WHERE bucket = $1 AND coin_id = $2`;
    const found = await inTransaction(
      context.pool,
      async (client) => {
        await client.query(marked, [bucketOf(coin), binary(coin)]);
        return reviewCoin(client, bucketOf(coin), coin, review);
      },
      { attempts: 5 },
    );
    for (const one of found) judged.set(`${one.child}:${one.index}`, one);
  }
  return judged;
}

/** Spends that their payees claim: who claims what a Spend gave it has the payment. */
const claimedSpends = (orders: readonly Order[]): ReadonlySet<string> =>
  new Set(
    orders.flatMap(({ kind, rows }) => (kind === 'claim' ? rows.rows.map((row) => hexOf(row.parent)) : [])),
  );

/** Payments known from their payers alone wait for the payees' answers (SET-13). */
async function recordOpen(
  all: readonly Facts[],
  claimed: ReadonlySet<string>,
  context: IntakeContext,
): Promise<void> {
  const open: PaymentFacts[] = [];
  for (const facts of all) {
    const answered = new Set(facts.verdicts.map(({ verdict }) => paymentKey(verdict.body)));
    open.push(
      ...facts.payments.filter(
        (payment) =>
          !answered.has(paymentKey(paymentIdOf(payment))) &&
          !payment.chain.spends.every((spend) => claimed.has(idText(spend.id))),
      ),
    );
  }
  if (open.length === 0) return;
  const answeredBefore = await readVerdicts(context.pool, open.map(paymentIdOf));
  const rows = open
    .filter((payment) => !answeredBefore.has(paymentKey(paymentIdOf(payment))))
    .map((payment) => recordedOf(payment, context.crypto));
  await retried(context, (client) => storeRecorded(client, context.stored, rows));
}

const paymentIdOf = ({ context: { request }, chain }: PaymentFacts): PaymentId => ({
  request: request.id,
  nonce: chain.spends[0]?.body.standing?.nonce,
});

function recordedOf(payment: PaymentFacts, crypto: SyncCrypto): NewRecorded {
  const payee = keyOfDocument(payment.context.payee);
  return {
    bucket: bucketOfKey(payee),
    payee,
    ...paymentIdOf(payment),
    exchange: crypto.hash(1, encodeBytes(exchangeField, payment.exchange)),
    requestMessage: payment.exchange.request,
    offer: payment.exchange.offer ?? new Uint8Array(0),
    amount: payment.amount,
  };
}

/** Proofs that devices found themselves: verified standing alone, then filed. */
async function takeProofs(
  all: readonly Facts[],
  { pool, crypto, trust, signatures, stored }: IntakeContext,
): Promise<void> {
  for (const facts of all) {
    for (const { place, proof } of facts.proofs) {
      const examined = examineProof(proof, trust, crypto);
      const holds = examined.ok && examined.value.checks.every((check) => signatures.holds(check));
      const concluded = holds ? examined.value.conclude() : undefined;
      if (!concluded?.ok) {
        facts.refused.push({ list: LISTS.proof, place, code: 'proof-invalid' });
        continue;
      }
      await openCases(pool, [{ culprit: concluded.value.culprit, proof }], stored, crypto);
    }
  }
}

/** Adds up what every input of an order got. */
function settledOrder(
  order: Order,
  outcomes: ReadonlyMap<string, number>,
  judged: ReadonlyMap<string, Judged>,
  holdings: Holdings,
): SettledOrder {
  const inputs: InputOutcome[] = order.rows.refused.map(({ index, code }) => ({
    order: order.id,
    index,
    credited: 0,
    owed: 0,
    code,
  }));
  const own = order.rows.rows;
  for (const row of own) {
    const place = order.kind === 'return' ? placeInReturn(row.index) : row.index;
    if (outcomes.get(row.key) === 1) {
      inputs.push({ order: order.id, index: place, credited: row.to - row.from, owed: 0 });
      continue;
    }
    const { parts = [], earlier = [] } = judged.get(row.key) ?? {};
    const sum = (source: string): number =>
      [...parts, ...earlier]
        .filter((part) => part.source === source)
        .reduce((total, part) => total + part.to - part.from, 0);
    const code = parts.find((part) => part.code)?.code;
    inputs.push({
      order: order.id,
      index: place,
      credited: sum('coin'),
      owed: sum('fund'),
      ...(code ? { code } : {}),
    });
  }
  const first = own[0];
  const coin = first && holdings.coins.get(first.coinText);
  return {
    id: order.id,
    kind: order.kind,
    body: order.body,
    owner: order.rows.owner ?? new Uint8Array(0),
    inputs,
    coin,
  };
}
