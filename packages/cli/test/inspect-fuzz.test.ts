/** Seeded fuzz of `duet inspect`: whatever is put in, the answer is a description or a rejection with a code. */
import { CARRIER_CODES } from '@duet/carriers/rejection';
import { concatBytes, toHex } from '@duet/protocol/bytes';
import { CODES } from '@duet/protocol/codes';
import { TrustView } from '@duet/protocol/verify/trust-view';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldLines, fieldsJson } from '../src/inspect/field.ts';
import { recognise } from '../src/inspect/recognise.ts';
import type { Judge } from '../src/inspect/verification.ts';
import { RefusedError } from '../src/outcome.ts';
import { authority, crypto, NOW, samples } from './objects.ts';

const SEED = 20_261_120;
const judge: Judge = {
  crypto,
  trust: { view: new TrustView(authority.bundle), root: authority.root, source: 'tests' },
  now: NOW,
};
const known = new Set<string>([...CODES, ...CARRIER_CODES].map(({ code }) => code));
const originals = [...samples().values()];

/** Looks at it as the command does, and gives `kind` or the code. */
function outcome(input: Uint8Array): string {
  try {
    const recognised = recognise(input, judge);
    if (!recognised.ok) return `refused ${recognised.rejection.code}`;
    const { subject } = recognised.value;
    JSON.stringify(fieldsJson(subject.fields));
    for (const line of fieldLines(subject.fields)) {
      // Nothing that a stranger wrote reaches the terminal as a control character.
      expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
    return `${subject.kind} ${subject.verification.state}`;
  } catch (error) {
    if (error instanceof RefusedError) return `refused ${error.refusal.code}`;
    throw error;
  }
}

function check(input: Uint8Array): void {
  const said = outcome(input);
  if (said.startsWith('refused ')) expect(known).toContain(said.slice('refused '.length));
}

const original = fc.constantFrom(...originals);

describe('fuzz of inspect', () => {
  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), { seed: SEED, numRuns: 1_500 });
  });

  test('any bytes behind each prefix', () => {
    const prefix = fc.constantFrom(0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0xd2, 0x21, 0x17);
    const bytes = fc
      .tuple(prefix, fc.uint8Array({ maxLength: 200 }))
      .map(([first, rest]) => Uint8Array.of(first, ...rest));
    fc.assert(fc.property(bytes, check), { seed: SEED, numRuns: 1_500 });
  });

  test('objects with bytes changed, cut out, put in', () => {
    const edit = fc.record({ at: fc.nat(4_000), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) });
    const edited = fc.tuple(original, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([bytes, edits]) =>
      edits.reduce((result, { at, cut, put }) => {
        const place = at % result.length;
        return concatBytes(result.subarray(0, place), put, result.subarray(place + cut));
      }, bytes),
    );
    fc.assert(fc.property(edited, check), { seed: SEED, numRuns: 1_500 });
  });

  test('one changed bit of a signed object is never said to verify', () => {
    const flip = fc.tuple(
      fc.constantFrom(...['certificate', 'coin', 'request-message', 'fraud-proof']),
      fc.nat(40_000),
    );
    const all = samples();
    fc.assert(
      fc.property(flip, ([name, bit]) => {
        const bytes = (all.get(name) ?? new Uint8Array(0)).slice();
        const place = bit % (8 * bytes.length);
        bytes[place >> 3] = (bytes[place >> 3] ?? 0) ^ (1 << (place & 7));
        expect(outcome(bytes)).not.toMatch(/ holds$/);
      }),
      { seed: SEED, numRuns: 600 },
    );
  });

  test('texts: prefixes, hexadecimal, UR, noise', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }).map((rest) => `DUET:${rest}`),
      fc.string({ maxLength: 200 }).map((rest) => `ur:duet/${rest}`),
      fc.string({ maxLength: 60 }).map((rest) => `UR:DUET/1-2/${rest}`),
      fc.uint8Array({ maxLength: 100 }).map(toHex),
      fc.string({ unit: 'binary', maxLength: 100 }),
    );
    fc.assert(
      fc.property(text, (given) => check(new TextEncoder().encode(given))),
      { seed: SEED, numRuns: 1_500 },
    );
  });
});
