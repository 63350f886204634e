/** What `duet issuer` and `duet close` do. */
import { join } from 'node:path';
import { type Day, dayOf, instant } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import type { Result } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { readFile, writeOutput } from '../io/files.ts';
import { MAX_AUTHORITY_BYTES } from '../limits.ts';
import { done, type Outcome, UsageError } from '../outcome.ts';
import { dayText, printable, table, yuan } from '../text/format.ts';
import { say } from '../text/messages.ts';
import { BUNDLE_FILE } from './files.ts';
import { hasIssuer, OPERATORS, withIssuer } from './local-issuer.ts';

export function initIssuer(suite: 1 | 2, context: Context): Promise<Result<Outcome>> {
  return withIssuer(context, { create: true, suite }, async ({ authority, isNew }) => {
    const root = toHex(authority.root);
    const { version } = authority.bundle.body;
    const operators = OPERATORS.map(({ id, name }) => ({ id, name }));
    const { language, stateFolder } = context;
    const file = join(stateFolder, BUNDLE_FILE);
    return done({ created: isNew, stateFolder, root, bundleVersion: version, operators }, [
      say(language, isNew ? 'issuerReady' : 'issuerThere', { folder: stateFolder }),
      ...table([
        [`  ${say(language, 'rootKey')}`, root],
        [`  ${say(language, 'trustBundle')}`, say(language, 'bundleVersion', { file, version })],
        ...OPERATORS.map(({ id, name }) => [`  ${say(language, 'operatorNumber', { id })}`, name]),
      ]),
    ]);
  });
}

export async function writeBundle(out: string, context: Context): Promise<Result<Outcome>> {
  if (!hasIssuer(context)) throw new UsageError('noIssuer');
  const bundle = readFile(join(context.stateFolder, BUNDLE_FILE), MAX_AUTHORITY_BYTES);
  if (!bundle.ok) return bundle;
  writeOutput(out, bundle.value);
  return done({ file: out, bytes: bundle.value.length }, [
    say(context.language, 'bundleWritten', { file: out, bytes: bundle.value.length }),
  ]);
}

export async function closeCoins(given: string | undefined, context: Context): Promise<Result<Outcome>> {
  const on = given === undefined ? dayOf(context.now()) : parseDay(given);
  if (on === undefined) throw new UsageError('date', { given: printable(given ?? '') });
  return withIssuer(context, { create: false }, async ({ registry }) => {
    const report = await registry.close(on);
    const day = dayText(on);
    const { language } = context;
    return done(
      { day, ...report },
      report.coins === 0
        ? [say(language, 'closedNothing', { day })]
        : [
            say(language, 'closed', { day }),
            ...table([
              [`  ${say(language, 'closedCoins')}`, String(report.coins)],
              [
                `  ${say(language, 'closedReturned')}`,
                say(language, 'yuanText', { amount: yuan(report.returnedFen) }),
              ],
            ]),
          ],
    );
  });
}

/** `undefined` for what is no date, or none of a 32-bit time. */
function parseDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== text)
    return undefined;
  try {
    return dayOf(instant(milliseconds / 1_000));
  } catch {
    return undefined;
  }
}
