/**
 * IntakeNote: whether an operator signed that it took these sealed bytes (SET-7).
 *
 * A key that was withdrawn makes no notes: whoever stole it could date them back. The note's time is the
 * operator's word against itself, so no clock is asked.
 */
import { dayOf } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import { reading } from '../messages/decoding.ts';
import { INTAKE_NOTE, type IntakeNote } from '../objects/notes.ts';
import { decodeSigned } from '../objects/signed.ts';
import { accept, type Result, reject } from '../rejection.ts';
import type { Hashes } from '../suite.ts';
import type { Examination } from './examination.ts';
import { checkOf, suitesAgree } from './signatures.ts';
import { type TrustView, validOnDay } from './trust-view.ts';

/** Judges a COSE_Sign1 IntakeNote that came with sealed bytes; refused with `note-invalid`. */
export function examineIntakeNote(
  bytes: Uint8Array,
  sealed: Uint8Array,
  trust: TrustView,
  hashes: Hashes,
): Result<Examination<IntakeNote>> {
  const read = reading(() => decodeSigned(INTAKE_NOTE, bytes, hashes));
  if (!read.ok) return reject('note-invalid', 'an intake note', read.rejection.code);
  const note = read.value;
  const { signerKey, operator, upload, time } = note.body;
  const key = trust.key(signerKey, 'operator');
  if (!key || key.operator !== operator || !suitesAgree(note, key.key))
    return reject('note-invalid', `a key of operator ${operator}`, `key ${signerKey}`);
  if (key.withdrawn || !validOnDay(key, dayOf(time)))
    return reject('note-invalid', `key ${signerKey} in force`, `a note of day ${dayOf(time)}`);
  if (!equalBytes(upload, hashes.hash(note.suite, sealed)))
    return reject('note-invalid', 'a note over these sealed bytes', 'one over others');
  return accept({ checks: [checkOf(note, key.key)], conclude: () => accept(note) });
}
