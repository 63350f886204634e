/** How a command ends: one exit code for each kind, one line of JSON for a machine, what to do for a person. */
import { refusal } from '@duet/protocol/rejection';
import { StorageError } from '@duet/wallet/node/storage-error';
import { describe, expect, test } from 'vitest';
import { type Context, processContext } from '../src/context.ts';
import { OperationalError, UsageError } from '../src/outcome.ts';
import { reportError, reportResult } from '../src/report.ts';
import type { Language } from '../src/text/messages.ts';

/** A context that keeps what is printed. */
function listening(language: Language, json = false): { context: Context; lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string): void => void lines.push(text.trimEnd());
  const plain = { red: String, green: String, yellow: String, bold: String };
  const base = processContext(json, language);
  return { context: { ...base, paint: { ...base.paint, ...plain }, out: keep, note: keep }, lines };
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
  test('and one line of JSON with its kind, code and what to do', () => {
    const { context, lines } = listening('zh', true);
    expect(report(context)).toBe(exit);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { kind, code: expect.any(String), todo: expect.stringMatching(/^[\x20-\x7e]+$/) },
    });
  });

  test.each([
    ['en', /to do: [A-Z]/],
    ['zh', /处理: \p{Script=Han}/u],
  ] as const)('and in %s what to do', (language, todo) => {
    const { context, lines } = listening(language);
    expect(report(context)).toBe(exit);
    expect(lines.join('\n')).toMatch(todo);
  });
});

test('a result that found a difference ends with 4', () => {
  const { context, lines } = listening('en');
  expect(reportResult({ ok: true, value: { json: {}, lines: ['a'], exit: 4 } }, context)).toBe(4);
  expect(lines).toEqual(['a']);
});
