/** `duet inspect` over the vectors of the repository: each is what it says it is, and verifies as it says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instant } from '@duet/protocol/brand';
import { fromHex } from '@duet/protocol/bytes';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { describe, expect, test } from 'vitest';
import { fieldLines, fieldsJson } from '../src/inspect/field.ts';
import { recognise } from '../src/inspect/recognise.ts';
import type { Trust } from '../src/inspect/trust.ts';
import { crypto } from './objects.ts';
import type { Json } from './support.ts';

const FOLDER = fileURLToPath(new URL('../../../vectors', import.meta.url));
const isHere = existsSync(join(FOLDER, 'objects.json'));

/** Some time at which the bundle of the vectors is in date. */
const NOW = instant(1_772_438_420);

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function read(file: string): unknown {
  return isHere ? JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) : [];
}

function entries(value: unknown): (Json & { readonly name: string })[] {
  if (!Array.isArray(value)) throw new Error('expected a list of vectors');
  return value.filter(
    (entry): entry is Json & { readonly name: string } => isJson(entry) && typeof entry.name === 'string',
  );
}

const bytesOf = (entry: Json, name: string): Uint8Array => fromHex(String(entry[name]));

function look(bytes: Uint8Array, trust: Trust | undefined) {
  const recognised = recognise(bytes, { crypto, trust, now: NOW });
  if (!recognised.ok) throw new Error(`${recognised.rejection.code}: ${recognised.rejection.got}`);
  return recognised.value.subject;
}

describe.skipIf(!isHere && !process.env.CI)('vectors', () => {
  test('are here', () => expect(isHere).toBe(true));

  const objects = entries(read('objects.json'));
  test.each(objects.map((entry) => [entry.name, entry] as const))('object: %s', (_name, entry) => {
    const subject = look(bytesOf(entry, 'cose'), undefined);
    expect(subject.kind).toBe(entry.kind);
    expect(fieldsJson(subject.fields)).toMatchObject({
      id: entry.id,
      suite: entry.suite,
      signature: entry.signature,
    });
    expect(fieldLines(subject.fields).length).toBeGreaterThan(3);
  });

  const requests = entries(read('requests.json'));
  test.each(requests.map((entry) => [entry.name, entry] as const))('request: %s', (_name, entry) => {
    const subject = look(bytesOf(entry, 'message'), undefined);
    expect(subject.kind).toBe('request-message');
    expect(fieldsJson(subject.fields)).toMatchObject({ id: entry.requestId });
  });

  const verdicts = entries(read('verdicts.json'));
  test.each(verdicts.map((entry) => [entry.name, entry] as const))('verdict: %s', (_name, entry) => {
    expect(look(bytesOf(entry, 'message'), undefined).kind).toBe('verdict-message');
  });

  const proofs = read('proofs.json');
  const cases = isJson(proofs) && isHere ? entries(proofs.proofs) : [];
  const trust = (): Trust => {
    const bundle = decodeSigned(
      TRUST_BUNDLE,
      isJson(proofs) ? bytesOf(proofs, 'bundle') : new Uint8Array(0),
      crypto,
    );
    return { view: new TrustView(bundle), source: 'the vectors' };
  };
  test.each(cases.map((entry) => [entry.name, entry] as const))('proof: %s', (_name, entry) => {
    const recognised = recognise(bytesOf(entry, 'proof'), { crypto, trust: trust(), now: NOW });
    const holds = recognised.ok && recognised.value.subject.verification.state === 'holds';
    expect(holds).toBe(entry.accepted);
    if (recognised.ok && holds)
      expect(fieldsJson(recognised.value.subject.fields)).toMatchObject({ form: entry.form });
  });
});
