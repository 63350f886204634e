/** The fixed hash of the hot tables, and the chart of accounts (SET-12). */
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { handleField } from '@duet/protocol/objects/fields';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUCKETS, bucketOf, bucketOfKey } from '../../src/core/bucket.ts';
import * as chart from '../../src/core/chart.ts';

const raw = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

describe('bucket', () => {
  test('depends on the first two bytes of an id alone and stays in range', () => {
    fc.assert(
      fc.property(raw(32), raw(30), (id, rest) => {
        const bucket = bucketOf(id);
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS).toBe(true);
        expect(bucketOf(Uint8Array.from([...id.subarray(0, 2), ...rest]))).toBe(bucket);
      }),
    );
  });

  test('does not look at the suite and the sign of a key, which are hardly random', () => {
    fc.assert(
      fc.property(raw(34), raw(2), (key, head) => {
        expect(bucketOfKey(Uint8Array.from([...head, ...key.subarray(2)]))).toBe(bucketOfKey(key));
      }),
    );
  });

  test('stays what it is: rows of released databases lie where it says', () => {
    expect(BUCKETS).toBe(1_024);
    expect(bucketOf(Uint8Array.of(0x12, 0x34))).toBe(0x234);
    expect(bucketOf(Uint8Array.of(0xff, 0xff))).toBe(1_023);
    expect(bucketOfKey(Uint8Array.of(1, 2, 0x04, 0x01))).toBe(1);
  });
});

describe('SET-12 the chart', () => {
  const handle = decodeBytes(handleField, encodeBytes(bytes({ length: 3 }), Uint8Array.of(1, 2, 255)), 8);
  const names = [
    chart.SUPPLY,
    chart.HOLDING,
    chart.LOSS_DUE,
    chart.reserveOf(1),
    chart.outstandingOf(1),
    chart.fundOf(1),
    chart.recoveryOf(1),
    chart.lossOf(1),
    chart.accountOf(1, handle),
    chart.owedTo(chart.accountOf(1, handle)),
    chart.receivableFrom(1, handle),
    chart.receivableFrom(1, undefined),
    chart.clearingOf(handle),
    chart.ticketOf(handle),
  ];

  test('every account has a name of its own and a kind that is money, memo or supply', () => {
    expect(new Set(names).size).toBe(names.length);
    const kinds: readonly string[] = [chart.SUPPLY, ...chart.MONEY_KINDS, ...chart.MEMO_KINDS];
    expect(new Set(kinds).size).toBe(kinds.length);
    for (const name of names) expect(kinds).toContain(chart.kindOf(name));
    expect(chart.kindOf(chart.owedTo(chart.accountOf(1, handle)))).toBe('owed');
  });

  test('a handle is told in full, so two accounts never share a name', () => {
    expect(chart.accountOf(7, handle)).toBe('account:7:0102ff');
    expect(chart.accountOf(17, handle)).not.toBe(chart.accountOf(1, handle));
  });
});
