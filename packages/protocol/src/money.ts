/**
 * Money: integers of the minor unit in one checked type (MONEY-1).
 *
 * Every sum, difference and comparison of amounts in Duet goes through this module.
 */
import type { Branded } from './brand.ts';

/** A positive or zero amount of the minor unit (fen for CNY): an integer in 0 … 2^53−1. */
export type Fen = Branded<number, 'Fen'>;

export const ZERO = 0 as Fen;
export const MAX_FEN: number = Number.MAX_SAFE_INTEGER;

/** An amount, or a coordinate on a coin's line. @throws RangeError outside 0 … 2^53−1 */
export function fen(value: number): Fen {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`amount: expected an integer of the minor unit in 0..${MAX_FEN}, got ${value}`);
  }
  return value as Fen;
}

/** @throws RangeError when the sum leaves the range of {@link Fen} */
export const add = (a: Fen, b: Fen): Fen => fen(a + b);

/** @throws RangeError when `b` is larger than `a` */
export const subtract = (a: Fen, b: Fen): Fen => fen(a - b);

/** @throws RangeError when the sum leaves the range of {@link Fen} */
export function sum(amounts: Iterable<Fen>): Fen {
  let total = 0;
  for (const amount of amounts) {
    total += amount;
    if (total > MAX_FEN) throw new RangeError('amount: the sum is above 2^53-1');
  }
  return total as Fen;
}

export const min = (a: Fen, b: Fen): Fen => (a < b ? a : b);

const DECIMAL = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** Why a decimal text is not an amount. */
export type AmountError = 'not-a-number' | 'fractional-fen' | 'not-positive' | 'too-large';

/**
 * Reads a decimal amount of the major unit (`"12.30"` yuan) as minor units, without floating point.
 * `unit` is the number of minor digits (2 for CNY).
 */
export function parseDecimal(
  text: string,
  unit = 2,
): { ok: true; amount: Fen } | { ok: false; error: AmountError } {
  const trimmed = text.trim();
  if (/^-/.test(trimmed) && DECIMAL.test(trimmed.slice(1))) return { ok: false, error: 'not-positive' };
  const match = DECIMAL.exec(trimmed);
  if (!match) return { ok: false, error: 'not-a-number' };
  const whole = match[1] ?? '0';
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > unit) return { ok: false, error: 'fractional-fen' };
  if (whole.length > 17) return { ok: false, error: 'too-large' };
  const minor = BigInt(whole) * 10n ** BigInt(unit) + BigInt(fraction.padEnd(unit, '0') || '0');
  if (minor > BigInt(MAX_FEN)) return { ok: false, error: 'too-large' };
  if (minor === 0n) return { ok: false, error: 'not-positive' };
  return { ok: true, amount: Number(minor) as Fen };
}

/** `1230` → `"12.30"`. `unit` is the number of minor digits. */
export function formatDecimal(amount: number, unit = 2): string {
  const sign = amount < 0 ? '-' : '';
  const digits = String(Math.abs(amount)).padStart(unit + 1, '0');
  if (unit === 0) return sign + digits;
  return `${sign}${digits.slice(0, -unit)}.${digits.slice(-unit)}`;
}
