/**
 * PAY-5 once more, slow and obvious: what must be true of an offer that a payee accepted. It shares no code with
 * the verification but the types, and looks everything up by scanning. Signatures are asked for, not verified.
 */
import type { Offer } from '@duet/protocol/messages/offer';
import type { RequestMessage } from '@duet/protocol/messages/request-message';
import type { Certificate } from '@duet/protocol/objects/certificate';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Input, Spend } from '@duet/protocol/objects/spend';
import type { SignatureCheck } from '@duet/protocol/suite';
import type { PayeeView } from '@duet/protocol/verify/offer';
import { must } from './target.ts';

const DAY = 86_400;
/** Numbers of key roles and stop scopes on the wire. */
const ISSUER = 0;
const OPERATOR = 2;
const [STOP_OPERATOR, STOP_REGION, STOP_CLASS, STOP_EPOCH] = [0, 1, 2, 3];

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whether the signature of an object is to be verified, under this key where one is given. */
const isAsked = (
  checks: readonly SignatureCheck[],
  object: { readonly message: Uint8Array; readonly signature: Uint8Array },
  key?: Uint8Array,
): boolean =>
  checks.some(
    (check) =>
      same(check.message, object.message) &&
      same(check.signature, object.signature) &&
      (key === undefined || same(check.key, key)),
  );

interface Move {
  readonly spend: Spend;
  readonly index: number;
  readonly input: Input;
  readonly payee: Coin | Certificate;
  /** The key that must have signed. */
  readonly signer: Uint8Array;
}

interface Way {
  readonly coin: Coin;
  /** From the coin to the payee. */
  readonly moves: readonly Move[];
}

/** @throws WrongError for an offer that must not have been accepted */
export function mustBeSound(
  offer: Offer,
  { request, payee }: RequestMessage,
  view: PayeeView,
  checks: readonly SignatureCheck[],
): void {
  const ways = offer.spends.flatMap((spend) =>
    spend.body.inputs.map((_, index) => wayOf(offer, spend, index, payee)),
  );
  const now = Math.max(view.clock, view.trust.bundle.body.issuedAt, view.lists.issuedAt(0) ?? 0);
  must(ways.length >= 1 && ways.length <= 32, 'a number of inputs');
  must(now < view.trust.bundle.body.validUntil, 'a bundle that has ended');

  let total = 0n;
  for (const { coin, moves } of ways) {
    const last = moves.at(-1);
    must(last !== undefined, 'a way without a spend');
    total += BigInt(last.input.to) - BigInt(last.input.from);
    must(
      same(last.spend.body.request, request.id) && same(last.spend.body.payee, payee.id),
      'another request',
    );
    must(coin.body.currency === (request.body.currency ?? 156), 'another currency');
  }
  const stated = request.body.amount ?? offer.spends[0]?.body.standing?.total;
  must(stated !== undefined && BigInt(stated) === total, 'another sum');
  for (const { body } of offer.spends) {
    must(
      (body.standing === undefined) === (request.body.amount !== undefined),
      'the form of another request',
    );
    const first = offer.spends[0]?.body.standing;
    if (first && body.standing)
      must(same(first.nonce, body.standing.nonce) && first.total === body.standing.total, 'two payments');
  }

  // Copies of one document may have different signatures: each is passed on, so each is verified.
  for (const object of [...offer.provenance.coins.values(), ...offer.provenance.certificates.values()])
    must(isAsked(checks, object), 'an object whose signature was not asked for');

  for (const [at, way] of ways.entries()) {
    mustMoveInside(way);
    mustBeDated(way, view, now);
    mustBeAllowed(way, view);
    mustBeTrusted(way, view, now, payee, checks);
    for (const other of ways.slice(at + 1)) {
      const [a, b] = [way.moves.at(-1)?.input, other.moves.at(-1)?.input];
      if (a && b && same(way.coin.id, other.coin.id)) must(a.to <= b.from || b.to <= a.from, 'one fen twice');
    }
    for (const known of view.history.chainsOf(way.coin.id)) {
      const range = way.moves.at(-1)?.input;
      if (!range || known.to <= range.from || known.from >= range.to) continue;
      for (const [i, step] of known.steps.entries()) {
        const move = way.moves[i];
        if (move)
          must(same(move.spend.id, step.spend) && move.index === step.index, 'money that came another way');
      }
    }
  }
}

function wayOf(offer: Offer, last: Spend, lastIndex: number, payee: Coin | Certificate): Way {
  const { coins, certificates, spends } = offer.provenance;
  const documents = [payee, ...certificates.values(), ...coins.values()];
  const steps: { spend: Spend; index: number; input: Input }[] = [];
  let [spend, index]: [Spend, number] = [last, lastIndex];
  for (;;) {
    const input: Input | undefined = spend.body.inputs[index];
    must(input !== undefined && steps.length < 20, 'a way that does not end');
    steps.unshift({ spend, index, input });
    const { parent } = input;
    if (parent.index === undefined) break;
    const before = [...spends.values()].find(({ id }) => same(id, parent.id));
    must(before !== undefined, 'a spend that is not there');
    [spend, index] = [before, parent.index];
  }
  const [first] = steps;
  const coin = [...coins.values()].find(({ id }) => first && same(id, first.input.parent.id));
  must(coin !== undefined, 'a coin that is not there');
  let signer: Uint8Array = coin.body.owner;
  const moves = steps.map((step) => {
    const to = documents.find(({ id }) => same(id, step.spend.body.payee));
    must(to !== undefined, 'a document that is not there');
    const move = { ...step, payee: to, signer };
    signer = to.kind === 'coin' ? to.body.owner : to.body.subject;
    return move;
  });
  return { coin, moves };
}

/** Each range lies in the one before, and each spend is of the key that owned what it moves. */
function mustMoveInside({ coin, moves }: Way): void {
  let [from, to] = [0, Number(coin.body.value)];
  for (const [at, { input, spend, signer, payee }] of moves.entries()) {
    must(input.from >= from && input.to <= to && input.from < input.to, 'a range outside of its parent');
    must(spend.suite === signer[0], 'a signature of another suite');
    [from, to] = [input.from, input.to];
    const { refundOf } = spend.body;
    if (payee.kind === 'coin') must(refundOf !== undefined, 'a coin paid outside of a refund');
    if (!refundOf) continue;
    const before = moves[at - 1];
    must(before !== undefined && same(before.spend.id, refundOf), 'a refund of another payment');
    const key = payee.kind === 'coin' ? payee.body.owner : payee.body.subject;
    must(same(before.signer, key), 'a refund to somebody else');
  }
}

function mustBeDated({ coin, moves }: Way, { trust }: PayeeView, now: number): void {
  const skew = trust.bundle.body.policies.find(({ id }) => id === coin.body.policy)?.skew ?? 0;
  let before = 0;
  for (const { spend, payee } of moves) {
    const { time } = spend.body;
    must(time >= before, 'a time that goes back');
    before = time;
    must(time >= coin.body.issuedAt * DAY - skew && time < coin.body.spendBy * DAY, 'a coin out of its days');
    if (payee.kind === 'certificate') {
      const { validFrom, validUntil } = payee.body;
      must(time >= validFrom * DAY - skew && time < validUntil * DAY, 'a certificate out of its days');
    }
  }
  must(before <= now + skew, 'a time ahead of the payee');
}

/** Policy and condition of the coin. */
function mustBeAllowed({ coin, moves }: Way, { trust }: PayeeView): void {
  const policy = trust.bundle.body.policies.find(({ id }) => id === coin.body.policy);
  must(policy !== undefined, 'a policy that is not there');
  const refunds = moves.at(-1)?.spend.body.refundOf ? 1 : 0;
  must(moves.length - 1 <= Math.min(16, policy.maxHops) + refunds, 'too many hops');
  const { condition, owner } = coin.body;
  for (const { spend, payee, signer } of moves) {
    must(spend.body.seq <= (policy.maxPayments ?? 2 ** 53), 'too many payments');
    if (!condition || !same(signer, owner)) continue;
    const face = payee.kind === 'certificate' ? payee.body.terminal : undefined;
    if (condition.categories)
      must(face !== undefined && condition.categories.includes(face.category), 'a category');
    if (condition.regions) must(face !== undefined && condition.regions.includes(face.region), 'a region');
    must(spend.body.time >= (condition.notBefore ?? 0), 'before its time');
    must(spend.body.time <= (condition.notAfter ?? 2 ** 53), 'after its time');
  }
}

/** Every object is signed by a key of the bundle or by its owner, asked for, and neither stopped nor revoked. */
function mustBeTrusted(
  { coin, moves }: Way,
  { trust, lists }: PayeeView,
  now: number,
  own: Coin | Certificate,
  checks: readonly SignatureCheck[],
): void {
  const { keys, stops } = trust.bundle.body;
  const stopped = (scope: number, value: number): boolean =>
    stops.some((stop) => stop.scope === scope && stop.value === value && now < stop.until);
  for (const document of [coin, ...moves.map(({ payee }) => payee)]) {
    const number = document.kind === 'coin' ? document.body.issuerKey : document.body.signerKey;
    const byOperator = document.kind === 'certificate' && document.body.role !== 'wallet';
    const key = keys.find((known) => known.number === number);
    must(key?.role === (byOperator ? OPERATOR : ISSUER), 'a key in another role');
    const day = document.kind === 'coin' ? document.body.issuedAt : document.body.validFrom;
    must(
      day >= key.validFrom && day < key.validUntil && key.key[0] === document.suite,
      'a key out of its days',
    );
    if (document !== own)
      must(isAsked(checks, document, key.key), 'a document whose signature was not asked for');
    must(!stopped(STOP_OPERATOR, document.body.operator), 'an operator that is stopped');
    if (document.kind === 'coin') {
      must(!key.withdrawn && !stopped(STOP_EPOCH, number), 'an epoch that is stopped');
    } else {
      const { role, walletClass, terminal } = document.body;
      must(role === 'terminal' || role === 'wallet', 'a role that is not paid');
      if (role === 'wallet') must(!stopped(STOP_CLASS, walletClass), 'a class that is stopped');
      if (terminal) must(!stopped(STOP_REGION, terminal.region), 'a region that is stopped');
    }
    const list = byOperator ? document.body.operator : 0;
    if (!same(document.id, own.id))
      must(lists.statusOf(list, document.body.status) !== 'revoked', 'a revoked one');
  }
  for (const { spend, signer } of moves) {
    if (spend.hardware) {
      must((spend.hardware.flags & 0b1_1101) === 0b0_0101, 'a hardware key without its user');
      must(
        checks.some((check) => same(check.key, signer) && same(check.signature, spend.signature)),
        'a hardware key',
      );
    } else must(isAsked(checks, spend, signer), 'a spend whose signature was not asked for');
  }
}
