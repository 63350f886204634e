/** Offers of every kind that a payee accepts: the samples of round trips, strictness, sizes and vectors. */
import { compareBytes } from '../../src/bytes.ts';
import type { Offer } from '../../src/messages/offer.ts';
import type { RequestMessage } from '../../src/messages/request-message.ts';
import { fen } from '../../src/money.ts';
import { NO_HISTORY } from '../../src/verify/history.ts';
import type { PayeeView } from '../../src/verify/offer.ts';
import {
  cut,
  first,
  nonceOf,
  offerOf,
  type Piece,
  passOn,
  receivedBy,
  requestOf,
  requestTo,
  type SpendOptions,
  spendOf,
  wholeOf,
} from './payments.ts';
import { type KeyPair, keyPair } from './signing.ts';
import {
  at,
  coinOf,
  KEYS,
  listsWith,
  NATIONAL_ISSUER,
  NOW,
  nationalWallet,
  TRUST,
  terminal,
  wallet,
} from './world.ts';

export interface OfferSample {
  readonly name: string;
  readonly context: RequestMessage;
  readonly offer: Offer;
  /** Key of the first Spend. */
  readonly payer: KeyPair;
  /** Spends before the last ones, on the longest path. */
  readonly hops: number;
}

export const VIEW: PayeeView = { trust: TRUST, lists: listsWith(), history: NO_HISTORY, clock: at(20) };

const alice = wallet('alice');
const bob = wallet('bob');
const carol = wallet('carol');
const dave = nationalWallet('dave');
const shop = terminal('shop');
const stall = terminal('stall');
const coinKey = keyPair('alice coin');
const coin = coinOf(coinKey, 'coin', 100_000);
const line = wholeOf(coin);

function firstHop(
  name: string,
  pieces: readonly Piece[],
  options: SpendOptions & { readonly amount?: number; readonly key?: KeyPair } = {},
): OfferSample {
  const { amount = 2_000, key = coinKey, ...rest } = options;
  const context = requestOf(shop, { amount, name });
  return {
    name,
    context,
    offer: offerOf([spendOf(key, pieces, context, rest)], pieces),
    payer: key,
    hops: 0,
  };
}

/** The coin's money on a chain of wallets, then to the shop: `hops` earlier Spends. */
export function chainSample(hops: number, payees = [bob, carol, alice]): OfferSample {
  let key = coinKey;
  let pieces: Piece[] = [cut(line, 5_000, 25_000)];
  for (let hop = 0; hop < hops; hop++) {
    const payee = payees[hop % payees.length] ?? bob;
    const kept = pieces.map((piece) => cut(piece, piece.from, piece.to - 1_000));
    pieces = passOn(key, kept, payee, {
      time: at(-600 + 10 * hop),
      seq: hop + 1,
      name: `chain ${hop}`,
    }).pieces;
    key = payee.key;
  }
  const last = pieces.map((piece) => cut(piece, piece.from, piece.from + 2_000));
  const context = requestOf(shop, { amount: 2_000, name: `chain of ${hops}` });
  const spend = spendOf(key, last, context, { seq: 2, time: at(6) });
  return { name: `${hops} hops`, context, offer: offerOf([spend], last), payer: key, hops };
}

/** Bob gets `inputs` pieces of as many coins in one Spend, and pays from the first of them. */
export function siblingSample(inputs: number): OfferSample {
  const pieces = Array.from({ length: inputs }, (_, i) =>
    cut(wholeOf(coinOf(coinKey, `sibling ${i}`, 70_000)), 1_000, 60_000),
  );
  const received = passOn(coinKey, pieces, bob, { time: at(-60), name: `siblings ${inputs}` });
  const paid = [first(received.pieces)].map((piece) => cut(piece, piece.from, piece.from + 2_000));
  const context = requestOf(shop, { amount: 2_000, name: `from ${inputs} inputs` });
  const offer = offerOf([spendOf(bob.key, paid, context)], paid);
  return { name: `received with ${inputs - 1} siblings`, context, offer, payer: bob.key, hops: 1 };
}

function severalSpends(): OfferSample {
  const [keyA, keyB] = [keyPair('coin a'), keyPair('coin b')];
  const [a, b, c] = [coinOf(keyA, 'a', 3_000), coinOf(keyA, 'b', 4_000), coinOf(keyB, 'c', 5_000)].map(
    wholeOf,
  );
  if (!a || !b || !c) throw new Error('three coins');
  const received = passOn(keyB, [cut(c, 0, 1_500)], bob, { time: at(-60), name: 'several' }).pieces;
  const context = requestOf(shop, { amount: 3_000 + 1_000 + 2_000 + 1_500, name: 'several spends' });
  const spends = [
    spendOf(keyA, [a, cut(b, 3_000, 4_000)], context, { seq: 4 }),
    spendOf(keyB, [cut(c, 3_000, 5_000)], context, { seq: 2 }),
    spendOf(bob.key, received, context, { seq: 1 }),
  ];
  return {
    name: 'three spends, four inputs',
    context,
    offer: offerOf(spends, [a, b, c, ...received]),
    payer: keyA,
    hops: 1,
  };
}

/** Two inputs of one earlier Spend, both followed, and a way that two pieces share. */
function sharedWay(): OfferSample {
  const other = wholeOf(coinOf(coinKey, 'other', 9_000));
  const received = passOn(coinKey, [cut(line, 0, 1_000), cut(line, 2_000, 3_000), other], bob, {
    time: at(-90),
    name: 'shared',
  }).pieces;
  const again = passOn(
    bob.key,
    received.map((piece) => cut(piece, piece.from, piece.from + 600)),
    carol,
    { time: at(-60), name: 'shared again' },
  ).pieces;
  const context = requestOf(shop, { amount: 1_800, name: 'shared way' });
  return {
    name: 'a way that three pieces share',
    context,
    offer: offerOf([spendOf(carol.key, again, context)], again),
    payer: carol.key,
    hops: 2,
  };
}

/** A sibling's coin stands later in the offer than the Spend that names it. */
function laterSibling(): OfferSample {
  const coins = ['one', 'two']
    .map((name) => wholeOf(coinOf(coinKey, name, 9_000)))
    .sort((a, b) => compareBytes(a.parent.id, b.parent.id));
  const [a, x] = coins;
  if (!a || !x) throw new Error('two coins');
  const both = passOn(coinKey, [cut(a, 0, 500), cut(x, 0, 500)], bob, { time: at(-90), name: 'both' }).pieces;
  const second = passOn(coinKey, [cut(x, 500, 900)], bob, { time: at(-80), name: 'second' }).pieces;
  const pieces = [first(both), first(second)];
  const context = requestOf(shop, { amount: 900, name: 'later sibling' });
  const spends = pieces.map((piece, i) => spendOf(bob.key, [piece], context, { seq: i + 1 }));
  return {
    name: 'a sibling whose coin comes later',
    context,
    offer: offerOf(spends, pieces),
    payer: bob.key,
    hops: 1,
  };
}

function standingPayment(): OfferSample {
  const context = requestOf(stall, { standing: true, name: 'stall' });
  const second = keyPair('second coin');
  const pieces = [cut(line, 70_000, 70_700), cut(wholeOf(coinOf(second, 'second', 900)), 0, 800)];
  const standing = { nonce: nonceOf('stall'), total: fen(1_500) };
  const spends = pieces.map((piece, i) =>
    spendOf(i === 0 ? coinKey : second, [piece], context, { standing, time: at(-30) }),
  );
  return { name: 'standing', context, offer: offerOf(spends, pieces), payer: coinKey, hops: 0 };
}

/** The shop pays back to the coin's owner, and Bob's money back to Bob's certificate. */
function refund(): OfferSample {
  const paid = passOn(coinKey, [cut(line, 0, 2_000)], shop, { time: at(-60), name: 'refunded' });
  const context = requestTo(coinKey, coin, { amount: 1_500, name: 'refund' });
  const back = paid.pieces.map((piece) => cut(piece, 500, 2_000));
  const spend = spendOf(shop.key, back, context, { refundOf: paid.spend.id, seq: 9 });
  return { name: 'refund to a coin', context, offer: offerOf([spend], back), payer: shop.key, hops: 1 };
}

function refundToWallet(): OfferSample {
  const received = passOn(coinKey, [cut(line, 0, 2_000)], bob, { time: at(-90), name: 'before' });
  const paid = passOn(bob.key, received.pieces, shop, { time: at(-60), name: 'paid' });
  const context = requestOf(bob, { amount: 2_000, name: 'refund to bob' });
  const spend = spendOf(shop.key, paid.pieces, context, { refundOf: paid.spend.id });
  return {
    name: 'refund to a wallet',
    context,
    offer: offerOf([spend], paid.pieces),
    payer: shop.key,
    hops: 2,
  };
}

/** After a refund the coin's owner pays with the range that came back. */
function afterRefund(): OfferSample {
  const paid = passOn(coinKey, [cut(line, 0, 2_000)], bob, { time: at(-90), name: 'to bob' });
  const back = requestTo(coinKey, coin, { amount: 2_000, time: at(-60), name: 'back' });
  const refunded = spendOf(bob.key, paid.pieces, back, { refundOf: paid.spend.id, time: at(-60) });
  const pieces = receivedBy(refunded, paid.pieces, coin);
  const context = requestOf(shop, { amount: 2_000, name: 'after refund' });
  return {
    name: 'money that came back',
    context,
    offer: offerOf([spendOf(coinKey, pieces, context, { seq: 2 })], pieces),
    payer: coinKey,
    hops: 2,
  };
}

/** A coin of suite 1 to a wallet of suite 2 and on to the shop. */
function mixedSuites(): OfferSample {
  const received = passOn(coinKey, [cut(line, 0, 2_000)], dave, { time: at(-60), name: 'dave' }).pieces;
  const context = requestOf(shop, { amount: 2_000, name: 'mixed' });
  return {
    name: 'mixed suites',
    context,
    offer: offerOf([spendOf(dave.key, received, context)], received),
    payer: dave.key,
    hops: 1,
  };
}

function nationalFirstHop(): OfferSample {
  const key = keyPair('national coin', 2);
  const piece = cut(
    wholeOf(coinOf(key, 'national coin', 9_000, { issuerKey: KEYS.nationalIssuer }, NATIONAL_ISSUER)),
    0,
    2_000,
  );
  return { ...firstHop('suite 2', [piece], { key }), payer: key };
}

const directed = coinOf(coinKey, 'simply directed coin', 20_000, {
  condition: { categories: [5_812], notAfter: at(86_400) },
});
const conditional = coinOf(coinKey, 'directed coin', 20_000, {
  condition: { categories: [5_411, 5_812], regions: [110_105], notBefore: at(-86_400), notAfter: at(86_400) },
});

export const OFFERS: readonly OfferSample[] = [
  firstHop('first hop', [cut(line, 5_000, 7_000)], { seq: 3, time: at(6) }),
  firstHop('conditional', [cut(wholeOf(directed), 5_000, 7_000)], { seq: 3, time: at(6) }),
  firstHop('conditional in every way', [cut(wholeOf(conditional), 5_000, 7_000)], { seq: 3, time: at(6) }),
  firstHop('hardware', [cut(line, 5_000, 7_000)], {
    seq: 3,
    time: at(6),
    hardware: { flags: 5, counter: 70_000, template: 1 },
  }),
  firstHop('two ranges of one coin', [cut(line, 0, 500), cut(line, 1_000, 2_500)], { time: NOW }),
  chainSample(1),
  chainSample(3),
  siblingSample(4),
  severalSpends(),
  sharedWay(),
  laterSibling(),
  standingPayment(),
  refund(),
  refundToWallet(),
  afterRefund(),
  mixedSuites(),
  nationalFirstHop(),
];
