/** Every signed object: round trip, canonical form, strictness, limits, ids (ID-1, ID-3, SUITE-1, SUITE-2). */
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, toHex } from '../../src/bytes.ts';
import { decodeBytes, encodeBytes } from '../../src/cbor/codec.ts';
import { type DecodeCode, DecodeError } from '../../src/cbor/reader.ts';
import { type CborValue, cborValue } from '../../src/cbor/value.ts';
import { Writer } from '../../src/cbor/writer.ts';
import { openEnvelope, protectedHeader, type Signed } from '../../src/objects/signed.ts';
import { decodeAny } from '../../src/objects/types.ts';
import { bitFlips, every, fewFlips, otherBytes, truncations } from '../helpers/damage.ts';
import { OBJECTS, type ObjectSample } from '../helpers/samples.ts';
import { HASHES, malleated, VERIFIER } from '../helpers/signing.ts';

/** What the bytes decode to, or the code with which they are refused. */
function tryDecode(sample: ObjectSample, bytes: Uint8Array): Signed<string, unknown> | DecodeCode {
  try {
    return sample.decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.code;
    throw error;
  }
}

function refused(sample: ObjectSample, bytes: Uint8Array): DecodeCode | 'accepted' {
  const decoded = tryDecode(sample, bytes);
  return typeof decoded === 'string' ? decoded : 'accepted';
}

// Hundreds of thousands of refusals: stack traces would take most of the time.
Error.stackTraceLimit = 0;

/** Puts another payload, or another outer layer, around a sample. */
function envelope(
  { bytes }: ObjectSample,
  change: { payload?: Uint8Array; header?: Uint8Array; extra?: boolean; unprotected?: boolean },
): Uint8Array {
  const outer = decodeBytes(cborValue, bytes, bytes.length);
  if (outer.kind !== 'tag' || outer.content.kind !== 'array') throw new Error('a tagged array');
  const items = [...outer.content.items];
  if (change.header) items[0] = { kind: 'bytes', value: change.header };
  if (change.unprotected)
    items[1] = {
      kind: 'map',
      entries: [{ key: { kind: 'int', value: 4 }, value: { kind: 'bytes', value: new Uint8Array(1) } }],
    };
  if (change.payload) items[2] = { kind: 'bytes', value: change.payload };
  if (change.extra) items.push({ kind: 'null' });
  return encodeBytes(cborValue, { kind: 'tag', tag: 18, content: { kind: 'array', items } });
}

const mapOf = (payload: Uint8Array): Extract<CborValue, { kind: 'map' }> => {
  const value = decodeBytes(cborValue, payload, payload.length);
  if (value.kind !== 'map') throw new Error('a map');
  return value;
};

/** Tried with all 255 other values of each byte: the first sample of each kind; the others with two. */
const THOROUGH = new Set(
  OBJECTS.filter(
    ({ kind, bytes }, i) => bytes.length <= 400 && OBJECTS.findIndex((other) => other.kind === kind) === i,
  ),
);

it('there is a sample of every kind', () => {
  const kinds = [...new Set(OBJECTS.map(({ kind }) => kind))].sort();
  expect(kinds).toEqual([
    'certificate',
    'claim',
    'coin',
    'credit-note',
    'enrolment',
    'inquiry',
    'intake-note',
    'request',
    'return',
    'spend',
    'status-list',
    'trust-bundle',
    'verdict',
  ]);
});

describe.each(OBJECTS)('$name', (sample) => {
  const { object, bytes } = sample;

  it('decodes to itself and encodes to the same bytes', () => {
    const decoded = sample.decode(bytes);
    expect(decoded).toEqual(object);
    expect(toHex(sample.encode(decoded))).toBe(toHex(bytes));
  });

  it('is signed over the Sig_structure, whose hash is its id', () => {
    const { typ, payload, suite } = openEnvelope(bytes, bytes.length);
    const message = sigStructure(protectedHeader(typ, suite), payload);
    expect(toHex(object.message)).toBe(toHex(message));
    expect(toHex(object.id)).toBe(toHex(HASHES.hash(object.suite, message)));
    const check = sample.check(object);
    expect(check && VERIFIER.verify(check)).toBe(true);
  });

  it('is found by its typ, an enrolment excepted, which only an issuer reads', () => {
    if (sample.kind === 'enrolment') expect(() => decodeAny(bytes, HASHES)).toThrow(DecodeError);
    else expect(decodeAny(bytes, HASHES)).toEqual(object);
  });

  it('keeps its id under another signature of the same content (ID-1)', () => {
    const other = sample.decode(concatBytes(bytes.subarray(0, -64), malleated(object.signature)));
    expect(other.id).toEqual(object.id);
    expect(other.signature).not.toEqual(object.signature);
    const check = sample.check(other);
    if (object.suite === 1) expect(check && VERIFIER.verify(check)).toBe(true);
  });

  it('is refused cut anywhere, and with a byte behind it', () => {
    for (const cut of truncations(bytes)) expect(refused(sample, cut)).not.toBe('accepted');
    expect(refused(sample, concatBytes(bytes, new Uint8Array(1)))).toBe('trailing');
  });

  it('is refused, or another object, for other values of every byte', () => {
    const wrong: string[] = [];
    for (const changed of THOROUGH.has(sample) ? otherBytes(bytes) : fewFlips(bytes)) {
      const other = tryDecode(sample, changed);
      if (typeof other === 'string') continue;
      const same = equalBytes(other.id, object.id) && equalBytes(other.signature, object.signature);
      const sameContent = same && JSON.stringify(other.hardware) === JSON.stringify(object.hardware);
      if (sameContent || !equalBytes(sample.encode(other), changed)) wrong.push(toHex(changed));
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it('does not verify with bits of any byte flipped', () => {
    let decoded = 0;
    const verified: string[] = [];
    const flips = object.suite === 2 ? every(4, fewFlips(bytes)) : bitFlips(bytes);
    for (const changed of flips) {
      const other = tryDecode(sample, changed);
      if (typeof other === 'string') continue;
      decoded++;
      const check = sample.check(other);
      if (check && VERIFIER.verify(check)) verified.push(toHex(changed));
    }
    expect(verified).toEqual([]);
    expect(decoded).toBeGreaterThanOrEqual(object.suite === 2 ? 32 : 64 * 8);
  });

  it('refuses unknown keys, a missing key, unsorted and repeated keys', () => {
    const { payload } = openEnvelope(bytes, bytes.length);
    const map = mapOf(payload);
    const withUnknown: CborValue = {
      kind: 'map',
      entries: [...map.entries, { key: { kind: 'int', value: 999 }, value: { kind: 'null' } }],
    };
    expect(refused(sample, envelope(sample, { payload: encodeBytes(cborValue, withUnknown) }))).toBe(
      'unknown-key',
    );
    const withText: CborValue = {
      kind: 'map',
      entries: [...map.entries, { key: { kind: 'text', value: 'note' }, value: { kind: 'null' } }],
    };
    expect(refused(sample, envelope(sample, { payload: encodeBytes(cborValue, withText) }))).toBe(
      'unknown-key',
    );
    const withoutFirst = encodeBytes(cborValue, { kind: 'map', entries: map.entries.slice(1) });
    expect(refused(sample, envelope(sample, { payload: withoutFirst }))).toBe('missing-key');
    const unsorted = rawMap([...map.entries.slice(1), ...map.entries.slice(0, 1)]);
    expect(refused(sample, envelope(sample, { payload: unsorted }))).toBe('unsorted-keys');
    const repeated = rawMap([...map.entries.slice(0, 1), ...map.entries]);
    expect(refused(sample, envelope(sample, { payload: repeated }))).toBe('duplicate-key');
  });

  it('refuses another outer layer', () => {
    expect(refused(sample, envelope(sample, { extra: true }))).toBe('too-large');
    expect(refused(sample, envelope(sample, { unprotected: true }))).toBe('unknown-key');
    expect(refused(sample, bytes.subarray(1))).not.toBe('accepted');
    const typ = sample.kind === 'coin' ? 'duet-claim' : 'duet-coin';
    expect(refused(sample, envelope(sample, { header: protectedHeader(typ, object.suite) }))).toBe(
      'unexpected-type',
    );
    expect(refused(sample, envelope(sample, { header: new Uint8Array([0xa1, 1, 0x26]) }))).toBe(
      'missing-key',
    );
    const eddsa = header(-8, openEnvelope(bytes, bytes.length).typ);
    expect(refused(sample, envelope(sample, { header: eddsa }))).toBe('unsupported');
  });

  it('does not verify under the other suite (ID-3)', () => {
    const { typ } = openEnvelope(bytes, bytes.length);
    const other = sample.decode(
      envelope(sample, { header: protectedHeader(typ, object.suite === 1 ? 2 : 1) }),
    );
    expect(other.id).not.toEqual(object.id);
    expect(sample.check(other)).toBeUndefined();
  });

  it('is refused above its size before it is read', () => {
    expect(refused(sample, new Uint8Array(sample.maxBytes + 1))).toBe('too-large');
    expect(bytes.length).toBeLessThanOrEqual(sample.maxBytes);
  });
});

function header(algorithm: number, typ: string): Uint8Array {
  const writer = new Writer();
  writer.mapHead(2);
  writer.int(1);
  writer.int(algorithm);
  writer.int(16);
  writer.text(typ);
  return writer.finish();
}

/** A map with its entries as they are given. */
function rawMap(entries: readonly { readonly key: CborValue; readonly value: CborValue }[]): Uint8Array {
  const writer = new Writer();
  writer.mapHead(entries.length);
  for (const { key, value } of entries) {
    cborValue.encode(writer, key);
    cborValue.encode(writer, value);
  }
  return writer.finish();
}

/** RFC 9052 §4.4, item by item. */
function sigStructure(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.arrayHead(4);
  writer.text('Signature1');
  for (const item of [header, new Uint8Array(0), payload]) writer.bytes(item);
  return writer.finish();
}
