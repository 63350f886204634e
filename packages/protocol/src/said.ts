/** Amounts, times and days as rejections say them to a person. Whoever decides compares the numbers, never these. */
import { type Day, type Instant, startOfDay } from './brand.ts';
import { formatDecimal } from './money.ts';

/** `1230` → `12.30 yuan`. */
export const amountSaid = (amount: number): string => `${formatDecimal(amount)} yuan`;

/** `2026-11-20 21:57:03 UTC`. */
export const timeSaid = (time: Instant): string =>
  `${new Date(time * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `2026-11-20`. */
export const daySaid = (day: Day): string => timeSaid(startOfDay(day)).slice(0, 10);

/** `7,440 s`, as a clock and another one differ. */
export const apartSaid = (seconds: number): string =>
  seconds < 0 ? `${-seconds} s in the future` : `${seconds} s ago`;
