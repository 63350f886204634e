/**
 * Branded primitive types: values that were checked once, at the boundary.
 *
 * Only codec and brand files may cast to these types; every other file receives them.
 */
declare const brand: unique symbol;

/** A value of type `T` that carries the checked meaning `B`. */
export type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Whole days since 1970-01-01 UTC; a deadline on a day ends at 00:00 UTC of that day. */
export type Day = Branded<number, 'Day'>;

/** Whole seconds since 1970-01-01T00:00:00Z. */
export type Instant = Branded<number, 'Instant'>;

/** The 32-byte hash that names a signed object (ID-1). */
export type ObjectId = Branded<Uint8Array, 'ObjectId'>;

/** `suite ‖ SEC1 compressed point`, 34 bytes (ID-3: keys carry their curve). */
export type PublicKey = Branded<Uint8Array, 'PublicKey'>;

/** r ‖ s, 64 bytes, as in COSE (RFC 9053 §2.1). */
export type Signature = Branded<Uint8Array, 'Signature'>;

/** Lower-case hexadecimal of an {@link ObjectId}: the form used as a map key. */
export type IdText = Branded<string, 'IdText'>;

/** Lower-case hexadecimal of a {@link PublicKey}. */
export type KeyText = Branded<string, 'KeyText'>;

export const SECONDS_PER_DAY = 86_400;

const MAX_INSTANT = 0xffff_ffff;

/** Checks seconds since the epoch: an integer in 0 … 2^32−1. @throws RangeError */
export function instant(seconds: number): Instant {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > MAX_INSTANT) {
    throw new RangeError(`instant: expected whole seconds in 0..${MAX_INSTANT}, got ${seconds}`);
  }
  return seconds as Instant;
}

/** Checks days since the epoch: an integer in 0 … 49710 (the days of a 32-bit instant). @throws RangeError */
export function day(days: number): Day {
  if (!Number.isSafeInteger(days) || days < 0 || days > Math.floor(MAX_INSTANT / SECONDS_PER_DAY)) {
    throw new RangeError(`day: expected whole days since 1970-01-01, got ${days}`);
  }
  return days as Day;
}

/** The first second of a day. */
export const startOfDay = (d: Day): Instant => (d * SECONDS_PER_DAY) as Instant;

/** The day in which an instant lies (UTC). */
export const dayOf = (at: Instant): Day => Math.floor(at / SECONDS_PER_DAY) as Day;

/** The later of two instants. */
export const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);

/** `at + seconds`, kept inside the range of {@link Instant}. */
export const plusSeconds = (at: Instant, seconds: number): Instant =>
  Math.min(MAX_INSTANT, Math.max(0, at + seconds)) as Instant;
