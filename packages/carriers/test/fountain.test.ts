import { fromHex } from '@duet/protocol/bytes';
import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FountainEncoder } from '../src/fountain.ts';
import { FountainDecoder, type FountainProgress } from '../src/fountain-decoder.ts';
import { decodeFountainPart, encodeFountainPart, type FountainPart } from '../src/fountain-part.ts';
import { MAX_PART_NUMBER, MAX_PARTS, MAX_UR_BYTES } from '../src/limits.ts';

const messageOf = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 3) * seed + seed) & 0xff);

const rejectionOf = (progress: FountainProgress): string => progress.rejected?.code ?? 'taken';

const message = fc.uint8Array({ minLength: 1, maxLength: 600 });
const fragmentBytes = fc.integer({ min: 10, max: 100 });

describe('one message', () => {
  it('comes back from the plain parts in any order, given twice', () => {
    fc.assert(
      fc.property(message, fragmentBytes, fc.infiniteStream(fc.nat()), (bytes, maxFragmentBytes, order) => {
        const encoder = new FountainEncoder(bytes, { maxFragmentBytes });
        const numbers = Array.from({ length: encoder.fragmentCount }, (_, i) => i + 1);
        const decoder = new FountainDecoder();
        while (numbers.length > 0) {
          const [next = 1] = numbers.splice((order.next().value ?? 0) % numbers.length, 1);
          const once = decoder.receive(encoder.part(next));
          expect(decoder.receive(encoder.part(next))).toEqual(once);
          expect(once.received).toBe(encoder.fragmentCount - numbers.length);
        }
        expect(decoder.progress.message).toEqual(bytes);
      }),
    );
  });

  it('comes back under loss, repeats and reordering, from little more than its own size', () => {
    fc.assert(
      fc.property(
        message,
        fragmentBytes,
        fc.nat({ max: 5_000 }),
        fc.infiniteStream(fc.nat({ max: 9 })),
        (bytes, max, start, fate) => {
          const encoder = new FountainEncoder(bytes, { maxFragmentBytes: max });
          const decoder = new FountainDecoder();
          const held: FountainPart[] = [];
          let shown = 0;
          let received = 0;
          for (; decoder.progress.message === undefined; shown++) {
            // Far more than it takes: without an end here, a decoder that never completes would hang the test.
            expect(shown).toBeLessThan(200 + 20 * encoder.fragmentCount);
            const part = encoder.part(start + shown + 1);
            const what = fate.next().value ?? 0;
            if (what < 3) continue;
            if (what < 5) held.push(part);
            const now = decoder.receive(what === 5 ? (held.pop() ?? part) : part);
            expect(now.rejected).toBeUndefined();
            expect(now.expected).toBe(encoder.fragmentCount);
            expect(now.received).toBeGreaterThanOrEqual(received);
            expect(now.received).toBeLessThanOrEqual(encoder.fragmentCount);
            received = now.received;
          }
          expect(decoder.progress.message).toEqual(bytes);
        },
      ),
    );
  });

  it('comes back from mixed parts alone, up to the last part number', () => {
    const bytes = messageOf(3_000);
    const encoder = new FountainEncoder(bytes, { maxFragmentBytes: 100 });
    const decoder = new FountainDecoder();
    for (let i = 0; i < 120 && !decoder.progress.message; i++)
      decoder.receive(encoder.part(MAX_PART_NUMBER - i));
    expect(decoder.progress.message).toEqual(bytes);
    expect(() => encoder.part(MAX_PART_NUMBER + 1)).toThrow(RangeError);
    expect(() => encoder.part(0)).toThrow(RangeError);
  });

  it('comes back at the limits: the largest message, the most parts', () => {
    for (const maxFragmentBytes of [33, MAX_UR_BYTES]) {
      const bytes = messageOf(MAX_UR_BYTES);
      const encoder = new FountainEncoder(bytes, { maxFragmentBytes });
      const decoder = new FountainDecoder();
      for (let i = encoder.fragmentCount; i >= 1; i--) decoder.receive(encoder.part(i));
      expect(decoder.progress.message).toEqual(bytes);
    }
    expect(() => new FountainEncoder(messageOf(MAX_UR_BYTES + 1), { maxFragmentBytes: 200 })).toThrow(
      RangeError,
    );
    expect(() => new FountainEncoder(messageOf(MAX_UR_BYTES), { maxFragmentBytes: 31 })).toThrow(RangeError);
    expect(() => new FountainEncoder(new Uint8Array(), { maxFragmentBytes: 31 })).toThrow(RangeError);
  });
});

describe('parts that do not belong', () => {
  const mine = new FountainEncoder(messageOf(300), { maxFragmentBytes: 50 });
  const flip = (part: FountainPart): FountainPart => ({
    ...part,
    data: part.data.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
  });

  it('of another message are refused and change nothing', () => {
    const others = [
      new FountainEncoder(messageOf(300, 2), { maxFragmentBytes: 50 }),
      new FountainEncoder(messageOf(299), { maxFragmentBytes: 50 }),
      new FountainEncoder(messageOf(300), { maxFragmentBytes: 60 }),
    ];
    const decoder = new FountainDecoder();
    for (let i = 1; i <= mine.fragmentCount; i++) {
      const before = decoder.receive(mine.part(i));
      for (const other of others) {
        const refused = decoder.receive(other.part(i));
        expect(rejectionOf(refused)).toBe('other-message');
        expect({ ...refused, rejected: undefined }).toEqual({ ...before, rejected: undefined });
        expect(decoder.progress).toEqual(before);
      }
    }
    expect(decoder.progress.message).toEqual(messageOf(300));
    expect(decoder.receive(mine.part(77)).message).toEqual(messageOf(300));
  });

  it('that contradict the parts before are refused', () => {
    const decoder = new FountainDecoder();
    const before = decoder.receive(mine.part(2));
    expect(rejectionOf(decoder.receive(flip(mine.part(2))))).toBe('part-conflict');
    expect(decoder.progress).toEqual(before);
  });

  it('that are forged make the scan start again, and the message still comes', () => {
    const decoder = new FountainDecoder();
    decoder.receive(flip(mine.part(1)));
    for (let i = 2; i < mine.fragmentCount; i++) decoder.receive(mine.part(i));
    expect(rejectionOf(decoder.receive(mine.part(mine.fragmentCount)))).toBe('message-damaged');
    expect(decoder.progress).toEqual({ received: 0 });
    for (let i = 1; i <= mine.fragmentCount; i++) decoder.receive(mine.part(i));
    expect(decoder.progress.message).toEqual(messageOf(300));
  });

  it('with other bytes behind the end of the message are refused', () => {
    const short = new FountainEncoder(messageOf(95), { maxFragmentBytes: 50 });
    const last = short.part(2);
    const decoder = new FountainDecoder();
    decoder.receive(short.part(1));
    const filled = { ...last, data: last.data.map((byte, i) => (i === last.data.length - 1 ? 1 : byte)) };
    expect(rejectionOf(decoder.receive(filled))).toBe('message-damaged');
  });
});

describe('the header of a part', () => {
  const data = new Uint8Array(20).fill(7);
  const bytesOf = (...items: unknown[]): Uint8Array => encode(items);

  it('is deterministic CBOR, as another encoder writes it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_PART_NUMBER }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 1, max: MAX_PARTS }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        (partNumber, checksum, fragmentCount, fragment) => {
          const messageBytes = Math.min(MAX_UR_BYTES, fragmentCount * fragment.length);
          const part = { partNumber, checksum, fragmentCount, messageBytes, data: fragment };
          fc.pre(Math.ceil(messageBytes / fragment.length) === fragmentCount);
          const cbor = encodeFountainPart(part);
          expect(cbor).toEqual(bytesOf(partNumber, fragmentCount, messageBytes, checksum, fragment));
          expect(decodeFountainPart(cbor)).toEqual({ ok: true, value: part });
        },
      ),
    );
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['four items', bytesOf(1, 2, 40, data)],
    ['six items', bytesOf(1, 2, 40, 5, data, 0)],
    ['a map', encode(new Map([[1, 2]]))],
    ['a tag around it', Uint8Array.of(0xc1, ...bytesOf(1, 2, 40, 5, data))],
    ['an indefinite array', fromHex('9f0102182805410707ff')],
    ['an indefinite byte string', fromHex('8501010100' + '5f4107ff')],
    ['a text for data', bytesOf(1, 1, 1, 5, 'a')],
    ['a negative number', bytesOf(-1, 2, 40, 5, data)],
    ['a float', bytesOf(1.5, 2, 40, 5, data)],
    ['a part number 0', bytesOf(0, 2, 40, 5, data)],
    ['a part number above 32 bits', bytesOf(2 ** 32, 2, 40, 5, data)],
    ['a checksum above 32 bits', bytesOf(1, 2, 40, 2 ** 32, data)],
    ['no fragments', bytesOf(1, 0, 40, 5, data)],
    ['too many fragments', bytesOf(1, MAX_PARTS + 1, MAX_PARTS * 20 + 1, 5, data)],
    ['an empty message', bytesOf(1, 1, 0, 5, data)],
    ['a message too large', bytesOf(1, 2, MAX_UR_BYTES + 1, 5, new Uint8Array(40_000))],
    ['fragments that do not hold the message', bytesOf(1, 2, 41, 5, data)],
    ['more fragments than the message needs', bytesOf(1, 2, 20, 5, data)],
    ['no data', bytesOf(1, 1, 1, 5, new Uint8Array())],
    ['a byte after it', Uint8Array.of(...bytesOf(1, 2, 40, 5, data), 0)],
    ['a byte missing', bytesOf(1, 2, 40, 5, data).slice(0, -1)],
    ['a long head', fromHex('85180101010541ff')],
    ['a reserved head', fromHex('851c0101010541ff')],
    ['a head cut off', fromHex('85010101051a00')],
  ])('refuses %s', (_, cbor) => {
    const result = decodeFountainPart(cbor);
    expect(result.ok ? 'accepted' : result.rejection.code).toBe('bad-part');
  });
});
