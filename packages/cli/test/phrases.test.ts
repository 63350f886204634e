/**
 * What refusals expect and got, in Chinese: every phrase that a source puts into a refusal is known, and none stands
 * there twice. The sources are read as text: where a call refuses, its texts are tried with a number for each value.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pick } from '../src/text/messages.ts';
import { FILE_PHRASES } from '../src/text/phrases/files.ts';
import { MESSAGE_PHRASES } from '../src/text/phrases/messages.ts';
import { REGISTRY_PHRASES } from '../src/text/phrases/registry.ts';
import { phrase } from '../src/text/phrases/translate.ts';
import { WALLET_PHRASES } from '../src/text/phrases/wallet.ts';

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = '{protocol,wallet,crypto,ledger,carriers,cli}/src/**/*.ts';
/** How refusals are made, with the place of the first text. */
const CALL = /(?<![\w.#])(reject|refusal|fault|fileInvalid|policyInvalid|bad|problem)\(/g;
const CODED = new Set(['reject', 'refusal']);
const TEXT = /'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;
const NAMED = /\b(?:expected|got): ('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/g;

/** The arguments of the call whose bracket opens at a place; brackets inside texts are those of `${…}`, which close. */
function argumentsAt(source: string, open: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = '';
  let start = open + 1;
  for (let place = open; place < source.length; place++) {
    const character = source[place] ?? '';
    if (quote !== '') {
      if (character === '\\') place += 1;
      else if (character === quote) quote = '';
    } else if (/['"`]/.test(character)) quote = character;
    else if (/[([{]/.test(character)) depth += 1;
    else if (/[)\]}]/.test(character)) {
      depth -= 1;
      if (depth === 0) return [...found, source.slice(start, place)];
    } else if (character === ',' && depth === 1) {
      found.push(source.slice(start, place));
      start = place + 1;
    }
  }
  return found;
}

/** `at most ${MOST} bytes` → `at most 7 bytes`; what calculates with texts itself is left out. */
function samples(argument: string): string[] {
  return [...argument.matchAll(TEXT)].flatMap(([, plain, template]) => {
    const text = (plain ?? template ?? '').replace(/\$\{[^{}]*\}/g, '7').replace(/\\(.)/g, '$1');
    return text.includes('${') || text.trim() === '' ? [] : [text];
  });
}

function phrasesOf(source: string): string[] {
  const called = [...source.matchAll(CALL)].flatMap(({ 0: whole, 1: name = '', index }) => {
    const all = argumentsAt(source, index + whole.length - 1);
    return (CODED.has(name) ? all.slice(1, 3) : all.slice(0, 2)).flatMap(samples);
  });
  const named = [...source.matchAll(NAMED)].flatMap(([, text = '']) => samples(text));
  return [...called, ...named];
}

/** English that is left: words of three letters, but for names of fields, programs and forms. */
const NAMES =
  /\b(Duet|DUET|CBOR|UTF|RFC|JSON|Bytewords|base45|duet|wallet|fraud|list|pay|receive|maxPayments|maxPerPayment|maxBalance|claimDays|offlineTicketDays|skew|listMaxAge|true|false|nodeid|init_balance|amount|payer|payee|field|UTC)\b|ur:\S*|--[a-z]+/g;
const leftOver = (text: string): string[] => text.replace(NAMES, '').match(/[A-Za-z]{3,}/g) ?? [];

describe('what was expected and got, in Chinese', () => {
  const files = globSync(SOURCES, { cwd: PACKAGES }).filter((file) => !/\/(bench|text)\//.test(file));
  const all = files.flatMap((file) =>
    phrasesOf(readFileSync(join(PACKAGES, file), 'utf8')).map((text) => ({ file, text })),
  );

  test('the sources are read', () => {
    expect(all.length).toBeGreaterThan(350);
    expect(all.map(({ text }) => text)).toContain('at most 7 earlier spends');
  });

  test('no phrase is missing', () => {
    const missing = all.filter(({ text }) => leftOver(pick('zh', phrase(text))).length > 0);
    expect(missing).toEqual([]);
  });

  test('each phrase stands there once, with the same values', () => {
    const lines = [MESSAGE_PHRASES, WALLET_PHRASES, REGISTRY_PHRASES, FILE_PHRASES].flatMap((table) =>
      table.trim().split('\n'),
    );
    const known = lines.map((line) => line.split(' → '));
    expect(known.filter((parts) => parts.length !== 2)).toEqual([]);
    const english = known.map(([text]) => text);
    expect(english.filter((text, place) => english.indexOf(text) !== place)).toEqual([]);
    for (const [text = '', chinese = ''] of known) {
      const values = (from: string): string[] => [...(from.match(/\{\d\}/g) ?? [])].sort();
      expect(values(text), text).toEqual(expect.arrayContaining(values(chinese)));
    }
  });

  test.each([
    [
      'at most 500.00 yuan in one payment (maxPerPayment of policy 1)',
      '单笔至多 500.00 元(策略 1 的 maxPerPayment)',
    ],
    ['transfers.csv: line 3: amount "1e3" (not-a-number)', 'transfers.csv:第 3 行:amount "1e3"(不是数)'],
    ['an offer or a receipt', '付款消息或回执'],
    ['a request: give it to duet wallet pay', '请求:请交给 duet wallet pay'],
    ['2026-11-20 21:57:03 UTC', '2026-11-20 21:57:03 UTC'],
    ['something nobody ever wrote down', 'something nobody ever wrote down'],
  ])('%s', (english, chinese) => {
    expect(pick('zh', phrase(english))).toBe(chinese);
    expect(pick('en', phrase(english))).toBe(english);
  });
});
