/** Texts for people: in both languages, complete, with the same values, and as the documents have them. */
import { readFileSync } from 'node:fs';
import { CARRIER_CODES } from '@duet/carriers/rejection';
import { MEMO_KINDS, MONEY_KINDS } from '@duet/ledger/core/chart';
import { CODES, SITUATIONS, todoOf } from '@duet/protocol/codes';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../src/outcome.ts';
import { adviceOf, carrierAdviceOf } from '../src/text/advice.ts';
import {
  languageNamed,
  languageOf,
  PAYMENT_STATES,
  type Pair,
  PROOF_FORMS,
  SENTENCES,
} from '../src/text/messages.ts';
import { MONEY } from '../src/text/money.ts';
import {
  BUG_TODO,
  DATABASE_CHINESE,
  FILE_REASONS,
  OPERATIONAL,
  RETRY,
  STORAGE_CHINESE,
  USAGE,
} from '../src/text/problems.ts';
import { ACCOUNT_KINDS, PHASE_NAMES, REPORTS } from '../src/text/reports.ts';

const HAN = /\p{Script=Han}/u;
const valuesOf = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();

/** Chinese that is Chinese, English that is not, and the same values in both. */
function expectBoth([english, chinese]: Pair, name: string): void {
  expect(english, name).not.toBe('');
  expect(english, name).not.toMatch(HAN);
  expect(chinese, name).toMatch(HAN);
  expect(valuesOf(chinese), name).toEqual(valuesOf(english));
}

describe('both languages', () => {
  test('every rejection code and every situation says what it means and what to do', () => {
    for (const { code } of CODES) {
      expectBoth(adviceOf(code).what, code);
      expectBoth(adviceOf(code).todo, code);
    }
    for (const { code, situation } of SITUATIONS) {
      expectBoth(adviceOf(code, situation).what, situation);
      expectBoth(adviceOf(code, situation).todo, situation);
    }
    for (const { code } of CARRIER_CODES) {
      expectBoth(carrierAdviceOf(code).what, code);
      expectBoth(carrierAdviceOf(code).todo, code);
    }
  });

  test('a situation has an advice of its own, in both languages', () => {
    for (const { code, situation } of SITUATIONS) {
      const [own, plain] = [adviceOf(code, situation).todo, adviceOf(code).todo];
      expect(own[0], situation).not.toBe(plain[0]);
      expect(own[1], situation).not.toBe(plain[1]);
    }
  });

  test('every sentence, report, word about money, usage error, operational error and form of proof', () => {
    for (const table of [SENTENCES, REPORTS, MONEY, ACCOUNT_KINDS, PAYMENT_STATES, PHASE_NAMES])
      for (const [name, pair] of Object.entries<Pair>(table))
        if (name !== 'phaseDone') expectBoth(pair, name);
    for (const [name, { what, todo }] of [...Object.entries(USAGE), ...Object.entries(OPERATIONAL)]) {
      if (name === 'option') continue;
      expectBoth(what, name);
      expectBoth(todo, name);
    }
    for (const [name, pair] of Object.entries({ ...RETRY, ...FILE_REASONS, ...PROOF_FORMS }))
      expectBoth(pair, name);
    for (const text of [...Object.values(STORAGE_CHINESE), ...Object.values(DATABASE_CHINESE)])
      expect(text).toMatch(HAN);
    expectBoth(BUG_TODO, 'bug');
  });

  test('every kind of account of the registry has a name', () => {
    for (const kind of [...MONEY_KINDS, ...MEMO_KINDS]) expect(ACCOUNT_KINDS, kind).toHaveProperty(kind);
  });

  test('values are put in, pairs in the language that is spoken', () => {
    const error = new UsageError('shopNumber', { given: '7x', what: ['region', '地区'], most: 9 });
    expect(error.message).toBe('"7x" is no region');
    expect(error.said('zh')).toEqual({ message: '“7x”不是有效的 地区', todo: '请给出不超过 9 的数。' });
  });
});

describe('the language', () => {
  test.each([
    [{ DUET_LANG: 'zh' }, 'zh'],
    [{ DUET_LANG: 'en', LC_ALL: 'zh_CN.UTF-8' }, 'en'],
    [{ LC_ALL: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' }, 'zh'],
    [{ LC_MESSAGES: 'zh_TW', LANG: 'C' }, 'zh'],
    [{ LANG: 'zh-CN' }, 'zh'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{}, 'en'],
  ] as const)('of %j is %s', (env, language) => {
    expect(languageOf(env)).toBe(language);
  });

  test('has a name of its own, or a locale', () => {
    for (const name of ['zh', 'zh-CN', 'zh_CN.UTF-8', 'ZH']) expect(languageNamed(name)).toBe('zh');
    for (const name of ['en', 'en-US', 'EN']) expect(languageNamed(name)).toBe('en');
    for (const name of ['', 'fr', 'zhx', 'english']) expect(languageNamed(name)).toBeUndefined();
  });
});

describe('docs/spec/errors.md', () => {
  const rows = readFileSync(new URL('../../../docs/spec/errors.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  test('gives the advice of every code as the program does', () => {
    for (const { code, todo } of CODES) {
      const row = rows.find((cells) => /^\d+$/.test(cells[1] ?? '') && cells[2] === `\`${code}\``);
      expect(row?.at(-2), code).toBe(todo);
    }
  });

  test('has every state of the money, and no other one', () => {
    const head = rows.findIndex((cells) => cells[2] === 'state');
    const documented = rows.slice(head + 2, head + 2 + Object.keys(MONEY).length);
    expect(documented.map(([, , state]) => state).sort()).toEqual(
      Object.keys(MONEY)
        .map((key) => `\`${key}\``)
        .sort(),
    );
  });

  test('gives the advice of every situation, and no situation more', () => {
    const head = rows.findIndex((cells) => cells[2] === 'situation');
    const documented = rows.slice(head + 2, head + 2 + SITUATIONS.length);
    expect(documented.map(([, , situation, code, , todo]) => ({ situation, code, todo }))).toEqual(
      SITUATIONS.map(({ situation, code }) => ({
        situation: `\`${situation}\``,
        code: `\`${code}\``,
        todo: todoOf(code, situation),
      })),
    );
  });
});
