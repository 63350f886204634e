/** The lines below the headline of a refusal: what was expected, what was got, what to do. */
import type { Refusal } from '../outcome.ts';
import { printable } from './format.ts';
import { type Language, pick, say } from './messages.ts';

export const refusalLines = ({ expected, got, advice }: Refusal, language: Language): string[] => [
  `  ${say(language, 'expected')}: ${printable(expected)}`,
  `  ${say(language, 'got')}: ${printable(got)}`,
  `  ${say(language, 'todo')}: ${pick(language, advice.todo)}`,
];
