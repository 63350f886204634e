/** Offers, requests and proofs that are well signed and wrong in ways that mutations seldom make. Seeds only. */
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { encodeOffer } from '@duet/protocol/messages/offer';
import type { RequestMessage } from '@duet/protocol/messages/request-message';
import { fen, MAX_FEN } from '@duet/protocol/money';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { FRAUD_PROOF, type FraudProof } from '@duet/protocol/objects/fraud-proof';
import { REQUEST } from '@duet/protocol/objects/request';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { Spend } from '@duet/protocol/objects/spend';
import { VERDICT } from '@duet/protocol/objects/verdict';
import {
  cut,
  nonceOf,
  offerOf,
  type Piece,
  passOn,
  receivedBy,
  requestOf,
  requestTo,
  spendOf,
  verdictOf,
  wholeOf,
} from '@duet/protocol/testing/payments';
import {
  bobCoin,
  eve,
  eveCoinKey,
  line,
  PROOFS,
  pair,
  REFUSED,
  spendBytes,
  toBob,
  two,
} from '@duet/protocol/testing/proofs';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { keyPair } from '@duet/protocol/testing/signing';
import { at, coinOf, KEYS, nationalWallet, terminal, wallet } from '@duet/protocol/testing/world';

/** A request, and an offer that answers it. */
export interface CraftedOffer {
  readonly context: RequestMessage;
  readonly offer: Uint8Array;
}

const key = keyPair('crafted coin');
const bob = wallet('bob');
const shop = terminal('shop');

const crafted = (
  context: RequestMessage,
  spends: readonly Spend[],
  pieces: readonly Piece[],
): CraftedOffer => ({
  context,
  offer: encodeOffer(offerOf(spends, pieces), context),
});

export function* craftedOffers(): Generator<CraftedOffer> {
  const all = wholeOf(coinOf(key, 'line', 100_000));
  const many = Array.from({ length: 34 }, (_, i) => cut(all, 10 * i, 10 * i + 5));
  const asked = requestOf(shop, { amount: 170, name: 'many' });
  const halves = [many.slice(0, 17), many.slice(17)];
  yield crafted(
    asked,
    halves.map((pieces, i) => spendOf(key, pieces, asked, { seq: i + 1 })),
    many,
  );

  const whole = ['great', 'greater'].map((name) => wholeOf(coinOf(key, name, MAX_FEN)));
  yield crafted(asked, [spendOf(key, whole, asked)], whole);

  const standing = requestOf(shop, { standing: true, name: 'crafted' });
  for (const [nonce, total] of [
    ['one', 30],
    ['two', 30],
    ['one', 20],
  ] as const) {
    const spends = [many.slice(0, 3), many.slice(3, 6)].map((pieces, i) =>
      spendOf(key, pieces, standing, {
        seq: i + 1,
        standing: { nonce: nonceOf(i === 0 ? 'one' : nonce), total: fen(i === 0 ? 30 : total) },
      }),
    );
    yield crafted(standing, spends, many.slice(0, 6));
  }

  // A coin is paid, and not as a refund.
  const toCoin = requestTo(key, coinOf(key, 'payee', 100), { amount: 5, name: 'to a coin' });
  yield crafted(toCoin, [spendOf(key, many.slice(0, 1), toCoin)], many.slice(0, 1));

  // A spend with the parent of a spend among its inputs, which is a sibling of what is passed on.
  const got = passOn(key, many.slice(0, 2), bob, { time: at(-90), name: 'got' }).pieces;
  const own = wholeOf(coinOf(bob.key, 'own', 500));
  const carol = wallet('carol');
  const mixed = passOn(bob.key, [...got, own], carol, { time: at(-60), name: 'mixed' }).pieces;
  for (const piece of mixed) {
    const context = requestOf(shop, { amount: piece.to - piece.from, name: `sibling ${piece.to}` });
    yield crafted(context, [spendOf(carol.key, [piece], context)], [piece]);
  }

  // Money of another currency, paid and asked for in it; a certificate of another operator than the coins'.
  const points = wholeOf(coinOf(key, 'points', 100, { currency: 1_001 }));
  const inPoints = requestOf(shop, { amount: 100, name: 'points', changes: { currency: 1_001 } });
  yield crafted(inPoints, [spendOf(key, [points], inPoints)], [points]);
  const elsewhere = wallet('elsewhere', { operator: 2 });
  const there = requestOf(elsewhere, { amount: 5, name: 'elsewhere' });
  yield crafted(there, [spendOf(key, many.slice(0, 1), there)], many.slice(0, 1));

  // Long before it was asked for; two readings of one counter; the form of the other kind of request.
  const few = requestOf(shop, { amount: 10, name: 'few' });
  const both = many.slice(0, 2);
  yield crafted(few, [spendOf(key, both, few, { time: at(-90_000) })], both);
  const counted = both.map((piece, i) =>
    spendOf(key, [piece], few, { seq: 2, hardware: { flags: 5, counter: i, template: 1 } }),
  );
  yield crafted(few, counted, both);
  yield crafted(
    few,
    [spendOf(key, both, few, { standing: { nonce: nonceOf('one'), total: fen(10) } })],
    both,
  );
  yield crafted(standing, [spendOf(key, both, standing)], both);

  // Conditions with one end.
  for (const condition of [
    { notBefore: at(0) },
    { notAfter: at(90) },
    { categories: [5_812] },
    { regions: [1] },
  ]) {
    const coin = wholeOf(coinOf(key, 'one end', 10, { condition }));
    yield crafted(few, [spendOf(key, [coin], few)], [coin]);
    const toBob = requestOf(bob, { amount: 10, name: 'no face' });
    yield crafted(toBob, [spendOf(key, [coin], toBob)], [coin]);
  }
}

export function* craftedRequests(): Generator<RequestMessage> {
  for (const changes of [{ version: 2 }, { suites: 1 }, { text: 'x' }])
    yield requestOf(shop, { amount: 5, changes });
  for (const changes of [
    { signerKey: 99 },
    { role: 'gateway', walletClass: 0, signerKey: KEYS.operator1 } as const,
    { operator: 2 },
  ])
    yield requestOf(wallet('strange', changes), { amount: 5 });
  yield requestTo(key, coinOf(key, 'nobody’s', 5, { issuerKey: 99 }), { amount: 5 });
}

/** Every sample with parts of every other, and with every object as evidence. */
export function* craftedProofs(): Generator<Uint8Array> {
  const all = [...Object.values(PROOFS), ...Object.values(REFUSED)];
  const objects = OBJECTS.map(({ bytes }) => bytes);
  yield* ofOtherSuites();
  for (const proof of Object.values(PROOFS)) {
    for (const other of all) {
      const { evidence, inputs, holder, request } = other;
      yield* encoded({ ...proof, evidence });
      yield* encoded({ ...proof, inputs });
      if (holder) yield* encoded({ ...proof, holder });
      if (request) yield* encoded({ ...proof, request });
      if (request && holder) yield* encoded({ ...proof, holder, request });
    }
    for (const object of objects) {
      for (const place of proof.evidence.keys())
        yield* encoded({ ...proof, evidence: proof.evidence.with(place, object) });
      if (proof.holder) yield* encoded({ ...proof, holder: object });
      if (proof.request) yield* encoded({ ...proof, request: object });
    }
  }
}

/** Messages under the keys of two suites, standing payments without their nonce, hardware keys without their user. */
function* ofOtherSuites(): Generator<Uint8Array> {
  const holder = encodeSigned(CERTIFICATE, eve.certificate);
  const [dave, national] = [nationalWallet('dave'), keyPair('eve', 2)];
  for (const signer of [eve.key, national]) {
    for (const message of [requestOf(eve, { standing: true }), requestOf(eve), requestOf(dave), toBob]) {
      const paid = spendOf(keyPair('bob coin'), [cut(wholeOf(bobCoin), 0, 5)], message);
      const verdicts = [verdictOf(signer, message, []), verdictOf(signer, message, [paid])];
      const request = encodeSigned(REQUEST, message.request);
      const evidence = verdicts.map((verdict) => encodeSigned(VERDICT, verdict));
      yield* encoded({ form: 2, evidence, inputs: [], holder, request });
      const [piece] = receivedBy(paid, [cut(wholeOf(bobCoin), 0, 5)], eve.certificate);
      if (!piece) continue;
      for (const hardware of [undefined, { flags: 0, counter: 1, template: 1 }]) {
        const used = spendOf(signer, [piece], toBob, hardware ? { hardware } : {});
        const spends = [spendBytes(paid), spendBytes(used)];
        yield* encoded({
          form: 3,
          evidence: [...evidence.slice(0, 1), ...spends],
          inputs: [0],
          holder,
          request,
        });
        yield* encoded({ form: 4, evidence: spends, inputs: [], holder });
      }
    }
  }
  const loose = spendBytes(
    spendOf(eveCoinKey, [cut(line, 0, 9)], toBob, { hardware: { flags: 0, counter: 1, template: 1 } }),
  );
  yield* encoded(pair(loose, spendBytes(two)));
  yield* encoded(pair(spendBytes(two), loose));
  const coins = [1, 2].map((value) =>
    encodeSigned(COIN, coinOf(eveCoinKey, 'one serial', value, { issuerKey: KEYS.nationalIssuer })),
  );
  yield* encoded({ form: 5, evidence: coins, inputs: [] });
}

/** Some combinations have no form. */
function* encoded(proof: FraudProof): Generator<Uint8Array> {
  try {
    yield encodeBytes(FRAUD_PROOF, proof);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
