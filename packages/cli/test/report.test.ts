/** How a command ends: one exit code for each kind, one line of JSON for a machine, what to do for a person. */
import { refusal } from '@duet/protocol/rejection';
import { StorageError } from '@duet/wallet/node/storage-error';
import { describe, expect, test } from 'vitest';
import { type Context, processContext } from '../src/context.ts';
import { MoneyError, OperationalError, UsageError } from '../src/outcome.ts';
import { reportError, reportResult } from '../src/report.ts';
import type { Language } from '../src/text/messages.ts';

/** A context that keeps what is printed. */
function listening(language: Language, json = false): { context: Context; lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string): void => void lines.push(text.trimEnd());
  const out = (text: string): Promise<void> => Promise.resolve(keep(text));
  const plain = { red: String, green: String, yellow: String, bold: String };
  const base = processContext(json, language);
  return { context: { ...base, paint: { ...base.paint, ...plain }, out, err: keep, note: keep }, lines };
}

const rejected = { ok: false, rejection: refusal('sync-required', 'a sync', 'none') } as const;

const KINDS = [
  ['usage', 2, (context: Context) => reportError(new UsageError('amountMissing'), context)],
  ['rejection', 1, (context: Context) => reportResult(rejected, context)],
  [
    'operational',
    3,
    (context: Context) =>
      reportError(new OperationalError('issuer-missing', 'never', { folder: 'x' }), context),
  ],
  [
    'operational',
    3,
    (context: Context) => reportError(new StorageError('wallet-in-use', 'safe', 'in use'), context),
  ],
  ['bug', 5, (context: Context) => reportError(new Error('planted'), context)],
  ['bug', 5, (context: Context) => reportError('planted', context)],
] as const;

describe.each(KINDS)('%s ends with %i', (kind, exit, report) => {
  test('and one line of JSON with its kind, code and what to do', async () => {
    const { context, lines } = listening('zh', true);
    expect(await report(context)).toBe(exit);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { kind, code: expect.any(String), todo: expect.stringMatching(/^[\x20-\x7e]+$/) },
    });
  });

  test.each([
    ['en', /to do: [A-Z]/],
    ['zh', /处理: \p{Script=Han}/u],
  ] as const)('and in %s what to do', async (language, todo) => {
    const { context, lines } = listening(language);
    expect(await report(context)).toBe(exit);
    expect(lines.join('\n')).toMatch(todo);
  });
});

test('a result that found a difference ends with 4', async () => {
  const { context, lines } = listening('en');
  expect(await reportResult({ ok: true, value: { json: {}, lines: ['a'], exit: 4 } }, context)).toBe(4);
  expect(lines).toEqual(['a']);
});

describe('standard output that nobody takes', () => {
  /** As of a pipe whose reader is gone (`EPIPE`), and of a full disk (`ENOSPC`). */
  const failing = (code: string, json: boolean): { context: Context; lines: string[] } => {
    const { context, lines } = listening('en', json);
    const cause = Object.assign(new Error('gone'), { code });
    const error = new OperationalError('output-lost', 'safe', { reason: 'gone' }, cause);
    return { context: { ...context, out: () => Promise.reject(error) }, lines };
  };
  const value = { json: {}, lines: ['a'] };
  const money = { key: 'signed', values: { amount: '5.00', reference: '3fa1c09b2d11' } } as const;

  test('is no error where a reader left and only words are lost', async () => {
    const { context, lines } = failing('EPIPE', false);
    expect([await reportResult({ ok: true, value }, context), lines]).toEqual([0, []]);
  });

  test('is an operational error on a full disk', async () => {
    const { context, lines } = failing('ENOSPC', true);
    expect(await reportResult({ ok: true, value }, context)).toBe(3);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { kind: 'operational', code: 'output-lost' } });
  });

  test('PAY-8: is said on the other stream where a payment was signed, with what to do', async () => {
    const { context, lines } = failing('EPIPE', true);
    expect(await reportResult({ ok: true, value: { ...value, money } }, context)).toBe(3);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: {
        code: 'output-lost',
        money: { state: 'signed', said: expect.stringContaining('duet wallet pay --again 3fa1c09b2d11') },
      },
    });
  });
});

test('what an error means for the money is its last line, in the language that is spoken', async () => {
  for (const [language, last] of [
    ['en', '  money: nothing was signed, no money left the wallet by this command.'],
    ['zh', '  资金: 本次未签署任何内容,没有资金离开钱包。'],
  ] as const) {
    const { context, lines } = listening(language);
    const error = new MoneyError({ key: 'nothing-signed', values: {} }, new UsageError('amountMissing'));
    expect(await reportError(error, context)).toBe(2);
    expect(lines.at(-1)).toBe(last);
  }
});
