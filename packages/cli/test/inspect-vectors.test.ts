/** `duet inspect` over the vectors of the repository: each is what it says it is, and verifies as it says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instant } from '@duet/protocol/brand';
import { fromHex } from '@duet/protocol/bytes';
import { decodeRequest } from '@duet/protocol/messages/request-message';
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

  const bundleOf = (entry: Json): Trust => ({
    view: new TrustView(decodeSigned(TRUST_BUNDLE, bytesOf(entry, 'bundle'), crypto)),
    source: 'the vectors',
  });

  /** What only a payee judges: its clock, lists, notices and history, and the amount that it asked for. */
  const OF_A_PAYEE = [
    'sum-mismatch',
    'request-stale',
    'time-ahead',
    'bundle-expired',
    'epoch-withdrawn',
    'offline-stopped',
    'lists-stale',
    'revoked',
    'sync-to-settle',
    'conflict',
  ];

  const offers = entries(read('offers.json'));
  test.each(offers.map((entry) => [entry.name, entry] as const))('offer: %s', (_name, entry) => {
    const { decision, context } = entry;
    if (!isJson(decision) || !isJson(context)) throw new Error('expected a decision and its context');
    const bytes = bytesOf(entry, 'offer');
    const request = decodeRequest(bytesOf(entry, 'request'), crypto);
    if (!request.ok) throw new Error(request.rejection.code);
    const judge = { crypto, trust: bundleOf(context), now: NOW, request: request.value };
    const found = recognise(bytes, judge);
    if (decision.code === 'malformed') {
      expect(found).toMatchObject({ ok: false, rejection: { code: 'malformed' } });
      return;
    }
    if (!found.ok) throw new Error(found.rejection.got);
    const { kind, fields, verification } = found.value.subject;
    expect(kind).toBe('offer');
    expect(fieldsJson(fields)).toMatchObject({ spends: expect.any(Array), provenance: expect.any(Array) });
    if (decision.accepted === true || OF_A_PAYEE.includes(String(decision.code)))
      expect(verification.state).toBe('holds');
    else expect(verification).toMatchObject({ state: 'fails', rejection: { code: decision.code } });
  });

  test('an opened offer without its request is named, and what is missing', () => {
    const [entry] = offers;
    if (!entry) return;
    const { kind, verification } = look(bytesOf(entry, 'offer'), undefined);
    expect([kind, verification]).toEqual([
      'offer',
      { state: 'unknown', why: expect.stringContaining('--request FILE') },
    ]);
  });

  const SIGNED_BY_AUTHORITIES = [
    'certificate',
    'coin',
    'intake-note',
    'credit-note',
    'enrolment',
    'status-list',
  ];
  const signed = objects.filter((entry) => SIGNED_BY_AUTHORITIES.includes(String(entry.kind)));
  test.each(signed.map((entry) => [entry.name, entry] as const))('%s verifies, and why', (_name, entry) => {
    const { verification } = look(bytesOf(entry, 'cose'), trust());
    expect(verification).toMatchObject({ state: 'holds', why: expect.stringContaining('signed by') });
  });
});
