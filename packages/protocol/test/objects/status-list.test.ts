/** Token Status List: the published examples, packing, and lists that are no lists (PRIV-1, PAY-5). */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decode } from 'cbor2';
import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import { encodeBytes } from '../../src/cbor/codec.ts';
import { DecodeError } from '../../src/cbor/reader.ts';
import { MAX_STATUS_LIST_BYTES } from '../../src/limits.ts';
import { decodeSigned, encodeSigned } from '../../src/objects/signed.ts';
import {
  type PackedStatuses,
  packedField,
  packRevoked,
  STATUS_LIST,
  unpackStatuses,
} from '../../src/objects/status-list.ts';
import { describeVectors } from '../helpers/shared.ts';
import { HASHES } from '../helpers/signing.ts';
import { ISSUER, signed, statusList } from '../helpers/world.ts';

type Bits = PackedStatuses['bits'];
const BITS: readonly Bits[] = [1, 2, 4, 8];

/** The statuses that the draft states beside each example. */
interface Example {
  readonly bits: Bits;
  readonly form: 'cbor' | 'json';
  readonly statuses: Statuses;
}

type Statuses = 'first' | 'second' | 'one bit' | 'two bits' | 'four bits' | 'eight bits';

const EXAMPLES: Readonly<Record<string, Example>> = {
  'status_list_encoding_cbor.md': { bits: 1, form: 'cbor', statuses: 'first' },
  'status_list_encoding_json.md': { bits: 1, form: 'json', statuses: 'first' },
  'status_list_encoding2_cbor.md': { bits: 2, form: 'cbor', statuses: 'second' },
  'status_list_encoding2_json.md': { bits: 2, form: 'json', statuses: 'second' },
  'status_list_encoding1_long_cbor.md': { bits: 1, form: 'cbor', statuses: 'one bit' },
  'status_list_encoding1_long_json.md': { bits: 1, form: 'json', statuses: 'one bit' },
  'status_list_encoding2_long_cbor.md': { bits: 2, form: 'cbor', statuses: 'two bits' },
  'status_list_encoding2_long_json.md': { bits: 2, form: 'json', statuses: 'two bits' },
  'status_list_encoding4_cbor.md': { bits: 4, form: 'cbor', statuses: 'four bits' },
  'status_list_encoding4_json.md': { bits: 4, form: 'json', statuses: 'four bits' },
  'status_list_encoding8_cbor.md': { bits: 8, form: 'cbor', statuses: 'eight bits' },
  'status_list_encoding8_json.md': { bits: 8, form: 'json', statuses: 'eight bits' },
};

const SKIPPED: Readonly<Record<string, string>> = {
  'status_list_encoding_cbor_diag.md': 'the same example, commented',
  'status_list_encoding2_cbor_diag.md': 'the same example, commented',
  'status_list_cwt.md': 'tested below',
  'status_list_cwt_diag.md': 'the same example, commented',
  'status_list_jwt.md': 'Duet takes lists as CWT only',
  'status_list_jwt_raw.md': 'Duet takes lists as CWT only',
  'referenced_token_cwt.md':
    'a token that refers to a list: coins and certificates of Duet have an index instead',
  'referenced_token_cwt_diag.md': 'a token that refers to a list',
};

const isBits = (value: unknown): value is Bits => BITS.some((bits) => bits === value);

/** `bits` and `lst` of a map that any CBOR decoder gives: the examples do not sort their keys. */
function packedOf(value: unknown): PackedStatuses {
  const entries = value instanceof Map ? Object.fromEntries(value) : Object(value);
  if (!isBits(entries.bits) || !(entries.lst instanceof Uint8Array)) throw new Error('bits and lst');
  return { bits: entries.bits, lst: entries.lst };
}

function packedOfJson(text: string): PackedStatuses {
  const { bits, lst }: { bits: unknown; lst: string } = JSON.parse(
    text.slice(text.indexOf('{')).replace(/\s+/g, ''),
  );
  if (!isBits(bits)) throw new Error('bits');
  return { bits, lst: new Uint8Array(Buffer.from(lst, 'base64url')) };
}

const hexIn = (text: string): Uint8Array =>
  fromHex((text.split('encoded:').at(-1) ?? '').replace(/\s+/g, ''));

describeVectors('token-status-list', (folder) => {
  const draft = readFileSync(resolve(folder, 'draft-ietf-oauth-status-list.md'), 'utf8');
  const read = (file: string): string => readFileSync(resolve(folder, 'examples', file), 'utf8');
  const stated = statedStatuses(draft);

  it('has no example without a place here', () => {
    const known = [...Object.keys(EXAMPLES), ...Object.keys(SKIPPED)].sort();
    expect(readdirSync(resolve(folder, 'examples')).sort()).toEqual(known);
  });

  it.each(Object.entries(EXAMPLES))(
    '%s holds the statuses that the text states',
    (file, { bits, form, statuses }) => {
      const packed = form === 'cbor' ? packedOf(decode(hexIn(read(file)))) : packedOfJson(read(file));
      expect(packed.bits).toBe(bits);
      const list = unpackStatuses(packed);
      const expected = stated[statuses];
      expect(expected.size).toBeGreaterThan(10);
      const wrong = Array.from({ length: list.length }, (_, i) => i).filter(
        (i) => list.at(i) !== (expected.get(i) ?? 0),
      );
      expect(wrong).toEqual([]);
      expect(Math.max(...expected.keys())).toBeLessThan(list.length);
      expect(list.at(list.length)).toBeUndefined();
    },
  );

  it('reads the list of the CWT example', () => {
    const token: unknown = decode(hexIn(read('status_list_cwt.md')));
    const contents = Object(token).contents;
    expect(Object(token).tag).toBe(18);
    const claims: unknown = decode(contents[2]);
    const list = claims instanceof Map ? claims.get(65_533) : Object(claims)[65_533];
    expect(unpackStatuses(packedOf(list)).at(0)).toBe(1);
    expect(unpackStatuses(packedOf(list)).at(1)).toBe(0);
  });
});

/** The statuses as the text of the draft gives them: `status[0] = 0b1`, and `status[1993]=2` in the appendix. */
function statedStatuses(draft: string): Readonly<Record<Statuses, ReadonlyMap<number, number>>> {
  const blocks = [...draft.matchAll(/^~~~.*\n([\s\S]*?)^~~~/gm)]
    .map(([, block = '']) => [...block.matchAll(/status\[(\d+)\]\s*=\s*(0[bx][0-9a-fA-F]+|\d+)/g)])
    .filter((lines) => lines.length > 0)
    .map((lines) => new Map(lines.map(([, index, value]) => [Number(index), Number(value)])));
  const [first, second, one, two, four, eight] = blocks;
  if (!first || !second || !one || !two || !four || !eight)
    throw new Error(`six blocks of statuses, got ${blocks.length}`);
  return { first, second, 'one bit': one, 'two bits': two, 'four bits': four, 'eight bits': eight };
}

describe('packing', () => {
  it('marks the revoked indices and nothing else', () => {
    const revoked = [0, 7, 8, 1_023, 500];
    const list = unpackStatuses(packRevoked(1_024, revoked));
    expect(list.length).toBe(1_024);
    for (let i = 0; i < 1_024; i++) expect(list.at(i)).toBe(revoked.includes(i) ? 1 : 0);
    expect(list.at(-1)).toBeUndefined();
    expect(() => packRevoked(8, [8])).toThrow(RangeError);
    expect(() => packRevoked(8, [-1])).toThrow(RangeError);
  });

  it('of a million live indices, one in a hundred revoked, stays within 14 KB', () => {
    const revoked = Array.from({ length: 10_000 }, (_, i) => (i * 7_919 * 104_729) % 1_000_000);
    expect(packRevoked(1_000_000, revoked).lst.length).toBeLessThanOrEqual(14 * 1024);
  });
});

describe('what is no list', () => {
  const codeOf = (packed: PackedStatuses): string => {
    try {
      unpackStatuses(packed);
      return 'accepted';
    } catch (error) {
      if (error instanceof DecodeError) return error.code;
      throw error;
    }
  };
  const marked = (packed: PackedStatuses): number[] => {
    const list = unpackStatuses(packed);
    return Array.from({ length: list.length }, (_, i) => i).filter((i) => list.at(i) !== 0);
  };
  const good = packRevoked(4_096, [5]).lst;

  it('inflates to at most the limit: a bomb is refused', () => {
    const bomb = (length: number): PackedStatuses => ({
      bits: 1,
      lst: zlibSync(new Uint8Array(length), { level: 9 }),
    });
    expect(bomb(MAX_STATUS_LIST_BYTES).lst.length).toBeLessThan(10_000);
    expect(codeOf(bomb(MAX_STATUS_LIST_BYTES))).toBe('accepted');
    expect(codeOf(bomb(MAX_STATUS_LIST_BYTES + 1))).toBe('too-large');
    expect(codeOf(bomb(20 * MAX_STATUS_LIST_BYTES))).toBe('too-large');
    const stored = zlibSync(new Uint8Array(MAX_STATUS_LIST_BYTES + 1), { level: 0 });
    expect(['too-large', 'bad-value']).toContain(codeOf({ bits: 1, lst: stored }));
  });

  it('is refused when it is damaged', () => {
    expect(codeOf({ bits: 1, lst: good })).toBe('accepted');
    for (let length = 0; length < good.length; length++)
      expect(codeOf({ bits: 1, lst: good.subarray(0, length) })).not.toBe('accepted');
    for (let i = 0; i < good.length; i++) {
      const changed = new Uint8Array(good);
      changed[i] = (changed[i] ?? 0) ^ 1;
      // Padding bits of the last block, and the level of compression, say nothing about the statuses.
      if (codeOf({ bits: 1, lst: changed }) === 'accepted')
        expect(marked({ bits: 1, lst: changed }), `byte ${i}`).toEqual([5]);
    }
    expect(codeOf({ bits: 1, lst: new Uint8Array(40) })).toBe('bad-value');
  });

  it('has no other number of bits', () => {
    expect(() => encodeBytes(packedField, { bits: 1, lst: good })).not.toThrow();
    for (const bits of [0, 3, 5, 9]) {
      const body = { ...statusList([]).body, statuses: { bits: bits as Bits, lst: good } };
      const bytes = encodeSigned(STATUS_LIST, signed(STATUS_LIST, ISSUER, body));
      expect(() => decodeSigned(STATUS_LIST, bytes, HASHES)).toThrow(DecodeError);
    }
  });
});
