/** Amounts, references, settings and tables: what people type and what they see. */

import { instant } from '@duet/protocol/brand';
import { fen, ZERO } from '@duet/protocol/money';
import { StorageError } from '@duet/wallet/node/storage-error';
import { asIdText, asPaymentId } from '@duet/wallet/payment-id';
import type { PaymentView } from '@duet/wallet/views';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAmount } from '../src/amount.ts';
import { printable, shortId, table, widthOf, yuan } from '../src/text/format.ts';
import { fill, languageOf, say } from '../src/text/messages.ts';
import { MONEY } from '../src/text/money.ts';
import { moneyOf, NOTHING_SIGNED, orUnknown, sayingMoney } from '../src/wallet/money.ts';
import { findPayment } from '../src/wallet/reference.ts';
import { decodeSettings, encodeSettings } from '../src/wallet/settings.ts';
import { authority } from './objects.ts';

describe('amounts (MONEY-1)', () => {
  test.each([
    ['0.01', 1],
    ['12.30', 1_230],
    ['12.3', 1_230],
    ['7', 700],
    ['90071992547409.91', 9_007_199_254_740_991],
  ])('%s yuan are %d fen', (text, amount) => {
    expect(parseAmount(text)).toEqual({ ok: true, value: amount });
  });

  test.each([
    '0',
    '0.00',
    '-1',
    '1.234',
    '90071992547409.92',
    '1e3',
    '0x10',
    '１２',
    '1,000',
    '',
    ' ',
    'NaN',
    '1.',
    '.5',
    '9'.repeat(400),
  ])('refuses "%s"', (text) => {
    const parsed = parseAmount(text);
    expect(parsed).toMatchObject({ ok: false, rejection: { code: 'amount-invalid' } });
    if (!parsed.ok) expect(parsed.rejection.got.length).toBeLessThan(100);
  });

  test('what is printed can be typed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (amount) => {
        expect(parseAmount(yuan(amount).replaceAll(',', ''))).toEqual({ ok: true, value: amount });
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('references', () => {
  const payment = (paymentId: string): PaymentView => ({
    paymentId: asPaymentId(paymentId),
    requestId: asIdText(paymentId.split(':')[0] ?? ''),
    direction: 'out',
    amount: fen(1),
    state: 'paid',
    at: instant(0),
    spends: [],
    depth: 1,
  });
  const [plain, first, second] = [
    'aa'.repeat(32),
    `${'bb'.repeat(32)}:${'01'.repeat(16)}`,
    `${'bb'.repeat(32)}:${'02'.repeat(16)}`,
  ];
  const payments = [payment(plain), payment(first), payment(second)];

  test.each([plain, first, second])('what the history shows names one payment: %s', (id) => {
    expect(findPayment(payments, shortId(id))).toMatchObject({ ok: true, value: { paymentId: id } });
    expect(findPayment(payments, id)).toMatchObject({ ok: true, value: { paymentId: id } });
  });

  test.each(['', 'aaaa', 'bbbbbb', 'cccccc', 'AAAAAA', 'aaaaaa;', '../../..', ':::::::'])(
    '"%s" names none',
    (reference) => {
      expect(findPayment(payments, reference)).toMatchObject({
        ok: false,
        rejection: { code: 'payment-unknown' },
      });
    },
  );
});

describe('what a payment means for the money (PAY-3, PAY-8)', () => {
  const base: PaymentView = {
    paymentId: asPaymentId('ab'.repeat(32)),
    requestId: asIdText('ab'.repeat(32)),
    direction: 'out',
    amount: fen(1_230),
    state: 'paid',
    at: instant(0),
    spends: [],
    depth: 1,
  };

  test.each([
    ['recorded', 'recorded'],
    ['not-yet-known', 'signed'],
    ['recorded-not-yet-known', 'signed'],
    ['paid', 'paid'],
    ['not-paid', 'not-paid'],
    ['paid-at-close', 'paid'],
    ['returned-at-close', 'returned'],
    ['freed', 'nothing-signed'],
  ] as const)('a payment that is %s', (state, key) => {
    const said = moneyOf({ ...base, state });
    expect(said.key).toBe(key);
    const text = fill('en', MONEY[said.key], said.values);
    expect(text).not.toMatch(/[{}]/);
    if (key !== 'nothing-signed') expect(text).toContain('12.30 yuan');
    if (key === 'signed') expect(text).toContain('duet wallet pay --again abababababab. Do not pay anew.');
  });

  test('storing that failed half-way is neither signed nor unsigned', async () => {
    const fail = (): never => {
      throw new StorageError('wallet-io-error', 'unknown-outcome', 'storing failed half-way');
    };
    const ended = sayingMoney(NOTHING_SIGNED, async (mark) => orUnknown(mark, 'pay-unknown', fail));
    await expect(ended).rejects.toMatchObject({ money: { key: 'pay-unknown' } });
    const full = sayingMoney(NOTHING_SIGNED, async (mark) =>
      orUnknown(mark, 'pay-unknown', () => {
        throw new StorageError('disk-full', 'safe', 'no space');
      }),
    );
    await expect(full).rejects.toMatchObject({ money: { key: 'nothing-signed' } });
  });
});

describe('settings of a wallet', () => {
  const text = `{"version":1,"root":"${Buffer.from(authority.root).toString('hex')}","handle":"0102","operator":1,"policy":1,"walletClass":4,"suite":1}`;

  test('are read back as they were written', () => {
    const settings = decodeSettings(text);
    if (!settings) throw new Error('expected settings');
    expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
    const till = {
      ...settings,
      walletClass: 0,
      terminal: { name: '面馆', category: 5_812, region: 110_105 },
    };
    expect(decodeSettings(encodeSettings(till))).toEqual(till);
    const held = { at: instant(1), held: fen(68_900), notYetKnown: ZERO, closes: instant(2) };
    for (const restored of [held, { at: held.at, held: ZERO, notYetKnown: fen(5) }])
      expect(decodeSettings(encodeSettings({ ...settings, restored }))).toEqual({ ...settings, restored });
  });

  test.each([
    ['', ''],
    ['version', text.replace('"version":1', '"version":2')],
    ['root', text.replace('"root":"01', '"root":"09')],
    ['handle', text.replace('"handle":"0102"', '"handle":""')],
    ['operator', text.replace('"operator":1', '"operator":-1')],
    ['policy', text.replace('"policy":1', '"policy":70000')],
    ['class', text.replace('"walletClass":4', '"walletClass":5')],
    ['suite', text.replace('"suite":1', '"suite":3')],
    ['terminal', text.replace('"suite":1', '"suite":1,"terminal":{"name":1}')],
    ['half a file', text.slice(0, 80)],
    ['a list', '[]'],
  ])('refuses another %s', (_name, other) => {
    expect(decodeSettings(other)).toBeUndefined();
  });
});

describe('what people see', () => {
  test('yuan with groups', () => {
    expect([yuan(0), yuan(5), yuan(123_456_789), yuan(-250)]).toEqual([
      '0.00',
      '0.05',
      '1,234,567.89',
      '-2.50',
    ]);
  });

  test('columns stand in line, also with Chinese', () => {
    expect(
      table(
        [
          ['可支付', '1.00'],
          ['a', '10.00'],
        ],
        ['left', 'right'],
      ),
    ).toEqual(['可支付   1.00', 'a       10.00']);
    expect(widthOf('面馆 x')).toBe(6);
  });

  test('a name cannot move the cursor or turn the line round', () => {
    expect(printable('a\u001b[2Jb\u202ec\nd')).toBe('a\\u001b[2Jb\\u202ec\\u000ad');
  });

  test('languages', () => {
    expect([
      languageOf({ DUET_LANG: 'zh' }),
      languageOf({ LANG: 'zh_CN.UTF-8' }),
      languageOf({ LANG: 'C' }),
      languageOf({}),
    ]).toEqual(['zh', 'zh', 'en', 'en']);
    expect(say('en', 'received', { amount: '1.00' })).toBe('Received 1.00 yuan.');
    expect(say('zh', 'received', { amount: '1.00' })).toContain('1.00');
  });
});
