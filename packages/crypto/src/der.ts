/**
 * ECDSA signatures between DER (SEQUENCE of two INTEGERs, as OpenSSL and authenticators give them) and r ‖ s.
 *
 * Reading is strict: one encoding per signature. Anything else, of whatever kind, is `undefined`.
 */
import type { Signature } from '@duet/protocol/brand';
import { isSignatureOf, SCALAR_BYTES } from './internal/curves.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Two integers of up to 33 bytes with their heads: every length fits one byte below 0x80. */
const MAX_DER_BYTES = 72;

/** r ‖ s of a P-256 signature, both in 1 … n−1; `undefined` when it is not exactly the DER of one. */
export function signatureFromDer(der: Uint8Array): Signature | undefined {
  if (der.length > MAX_DER_BYTES || der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined;
  const out = new Uint8Array(2 * SCALAR_BYTES);
  const afterR = readInteger(der, 2, out.subarray(0, SCALAR_BYTES));
  if (afterR === undefined) return undefined;
  const afterS = readInteger(der, afterR, out.subarray(SCALAR_BYTES));
  if (afterS !== der.length || !isSignatureOf(1, out)) return undefined;
  return out;
}

/** The DER of r ‖ s (64 bytes). */
export function signatureToDer(signature: Uint8Array): Uint8Array {
  const r = integerBounds(signature, 0);
  const s = integerBounds(signature, SCALAR_BYTES);
  const out = new Uint8Array(6 + r.length + s.length);
  out[0] = SEQUENCE;
  out[1] = 4 + r.length + s.length;
  writeInteger(out, 2, signature, r);
  writeInteger(out, 4 + r.length, signature, s);
  return out;
}

/** Writes the integer at `at` right-aligned into `target`; gives the offset after it. */
function readInteger(der: Uint8Array, at: number, target: Uint8Array): number | undefined {
  const length = der[at + 1];
  const start = at + 2;
  if (der[at] !== INTEGER || length === undefined || length === 0) return undefined;
  const end = start + length;
  if (length > SCALAR_BYTES + 1 || end > der.length) return undefined;
  const first = der[start] ?? 0;
  if (first >= 0x80) return undefined;
  const padded = first === 0 && length > 1;
  if (padded && (der[start + 1] ?? 0) < 0x80) return undefined;
  if (length > SCALAR_BYTES && !padded) return undefined;
  const value = der.subarray(padded ? start + 1 : start, end);
  target.set(value, SCALAR_BYTES - value.length);
  return end;
}

interface IntegerBounds {
  /** First significant byte, and the end. */
  readonly start: number;
  readonly end: number;
  /** A zero before it keeps the number positive. */
  readonly padded: boolean;
  readonly length: number;
}

function integerBounds(signature: Uint8Array, offset: number): IntegerBounds {
  const end = offset + SCALAR_BYTES;
  let start = offset;
  while (start < end - 1 && signature[start] === 0) start++;
  const padded = (signature[start] ?? 0) >= 0x80;
  return { start, end, padded, length: end - start + (padded ? 1 : 0) };
}

function writeInteger(out: Uint8Array, at: number, signature: Uint8Array, bounds: IntegerBounds): void {
  out[at] = INTEGER;
  out[at + 1] = bounds.length;
  out.set(signature.subarray(bounds.start, bounds.end), at + 2 + (bounds.padded ? 1 : 0));
}
