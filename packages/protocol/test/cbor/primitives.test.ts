/** Writer, Reader and UTF-8 on their own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { DecodeError, Reader } from '../../src/cbor/reader.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../../src/cbor/utf8.ts';
import { Writer } from '../../src/cbor/writer.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function thrown(run: () => unknown): DecodeError {
  try {
    run();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  return expect.unreachable('nothing was refused');
}

describe('UTF-8', () => {
  it('agrees with the platform on any bytes', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(
        0x80,
        0xbf,
        0xc0,
        0xc2,
        0xe0,
        0xa0,
        0xed,
        0x9f,
        0xef,
        0xbb,
        0xf0,
        0x90,
        0xf4,
        0x8f,
        0xf5,
      ),
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), (units) => {
        const bytes = Uint8Array.from(units);
        let expected: string | undefined;
        try {
          expected = strictDecoder.decode(bytes);
          accepted++;
        } catch {}
        expect(decodeUtf8(bytes)).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('takes and gives every code point, and no surrogate alone', () => {
    for (let point = 0; point <= 0x10ffff; point += point < 0x11000 ? 1 : 251) {
      const text = String.fromCodePoint(point);
      const length = utf8Length(text);
      if (point >= 0xd800 && point <= 0xdfff) {
        if (length !== undefined) expect.unreachable(`U+${point.toString(16)}`);
        continue;
      }
      const bytes = new Uint8Array(length ?? 0);
      writeUtf8(text, bytes, 0);
      if (decodeUtf8(bytes) !== text || strictDecoder.decode(bytes) !== text) {
        expect.unreachable(`U+${point.toString(16)} as ${toHex(bytes)}`);
      }
    }
    for (const text of ['\ud800', '\udc00', 'a\udfffb', '\ud800\ud800\udc00', '\udc00\ud800']) {
      expect(utf8Length(text)).toBeUndefined();
    }
  });
});

describe('Writer', () => {
  it('grows, gives a buffer of its own, and starts anew', () => {
    const w = new Writer();
    w.bytes(new Uint8Array(1000).fill(7));
    const first = w.finish();
    w.bool(true);
    expect(first.length).toBe(1003);
    expect(first.buffer.byteLength).toBe(1003);
    expect(toHex(w.finish())).toBe('f5');
    const large = new Writer();
    for (let i = 0; i < 50_000; i++) large.int(i % 2 === 0 ? i : -i);
    const bytes = large.finish();
    expect(new Reader(bytes).int()).toBe(0);
    expect(bytes.length).toBeGreaterThan(50_000);
  });

  it('throws RangeError for what is not a safe integer', () => {
    const w = new Writer();
    for (const n of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Infinity, -Infinity]) {
      expect(() => w.int(n), String(n)).toThrow(RangeError);
    }
    for (const n of [-1, 2 ** 53, Number.NaN]) {
      for (const write of [w.uint, w.arrayHead, w.mapHead, w.tagHead]) {
        expect(() => write.call(w, n), String(n)).toThrow(RangeError);
      }
    }
    expect(() => w.wideHead(0, 2n ** 64n)).toThrow(RangeError);
    expect(() => w.wideHead(0, -1n)).toThrow(RangeError);
    expect(() => w.text('\udfff')).toThrow(RangeError);
    expect(w.length).toBe(0);
  });
});

describe('Writer.nested', () => {
  it('gives the byte string of what was written, at every length of head', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 511, 512, 65_535, 65_536, 70_000]) {
      const content = Uint8Array.from({ length }, (_, i) => i);
      const [nested, plain] = [new Writer(), new Writer()];
      for (const writer of [nested, plain]) writer.uint(1_000);
      nested.nested((w) => w.raw(content));
      plain.bytes(content);
      for (const writer of [nested, plain]) writer.bool(true);
      expect(toHex(nested.finish())).toBe(toHex(plain.finish()));
    }
  });

  it('stands inside another', () => {
    const writer = new Writer();
    writer.nested((outer) => {
      outer.uint(1);
      outer.nested((inner) => inner.raw(new Uint8Array(300)));
    });
    const inner = `59012c${'00'.repeat(300)}`;
    expect(toHex(writer.finish())).toBe(`590130${'01'}${inner}`);
  });
});

describe('Reader', () => {
  it('reads what the writer wrote', () => {
    const w = new Writer();
    w.arrayHead(7);
    w.uint(24);
    w.int(-500);
    w.tagHead(18);
    w.bytes(fromHex('0102'));
    w.text('é');
    w.mapHead(1);
    w.null();
    w.bool(false);
    w.raw(fromHex('8101'));
    w.wideHead(0, 2n ** 63n);
    const r = new Reader(w.finish());
    expect(r.arrayHead(7)).toBe(7);
    expect(r.uint(30)).toBe(24);
    expect(r.int()).toBe(-500);
    expect(r.peekMajor()).toBe(6);
    expect(r.tagHead()).toBe(18);
    expect(toHex(r.bytes(2, 2))).toBe('0102');
    expect(r.text(2)).toBe('é');
    expect(r.mapHead(1)).toBe(1);
    r.null();
    expect(r.bool()).toBe(false);
    expect([r.arrayHead(1), r.uint(30)]).toEqual([1, 1]);
    expect(r.wideHead(0)).toBe(2n ** 63n);
    expect(r.remaining).toBe(0);
    r.end();
  });

  it('says code, place and what was expected', () => {
    const r = new Reader(fromHex('0118ff'));
    expect(r.uint(30)).toBe(1);
    const error = thrown(() => r.uint(254));
    expect([error.code, error.offset]).toEqual(['out-of-range', 1]);
    expect(error.message).toMatch(/^out-of-range at byte 1: expected an integer in 0\.\.254, got 255$/);
    expect(thrown(() => new Reader(fromHex('4100')).bytes(32, 32))).toMatchObject({
      code: 'out-of-range',
      offset: 0,
    });
    expect(thrown(() => new Reader(fromHex('0000')).end())).toMatchObject({ code: 'trailing', offset: 0 });
    expect(thrown(() => new Reader(fromHex('dbffffffffffffffff')).tagHead()).code).toBe('out-of-range');
  });

  it('holds counts and lengths against what is left, at the head', () => {
    expect(thrown(() => new Reader(fromHex('a2010203')).mapHead(9))).toMatchObject({
      code: 'truncated',
      offset: 4,
    });
    expect(new Reader(fromHex('a201020304')).mapHead(2)).toBe(2);
    expect(thrown(() => new Reader(fromHex('820f')).arrayHead(9)).code).toBe('truncated');
    expect(thrown(() => new Reader(fromHex('4201')).bytes(9)).code).toBe('truncated');
    expect(thrown(() => new Reader(fromHex('4201')).bytes(1)).code).toBe('too-large');
  });

  it('refuses every other type', () => {
    const items = ['00', '20', '40', '60', '80', 'a0', 'c000', 'f5', 'f6'];
    const reads: readonly [accepts: readonly string[], (r: Reader) => unknown][] = [
      [['00'], (r) => r.uint(30)],
      [['00', '20'], (r) => r.int()],
      [['40'], (r) => r.bytes(1)],
      [['60'], (r) => r.text(1)],
      [['80'], (r) => r.arrayHead(1)],
      [['a0'], (r) => r.mapHead(1)],
      [['c000'], (r) => r.tagHead()],
      [['f5'], (r) => r.bool()],
      [['f6'], (r) => r.null()],
    ];
    for (const [accepts, read] of reads) {
      for (const hex of items) {
        const reader = new Reader(fromHex(hex));
        if (accepts.includes(hex)) read(reader);
        else expect(thrown(() => read(reader))).toMatchObject({ code: 'unexpected-type', offset: 0 });
      }
      expect(thrown(() => read(new Reader(new Uint8Array(0)))).code).toBe('truncated');
    }
  });
});
