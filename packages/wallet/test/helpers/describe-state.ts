/** A secure element's state as plain comparable data: bytes as hexadecimal, maps in key order, chains as sets. */
import { toHex } from '@duet/protocol/bytes';
import { Provenance } from '@duet/protocol/messages/provenance';
import type { SecureElementState } from '../../src/secure-element/state.ts';
import { HeldLists } from '../../src/trust-cache.ts';

export function describeState(state: Readonly<SecureElementState>): unknown {
  return plain(state);
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Provenance) return [...value.spends.keys(), ...value.coins.keys()].sort();
  if (value instanceof HeldLists) return [...value.lists.keys()];
  if (value instanceof Map) return [...value].map(([key, entry]) => [String(key), plain(entry)]).sort(byKey);
  if (value instanceof Set) return [...value].map(String).sort();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(
      ([, entry]) => entry !== undefined && typeof entry !== 'function',
    );
    return Object.fromEntries(entries.map(([key, entry]) => [key, key === 'view' ? null : plain(entry)]));
  }
  return value;
}

const byKey = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a[0]).localeCompare(String(b[0]));
