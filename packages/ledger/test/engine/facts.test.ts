/** SET-2, SET-14: how many Claims and Returns of one upload are judged, so that one answer can tell of each. */
import { fromHex } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { EMPTY_UPLOAD, MAX_ORDER_ENTRIES, MAX_ORDER_OUTPUTS } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { CLAIM, type Destination, RETURN } from '@duet/protocol/objects/claim';
import { idField } from '@duet/protocol/objects/fields';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../src/engine/facts.ts';
import { CRYPTO, handleOf, sign, toCoins } from '../helpers/money.ts';
import { makeAuthority } from '../helpers/world.ts';

const ACCOUNT: Destination = { kind: 'account', handle: handleOf('anna') };
const key = CRYPTO.generateKey(1, 'sign');
const trust = new TrustView(makeAuthority().bundle);

/** Ids that are never the same, in ascending order. */
let made = 0;
const ids = (count: number) =>
  Array.from({ length: count }, () => {
    const raw = fromHex((++made).toString(16).padStart(64, '0'));
    return decodeBytes(idField, encodeBytes(bytes({ length: 32 }), raw), 34);
  });

const claim = (entries: number, destination: Destination = ACCOUNT): Uint8Array => {
  const inputs = ids(entries).map((id) => ({ parent: { id }, from: fen(0), to: fen(1) }));
  return encodeSigned(CLAIM, sign(CLAIM, { inputs, operator: 1, destination }, key));
};
const giveBack = (entries: number): Uint8Array =>
  encodeSigned(
    RETURN,
    sign(
      RETURN,
      { spends: ids(entries), operator: 1, destination: { kind: 'account', handle: handleOf('anna') } },
      key,
    ),
  );

/** Places of the Claims, and of the Returns, that are judged. */
function judged(claims: readonly Uint8Array[], returns: readonly Uint8Array[] = []) {
  const facts = factsOf({ ...EMPTY_UPLOAD, claims: [...claims], returns: [...returns] }, trust, CRYPTO);
  expect(new Set(facts.refused.map(({ code }) => code))).toEqual(
    new Set(facts.refused.length > 0 ? ['too-large'] : []),
  );
  return [facts.claims.map(({ place }) => place), facts.returns.map(({ place }) => place)];
}

describe('SET-14: Claims and Returns of one upload', () => {
  it('are judged as far as one note can tell of their inputs, small ones behind a large one too', () => {
    const half = MAX_ORDER_ENTRIES / 2;
    expect(judged([claim(half), claim(half), claim(1)], [giveBack(1)])).toEqual([[0, 1], []]);
    expect(judged([claim(half), claim(half + 1), claim(half - 1)], [giveBack(2), giveBack(1)])).toEqual([
      [0, 2],
      [1],
    ]);
  });

  it('are judged as far as one answer can hold their coins', () => {
    const coins = (count: number) =>
      toCoins(Array.from({ length: count }, () => ({ owner: key.publicKey, amount: 1 })));
    const full = Array.from({ length: MAX_ORDER_OUTPUTS / 64 }, () => claim(1, coins(64)));
    expect(judged(full)[0]).toHaveLength(full.length);
    const [places] = judged([
      ...full.slice(1),
      claim(1, coins(63)),
      claim(1, coins(2)),
      claim(1, coins(1)),
      claim(1),
    ]);
    expect(places).toEqual([...full.keys(), full.length + 1, full.length + 2]);
  });
});
