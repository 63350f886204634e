/** Rejections: expected refusals of what a peer or a user gave, as values with stable codes. */
import type { Code } from './codes.ts';

export interface Rejection {
  readonly code: Code;
  /** What was required, for a person. */
  readonly expected: string;
  /** What was there instead, without secrets or names. */
  readonly got: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: Rejection };

export const accept = <T>(value: T): Result<T> => ({ ok: true, value });

export const reject = (code: Code, expected: string, got: string): Result<never> => ({
  ok: false,
  rejection: { code, expected, got },
});

export const refusal = (code: Code, expected: string, got: string): Rejection => ({ code, expected, got });
