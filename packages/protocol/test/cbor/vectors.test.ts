/**
 * Published CBOR vectors against the generic codec: what lies in the data model decodes and encodes to the same
 * bytes, everything else is refused with the code of the table below.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { decodeBytes, encodeBytes, tryDecode } from '../../src/cbor/codec.ts';
import type { DecodeCode } from '../../src/cbor/reader.ts';
import { type CborValue, cborValue, diagnostic } from '../../src/cbor/value.ts';

const SHARED = process.env.DUET_SHARED ?? resolve(import.meta.dirname, '../../../../../shared');
const MAX_BYTES = 4096;

interface Vector {
  readonly hex: string;
  readonly decoded?: unknown;
  readonly diagnostic?: string;
  readonly kind?: string;
  readonly value?: string;
}

interface Refusal {
  readonly hex: RegExp;
  readonly code: DecodeCode;
  readonly reason: string;
}

/** Every vector that is not accepted. The first row that fits counts; a row that fits nothing is an error. */
const REFUSALS: readonly Refusal[] = [
  { hex: /^f(9.{4}|a.{8}|b.{16})$/, code: 'unsupported', reason: 'no floats: money is integers (MONEY-1)' },
  { hex: /^c1fb/, code: 'unsupported', reason: 'a float inside a tag' },
  {
    hex: /^c[23]/,
    code: 'unsupported',
    reason: 'no bignums: 64 bits are enough, and one integer has one form',
  },
  { hex: /^f7$/, code: 'unsupported', reason: 'no undefined: what is absent is left out' },
  { hex: /^(e0|f0|f8ff)$/, code: 'unsupported', reason: 'no simple values but booleans and null' },
  {
    hex: /^f818$/,
    code: 'malformed',
    reason: 'RFC 8949 §3.3: no two-byte form below 32 (RFC 7049 still had one)',
  },
  { hex: /^fc$/, code: 'malformed', reason: 'additional information 28 is reserved' },
  {
    hex: /^([579b]f|83018202039f|83019f|826161bf)/,
    code: 'indefinite',
    reason: 'RFC 8949 §4.2.1: definite lengths only',
  },
  { hex: /^(180c|19000c|1a0000000c|1b000000000000000c|1900ff|9802)/, code: 'non-minimal', reason: '§4.2.1' },
  {
    hex: /^(a2616101616102|a200010002|a229002901|a2f5f4|a2800080|a281)/,
    code: 'duplicate-key',
    reason: '§5.6',
  },
  { hex: /^a26162/, code: 'unsorted-keys', reason: '§4.2.1' },
];

/** Refused by profiles that are stricter than CDE (dCBOR); accepted here. */
const OTHER_PROFILE: ReadonlyMap<string, string> = new Map([
  ['3b8000000000000000', 'dCBOR takes integers from −2^63 only'],
  ['3bffffffffffffffff', 'dCBOR takes integers from −2^63 only'],
  ['6345cc88', 'dCBOR wants NFC; CDE leaves text alone'],
]);

const FOLDERS: Readonly<Record<string, { files: readonly string[]; optional?: readonly string[] }>> = {
  'cbor-rfc7049-appendix-a': { files: ['appendix_a.json'] },
  'cbor-cde': { files: ['cde_examples.json'], optional: ['cbor2_not_well_formed.json'] },
  'dcbor-hildjj': { files: ['valid.json', 'invalid.json'] },
};
const DOCUMENTS = new Set(['README.md', 'SOURCES.md', 'LICENSE.md', 'LICENSE']);

const folderOf = (name: string): string => resolve(SHARED, 'vectors', name);
const load = <T>(folder: string, file: string): readonly T[] =>
  JSON.parse(readFileSync(resolve(folderOf(folder), file), 'utf8'));

const missing = Object.keys(FOLDERS).filter((name) => !existsSync(folderOf(name)));

describe.skipIf(missing.length > 0 && !process.env.CI)(
  `CBOR vectors${missing.length > 0 ? ` (not found: ${missing.join(', ')})` : ''}`,
  () => {
    const usedRows = new Set<Refusal>();

    it('are all there, and no file is unknown', () => {
      expect(missing).toEqual([]);
      for (const [name, { files, optional = [] }] of Object.entries(FOLDERS)) {
        const found = readdirSync(folderOf(name)).filter((file) => !DOCUMENTS.has(file));
        expect(found.filter((file) => !optional.includes(file)).sort()).toEqual([...files].sort());
      }
    });

    for (const [folder, { files }] of Object.entries(FOLDERS)) {
      for (const file of missing.length > 0 ? [] : files) {
        describe(`${folder}/${file}`, () => {
          const vectors = load<Vector>(folder, file);
          it('is not empty', () => expect(vectors.length).toBeGreaterThan(30));
          it.each(vectors.map((vector, index) => ({ index, hex: vector.hex, vector })))(
            '$index: $hex',
            ({ vector }) => {
              const row = REFUSALS.find(({ hex }) => hex.test(vector.hex));
              if (row) {
                usedRows.add(row);
                expect(codeOf(vector.hex)).toBe(row.code);
              } else {
                accepted(vector);
                const isBad = vector.kind === 'bad' || file === 'invalid.json';
                if (isBad) expect([...OTHER_PROFILE.keys()]).toContain(vector.hex);
              }
            },
          );
        });
      }
    }

    it('cbor-cde/cbor2_not_well_formed.json: all refused', ({ skip }) => {
      const file = 'cbor2_not_well_formed.json';
      if (!existsSync(resolve(folderOf('cbor-cde'), file))) skip('named by SOURCES.md, not in the folder');
      for (const entry of load<string | Vector>('cbor-cde', file)) {
        const hex = (typeof entry === 'string' ? entry : entry.hex).replace(/^0x|\s/g, '');
        expect(codeOf(hex), hex).not.toBe('accepted');
      }
    });

    it('need every row of the table of refusals', () => {
      expect(REFUSALS.filter((row) => !usedRows.has(row)).map(({ hex }) => hex.source)).toEqual([]);
    });
  },
);

function codeOf(hex: string): DecodeCode | 'accepted' {
  const result = tryDecode(cborValue, fromHex(hex), MAX_BYTES);
  return result.ok ? 'accepted' : result.error.code;
}

function accepted(vector: Vector): void {
  const value = decodeBytes(cborValue, fromHex(vector.hex), MAX_BYTES);
  expect(toHex(encodeBytes(cborValue, value))).toBe(vector.hex);
  if (vector.diagnostic !== undefined)
    expect(diagnostic(value).normalize()).toBe(vector.diagnostic.normalize());
  if (vector.kind === 'int') expect(diagnostic(value)).toBe(vector.value);
  if (vector.decoded !== undefined) expect(JSON.stringify(plain(value))).toBe(JSON.stringify(vector.decoded));
}

/** The tree as JSON.parse would give it; integers beyond 2^53 lose the same digits. */
function plain(value: CborValue): unknown {
  switch (value.kind) {
    case 'int':
      return Number(value.value);
    case 'array':
      return value.items.map(plain);
    case 'map':
      return Object.fromEntries(value.entries.map((entry) => [plain(entry.key), plain(entry.value)]));
    case 'tag':
      return { tag: value.tag, content: plain(value.content) };
    case 'null':
      return null;
    default:
      return value.value;
  }
}
