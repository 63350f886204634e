/** Amounts as a person types them: decimal yuan (MONEY-1). */
import { type AmountError, type Fen, parseDecimal } from '@duet/protocol/money';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { printable } from './text/format.ts';

const GOT: Readonly<Record<AmountError, (text: string) => string>> = {
  'not-a-number': (text) => `"${text}"`,
  'fractional-fen': (text) => `${text}: a part of a fen`,
  'not-positive': (text) => text,
  'too-large': (text) => `${text}: above 2^53-1 fen`,
};

const MAX_SHOWN_CHARACTERS = 40;

/** `"12.30"` → 1230 fen. Rejection `amount-invalid`. */
export function parseAmount(text: string): Result<Fen> {
  const parsed = parseDecimal(text);
  if (parsed.ok) return accept(parsed.amount);
  const shown = printable(text).slice(0, MAX_SHOWN_CHARACTERS);
  return reject('amount-invalid', 'an amount in yuan above 0, such as 12.30', GOT[parsed.error](shown));
}
