/** Amounts, times, ids and tables for people. Nothing printed here can move a cursor or change a direction. */

import { type Day, startOfDay } from '@duet/protocol/brand';
import { formatDecimal } from '@duet/protocol/money';

/** `123450` → `1,234.50`. `unit` is the number of minor digits. */
export function yuan(amount: number, unit = 2): string {
  const [whole = '', minor] = formatDecimal(amount, unit).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return minor === undefined ? grouped : `${grouped}.${minor}`;
}

/** `1234` → `1,234`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `2026-11-20 21:57:03 UTC`. */
export const instantText = (seconds: number): string =>
  `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** ISO 8601 for machines. */
export const instantJson = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

/** `2026-11-20`. */
export const dayText = (day: Day): string => new Date(startOfDay(day) * 1_000).toISOString().slice(0, 10);

const SHORT_ID_CHARACTERS = 12;

/**
 * The beginning of an id, as lists show it and commands take it. Payments to a standing request share its id, so
 * the beginning of their random bytes follows.
 */
export function shortId(id: string): string {
  const [request = '', nonce] = id.split(':');
  const short = request.slice(0, SHORT_ID_CHARACTERS);
  return nonce === undefined ? short : `${short}:${nonce.slice(0, SHORT_ID_CHARACTERS / 2)}`;
}

/** Characters that a terminal or a reader's eye would act on instead of showing them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of a stranger, made safe to print. */
export const printable = (text: string): string =>
  text.replace(UNSEEN, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

/** Columns of a terminal that a text takes: CJK characters take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  return width;
}

const pad = (text: string, width: number, right: boolean): string => {
  const spaces = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? spaces + text : text + spaces;
};

export type Align = 'left' | 'right';

/** Rows as lines with aligned columns; columns are left-aligned unless `align` says otherwise. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => widthOf(row[i] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0, align[i] === 'right'))
      .join('  ')
      .trimEnd(),
  );
}
