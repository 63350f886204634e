/** What `duet issuer` and `duet close` do. */
import { join } from 'node:path';
import { type Day, dayOf, instant } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import type { Result } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { readFile, writeOutput } from '../io/files.ts';
import { MAX_AUTHORITY_BYTES } from '../limits.ts';
import { done, type Outcome, UsageError } from '../outcome.ts';
import { dayText, printable, yuan } from '../text/format.ts';
import { BUNDLE_FILE } from './files.ts';
import { hasIssuer, OPERATORS, withIssuer } from './local-issuer.ts';

export function initIssuer(suite: 1 | 2, context: Context): Promise<Result<Outcome>> {
  return withIssuer(context, { create: true, suite }, async ({ authority, isNew }) => {
    const root = toHex(authority.root);
    const { version } = authority.bundle.body;
    const operators = OPERATORS.map(({ id, name }) => ({ id, name }));
    return done(
      { created: isNew, stateFolder: context.stateFolder, root, bundleVersion: version, operators },
      [
        isNew
          ? 'The issuer is ready.'
          : `There is an issuer in ${context.stateFolder} already: nothing was changed.`,
        `  root key       ${root}`,
        `  trust bundle   ${join(context.stateFolder, BUNDLE_FILE)} (version ${version})`,
        ...OPERATORS.map(({ id, name }) => `  operator ${id}     ${name}`),
      ],
    );
  });
}

export async function writeBundle(out: string, context: Context): Promise<Result<Outcome>> {
  if (!hasIssuer(context)) throw new UsageError('noIssuer');
  const bundle = readFile(join(context.stateFolder, BUNDLE_FILE), MAX_AUTHORITY_BYTES);
  if (!bundle.ok) return bundle;
  writeOutput(out, bundle.value);
  return done({ file: out, bytes: bundle.value.length }, [
    `Wrote the trust bundle to ${out} (${bundle.value.length} bytes).`,
  ]);
}

export async function closeCoins(given: string | undefined, context: Context): Promise<Result<Outcome>> {
  const on = given === undefined ? dayOf(context.now()) : parseDay(given);
  if (on === undefined) throw new UsageError('date', { given: printable(given ?? '') });
  return withIssuer(context, { create: false }, async ({ registry }) => {
    const report = await registry.close(on);
    return done({ day: dayText(on), ...report }, [
      `Closed what was due before ${dayText(on)}:`,
      `  ${report.coins} coins`,
      `  ${yuan(report.returnedFen)} yuan given to their deepest known owners`,
    ]);
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
