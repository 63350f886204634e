/**
 * What a refusal expected and got, in Chinese. Packages below say it in English, where they refuse; here stands what
 * each of these phrases is in Chinese, one to a line, `{0}` for what is put in. A test reads the sources and holds that
 * none is missing.
 */
import type { Pair } from '../messages.ts';
import { FILE_PHRASES } from './files.ts';
import { MESSAGE_PHRASES } from './messages.ts';
import { REGISTRY_PHRASES } from './registry.ts';
import { WALLET_PHRASES } from './wallet.ts';

interface Phrase {
  readonly form: RegExp;
  readonly chinese: string;
  /** Letters that must stand there: of several forms that fit, the one with the most is meant. */
  readonly letters: number;
}

const SPLIT = ' → ';
const HOLE = /\{\d\}/;

function phraseOf(line: string): Phrase {
  const [english = '', chinese = ''] = line.split(SPLIT);
  const fixed = english.split(HOLE);
  const form = fixed.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('(.+?)');
  return { form: new RegExp(`^${form}$`, 's'), chinese, letters: fixed.join('').length };
}

let known: readonly Phrase[] | undefined;

/** Read when the first refusal is told in Chinese. */
function phrases(): readonly Phrase[] {
  known ??= [MESSAGE_PHRASES, WALLET_PHRASES, REGISTRY_PHRASES, FILE_PHRASES]
    .flatMap((table) => table.trim().split('\n'))
    .map(phraseOf)
    .sort((a, b) => b.letters - a.letters);
  return known;
}

/** What is put in may be a phrase itself. An unknown phrase stays as it is: better English than nothing. */
function chineseOf(english: string): string {
  for (const { form, chinese } of phrases()) {
    const found = form.exec(english);
    if (found)
      return chinese.replace(/\{(\d)\}/g, (_, place: string) => chineseOf(found[Number(place) + 1] ?? ''));
  }
  return english;
}

/** A phrase in both languages. */
export const phrase = (english: string): Pair => [english, chineseOf(english)];
