/** What the audit says of coins that the registry never made (SET-1). */
import type { Alarm } from '@duet/ledger/engine/alarms';
import type { JsonValue } from '../outcome.ts';
import { instantJson, instantText, yuan } from '../text/format.ts';
import { type Language, say } from '../text/messages.ts';

export const alarmJson = (alarm: Alarm): { [name: string]: JsonValue } => ({
  ...alarm,
  issuerKey: alarm.issuerKey ?? null,
  raisedAt: instantJson(alarm.raisedAt),
  stoppedUntil: instantJson(alarm.stoppedUntil),
});

export function alarmLines(alarm: Alarm, language: Language): string[] {
  const values = {
    time: instantText(alarm.raisedAt),
    key: alarm.epoch,
    coins: alarm.coins,
    amount: yuan(alarm.valueFen),
    paid: yuan(alarm.lostFen),
    owed: yuan(alarm.owedFen),
    until: instantText(alarm.stoppedUntil),
  };
  return [say(language, 'alarm', values), say(language, 'alarmPaid', values)];
}
