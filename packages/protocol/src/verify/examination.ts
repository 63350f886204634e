/**
 * Verification as a plan and a conclusion: rules that need no cryptography come first; what is left is a
 * list of signatures; a driver, synchronous or not, verifies them; the conclusion applies the last rules.
 */
import type { Rejection, Result } from '../rejection.ts';
import { refusal } from '../rejection.ts';
import type { SignatureCheck, Verifier } from '../suite.ts';

/** Something that passed every rule but those that depend on signatures. */
export interface Examination<T> {
  readonly checks: readonly SignatureCheck[];
  /** Rules behind the signatures; called only when all of them hold. */
  conclude(): Result<T>;
}

export const badSignature = (count: number): Rejection =>
  refusal(
    'bad-signature',
    'signatures that hold under the named keys',
    `${count} that ${count === 1 ? 'does' : 'do'} not`,
  );

/** Runs an examination with a synchronous verifier. */
export function settle<T>(examined: Result<Examination<T>>, verifier: Verifier<'sync'>): Result<T> {
  if (!examined.ok) return examined;
  const { checks, conclude } = examined.value;
  for (const check of checks) if (!verifier.verify(check)) return { ok: false, rejection: badSignature(1) };
  return conclude();
}

/** Runs an examination with a verifier that may answer later. */
export async function settleLater<T>(
  examined: Result<Examination<T>>,
  verifier: Verifier,
): Promise<Result<T>> {
  if (!examined.ok) return examined;
  const { checks, conclude } = examined.value;
  const valid = await Promise.all(checks.map((check) => verifier.verify(check)));
  const bad = valid.filter((held) => !held).length;
  return bad > 0 ? { ok: false, rejection: badSignature(bad) } : conclude();
}
