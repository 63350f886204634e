/**
 * What a command ends with: an outcome, a rejection, or an error; and the exit code of each.
 *
 *   0 done   1 rejected (a code, what was expected, what was got)   2 the command line is wrong
 *   3 an operational error (files, database)   4 a difference was found (audit, replay)
 */
import type { CarrierResult } from '@duet/carriers/rejection';
import { carrierTodoOf } from '@duet/carriers/rejection';
import type { Retry } from '@duet/ledger/postgres/database-error';
import { todoOf } from '@duet/protocol/codes';
import { accept, type Rejection, type Result } from '@duet/protocol/rejection';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** What a command that worked gives back. */
export interface Outcome {
  /** Printed with `--json`. */
  readonly json: JsonValue;
  /** Printed for a person, on standard output. */
  readonly lines: readonly string[];
  /** 4: the command worked, and found a difference. 1: a part of it was rejected, as the lines say. */
  readonly exit?: 0 | 1 | 4;
}

export const EXIT = { done: 0, rejected: 1, usage: 2, operational: 3, difference: 4 } as const;

/** The command line says something that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly todo: string;

  constructor(message: string, todo: string) {
    super(message);
    this.todo = todo;
  }
}

/** Files or streams failed. Other packages have error classes of their own with the same fields. */
export class OperationalError extends Error {
  override readonly name = 'OperationalError';
  readonly code: string;
  readonly retry: Retry;
  readonly todo: string;

  constructor(code: string, retry: Retry, message: string, todo: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retry = retry;
    this.todo = todo;
  }
}

/** A rejection of any package, with what to do about it. */
export interface Refusal {
  readonly code: string;
  readonly expected: string;
  readonly got: string;
  readonly todo: string;
}

/** Ends a command with a refusal from a package that has codes of its own (carriers). */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

export const refusalOf = (rejection: Rejection): Refusal => {
  const { code, expected, got } = rejection;
  return { code, expected, got, todo: todoOf(code) };
};

/** The value of a carrier, or the end of the command. @throws RefusedError */
export function carried<T>(result: CarrierResult<T>): T {
  if (result.ok) return result.value;
  const { code, expected, got } = result.rejection;
  throw new RefusedError({ code, expected, got, todo: carrierTodoOf(code) });
}

export const done = (json: JsonValue, lines: readonly string[]): Result<Outcome> => accept({ json, lines });
