/** Prints how a command ended, for a person or for a machine, and gives the exit code. */
import type { Rejection, Result } from '@duet/protocol/rejection';
import type { Context } from './context.ts';
import {
  EXIT,
  type JsonValue,
  OperationalError,
  type Outcome,
  type Refusal,
  RefusedError,
  refusalOf,
  UsageError,
} from './outcome.ts';
import { printable } from './text/format.ts';
import { type MessageKey, say } from './text/messages.ts';

/** What went wrong, in the form of `--json`. */
interface Problem {
  readonly kind: 'rejection' | 'usage' | 'operational' | 'bug';
  readonly code: string;
  readonly message?: string;
  readonly expected?: string;
  readonly got?: string;
  readonly todo: string;
  readonly retry?: string;
}

const HEADLINES: Readonly<Record<Problem['kind'], MessageKey>> = {
  rejection: 'rejected',
  usage: 'usage',
  operational: 'operational',
  bug: 'bug',
};

const EXITS: Readonly<Record<Problem['kind'], number>> = {
  rejection: EXIT.rejected,
  usage: EXIT.usage,
  operational: EXIT.operational,
  bug: EXIT.operational,
};

/** Reports a result. */
export function reportResult(result: Result<Outcome>, context: Context): number {
  if (!result.ok) return reportRejection(result.rejection, context);
  const { json, lines, exit } = result.value;
  if (context.json) context.out(`${JSON.stringify(json)}\n`);
  else for (const line of lines) context.out(`${line}\n`);
  return exit ?? EXIT.done;
}

const reportRejection = (rejection: Rejection, context: Context): number =>
  reportProblem(refused(refusalOf(rejection)), context);

/** Reports what a command threw. */
export const reportError = (error: unknown, context: Context): number =>
  reportProblem(problemOf(error), context);

function problemOf(error: unknown): Problem {
  if (error instanceof RefusedError) return refused(error.refusal);
  if (error instanceof UsageError)
    return { kind: 'usage', code: 'usage', message: error.message, todo: error.todo };
  if (error instanceof OperationalError) {
    const { code, message, todo, retry } = error;
    return { kind: 'operational', code, message, todo, retry };
  }
  if (error instanceof Error) return fromError(error);
  return { kind: 'bug', code: 'bug', message: String(error), todo: BUG_TODO };
}

const BUG_TODO =
  'Report it with the command that you ran. Stored data is as it was before the last durable step.';

/** Operational errors of other packages carry `code` and `retry`; anything else is a defect. */
function fromError(error: Error): Problem {
  const code: unknown = Reflect.get(error, 'code');
  const retry: unknown = Reflect.get(error, 'retry');
  if (typeof code === 'string' && typeof retry === 'string') {
    return { kind: 'operational', code, message: error.message, todo: RETRY_TODO[retry] ?? '', retry };
  }
  return { kind: 'bug', code: 'bug', message: error.stack ?? error.message, todo: BUG_TODO };
}

const RETRY_TODO: Readonly<Record<string, string>> = {
  safe: 'Nothing was changed: do what the message says, then run the same command again.',
  never: 'Change what the message names, then run the command again.',
  'unknown-outcome': 'Run the same command again: what was stored already is not done twice.',
};

const refused = ({ code, expected, got, todo }: Refusal): Problem => ({
  kind: 'rejection',
  code,
  expected,
  got,
  todo,
});

function reportProblem(problem: Problem, context: Context): number {
  if (context.json) {
    const json: JsonValue = { error: { ...problem } };
    context.out(`${JSON.stringify(json)}\n`);
  } else {
    for (const line of linesOf(problem, context)) context.note(line);
  }
  return EXITS[problem.kind];
}

/** What, expected, got, what to do next. */
function linesOf(
  { kind, code, message, expected, got, todo }: Problem,
  { language, paint }: Context,
): string[] {
  const label = (key: MessageKey): string => say(language, key);
  const headline = `${paint.red(label(HEADLINES[kind]))}${kind === 'usage' ? '' : ` (${code})`}`;
  return [
    message === undefined ? headline : `${headline}: ${message}`,
    ...(expected === undefined ? [] : [`  ${label('expected')}: ${printable(expected)}`]),
    ...(got === undefined ? [] : [`  ${label('got')}: ${printable(got)}`]),
    ...(todo === '' ? [] : [`  ${label('todo')}: ${todo}`]),
  ];
}
