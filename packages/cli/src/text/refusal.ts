/** The lines below the headline of a refusal: what was expected, what was got, what to do. */
import type { Refusal } from '../outcome.ts';
import { printable } from './format.ts';
import { type Language, pick, say } from './messages.ts';
import { phrase } from './phrases/translate.ts';

/** What was expected or got, in a language. */
export const phraseIn = (language: Language, english: string): string =>
  printable(pick(language, phrase(english)));

export const refusalLines = ({ expected, got, advice }: Refusal, language: Language): string[] => [
  `  ${say(language, 'expected')}: ${phraseIn(language, expected)}`,
  `  ${say(language, 'got')}: ${phraseIn(language, got)}`,
  `  ${say(language, 'todo')}: ${pick(language, advice.todo)}`,
];
