/** The generic codec: round trips, mutations, hostile input, and cbor2 as an oracle of well-formedness. */
import { cdeDecodeOptions, cdeEncodeOptions, decode, encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { decodeBytes, encodeBytes, tryDecode } from '../../src/cbor/codec.ts';
import { type CborValue, cborValue, diagnostic, MAX_DEPTH } from '../../src/cbor/value.ts';
import { everyNearbyInput, refusedOrCanonical, tree } from './arbitraries.ts';

const refusal = (hex: string) => {
  const bytes = fromHex(hex);
  const result = tryDecode(cborValue, bytes, bytes.length);
  return result.ok ? `accepted ${diagnostic(result.value)}` : result.error.code;
};

describe('round trips', () => {
  it('a tree encodes, decodes and encodes to the same bytes', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeBytes(cborValue, value);
        const again = decodeBytes(cborValue, bytes, bytes.length);
        expect(toHex(encodeBytes(cborValue, again))).toBe(toHex(bytes));
        expect(again).toEqual(sorted(value));
      }),
      { numRuns: 400 },
    );
  });

  it('a change of any byte is refused or another canonical encoding', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeBytes(cborValue, value);
        fc.pre(bytes.length <= 48);
        everyNearbyInput(cborValue, bytes);
      }),
      { numRuns: 40 },
    );
  });
});

describe('cbor2 as oracle', () => {
  it('writes the same bytes in its CDE mode', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const theirs = encode(foreign(value), cdeEncodeOptions);
        expect(toHex(encodeBytes(cborValue, value))).toBe(toHex(theirs));
      }),
      { numRuns: 400 },
    );
  });

  it('accepts what is accepted here; what it accepts beyond that is outside of the data model', () => {
    let accepted = 0;
    let refused = 0;
    const check = (bytes: Uint8Array) => {
      const ours = tryDecode(cborValue, bytes, bytes.length);
      const theirs = oracleAccepts(bytes);
      if (ours.ok) {
        accepted++;
        expect(theirs, toHex(bytes)).toBe(true);
        refusedOrCanonical(cborValue, bytes);
      } else {
        refused++;
        if (theirs)
          expect(['unsupported', 'too-deep'], `${toHex(bytes)} ${ours.error.message}`).toContain(
            ours.error.code,
          );
      }
    };
    // Bytes that look like CBOR: small heads are likely, so that many inputs are well-formed.
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(
        0x00,
        0x18,
        0x19,
        0x20,
        0x38,
        0x40,
        0x41,
        0x60,
        0x61,
        0x80,
        0x81,
        0x82,
        0xa0,
        0xa1,
        0xa2,
      ),
      fc.constantFrom(0xc0, 0xc1, 0xc2, 0xd8, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xff, 0x5f, 0x9f, 0xbf),
    );
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 10 }), (bytes) => check(Uint8Array.from(bytes))),
      { numRuns: 6000 },
    );
    fc.assert(
      fc.property(tree, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, place, changed) => {
        const bytes = encodeBytes(cborValue, value);
        bytes[place % bytes.length] = changed;
        check(bytes);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(1000);
  });

  it('agrees on every input of one and two bytes', () => {
    for (let n = 0; n < 256 + 65_536; n++) {
      const bytes = n < 256 ? Uint8Array.of(n) : Uint8Array.of((n - 256) >> 8, n & 0xff);
      const ours = tryDecode(cborValue, bytes, 2);
      const theirs = oracleAccepts(bytes);
      if (ours.ok !== theirs && !(theirs && !ours.ok && ours.error.code === 'unsupported')) {
        expect.unreachable(`${toHex(bytes)}: here ${JSON.stringify(ours)}, there ${theirs}`);
      }
    }
  });
});

describe('refusals', () => {
  it.each([
    ['', 'truncated'],
    ['18', 'truncated'],
    ['1a000100', 'truncated'],
    ['4201', 'truncated'],
    ['6261', 'truncated'],
    ['8201', 'truncated'],
    ['a101', 'truncated'],
    ['c1', 'truncated'],
    ['f9', 'truncated'],
    ['f97e', 'truncated'],
    ['fb00000000000000', 'truncated'],
    ['1817', 'non-minimal'],
    ['1900ff', 'non-minimal'],
    ['1a0000ffff', 'non-minimal'],
    ['1b00000000ffffffff', 'non-minimal'],
    ['3b00000000ffffffff', 'non-minimal'],
    ['580100', 'non-minimal'],
    ['d81701', 'non-minimal'],
    ['b80100f6', 'non-minimal'],
    ['1c', 'malformed'],
    ['1f', 'malformed'],
    ['3f', 'malformed'],
    ['df00', 'malformed'],
    ['5e', 'malformed'],
    ['fd', 'malformed'],
    ['fe', 'malformed'],
    ['ff', 'malformed'],
    ['81ff', 'malformed'],
    ['f800', 'malformed'],
    ['f81f', 'malformed'],
    ['f814', 'malformed'],
    ['5f4100ff', 'indefinite'],
    ['7fff', 'indefinite'],
    ['9f', 'indefinite'],
    ['bf', 'indefinite'],
    ['0000', 'trailing'],
    ['f6f6', 'trailing'],
    ['a2010003 00 00', 'trailing'],
    ['a201000100', 'duplicate-key'],
    ['a202000100', 'unsorted-keys'],
    ['a220000000', 'unsorted-keys'],
    ['a261610018ff00', 'unsorted-keys'],
    ['61ff', 'bad-utf8'],
    ['62c080', 'bad-utf8'],
    ['62c1bf', 'bad-utf8'],
    ['63e08080', 'bad-utf8'],
    ['63eda080', 'bad-utf8'],
    ['66eda081edb080', 'bad-utf8'],
    ['64f4908080', 'bad-utf8'],
    ['64f0808080', 'bad-utf8'],
    ['62e282', 'bad-utf8'],
    ['62c361', 'bad-utf8'],
    ['f7', 'unsupported'],
    ['e0', 'unsupported'],
    ['f3', 'unsupported'],
    ['f820', 'unsupported'],
    ['f90000', 'unsupported'],
    ['82f6f7', 'unsupported'],
    ['c240', 'unsupported'],
    ['c249010000000000000000', 'unsupported'],
    ['a1fa0000000000', 'unsupported'],
  ])('%s: %s', (hex, code) => expect(refusal(hex.replaceAll(' ', ''))).toBe(code));

  it('hostile lengths are refused before anything is allocated for them', () => {
    for (const head of ['5', '7', '9', 'b']) {
      for (const length of ['aff000000', 'b0000000100000000', 'b0020000000000000', 'bffffffffffffffff']) {
        const code = refusal(`${head}${length}00`);
        expect(['truncated', 'too-large'], head + length).toContain(code);
      }
    }
  });

  it('depth is bounded, when reading and when writing', () => {
    const nested = (levels: number, head: string) => `${head.repeat(levels)}f6`;
    for (const head of ['81', 'a100', 'c1']) {
      expect(refusal(nested(MAX_DEPTH, head))).toMatch(/^accepted/);
      expect(refusal(nested(MAX_DEPTH + 1, head))).toBe('too-deep');
      expect(refusal(nested(100_000, head))).toBe('too-deep');
    }
    let deep: CborValue = { kind: 'null' };
    for (let i = 0; i < MAX_DEPTH; i++) deep = { kind: 'array', items: [deep] };
    expect(encodeBytes(cborValue, deep).length).toBe(MAX_DEPTH + 1);
    expect(() => encodeBytes(cborValue, { kind: 'tag', tag: 1, content: deep })).toThrow(RangeError);
  });

  it('the limit of the whole comes first', () => {
    expect(tryDecode(cborValue, fromHex('83010203'), 3)).toMatchObject({
      error: { code: 'too-large', offset: 0 },
    });
  });

  it('what has no encoding throws RangeError', () => {
    const zero: CborValue = { kind: 'int', value: 0 };
    const bad: readonly CborValue[] = [
      { kind: 'int', value: 2n ** 64n },
      { kind: 'int', value: -(2n ** 64n) - 1n },
      { kind: 'int', value: 1.5 },
      { kind: 'int', value: 2 ** 53 },
      { kind: 'text', value: '\ud800' },
      { kind: 'tag', tag: 2, content: zero },
      { kind: 'tag', tag: 3n, content: zero },
      { kind: 'tag', tag: -1, content: zero },
      { kind: 'tag', tag: -1n, content: zero },
      {
        kind: 'map',
        entries: [
          { key: zero, value: zero },
          { key: { kind: 'int', value: 0n }, value: zero },
        ],
      },
    ];
    for (const value of bad) expect(() => encodeBytes(cborValue, value), value.kind).toThrow(RangeError);
  });
});

describe('diagnostic notation', () => {
  it.each([
    ['a3012003820102206161', '{1: -1, 3: [1, 2], -1: "a"}'],
    ['a3182a0020000a00', undefined],
    ['d9d9f7a0', '55799({})'],
    ['1bffffffffffffffff', '18446744073709551615'],
    ['db ffffffffffffffff f6', '18446744073709551615(null)'],
    ['3b001ffffffffffffe', '-9007199254740991'],
    ['3b001fffffffffffff', '-9007199254740992'],
    ['4200ff', "h'00ff'"],
    ['84 f4 f5 f6 60', '[false, true, null, ""]'],
    ['63efbbbf', '"\\ufeff"'],
    ['68 22 5c 0a 1b c2 9b c3 bc', '"\\"\\\\\\n\\u001b\\u009bü"'],
    ['63e280ae', '"\\u202e"'],
  ])('%s', (hex, expected) => {
    const found = refusal(hex.replaceAll(' ', ''));
    expect(found).toBe(expected === undefined ? 'unsorted-keys' : `accepted ${expected}`);
  });
});

function oracleAccepts(bytes: Uint8Array): boolean {
  try {
    decode(bytes, { ...cdeDecodeOptions, ignoreGlobalTags: true, preferMap: true });
    return true;
  } catch {
    return false;
  }
}

/** The tree as cbor2 takes it. */
function foreign(value: CborValue): unknown {
  switch (value.kind) {
    case 'array':
      return value.items.map(foreign);
    case 'map':
      return new Map(value.entries.map((entry) => [foreign(entry.key), foreign(entry.value)]));
    case 'tag':
      return new Tag(value.tag, foreign(value.content));
    case 'null':
      return null;
    default:
      return value.value;
  }
}

/** The tree with its maps in wire order. */
function sorted(value: CborValue): CborValue {
  switch (value.kind) {
    case 'array':
      return { kind: 'array', items: value.items.map(sorted) };
    case 'tag':
      return { kind: 'tag', tag: value.tag, content: sorted(value.content) };
    case 'map':
      return {
        kind: 'map',
        entries: value.entries
          .map((entry) => ({ key: sorted(entry.key), value: sorted(entry.value) }))
          .map((entry) => ({ entry, wire: toHex(encodeBytes(cborValue, entry.key)) }))
          .sort((a, b) => (a.wire < b.wire ? -1 : 1))
          .map(({ entry }) => entry),
      };
    default:
      return value;
  }
}
