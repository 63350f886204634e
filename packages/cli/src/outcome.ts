/**
 * What a command ends with: an outcome, a rejection, or an error; and the exit code of each.
 *
 *   0 done   1 rejected (a code, what was expected, what was got)   2 the command line is wrong
 *   3 an operational error (files, database)   4 a difference was found (audit, replay, demo)   5 a defect of duet
 */
import type { CarrierRejection, CarrierResult } from '@duet/carriers/rejection';
import type { Retry } from '@duet/ledger/postgres/database-error';
import { accept, type Rejection, type Result } from '@duet/protocol/rejection';
import { type Advice, adviceOf, carrierAdviceOf } from './text/advice.ts';
import { fill, type Language, type Values } from './text/messages.ts';
import type { MoneySaid } from './text/money.ts';
import { OPERATIONAL, type OperationalCode, USAGE, type UsageKey } from './text/problems.ts';

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
  /** What it means for the money when nobody can be given the outcome. */
  readonly money?: MoneySaid;
}

export const EXIT = { done: 0, rejected: 1, usage: 2, operational: 3, difference: 4, bug: 5 } as const;

/** What a person reads of an error, in one language. */
export interface Said {
  readonly message: string;
  readonly todo: string;
}

/** An error whose texts stand in both languages; `message` is the English one. */
abstract class SaidError extends Error {
  abstract said(language: Language): Said;
}

/** The command line says something that cannot be meant. */
export class UsageError extends SaidError {
  override readonly name = 'UsageError';
  readonly #key: UsageKey;
  readonly #values: Values;

  constructor(key: UsageKey, values: Values = {}) {
    super(fill('en', USAGE[key].what, values));
    this.#key = key;
    this.#values = values;
  }

  said(language: Language): Said {
    const { what, todo } = USAGE[this.#key];
    return { message: fill(language, what, this.#values), todo: fill(language, todo, this.#values) };
  }
}

/** Files or streams failed. Other packages have error classes of their own with the same fields. */
export class OperationalError extends SaidError {
  override readonly name = 'OperationalError';
  readonly code: OperationalCode;
  readonly retry: Retry;
  readonly #values: Values;

  constructor(code: OperationalCode, retry: Retry, values: Values, cause?: unknown) {
    super(fill('en', OPERATIONAL[code].what, values), cause === undefined ? undefined : { cause });
    this.code = code;
    this.retry = retry;
    this.#values = values;
  }

  said(language: Language): Said {
    const { what, todo } = OPERATIONAL[this.code];
    return { message: fill(language, what, this.#values), todo: fill(language, todo, this.#values) };
  }
}

/** A rejection of any package, with what it means and what to do about it. */
export interface Refusal {
  readonly code: string;
  readonly situation?: string;
  readonly expected: string;
  readonly got: string;
  readonly advice: Advice;
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

/** Whatever ended a command, a refusal or an error, with what that means for the money. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';
  readonly money: MoneySaid;

  constructor(money: MoneySaid, cause: unknown) {
    super(money.key, { cause });
    this.money = money;
  }
}

export const refusalOf = (rejection: Rejection): Refusal => ({
  ...rejection,
  advice: adviceOf(rejection.code, rejection.situation),
});

/** The same for what a carrier refuses. */
export const carrierRefusalOf = ({ code, expected, got }: CarrierRejection): Refusal => ({
  code,
  expected,
  got,
  advice: carrierAdviceOf(code),
});

/** For a machine: in English, whatever the language of the person is. */
export const refusalJson = ({ code, situation, expected, got, advice }: Refusal) => ({
  code,
  ...(situation === undefined ? {} : { situation }),
  expected,
  got,
  todo: advice.todo[0],
});

/** The value of a carrier, or the end of the command. @throws RefusedError */
export function carried<T>(result: CarrierResult<T>): T {
  if (result.ok) return result.value;
  throw new RefusedError(carrierRefusalOf(result.rejection));
}

export const done = (json: JsonValue, lines: readonly string[]): Result<Outcome> => accept({ json, lines });
