/** Random and damaged input to every decoder: a value or a rejection, never an exception, never without end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45 } from '../src/base45.ts';
import { decodeBytewords, encodeBytewords } from '../src/bytewords.ts';
import { decodeFountainPart, encodeFountainPart } from '../src/fountain-part.ts';
import { MAX_PART_NUMBER, MAX_PARTS, MAX_UR_BYTES } from '../src/limits.ts';
import { messageParts } from '../src/message-parts.ts';
import { messageOfUr } from '../src/payload.ts';
import { CARRIER_CODES } from '../src/rejection.ts';
import { decodeAny, encodeText, messageDecoder } from '../src/text.ts';
import { encodeUr, parseUr, UrEncoder } from '../src/ur.ts';
import { UrDecoder } from '../src/ur-decoder.ts';

const RUNS = { numRuns: 2_000, seed: 20_261_120 };
const CODES = new Set<string>(CARRIER_CODES.map(({ code }) => code));

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'URur:duetDUET/0123456789-aeadaolazm \n%$'), maxLength: 200 }),
  fc
    .tuple(fc.constantFrom('DUET:', 'ur:duet/', 'UR:', 'ur:duet/1-3/'), fc.string({ maxLength: 60 }))
    .map((t) => t.join('')),
);

const parts = messageParts(
  Uint8Array.from({ length: 900 }, (_, i) => (i * 7) & 0xff),
  { maxBytesPerPart: 100 },
);
const valid: readonly string[] = [
  encodeText(Uint8Array.from({ length: 50 }, (_, i) => i)),
  encodeUr({ type: 'duet', cbor: Uint8Array.of(0x42, 1, 2) }),
  ...(parts.kind === 'sequence' ? [1, 5, 9, 10, 11, 4_000_000_000].map((n) => parts.partText(n)) : []),
];

/** A valid text with some characters replaced, dropped, doubled or cut off. */
const damaged = fc
  .tuple(
    fc.constantFrom(...valid),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('replace', 'drop', 'double', 'cut'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((now, [place, how, character]) => {
      const at = place % Math.max(1, now.length);
      if (how === 'cut') return now.slice(0, at);
      const middle = how === 'replace' ? character : how === 'drop' ? '' : now.charAt(at) + now.charAt(at);
      return now.slice(0, at) + middle + now.slice(at + 1);
    }, text),
  );

/** Headers of parts with every field wild, around correct checksums, so that they get past the words. */
const wildPart = fc
  .record({
    partNumber: fc.integer({ min: 0, max: MAX_PART_NUMBER }),
    fragmentCount: fc.oneof(
      fc.integer({ min: 0, max: MAX_PARTS + 1 }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
    ),
    messageBytes: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 0xffff_ffff })),
    checksum: fc.integer({ min: 0, max: 0xffff_ffff }),
    data: fc.uint8Array({ maxLength: 40 }),
  })
  .chain((part) =>
    fc
      .boolean()
      .map((fitting) => (fitting ? { ...part, messageBytes: part.fragmentCount * part.data.length } : part)),
  );

describe('no decoder throws', () => {
  it('on texts', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, damaged), (text) => {
        for (const result of [
          decodeBase45(text),
          decodeBytewords(text, 'minimal'),
          decodeBytewords(text, 'standard'),
          decodeBytewords(text, 'uri'),
          parseUr(text),
          decodeAny(text),
        ]) {
          if (!result.ok) expect(CODES).toContain(result.rejection.code);
        }
      }),
      RUNS,
    );
  });

  it('on bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      damaged.map((text) => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        for (const result of [
          decodeFountainPart(input),
          messageOfUr({ type: 'duet', cbor: input }),
          decodeAny(input),
        ]) {
          if (!result.ok) expect(CODES).toContain(result.rejection.code);
        }
      }),
      RUNS,
    );
  });

  it('on damaged parts: what is accepted is written the same way', () => {
    const cbor = fc.tuple(wildPart, fc.nat(), fc.nat({ max: 255 })).map(([part, at, byte]) => {
      const bytes = encodeFountainPart(part);
      return at % 3 === 0 ? bytes.map((b, i) => (i === at % 12 ? byte : b)) : bytes;
    });
    let accepted = 0;
    fc.assert(
      fc.property(cbor, (input) => {
        const result = decodeFountainPart(input);
        if (!result.ok) return;
        accepted += 1;
        expect(encodeFountainPart(result.value)).toEqual(input);
      }),
      RUNS,
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('a decoder that is shown anything', () => {
  const partText = wildPart.map((part) => {
    const words = encodeBytewords(encodeFountainPart(part), 'minimal');
    return `ur:duet/${part.partNumber}-${part.fragmentCount}/${words}`;
  });

  it('keeps its count inside the expected, and every refusal changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(partText, damaged, fc.constantFrom(...valid)), { maxLength: 12 }),
        (texts) => {
          const decoder = new UrDecoder('duet');
          for (const text of texts) {
            const before = decoder.progress;
            const after = decoder.receive(text);
            expect(after.received).toBeLessThanOrEqual(after.expected ?? 0);
            if (after.rejected && after.rejected.code !== 'message-damaged')
              expect(decoder.progress).toEqual(before);
          }
        },
      ),
      { ...RUNS, numRuns: 400 },
    );
  });

  it('holds no more rows than there are fragments, under any number of forged mixed parts', () => {
    const real = new UrEncoder({ type: 'duet', cbor: new Uint8Array(2_000) }, { maxFragmentBytes: 10 });
    const decoder = messageDecoder();
    decoder.receive(real.part(1));
    for (let i = 0; i < 600; i++) {
      const words = encodeBytewords(
        encodeFountainPart({
          partNumber: 201 + ((i * 7_919) % 5_000),
          fragmentCount: 200,
          messageBytes: 2_000,
          checksum: 0xdead_beef,
          data: new Uint8Array(10).fill(i & 0xff),
        }),
        'minimal',
      );
      decoder.receive(`ur:duet/${201 + ((i * 7_919) % 5_000)}-200/${words}`);
      expect(decoder.progress).toEqual({ received: 1, expected: 200 });
    }
    const forged = messageDecoder();
    let damagedScans = 0;
    for (let i = 0; i < 600; i++) {
      const partNumber = 201 + i;
      const words = encodeBytewords(
        encodeFountainPart({
          partNumber,
          fragmentCount: 200,
          messageBytes: 2_000,
          checksum: 1,
          data: new Uint8Array(10).fill(i & 0xff),
        }),
        'minimal',
      );
      const { received, rejected, complete } = forged.receive(`ur:duet/${partNumber}-200/${words}`);
      expect(received).toBeLessThan(200);
      expect(complete).toBeUndefined();
      if (rejected?.code === 'message-damaged') damagedScans += 1;
    }
    expect(damagedScans).toBeGreaterThan(0);
  });

  it('is done with the largest announced message of the most parts without a long wait', () => {
    const decoder = messageDecoder();
    const data = new Uint8Array(Math.ceil(MAX_UR_BYTES / MAX_PARTS));
    const fragmentCount = Math.ceil(MAX_UR_BYTES / data.length);
    for (let i = 1; i <= 300; i++) {
      const partNumber = MAX_PART_NUMBER - i;
      const cbor = encodeFountainPart({
        partNumber,
        fragmentCount,
        messageBytes: MAX_UR_BYTES,
        checksum: 1,
        data,
      });
      const text = `ur:duet/${partNumber}-${fragmentCount}/${encodeBytewords(cbor, 'minimal')}`;
      expect(decoder.receive(text).rejected).toBeUndefined();
    }
    expect(decoder.progress.expected).toBe(fragmentCount);
  });
});
