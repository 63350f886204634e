/** Messages on carriers: round trip, one encoding per content, every single-byte change refused (PAY-5, PAY-13, ID-1, ID-2, LIMIT-3). */
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, idText, toHex } from '../../src/bytes.ts';
import { decodeBytes, encodeBytes } from '../../src/cbor/codec.ts';
import { type CborValue, cborValue } from '../../src/cbor/value.ts';
import { MAX_OFFER_BYTES, MAX_REQUEST_BYTES, MAX_VERDICT_BYTES } from '../../src/limits.ts';
import { frameOf, prefixOf } from '../../src/messages/frame.ts';
import { decodeOffer, encodeOffer } from '../../src/messages/offer.ts';
import { Provenance } from '../../src/messages/provenance.ts';
import { decodeRequest, encodeRequest, keyOfDocument } from '../../src/messages/request-message.ts';
import { decodeVerdict, encodeVerdict, type VerdictContext } from '../../src/messages/verdict-message.ts';
import type { Spend } from '../../src/objects/spend.ts';
import type { Verdict } from '../../src/objects/verdict.ts';
import type { Rejection, Result } from '../../src/rejection.ts';
import type { Verifier } from '../../src/suite.ts';
import { settle } from '../../src/verify/examination.ts';
import { examineOffer } from '../../src/verify/offer.ts';
import { examineRequest, type PayerView } from '../../src/verify/request.ts';
import { checkOf } from '../../src/verify/signatures.ts';
import { bitFlips, every, fewFlips, otherBytes, truncations } from '../helpers/damage.ts';
import { OFFERS, VIEW } from '../helpers/offers.ts';
import { nonceOf, requestOf, verdictOf } from '../helpers/payments.ts';
import { REQUESTS } from '../helpers/requests.ts';
import { HASHES, malleated, rememberingVerifier, VERIFIER } from '../helpers/signing.ts';
import { bytesOf, listsWith, NOW, OPEN_POLICY, TRUST, terminal } from '../helpers/world.ts';

Error.stackTraceLimit = 0;

const PAYER: PayerView = { trust: TRUST, lists: listsWith(), clock: NOW, policy: OPEN_POLICY };

/** A message with how it is read and judged. */
interface Judged {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Reads it; the value stands for its whole content. */
  read(bytes: Uint8Array): Result<unknown>;
  encode(bytes: Uint8Array): Uint8Array | undefined;
  /** Reads and judges it. */
  judge(bytes: Uint8Array, verifier: Verifier<'sync'>): Result<unknown>;
  readonly slow: boolean;
}

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.rejection.code}: ${result.rejection.got}`);
  return result.value;
};
const codeOf = (result: Result<unknown>): Rejection['code'] | 'ok' =>
  result.ok ? 'ok' : result.rejection.code;

const requests: Judged[] = REQUESTS.map(({ name, message }) => ({
  name: `request: ${name}`,
  bytes: encodeRequest(message),
  read: (bytes) => decodeRequest(bytes, HASHES),
  encode(bytes) {
    const read = decodeRequest(bytes, HASHES);
    return read.ok ? encodeRequest(read.value) : undefined;
  },
  judge(bytes, verifier) {
    const read = decodeRequest(bytes, HASHES);
    return read.ok ? settle(examineRequest(read.value, PAYER), verifier) : read;
  },
  slow: name === 'suite 2',
}));

const offers: Judged[] = OFFERS.map(({ name, offer, context }) => ({
  name: `offer: ${name}`,
  bytes: encodeOffer(offer, context),
  read: (bytes) => decodeOffer(bytes, context, HASHES),
  encode(bytes) {
    const read = decodeOffer(bytes, context, HASHES);
    return read.ok ? encodeOffer(read.value, context) : undefined;
  },
  judge(bytes, verifier) {
    const read = decodeOffer(bytes, context, HASHES);
    return read.ok ? settle(examineOffer(read.value, context, VIEW, HASHES), verifier) : read;
  },
  slow: name === 'suite 2' || name === 'mixed suites',
}));

const shop = terminal('shop');
const asked = requestOf(shop);
const three = OFFERS.find(({ name }) => name === 'three spends, four inputs');
const several: readonly Spend[] = three?.offer.spends ?? [];
const [one] = several;
if (!one) throw new Error('no sample');

function verdictSample(name: string, verdict: Verdict, context: VerdictContext): Judged {
  const read = (bytes: Uint8Array): Result<Verdict> => decodeVerdict(bytes, context, HASHES);
  return {
    name: `verdict: ${name}`,
    bytes: encodeVerdict(verdict, context),
    read,
    encode(bytes) {
      const decoded = read(bytes);
      return decoded.ok ? encodeVerdict(decoded.value, context) : undefined;
    },
    judge(bytes, verifier) {
      const decoded = read(bytes);
      if (!decoded.ok) return decoded;
      const check = checkOf(decoded.value, shop.key.publicKey);
      return settle({ ok: true, value: { checks: [check], conclude: () => decoded } }, verifier);
    },
    slow: false,
  };
}

const verdictContext = {
  request: asked.request.id,
  payee: shop.key.publicKey,
  spends: several.map(({ id }) => id),
};
const foreign = { ...one, id: bytesOf('foreign', 32) as typeof one.id };
const verdicts: Judged[] = [
  verdictSample('one of one', verdictOf(shop.key, asked, [one]), { ...verdictContext, spends: [one.id] }),
  verdictSample('none', verdictOf(shop.key, asked, []), verdictContext),
  verdictSample('two of three', verdictOf(shop.key, asked, several.slice(1)), verdictContext),
  verdictSample("another payer's", verdictOf(shop.key, asked, [foreign]), verdictContext),
  verdictSample('standing', verdictOf(shop.key, asked, [one], nonceOf('verdict')), {
    ...verdictContext,
    nonce: nonceOf('verdict'),
  }),
];

/** Tried with all 255 other values of each byte; the others, of the same codecs, with two. */
const THOROUGH = new Set([
  'request: terminal with text',
  'request: standing',
  'request: refund to a conditional coin of another unit',
  'offer: conditional',
  'offer: hardware',
  'verdict: two of three',
  "verdict: another payer's",
]);

const MESSAGES = [...requests, ...offers, ...verdicts];

describe.each(MESSAGES)('$name', (message) => {
  const { bytes } = message;

  it('is read, encoded to the same bytes, and holds', () => {
    expect(codeOf(message.read(bytes))).toBe('ok');
    expect(toHex(message.encode(bytes) ?? new Uint8Array(0))).toBe(toHex(bytes));
    expect(codeOf(message.judge(bytes, VERIFIER))).toBe('ok');
  });

  it('is refused cut anywhere, and with a byte behind it', () => {
    for (const cut of truncations(bytes))
      expect(['malformed', 'unsupported-version']).toContain(codeOf(message.read(cut)));
    expect(codeOf(message.read(concatBytes(bytes, new Uint8Array(1))))).toBe('malformed');
  });

  it('has no second encoding within one byte', () => {
    const wrong: string[] = [];
    for (const changed of THOROUGH.has(message.name) ? otherBytes(bytes) : fewFlips(bytes)) {
      const again = message.encode(changed);
      if (again && !equalBytes(again, changed)) wrong.push(toHex(changed));
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it('does not hold with bits of any byte flipped', () => {
    const wrong: string[] = [];
    const verifier = rememberingVerifier();
    const flips = bytes.length > 300 || message.slow ? fewFlips(bytes) : bitFlips(bytes);
    for (const changed of message.slow ? every(4, flips) : flips) {
      if (message.judge(changed, verifier).ok) wrong.push(toHex(changed));
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

describe('frames', () => {
  it('names each message by its first byte', () => {
    const types = ['request', 'offer', 'verdict', 'object', 'proof', 'upload'] as const;
    expect(types.map(prefixOf)).toEqual([0x11, 0x12, 0x13, 0x14, 0x15, 0x16]);
    for (const type of types) expect(frameOf(new Uint8Array([prefixOf(type)]))).toEqual({ version: 1, type });
    for (const other of [[], [0x00], [0x10], [0x17], [0x01], [0x1f]])
      expect(frameOf(new Uint8Array(other))).toBeUndefined();
  });

  it('refuses another version and another message by code', () => {
    const [sample] = requests;
    const body = sample?.bytes.subarray(1) ?? new Uint8Array(0);
    expect(codeOf(decodeRequest(concatBytes(new Uint8Array([0x21]), body), HASHES))).toBe(
      'unsupported-version',
    );
    expect(codeOf(decodeRequest(concatBytes(new Uint8Array([0x13]), body), HASHES))).toBe('malformed');
    expect(codeOf(decodeRequest(new Uint8Array(0), HASHES))).toBe('malformed');
  });

  it('refuses what is too large before reading it', () => {
    const [offer] = OFFERS;
    if (!offer) throw new Error('no sample');
    expect(codeOf(decodeRequest(new Uint8Array(MAX_REQUEST_BYTES + 1), HASHES))).toBe('too-large');
    expect(codeOf(decodeOffer(new Uint8Array(MAX_OFFER_BYTES + 1), offer.context, HASHES))).toBe('too-large');
    expect(codeOf(decodeVerdict(new Uint8Array(MAX_VERDICT_BYTES + 1), verdictContext, HASHES))).toBe(
      'too-large',
    );
  });
});

describe('one offer has one encoding', () => {
  type Items = readonly CborValue[];
  const sample = (
    name: string,
  ): { context: (typeof OFFERS)[number]['context']; items: Items; bytes: Uint8Array } => {
    const found = OFFERS.find((offer) => offer.name === name);
    if (!found) throw new Error(`no sample ${name}`);
    const bytes = encodeOffer(found.offer, found.context);
    const value = decodeBytes(cborValue, bytes, bytes.length);
    if (value.kind !== 'array') throw new Error('an array');
    return { context: found.context, items: value.items, bytes };
  };
  const array = (items: Items): Uint8Array => encodeBytes(cborValue, { kind: 'array', items });
  const read = (context: (typeof OFFERS)[number]['context'], items: Items): string =>
    codeOf(decodeOffer(array(items), context, HASHES));
  const itemsOf = (value: CborValue | undefined): Items => {
    if (value?.kind !== 'array') throw new Error('an array');
    return value.items;
  };
  const int = (value: number): CborValue => ({ kind: 'int', value });
  const replaced = (items: Items, place: number, value: CborValue): CborValue[] =>
    items.map((item, i) => (i === place ? value : item));

  it('refuses objects in another order, although every reference holds', () => {
    const { context, items } = sample('two ranges of one coin');
    expect(read(context, items)).toBe('ok');
    const [first, second] = [sample('three spends, four inputs'), sample('three spends, four inputs')];
    const [a, b, ...rest] = first.items;
    if (!a || !b) throw new Error('two coins');
    const spends = rest.map((item) => item);
    const swapped = [b, a, ...spends].map((item, i, all) => (i === all.length - 3 ? swapPlaces(item) : item));
    expect(read(second.context, swapped)).not.toBe('ok');
  });

  /** Exchanges references 0 and 1 in the inputs of a last spend. */
  const swapPlaces = (spend: CborValue): CborValue => {
    const [inputs, ...rest] = itemsOf(spend);
    const triples = itemsOf(inputs).map((item, i) =>
      i % 3 === 0 && item.kind === 'int' ? int(1 - Number(item.value)) : item,
    );
    return { kind: 'array', items: [{ kind: 'array', items: triples }, ...rest] };
  };

  it('refuses an object that no path needs, and the same object twice', () => {
    const { context, items } = sample('first hop');
    const other = sample('conditional').items[0];
    const [coin, spend] = items;
    if (!coin || !spend || !other) throw new Error('objects');
    expect(read(context, [coin, other, spend])).toBe('not-canonical');
    expect(read(context, [coin, coin, spend])).toBe('malformed');
    expect(read(context, [coin, spend, spend])).toBe('malformed');
    expect(read(context, [coin])).toBe('malformed');
    expect(read(context, [])).toBe('malformed');
    expect(read(context, [spend, coin])).toBe('malformed');
  });

  it('refuses a parent by id where a reference can stand', () => {
    const found = OFFERS[0];
    const { context, items } = sample('first hop');
    const coin = [...(found?.offer.provenance.coins.values() ?? [])][0];
    const [object, spend] = items;
    if (!coin || !object || !spend) throw new Error('objects');
    const [inputs, ...rest] = itemsOf(spend);
    const byId = replaced(itemsOf(inputs), 0, { kind: 'bytes', value: coin.id });
    expect(
      read(context, [object, { kind: 'array', items: [{ kind: 'array', items: byId }, ...rest] }]),
    ).not.toBe('ok');
  });

  it('refuses empty extras, ranges of no length, and inputs out of order, touching or overlapping', () => {
    const { context, items } = sample('two ranges of one coin');
    const [coin, spend] = items;
    if (!coin || !spend) throw new Error('objects');
    const [, ...rest] = itemsOf(spend);
    const withInputs = (...numbers: number[]): string =>
      read(context, [coin, { kind: 'array', items: [{ kind: 'array', items: numbers.map(int) }, ...rest] }]);
    expect(withInputs(0, 0, 500, 0, 1_000, 1_500)).toBe('ok');
    for (const numbers of [
      [0, 0, 0],
      [0, 1_000, 1_500, 0, 0, 500],
      [0, 0, 500, 0, 500, 1_500],
      [0, 0, 500, 0, 400, 1_500],
      [0, 0, 500, 0, 1_000],
      [],
      [1, 0, 500],
      [0, 1, Number.MAX_SAFE_INTEGER],
    ]) {
      expect(withInputs(...numbers)).toBe('malformed');
    }
    expect(
      read(context, [coin, { kind: 'array', items: [...itemsOf(spend), { kind: 'map', entries: [] }] }]),
    ).toBe('malformed');
  });

  it('tells longer heads and unsorted extras by not-canonical', () => {
    const { context, bytes } = sample('first hop');
    const longer = concatBytes(new Uint8Array([0x98, 2]), bytes.subarray(1));
    expect(codeOf(decodeOffer(longer, context, HASHES))).toBe('not-canonical');
  });
});

describe('ids (ID-1, ID-2)', () => {
  it('do not change with a malleated signature, which verifies', () => {
    const found = OFFERS[0];
    if (!found) throw new Error('no sample');
    const { offer, context } = found;
    const spends = offer.spends.map((spend) => ({ ...spend, signature: malleated(spend.signature) }));
    const bytes = encodeOffer({ ...offer, spends }, context);
    expect(bytes).not.toEqual(encodeOffer(offer, context));
    const read = unwrap(decodeOffer(bytes, context, HASHES));
    expect(read.spends.map(({ id }) => id)).toEqual(offer.spends.map(({ id }) => id));
    expect(settle(examineOffer(read, context, VIEW, HASHES), VERIFIER).ok).toBe(true);
  });

  it("do not stand in an offer: a sibling's parent alone is named", () => {
    for (const { offer, context } of OFFERS) {
      const bytes = toHex(encodeOffer(offer, context));
      for (const spend of offer.spends) expect(bytes).not.toContain(toHex(spend.id));
      expect(bytes).not.toContain(toHex(context.request.id));
      const { coins, certificates } = offer.provenance;
      const carried = coins.has(idText(context.payee.id)) || certificates.has(idText(context.payee.id));
      expect(bytes.includes(toHex(keyOfDocument(context.payee)))).toBe(carried);
    }
  });
});

describe("the payee's own document in an offer", () => {
  it.each(['refund to a coin', 'refund to a wallet'])(
    '%s: a copy with a bad signature is refused',
    (name) => {
      const found = OFFERS.find((sample) => sample.name === name);
      if (!found) throw new Error('no sample');
      const { offer, context } = found;
      const signature = bytesOf('no signature', 64) as typeof context.payee.signature;
      const provenance = Provenance.of();
      provenance.merge(offer.provenance);
      provenance.put({ ...context.payee, signature });
      const bytes = encodeOffer({ ...offer, provenance }, context);
      const read = unwrap(decodeOffer(bytes, context, HASHES));
      expect(codeOf(settle(examineOffer(read, context, VIEW, HASHES), VERIFIER))).toBe('bad-signature');
    },
  );
});

describe('verdicts', () => {
  it('name own spends by bits, and refuse the other form and bits of no spend', () => {
    const bytes = encodeVerdict(verdictOf(shop.key, asked, several), verdictContext);
    expect(bytes[2]).toBe(0b111);
    const mask = (value: number): string =>
      codeOf(
        decodeVerdict(
          new Uint8Array([...bytes.subarray(0, 2), value, ...bytes.subarray(3)]),
          verdictContext,
          HASHES,
        ),
      );
    expect(mask(0b111)).toBe('ok');
    expect(mask(0b1000)).toBe('malformed');
    const signature = bytes.subarray(-64);
    const ids = several.map(({ id }) => id).sort((a, b) => Buffer.compare(a, b));
    const byId = encodeBytes(cborValue, {
      kind: 'array',
      items: [
        { kind: 'array', items: ids.map((value): CborValue => ({ kind: 'bytes', value })) },
        { kind: 'bytes', value: signature },
      ],
    });
    expect(
      codeOf(decodeVerdict(concatBytes(new Uint8Array([prefixOf('verdict')]), byId), verdictContext, HASHES)),
    ).toBe('not-canonical');
  });
});
