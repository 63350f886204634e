/** Values of the protocol as JSON: byte strings as lower-case hexadecimal, everything else as it is. */
import { toHex } from '../../src/bytes.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(entries.map(([name, member]) => [name, toJson(member)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`no JSON for ${String(value)}`);
}
