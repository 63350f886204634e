/** Records of a journal that say more than they are read as: found by fuzzing (docs/FINDINGS.md). */
import { createNodeCrypto } from '@duet/crypto/node';
import { concatBytes, fromHex } from '@duet/protocol/bytes';
import { DecodeError } from '@duet/protocol/cbor/reader';
import { describe, expect, it } from 'vitest';
import { decodeRecord, type RecordContext } from '../src/secure-element/record-codec.ts';
import { emptyState } from '../src/secure-element/state.ts';
import { TrustCache } from '../src/trust-cache.ts';

const context = (): RecordContext => ({
  state: emptyState(),
  hashes: createNodeCrypto(),
  trust: new TrustCache(),
});
const KEPT = '1a';
const id = '11'.repeat(32);

describe('a record that is not written as it is read is damaged', () => {
  it.each([
    ['an entry of the outbox that is a Verdict and a proof', `${KEPT}0da3030006410107${'4102'}`],
    ['a Verdict of the outbox with a payment', `${KEPT}0da3015820${id}0300064101`],
    [
      'a key that paid one and several',
      `${KEPT}01a8015822${'01'}02${id}0200034101040105f4065820${id}07f508f4`,
    ],
  ])('%s', (_, hex) => {
    expect(() => decodeRecord(fromHex(hex), context())).toThrow(/not written as it is read/);
  });
});

it('a Verdict that accepts one spend twice is refused by the decoder, and does not reach an encoder', () => {
  const twice = concatBytes(fromHex(`0fa3015820${id}03825820${id}5820${id}045840`), new Uint8Array(64));
  expect(causeOf(() => decodeRecord(twice, context()))).toBeInstanceOf(DecodeError);
});

function causeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error instanceof Error ? error.cause : error;
  }
}
