import { fromHex, toHex } from '@duet/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../src/base45.ts';
import { describeVectors, list, record, text } from './shared-vectors.ts';

const codeOf = (input: string): string => {
  const result = decodeBase45(input);
  return result.ok ? 'accepted' : result.rejection.code;
};

describeVectors('base45', ['LICENSE', 'SOURCES.md', 'base45.json'], (folder) => {
  const file = record(folder.json('base45.json'));
  it('has only the groups read here', () => {
    expect(Object.keys(file).sort()).toEqual(['good', 'note', 'reject']);
    expect(list(file.good).length).toBeGreaterThan(0);
    expect(list(file.reject).length).toBeGreaterThan(0);
  });
  it.each(list(file.good).map((vector) => [text(record(vector).base45), text(record(vector).hex)]))(
    'encodes and decodes %j',
    (encoded, hex) => {
      expect(encodeBase45(fromHex(hex))).toBe(encoded);
      const decoded = decodeBase45(encoded);
      expect(decoded.ok && toHex(decoded.value)).toBe(hex);
    },
  );
  it.each(list(file.reject).map((input) => [text(input)]))('refuses %j', (input) => {
    expect(codeOf(input)).not.toBe('accepted');
  });
});

describe('base45', () => {
  it.each([
    ['A', 'bad-length'],
    ['AAAA', 'bad-length'],
    ['aaa', 'bad-character'],
    ['AA\u212a', 'bad-character'],
    ['AA\n', 'bad-character'],
    ['GGW', 'bad-group'],
    [':::', 'bad-group'],
    ['U5', 'accepted'],
    ['V5', 'bad-group'],
    ['FGW', 'accepted'],
    ['', 'accepted'],
    ['0'.repeat(98_307), 'input-too-large'],
  ])('judges %j: %s', (input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it('gives bytes back, in one text only, which never ends with a space', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const encoded = encodeBase45(bytes);
        expect(decodeBase45(encoded)).toEqual({ ok: true, value: bytes });
        expect(encoded.endsWith(' ')).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0129AZFGW $%*+-./:a') }), (input) => {
        const decoded = decodeBase45(input);
        if (decoded.ok) expect(encodeBase45(decoded.value)).toBe(input);
      }),
      { numRuns: 1_000 },
    );
  });
});
