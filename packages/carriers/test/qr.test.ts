import { describe, expect, it } from 'vitest';
import { MAX_QR_BYTES, MAX_QR_CHARACTERS, ONE_PART_BYTES } from '../src/limits.ts';
import { messageParts } from '../src/message-parts.ts';
import { qrOfBytes, qrOfText } from '../src/qr.ts';
import { drawQr, qrColumns } from '../src/qr-terminal.ts';
import { decodeAny, encodeText, messageDecoder } from '../src/text.ts';
import { readModules, readSymbol } from './qr-reader.ts';

/** Every value of a byte, from 0x11 as messages begin; not text in any character set. */
const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (0x11 + i * 167) & 0xff);

describe('symbols of raw bytes', () => {
  // docs/spec/limits.md: a request is one symbol 10-L, a first-hop offer one symbol 12-L.
  it.each([
    [1, 1],
    [17, 1],
    [18, 2],
    [100, 5],
    [265, 10],
    [271, 10],
    [272, 11],
    [367, 12],
    [368, 13],
    [858, 20],
  ])('%i bytes come back from version %i', async (length, version) => {
    const symbol = qrOfBytes(bytesOf(length));
    expect(symbol.version).toBe(version);
    expect(symbol.sizeModules).toBe(17 + 4 * version);
    const read = await readSymbol(symbol);
    expect(read).toHaveLength(1);
    expect(read[0]).toMatchObject({ version: String(version), level: 'L' });
    expect(Uint8Array.from(read[0]?.bytes ?? [])).toEqual(bytesOf(length));
  });

  it('refuse what does not fit', () => {
    expect(() => qrOfBytes(new Uint8Array())).toThrow(RangeError);
    expect(() => qrOfBytes(bytesOf(MAX_QR_BYTES + 1))).toThrow(RangeError);
  });

  it('come back for bytes that look like text of any kind', async () => {
    for (const bytes of [
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x41),
      Uint8Array.of(0x81, 0x40, 0x93, 0xfa),
      new Uint8Array(40),
      new Uint8Array(40).fill(0xff),
    ]) {
      const [read] = await readSymbol(qrOfBytes(bytes));
      expect(Uint8Array.from(read?.bytes ?? [])).toEqual(bytes);
    }
  });
});

describe('symbols of text', () => {
  it('hold UR parts in capitals, smaller than in byte mode', async () => {
    const parts = messageParts(bytesOf(1_000), { maxBytesPerPart: 200 });
    if (parts.kind !== 'sequence') throw new Error('expected a sequence');
    const decoder = messageDecoder();
    for (const partNumber of [1, 2, 7, 8, 9, 10, 11, 12, 13]) {
      const text = parts.partText(partNumber);
      const symbol = parts.partSymbol(partNumber);
      const [read] = await readSymbol(symbol);
      expect(read?.text).toBe(text);
      expect(symbol.version).toBeLessThan(qrOfBytes(Uint8Array.from(text, (c) => c.charCodeAt(0))).version);
      expect(symbol.version).toBeLessThanOrEqual(12);
      decodeAny(read?.text ?? '', decoder);
    }
    const done = decodeAny(parts.partText(3), decoder);
    expect(done.ok && done.value.kind === 'message' && done.value.message).toEqual(bytesOf(1_000));
  });

  it('hold pasted text', async () => {
    const text = encodeText(bytesOf(300));
    expect((await readSymbol(qrOfText(text)))[0]?.text).toBe(text);
  });

  it('refuse what does not fit', () => {
    expect(qrOfText('A'.repeat(MAX_QR_CHARACTERS)).version).toBe(20);
    expect(() => qrOfText('A'.repeat(MAX_QR_CHARACTERS + 1))).toThrow(RangeError);
    expect(() => qrOfText('a')).toThrow(RangeError);
    expect(() => qrOfText('')).toThrow(RangeError);
  });
});

describe('parts of a message', () => {
  it('are one symbol up to the size of version 12-L', async () => {
    const parts = messageParts(bytesOf(ONE_PART_BYTES));
    if (parts.kind !== 'single') throw new Error('expected one part');
    expect(parts.symbol.version).toBe(12);
    const taken = decodeAny((await readSymbol(parts.symbol))[0]?.bytes ?? '');
    expect(taken).toEqual({
      ok: true,
      value: { kind: 'message', form: 'raw', message: bytesOf(ONE_PART_BYTES) },
    });
  });

  it.each([
    [368, 100, 4],
    [8_192, 150, 55],
    [8_192, 200, 41],
    [65_536, 100, 656],
  ])('%i bytes in parts of %i are %i', (length, maxBytesPerPart, count) => {
    const parts = messageParts(bytesOf(length), { maxBytesPerPart });
    if (parts.kind !== 'sequence') throw new Error('expected a sequence');
    expect(parts.partCount).toBe(count);
    const decoder = messageDecoder();
    for (let i = 1; i < count; i++) {
      const taken = decodeAny(parts.partText(i), decoder);
      expect(taken.ok && taken.value).toMatchObject({ kind: 'partial', received: i, expected: count });
    }
    const done = decodeAny(parts.partText(count), decoder);
    expect(done).toEqual({ ok: true, value: { kind: 'message', form: 'ur', message: bytesOf(length) } });
  });

  it('refuse sizes that are not allowed', () => {
    for (const maxBytesPerPart of [99, 201, 150.5, Number.NaN]) {
      expect(() => messageParts(bytesOf(400), { maxBytesPerPart })).toThrow(RangeError);
    }
    expect(() => messageParts(new Uint8Array())).toThrow(RangeError);
    expect(() => messageParts(new Uint8Array(65_537))).toThrow(RangeError);
  });
});

describe('a drawing for the terminal', () => {
  /** What a drawing shows: the modules that are dark on a ground of that kind. */
  const shown = (drawing: string, background: 'dark' | 'light'): boolean[][] =>
    drawing.split('\n').flatMap((line) => {
      const halves = (drawn: string) => [...line].map((c) => drawn.includes(c) === (background === 'light'));
      return [halves('█▀'), halves('█▄')];
    });

  it.each([
    ['dark', 4],
    ['light', 4],
    ['dark', 2],
    ['light', 3],
  ] as const)('on a %s ground with a quiet zone of %i reads back', async (background, quietZoneModules) => {
    const symbol = qrOfBytes(bytesOf(ONE_PART_BYTES));
    const drawing = drawQr(symbol, { background, quietZoneModules });
    const lines = drawing.split('\n');
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([qrColumns(symbol, quietZoneModules)]));
    expect(lines).toHaveLength(Math.ceil(qrColumns(symbol, quietZoneModules) / 2));
    expect(drawing).toMatch(/^[█▀▄ \n]+$/);
    const rows = shown(drawing, background).slice(0, qrColumns(symbol, quietZoneModules));
    const inner = rows
      .slice(quietZoneModules, -quietZoneModules)
      .map((row) => row.slice(quietZoneModules, -quietZoneModules));
    expect(inner).toEqual(symbol.rows);
    expect(rows.slice(0, quietZoneModules).flat()).not.toContain(true);
    const [read] = await readModules(rows);
    expect(Uint8Array.from(read?.bytes ?? [])).toEqual(bytesOf(ONE_PART_BYTES));
  });

  it('fits 80 columns for a message of one part', () => {
    expect(qrColumns(qrOfBytes(bytesOf(ONE_PART_BYTES)))).toBe(73);
  });

  it('draws nothing below an odd last row', () => {
    expect(
      drawQr(qrOfBytes(bytesOf(1)))
        .split('\n')
        .at(-1),
    ).toBe('▀'.repeat(29));
  });

  it('refuses a quiet zone that is none', () => {
    for (const quietZoneModules of [-1, 0.5, 17]) {
      expect(() => drawQr(qrOfBytes(bytesOf(1)), { quietZoneModules })).toThrow(RangeError);
    }
  });
});
