/** Bytes of docs/spec/limits.md for suite 1, asserted on the messages themselves (LIMIT-3). */
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { encodeOffer } from '../../src/messages/offer.ts';
import { decodeRequest, encodeRequest, keyOfDocument } from '../../src/messages/request-message.ts';
import { encodeVerdict } from '../../src/messages/verdict-message.ts';
import { utf8 } from '../../src/text.ts';
import { BUDGETS, sealedOfferBytes } from '../helpers/budgets.ts';
import { offerFields, requestFields, totalOf } from '../helpers/field-sizes.ts';
import { chainSample, OFFERS, type OfferSample, siblingSample } from '../helpers/offers.ts';
import { verdictOf } from '../helpers/payments.ts';
import { LONGEST_NAME, LONGEST_TEXT, REQUESTS } from '../helpers/requests.ts';
import { HASHES } from '../helpers/signing.ts';
import { terminal, wallet } from '../helpers/world.ts';

const shop = terminal('shop');
const offerBytes = ({ offer, context }: OfferSample): number => sealedOfferBytes(encodeOffer(offer, context));
const named = (name: string): number => {
  const sample = OFFERS.find((offer) => offer.name === name);
  if (!sample) throw new Error(`no sample ${name}`);
  return offerBytes(sample);
};
const requestBytes = (name: string): number => {
  const sample = REQUESTS.find((request) => request.name === name);
  if (!sample) throw new Error(`no sample ${name}`);
  return encodeRequest(sample.message).length;
};

describe('a sealed offer', () => {
  it('fits one code on the first hop', () => {
    expect(named('first hop')).toBeLessThanOrEqual(BUDGETS.firstHop.aim);
    for (const name of ['conditional', 'hardware'])
      expect(named(name)).toBeLessThanOrEqual(BUDGETS.specialFirstHop.aim);
    for (const name of ['conditional in every way', 'two ranges of one coin'])
      expect(named(name)).toBeLessThanOrEqual(BUDGETS.firstHop.must);
  });

  it('grows by each further hop of a wallet, and of a terminal, within the budget', () => {
    const [bob, carol] = [wallet('bob'), wallet('carol')];
    for (const [payees, aim] of [
      [[bob, carol], BUDGETS.walletHop.aim],
      [[shop, terminal('second shop')], BUDGETS.terminalHop.aim],
    ] as const) {
      const sizes = [0, 1, 2, 3, 4].map((hops) => offerBytes(chainSample(hops, [...payees])));
      for (const [i, size] of sizes.entries()) {
        const growth = size - (sizes[i - 1] ?? size);
        expect(growth).toBeLessThanOrEqual(aim);
        expect(growth).toBeLessThanOrEqual(BUDGETS.walletHop.must);
      }
    }
  });

  it('grows by each sibling input within the budget', () => {
    const sizes = [1, 2, 3, 4].map((inputs) => offerBytes(siblingSample(inputs)));
    for (const [i, size] of sizes.entries())
      expect(size - (sizes[i - 1] ?? size)).toBeLessThanOrEqual(BUDGETS.sibling.must);
  });
});

describe('a request', () => {
  it('with the certificate of a wallet or terminal fits one small code', () => {
    expect(utf8(LONGEST_NAME).length).toBe(32);
    expect(requestBytes('wallet')).toBeLessThanOrEqual(BUDGETS.walletRequest.aim);
    expect(requestBytes('terminal')).toBeLessThanOrEqual(BUDGETS.terminalRequest.must);
    expect(requestBytes('terminal with a usual name')).toBeLessThanOrEqual(BUDGETS.terminalRequest.aim);
  });

  it('with the longest order text fits one code', () => {
    expect(utf8(LONGEST_TEXT).length).toBe(64);
    expect(requestBytes('terminal with text')).toBeLessThanOrEqual(BUDGETS.requestWithText.must);
  });

  it('was measured on what a payer rebuilds', () => {
    for (const { message } of REQUESTS) {
      const read = decodeRequest(encodeRequest(message), HASHES);
      expect(read.ok && toHex(read.value.request.id)).toBe(toHex(message.request.id));
      expect(read.ok && keyOfDocument(read.value.payee)).toEqual(keyOfDocument(message.payee));
    }
  });
});

it('a verdict on one spend stays within the budget', () => {
  const [sample] = OFFERS;
  const [spend] = sample?.offer.spends ?? [];
  if (!sample || !spend) throw new Error('no sample');
  const context = { request: sample.context.request.id, payee: shop.key.publicKey, spends: [spend.id] };
  expect(encodeVerdict(verdictOf(shop.key, sample.context, [spend]), context).length).toBeLessThanOrEqual(
    BUDGETS.verdict.aim,
  );
});

it('the fields of `scripts/sizes.ts` add up to each message', () => {
  for (const { message } of REQUESTS)
    expect(totalOf(requestFields(encodeRequest(message)))).toBe(encodeRequest(message).length);
  for (const sample of OFFERS) {
    expect(totalOf(offerFields(encodeOffer(sample.offer, sample.context)))).toBe(offerBytes(sample));
  }
});
