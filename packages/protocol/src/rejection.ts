/** Rejections: expected refusals of what a peer or a user gave, as values with stable codes. */
import { type Code, precedenceOf, type Situation } from './codes.ts';

export interface Rejection {
  readonly code: Code;
  /** What was required, for a person. */
  readonly expected: string;
  /** What was there instead, without secrets or names. */
  readonly got: string;
  /** Where another advice than that of the code is right. */
  readonly situation?: Situation;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: Rejection };

export const accept = <T>(value: T): Result<T> => ({ ok: true, value });

export const reject = (code: Code, expected: string, got: string, situation?: Situation): Result<never> => ({
  ok: false,
  rejection: refusal(code, expected, got, situation),
});

export const refusal = (code: Code, expected: string, got: string, situation?: Situation): Rejection =>
  situation === undefined ? { code, expected, got } : { code, expected, got, situation };

/** Of several rejections the one whose code comes first in the order of precedence. */
export function foremost<R extends Rejection>(rejections: Iterable<R | undefined>): R | undefined {
  let first: R | undefined;
  for (const rejection of rejections) {
    if (rejection && (!first || precedenceOf(rejection.code) < precedenceOf(first.code))) first = rejection;
  }
  return first;
}
