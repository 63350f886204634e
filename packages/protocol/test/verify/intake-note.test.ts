/** IntakeNotes: an operator's word that it took these sealed bytes at a time (SET-7). */
import { describe, expect, it } from 'vitest';
import { startOfDay } from '../../src/brand.ts';
import { INTAKE_NOTE, type IntakeNoteBody } from '../../src/objects/notes.ts';
import { encodeSigned } from '../../src/objects/signed.ts';
import { settle } from '../../src/verify/examination.ts';
import { examineIntakeNote } from '../../src/verify/intake-note.ts';
import { TrustView } from '../../src/verify/trust-view.ts';
import { HASHES, type KeyPair, keyPair, VERIFIER } from '../helpers/signing.ts';
import { BUNDLE, bundle, KEYS, NATIONAL_OPERATOR, NOW, OPERATORS, signed, TRUST } from '../helpers/world.ts';

const SEALED = new Uint8Array(200).fill(7);

function judged(change: Partial<IntakeNoteBody> = {}, signer: KeyPair = OPERATORS[0], trust = TRUST): string {
  const upload = HASHES.hash(1, SEALED);
  const body = { signerKey: KEYS.operator1, operator: 1, upload, time: NOW, ...change };
  const note = encodeSigned(INTAKE_NOTE, signed(INTAKE_NOTE, signer, body));
  const result = settle(examineIntakeNote(note, SEALED, trust, HASHES), VERIFIER);
  return result.ok ? 'accepted' : result.rejection.code;
}

const withKey = (change: object): TrustView =>
  new TrustView(
    bundle({
      keys: BUNDLE.body.keys.map((key) => (key.number === KEYS.operator1 ? { ...key, ...change } : key)),
    }),
  );

describe('SET-7: an IntakeNote', () => {
  it('holds under the key of its operator, over the bytes that it names, in either suite', () => {
    expect(judged()).toBe('accepted');
    expect(
      judged(
        { upload: HASHES.hash(2, SEALED), signerKey: KEYS.nationalOperator, operator: 2 },
        NATIONAL_OPERATOR,
      ),
    ).toBe('accepted');
  });

  it('counts for nothing when forged, of another role or operator, or over other bytes', () => {
    expect(judged({}, keyPair('nobody'))).toBe('bad-signature');
    expect(judged({ operator: 2 })).toBe('note-invalid');
    expect(judged({ signerKey: KEYS.issuer })).toBe('note-invalid');
    expect(judged({ signerKey: 99 })).toBe('note-invalid');
    expect(judged({}, keyPair('operator 1', 2))).toBe('note-invalid');
    expect(judged({ upload: HASHES.hash(1, SEALED.subarray(1)) })).toBe('note-invalid');
    expect(judged({ upload: HASHES.hash(2, SEALED) })).toBe('note-invalid');
  });

  it('counts for nothing outside the days of its key, or once the key was withdrawn', () => {
    const key = BUNDLE.body.keys.find(({ number }) => number === KEYS.operator1);
    if (!key) throw new Error('a key of operator 1');
    expect(judged({ time: startOfDay(key.validFrom) })).toBe('accepted');
    expect(judged({ time: startOfDay(key.validUntil) })).toBe('note-invalid');
    expect(judged({}, OPERATORS[0], withKey({ withdrawn: true }))).toBe('note-invalid');
    expect(judged({}, OPERATORS[0], withKey({ withdrawn: false }))).toBe('accepted');
  });

  it('is refused as bytes that are none', () => {
    const result = examineIntakeNote(SEALED, SEALED, TRUST, HASHES);
    expect(result.ok ? 'accepted' : result.rejection.code).toBe('note-invalid');
  });
});
