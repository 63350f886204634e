/** Questions to a person at a terminal. Where there is none, nothing is asked. */

import { openSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { MAX_PASSPHRASE_CHARACTERS } from '@duet/crypto/limits';
import type { Context } from '../context.ts';
import { MIN_PASSPHRASE_CHARACTERS } from '../limits.ts';
import { UsageError } from '../outcome.ts';
import { say } from '../text/messages.ts';

/** Yes or no; `undefined` where nobody can be asked. */
export async function confirm(question: string, context: Context): Promise<boolean | undefined> {
  const answer = await ask(`${question} [y/N] `, context, false);
  return answer === undefined ? undefined : /^(y|yes|是|好)$/i.test(answer.trim());
}

/** A passphrase that opens something. @throws UsageError where nobody can be asked */
export const passphrase = (context: Context): Promise<string> => askPassphrase(context, false);

/** A passphrase for something new, asked for twice: long enough, in NFC. @throws UsageError */
export async function newPassphrase(context: Context): Promise<string> {
  const given = await askPassphrase(context, true);
  // Characters as a person counts them: those above U+FFFF are one.
  const characters = [...given].length;
  if (characters < MIN_PASSPHRASE_CHARACTERS) {
    throw new UsageError('passphraseShort', { characters, least: MIN_PASSPHRASE_CHARACTERS });
  }
  return given;
}

/** From `DUET_PASSPHRASE`, else asked without showing it. In NFC: keyboards compose letters in different ways. */
async function askPassphrase(context: Context, twice: boolean): Promise<string> {
  const given = (await typedPassphrase(context, twice)).normalize('NFC');
  if (given.length <= MAX_PASSPHRASE_CHARACTERS) return given;
  throw new UsageError('passphraseLong', { most: MAX_PASSPHRASE_CHARACTERS });
}

async function typedPassphrase(context: Context, twice: boolean): Promise<string> {
  const given = context.env.DUET_PASSPHRASE;
  if (given !== undefined && given !== '') return given;
  const first = await ask(`${say(context.language, 'passphrase')}: `, context, true);
  if (first === undefined || first === '') {
    throw new UsageError('noPassphrase');
  }
  if (!twice) return first;
  const second = await ask(`${say(context.language, 'passphraseAgain')}: `, context, true);
  if (first !== second) throw new UsageError('passphrasesDiffer');
  return first;
}

/** Asks on the terminal itself, because standard input may hold the message. */
async function ask(question: string, context: Context, hidden: boolean): Promise<string | undefined> {
  if (context.json || !context.isTty.err) return undefined;
  const input = context.isTty.in ? process.stdin : openTerminal();
  if (input === undefined) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const lines = createInterface({ input, output: hidden ? silent : process.stderr, terminal: hidden });
  try {
    return await Promise.race([
      lines.question(''),
      new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined))),
    ]);
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
    if (input !== process.stdin) input.destroy();
  }
}

function openTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}
