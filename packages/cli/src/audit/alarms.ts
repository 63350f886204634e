/** What the audit says of coins that the registry never made (SET-1). */
import type { Alarm } from '@duet/ledger/engine/alarms';
import type { JsonValue } from '../outcome.ts';
import { instantJson, instantText, yuan } from '../text/format.ts';

export const alarmJson = (alarm: Alarm): { [name: string]: JsonValue } => ({
  ...alarm,
  issuerKey: alarm.issuerKey ?? null,
  raisedAt: instantJson(alarm.raisedAt),
  stoppedUntil: instantJson(alarm.stoppedUntil),
});

export const alarmLines = (alarm: Alarm): string[] => [
  `Alarm of ${instantText(alarm.raisedAt)}: coins of ${yuan(alarm.valueFen)} yuan under issuer key ${alarm.epoch} that the registry never made, ${alarm.coins} in number.`,
  `  ${yuan(alarm.lostFen)} yuan were paid for them from the loss account, ${yuan(alarm.owedFen)} are owed; the key is stopped offline until ${instantText(alarm.stoppedUntil)}.`,
];
