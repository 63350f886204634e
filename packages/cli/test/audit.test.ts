/** What `duet audit` says besides the books (SET-1). */
import type { Alarm } from '@duet/ledger/engine/alarms';
import { instant } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { expect, it } from 'vitest';
import { alarmJson, alarmLines } from '../src/audit/alarms.ts';

const ALARM: Alarm = {
  epoch: 1,
  issuerKey: undefined,
  coins: 3,
  valueFen: fen(900_050),
  lostFen: fen(250_000),
  owedFen: fen(4_000),
  raisedAt: instant(1_800_000_000),
  stoppedUntil: instant(1_800_604_800),
};

it.each(['en', 'zh'] as const)(
  'SET-1: an alarm is told in %s with its key, its loss and the end of its stop',
  (language) => {
    const text = alarmLines(ALARM, language).join('\n');
    for (const part of [
      language === 'en' ? 'under its key 1: 3,' : '3 枚以发行方密钥 1',
      '9,000.50',
      '2,500.00',
      '40.00',
      '2027-01-15',
      '2027-01-22',
    ])
      expect(text).toContain(part);
    expect(alarmJson(ALARM)).toMatchObject({ epoch: 1, issuerKey: null, coins: 3, lostFen: 250_000 });
  },
);
