/**
 * Takes the registry's answer to one upload: credits, coins, Verdicts on own payments, and payments of others
 * to this device that the registry knows from their payers (SET-13).
 */
import type { ObjectId } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import { codeOf } from '@duet/protocol/codes';
import { reading } from '@duet/protocol/messages/decoding';
import { decodeOffer, type Offer } from '@duet/protocol/messages/offer';
import { decodeRequest, keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import type { Answer, Exchange } from '@duet/protocol/messages/upload';
import { decodeVerdict } from '@duet/protocol/messages/verdict-message';
import { add, type Fen, sum, ZERO } from '@duet/protocol/money';
import { type CreditItem, outcomeOf } from '@duet/protocol/objects/notes';
import { currencyOf, isStanding } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { accept, type Rejection, type Result, refusal, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import { type Chain, totalOf } from '@duet/protocol/verify/chain';
import { settle } from '@duet/protocol/verify/examination';
import { counterRule } from '@duet/protocol/verify/hardware-counter';
import { divergenceOf } from '@duet/protocol/verify/history';
import { statedTotal } from '@duet/protocol/verify/offer';
import { examineUpload } from '@duet/protocol/verify/registry';
import { type JudgedAnswer, judgeAnswer } from './answer-check.ts';
import { trustOf, type WalletContext } from './context.ts';
import { keepDivergence } from './evidence-keeping.ts';
import { paymentIdOf, refOfPayment } from './payment-id.ts';
import { refOfOffer } from './receiving.ts';
import { type ArchivedIncoming, archivedOf } from './secure-element/archive.ts';
import { historyOf } from './secure-element/chains.ts';
import type { PaymentRef } from './secure-element/records.ts';
import type { SyncReport } from './sync.ts';
import { takeDecoded } from './taking-verdict.ts';
import type { PlannedUpload } from './upload-plan.ts';

/** `sealed` is what was sent, `bytes` what came back. An answer that is refused as a whole changes nothing. */
export function takeAnswer(
  context: WalletContext,
  planned: PlannedUpload,
  { sealed, bytes }: { readonly sealed: Uint8Array; readonly bytes: Uint8Array },
  sent: Set<string>,
  report: SyncReport,
): Result<void> {
  const judged = judgeAnswer(context, planned, sealed, bytes);
  if (!judged.ok) return judged;
  const { answer, coins } = judged.value;
  takeSent(context, planned, report);
  const fresh = coins.filter((coin) => !context.element.state.knownCoins.has(idText(coin.id)));
  if (fresh.length > 0) context.element.note({ kind: 'coins-added', coins: fresh });
  report.coins += fresh.length;
  takeCredits(context, judged.value, sent, report);
  for (const refused of answer.refused) takeRefusal(context, planned, refused, report);
  takeVerdicts(context, answer, report);
  takeEnds(context, judged.value.ends);
  for (const exchange of answer.recorded) answerRecorded(context, exchange, report);
  return accept(undefined);
}

/** Lists of an answer's refusals that hold Claims and Returns. */
const CLAIM_LIST = 3;
const RETURN_LIST = 4;

/**
 * A Claim or Return that was refused as a whole, and not judged, stays open: whatever was in its way may be gone at the next
 * sync. Keys of new coins that are somebody else's stay so: the money is ordered onto others (SET-9).
 */
function takeRefusal(
  { element }: WalletContext,
  { claims, returns }: PlannedUpload,
  { list, place, code: text }: Answer['refused'][number],
  report: SyncReport,
): void {
  const code = codeOf(text);
  const name = list === CLAIM_LIST ? claims[place] : list === RETURN_LIST ? returns[place] : undefined;
  const open = name && (element.state.claims.get(name) ?? element.state.returns.get(name));
  const order = open && ('claim' in open ? open.claim : open.object);
  const isTaken = code === 'key-certified' && order?.body.destination.kind === 'coins';
  if (open && order && isTaken && open.retries < MAX_RETRIES && element.signAgain(order.id).ok) return;
  report.refused.push(refusal(code, 'what the registry takes', `entry ${place} of list ${list}`));
  if (open && order && open.refused !== code) element.note({ kind: 'order-refused', object: order.id, code });
}

/** What went up is there; payments without a Verdict are recorded now. */
function takeSent(context: WalletContext, planned: PlannedUpload, report: SyncReport): void {
  const { element } = context;
  const payments = planned.entries.flatMap((entry) => {
    const item = element.state.outbox.get(entry);
    return item?.kind === 'exchange' && item.payment ? [item.payment] : [];
  });
  report.exchanges += planned.upload.exchanges.length;
  if (planned.entries.length > 0) element.note({ kind: 'sent', entries: planned.entries });
  for (const id of payments) {
    const payment = element.state.outgoing.get(id);
    if (payment?.machine.kind === 'signed')
      element.run({ kind: 'register-payment', ref: refOfPayment(id, payment.message.request.id) });
  }
}

function takeCredits(
  context: WalletContext,
  { items, short }: JudgedAnswer,
  sent: Set<string>,
  report: SyncReport,
): void {
  const { claims, returns } = context.element.state;
  for (const [name, entries] of items) {
    const claim = claims.get(name);
    const open = claim ?? returns.get(name);
    if (!open || entries.some((item) => outcomeOf(item.outcome) === 'pending')) continue;
    const object = claim ? claim.claim.id : entries[0]?.object;
    if (!object) continue;
    if (open.retries < MAX_RETRIES && (entries.some(isUnknown) || short.has(name))) {
      context.element.note({ kind: 'evidence-resent', object });
      if (short.has(name)) report.refused.push(missingCoins());
      else sent.delete(name);
      continue;
    }
    const credited = creditedOf(entries, report);
    if (!claim) report.returnedFen = add(report.returnedFen, credited);
    else if (claim.claim.body.destination.kind === 'coins')
      report.refreshedFen = add(report.refreshedFen, credited);
    else {
      report.claimedFen = add(report.claimedFen, credited);
      if (report.merging) report.mergedFen = add(report.mergedFen, credited);
    }
    endObject(context, object, claim !== undefined, entries);
  }
}

/** Times that a Claim or Return is sent again with what it rests on; then the close of its coins settles it. */
const MAX_RETRIES = 3;

/** Coins that were credited and did not come: asked for again in the next sync. */
const missingCoins = (): Rejection =>
  refusal('answer-mismatch', 'coins for all that was credited', 'fewer coins');

/** The registry lacks a Spend that the object rests on. */
const isUnknown = (item: CreditItem): boolean =>
  outcomeOf(item.outcome) === 'refused' && item.code === 'spend-unknown';

function endObject(
  { element }: WalletContext,
  object: ObjectId,
  claim: boolean,
  entries: readonly CreditItem[],
): void {
  const refused = entries.flatMap((item, place) => (isUnknown(item) ? [item.index ?? place] : []));
  if (refused.length > 0) element.note({ kind: 'object-ended', object, refused });
  else element.note(claim ? { kind: 'claim-answered', claim: object } : { kind: 'return-answered', object });
}

/** Adds up what was credited, and reports what is owed and what was refused. */
function creditedOf(entries: readonly CreditItem[], report: SyncReport): Fen {
  let credited = ZERO;
  for (const item of entries) {
    const outcome = outcomeOf(item.outcome);
    if (outcome === 'credited') credited = add(credited, item.amount ?? ZERO);
    // Credited to the account in place of coins (LIMIT-1, SET-7).
    if (outcome === 'credited' && (item.code === 'too-many-coins' || item.code === 'key-certified'))
      report.refused.push(refusal(item.code, 'new coins', 'money on the account'));
    if (outcome === 'owed' && item.amount !== undefined)
      report.owed.push({ code: codeOf(item.code ?? 'owed'), amount: item.amount });
    if (outcome === 'refused') {
      report.refused.push(
        refusal(codeOf(item.code ?? ''), 'an input that is credited', `input ${item.index ?? 0}`),
      );
    }
  }
  return credited;
}

function takeVerdicts(context: WalletContext, answer: Answer, report: SyncReport): void {
  for (const bytes of answer.verdicts) {
    const read = reading(() => decodeSigned(VERDICT, bytes, context.crypto));
    if (!read.ok) {
      report.refused.push(read.rejection);
      continue;
    }
    const { request, nonce } = read.value.body;
    const id = paymentIdOf(request, nonce);
    const { outgoing, archive } = context.element.state;
    const payment = outgoing.get(id);
    if (!payment && !archive.has(id))
      report.refused.push(refusal('payment-unknown', 'verdicts on payments of this wallet', 'another one'));
    if (payment?.machine.kind !== 'signed') continue;
    const taken = takeDecoded(context, id, payment, read.value);
    if (taken.ok) report.verdictsTaken += 1;
    else report.refused.push(taken.rejection);
  }
}

/** Payments of which every Spend ended with the close of its coins (SET-7). */
function takeEnds({ element }: WalletContext, ends: JudgedAnswer['ends']): void {
  if (ends.size === 0) return;
  for (const id of element.state.unsettled) {
    const payment = element.state.outgoing.get(id);
    if (payment?.machine.kind !== 'signed') continue;
    const returned = payment.spends.map((spend) => ends.get(idText(spend.id)));
    const known = returned.flatMap((amount, i) =>
      amount === undefined || amount > (payment.spends[i]?.amount ?? 0) ? [] : [amount],
    );
    const total = sum(known);
    if (known.length < returned.length || total === payment.returned) continue;
    const ref = refOfPayment(id, payment.message.request.id);
    element.note({ kind: 'payment-ended', ref, returned: total });
  }
}

/** Answers a payment that its payer uploaded: with the Verdict there is, or with one made now. */
function answerRecorded(context: WalletContext, exchange: Exchange, report: SyncReport): void {
  const answered = judgeRecorded(context, exchange);
  if (answered.ok) report.answered += 1;
  else report.refused.push(answered.rejection);
}

function judgeRecorded(context: WalletContext, exchange: Exchange): Result<void> {
  const { element, crypto } = context;
  const message = decodeRequest(exchange.request, crypto);
  if (!message.ok) return message;
  const { id, body } = message.value.request;
  const own = element.state.requests.get(idText(id)) ?? element.state.incoming.get(paymentIdOf(id));
  if (!exchange.offer) return reject('malformed', 'a payment', 'a request alone');
  const asked = own?.message ?? message.value;
  const offer = decodeOffer(exchange.offer, asked, crypto);
  if (!offer.ok) return offer;
  const ref = refOfOffer({ message: asked, standing: isStanding(body) }, offer.value);
  if (!ref.ok) return ref;
  const settled = archivedOf(element.state, paymentIdOf(ref.value.request, ref.value.nonce));
  if (settled?.direction === 'in') return answerSettled(context, settled, ref.value, asked);
  if (!own) return reject('request-unknown', 'a request of this device', 'another one');
  const chain = verified(context, own.message, offer.value);
  if (!chain.ok) return chain;
  const refused = refusalOf(context, own.message, offer.value, chain.value);
  // It stays open for another offer until its time runs out (PAY-7); a payment to a standing request has no time of its own.
  if (refused && !isStanding(body)) return { ok: false, rejection: refused };
  const answer = refused
    ? element.closeRequest(own, ref.value)
    : element.acceptOffer(own, ref.value, offer.value, exchange.offer);
  return answer.ok ? accept(undefined) : answer;
}

/** The registry lacks a Verdict that was given: it goes up again. */
function answerSettled(
  { element, crypto }: WalletContext,
  { spends, verdict }: ArchivedIncoming,
  ref: PaymentRef,
  { payee }: RequestMessage,
): Result<void> {
  const held = decodeVerdict(verdict, { ...ref, payee: keyOfDocument(payee), spends }, crypto);
  if (!held.ok) return held;
  element.note({ kind: 'evidence-kept', verdict: encodeSigned(VERDICT, held.value) });
  return accept(undefined);
}

/** By the registry's rules: what they refuse is not what a payer signed, and answers nothing. */
function verified(context: WalletContext, message: RequestMessage, offer: Offer): Result<Chain> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  return settle(examineUpload(offer, message, trust.value.view, context.crypto), context.verifier);
}

/** The payee's own rules: the amount, the currency, and one history of every range. */
function refusalOf(
  context: WalletContext,
  message: RequestMessage,
  offer: Offer,
  chain: Chain,
): Rejection | undefined {
  const { countersOf } = historyOf(context.element.state);
  return (
    amountRule(chain, message) ??
    historyRule(context, chain, message, offer) ??
    counterRule(chain, countersOf)
  );
}

function amountRule(chain: Chain, message: RequestMessage): Rejection | undefined {
  const stated = statedTotal(chain, message);
  const total = totalOf(chain);
  if (stated !== total) {
    const said = [stated, total].map((amount) => (amount === undefined ? 'none' : amountSaid(amount)));
    return refusal('sum-mismatch', `a stated total of ${said[0]}`, `ranges of ${said[1]}`);
  }
  const currency = currencyOf(message.request.body);
  const other = chain.paths.find((path) => path.coin.body.currency !== currency);
  return other
    ? refusal('currency-mismatch', `currency ${currency}`, `${other.coin.body.currency}`)
    : undefined;
}

function historyRule(
  context: WalletContext,
  chain: Chain,
  message: RequestMessage,
  offer: Offer,
): Rejection | undefined {
  for (const path of chain.paths) {
    const divergence = divergenceOf(path, historyOf(context.element.state));
    if (!divergence) continue;
    keepDivergence(context, message, offer, divergence);
    return refusal('conflict', 'one history of every range', 'two spends of one range');
  }
  return undefined;
}
