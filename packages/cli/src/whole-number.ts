/** A whole number on the command line. */
import { UsageError } from './outcome.ts';
import { printable } from './text/format.ts';

export interface NumberAsked {
  readonly option: string;
  readonly least: number;
  readonly most: number;
  /** The command that says more. */
  readonly help: string;
}

/** @throws UsageError */
export function wholeNumber(text: string, { option, least, most, help }: NumberAsked): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError('number', { option, least, given: printable(text), help });
}
