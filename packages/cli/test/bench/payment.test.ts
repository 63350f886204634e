/** The bench of payments: its rows, and that a payment does what it is measured against (docs/spec/limits.md). */
import { beforeAll, describe, expect, it } from 'vitest';
import { measurePayments, neededOperations, type PaymentRow, paymentCases } from '../../src/bench/payment.ts';

/** Every path of the measurement, without its precision. */
const LITTLE = { turns: 1, paymentsPerTurn: 1, warmUp: 1 };

describe('bench payment', () => {
  let rows: PaymentRow[];

  beforeAll(async () => {
    const cases = paymentCases().filter(({ suite, store }) => suite === 1 || store === 'memory');
    rows = await measurePayments(cases, () => LITTLE);
  });

  it('has a row for every suite, store, hop and state of the keys, the first one as documented', () => {
    expect(paymentCases()).toHaveLength(16);
    expect(paymentCases()[0]).toEqual({ suite: 1, hop: 1, store: 'memory', certificates: 'warm' });
    expect(new Set(paymentCases().map((row) => JSON.stringify(row))).size).toBe(16);
  });

  it('gives exactly the documented fields', () => {
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual(
        [
          'suite',
          'hop',
          'store',
          'certificates',
          'payerMs',
          'payeeMs',
          'rawCryptoMs',
          'ratio',
          'operations',
          'requestBytes',
          'offerBytes',
          'sealedOfferBytes',
        ].sort(),
      );
      for (const value of [row.payerMs, row.payeeMs, row.rawCryptoMs, row.ratio])
        expect(value).toBeGreaterThan(0);
    }
  });

  it('compares with the operations of the specification', () => {
    expect(neededOperations({ hop: 1, certificates: 'warm' })).toEqual({
      sign: 3,
      verify: 5,
      keygen: 2,
      ecdh: 2,
      aead: 2,
      import: 2,
    });
    for (const row of rows) {
      const { sign, keygen, ecdh, aead, verify } = row.operations;
      const needed = neededOperations(row);
      expect({ sign, keygen, ecdh, aead }).toEqual({
        sign: needed.sign,
        keygen: needed.keygen,
        ecdh: needed.ecdh,
        aead: needed.aead,
      });
      expect(verify).toBeGreaterThanOrEqual(needed.verify);
      expect(verify).toBeLessThanOrEqual(needed.verify + 1);
    }
  });

  it('weighs messages within the budgets', () => {
    for (const { suite, hop, requestBytes, offerBytes, sealedOfferBytes } of rows) {
      if (suite === 1) expect(requestBytes).toBeLessThanOrEqual(271);
      expect(sealedOfferBytes).toBe(offerBytes + 33 + 16);
      if (suite === 1 && hop === 1) expect(sealedOfferBytes).toBeLessThanOrEqual(367);
    }
  });
});
