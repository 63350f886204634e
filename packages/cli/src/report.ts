/** Prints how a command ended, for a person or for a machine, and gives the exit code. */
import { DatabaseError } from '@duet/ledger/postgres/database-error';
import type { Result } from '@duet/protocol/rejection';
import { StorageError } from '@duet/wallet/node/storage-error';
import type { Context } from './context.ts';
import {
  EXIT,
  type JsonValue,
  MoneyError,
  OperationalError,
  type Outcome,
  type Refusal,
  RefusedError,
  refusalJson,
  refusalOf,
  type Said,
  UsageError,
} from './outcome.ts';
import { fill, type Language, type MessageKey, pick, say } from './text/messages.ts';
import { MONEY, type MoneySaid } from './text/money.ts';
import { BUG_TODO, DATABASE_CHINESE, RETRY, STORAGE_CHINESE } from './text/problems.ts';
import { refusalLines } from './text/refusal.ts';

/** What went wrong: for a machine always in English, for a person in both languages. */
type Problem =
  | { readonly kind: 'rejection'; readonly refusal: Refusal }
  | { readonly kind: 'usage'; readonly error: UsageError }
  | {
      readonly kind: 'operational';
      readonly code: string;
      readonly retry: string;
      said(language: Language): Said;
    }
  | { readonly kind: 'bug'; readonly message: string };

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
  bug: EXIT.bug,
};

/** Reports a result. */
export async function reportResult(result: Result<Outcome>, context: Context): Promise<number> {
  if (!result.ok)
    return report({ problem: { kind: 'rejection', refusal: refusalOf(result.rejection) } }, context);
  const { json, lines, exit, money } = result.value;
  const all = context.json ? [JSON.stringify(json)] : lines;
  try {
    if (all.length > 0) await context.out(`${all.join('\n')}\n`);
  } catch (error) {
    if (money || !isReaderGone(error))
      return reportError(money ? new MoneyError(money, error) : error, context);
  }
  return exit ?? EXIT.done;
}

/** A reader that went away, such as `head`, is no error where only words are lost. */
function isReaderGone(error: unknown): boolean {
  const { cause } = error instanceof OperationalError ? error : {};
  return cause instanceof Error && READER_GONE.has(Reflect.get(cause, 'code'));
}

const READER_GONE: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/** Reports what a command threw. */
export function reportError(error: unknown, context: Context): Promise<number> {
  if (!(error instanceof MoneyError)) return report({ problem: problemOf(error) }, context);
  return report({ problem: problemOf(error.cause), money: error.money }, context);
}

interface End {
  readonly problem: Problem;
  readonly money?: MoneySaid;
}

function problemOf(error: unknown): Problem {
  if (error instanceof RefusedError) return { kind: 'rejection', refusal: error.refusal };
  if (error instanceof UsageError) return { kind: 'usage', error };
  if (error instanceof OperationalError) {
    const { code, retry } = error;
    return { kind: 'operational', code, retry, said: (language) => error.said(language) };
  }
  if (error instanceof Error) return fromError(error);
  return { kind: 'bug', message: String(error) };
}

/** Operational errors of other packages carry `code` and `retry`; anything else is a defect. */
function fromError(error: Error): Problem {
  const code: unknown = Reflect.get(error, 'code');
  const retry: unknown = Reflect.get(error, 'retry');
  if (typeof code !== 'string' || typeof retry !== 'string')
    return { kind: 'bug', message: error.stack ?? error.message };
  const todo = RETRY[retry] ?? ['', ''];
  const chinese = chineseOf(error);
  const said = (language: Language): Said => ({
    message: pick(language, [error.message, chinese]),
    todo: pick(language, todo),
  });
  return { kind: 'operational', code, retry, said };
}

function chineseOf(error: Error): string {
  if (error instanceof StorageError) return STORAGE_CHINESE[error.code];
  return error instanceof DatabaseError ? DATABASE_CHINESE[error.code] : error.message;
}

async function report({ problem, money }: End, context: Context): Promise<number> {
  const { language } = context;
  if (context.json) {
    const said = money && { state: money.key, said: fill('en', MONEY[money.key], money.values) };
    const line = `${JSON.stringify({ error: { ...problemJson(problem), ...(said ? { money: said } : {}) } })}\n`;
    // Where standard output takes nothing, a machine gets its line on the other one.
    await context.out(line).catch(() => context.err(line));
    return EXITS[problem.kind];
  }
  const said = money && `  ${say(language, 'money')}: ${fill(language, MONEY[money.key], money.values)}`;
  for (const line of [...linesOf(problem, context), ...(said ? [said] : [])]) context.note(line);
  return EXITS[problem.kind];
}

function problemJson(problem: Problem): { [name: string]: JsonValue } {
  const { kind } = problem;
  switch (problem.kind) {
    case 'rejection':
      return { kind, ...refusalJson(problem.refusal) };
    case 'usage':
      return { kind, code: 'usage', ...problem.error.said('en') };
    case 'operational':
      return { kind, code: problem.code, ...problem.said('en'), retry: problem.retry };
    case 'bug':
      return { kind, code: 'bug', message: problem.message, todo: BUG_TODO[0] };
  }
}

/** What happened, expected, got, what to do next. */
function linesOf(problem: Problem, context: Context): string[] {
  const { language, paint } = context;
  const headline = (code: string | undefined, message: string): string =>
    `${paint.red(say(language, HEADLINES[problem.kind]))}${code === undefined ? '' : ` (${code})`}: ${message}`;
  const todoLine = (todo: string): string[] => (todo === '' ? [] : [`  ${say(language, 'todo')}: ${todo}`]);
  switch (problem.kind) {
    case 'rejection':
      return [
        headline(problem.refusal.code, pick(language, problem.refusal.advice.what)),
        ...refusalLines(problem.refusal, language),
      ];
    case 'usage': {
      const { message, todo } = problem.error.said(language);
      return [headline(undefined, message), ...todoLine(todo)];
    }
    case 'operational': {
      const { message, todo } = problem.said(language);
      return [headline(problem.code, message), ...todoLine(todo)];
    }
    case 'bug':
      return [headline('bug', problem.message), ...todoLine(pick(language, BUG_TODO))];
  }
}
