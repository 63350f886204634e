/** Many requests in a row: the document that was read last is known by its bytes, and by nothing less (PAY-5, ID-2). */
import { describe, expect, it } from 'vitest';
import { decodeRequest, encodeRequest, LastDocument } from '../../src/messages/request-message.ts';
import { fewFlips } from '../helpers/damage.ts';
import { REQUESTS } from '../helpers/requests.ts';
import { HASHES } from '../helpers/signing.ts';

const messages = REQUESTS.map(({ name, message }) => ({ name, bytes: encodeRequest(message) }));

describe('a request read after another', () => {
  it('is what it is by itself, whichever came before', () => {
    for (const before of messages) {
      for (const { bytes } of messages) {
        const last = new LastDocument();
        decodeRequest(before.bytes, HASHES, last);
        expect(decodeRequest(bytes, HASHES, last)).toEqual(decodeRequest(bytes, HASHES));
      }
    }
  });

  it('takes the document over when its bytes are the same', () => {
    const last = new LastDocument();
    const [first] = messages;
    if (!first) return expect.fail('no request');
    const [one, other] = [decodeRequest(first.bytes, HASHES, last), decodeRequest(first.bytes, HASHES, last)];
    expect(one.ok && other.ok && one.value.payee === other.value.payee).toBe(true);
  });

  it.each(messages)('with a byte changed, cut or added: $name', ({ bytes }) => {
    const last = new LastDocument();
    decodeRequest(bytes, HASHES, last);
    const changed = [...fewFlips(bytes), bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)];
    for (const one of changed) {
      expect(decodeRequest(one, HASHES, last)).toEqual(decodeRequest(one, HASHES));
      expect(decodeRequest(bytes, HASHES, last).ok).toBe(true);
    }
  });
});
