/** `duet inspect` and `duet fraud verify`: what things are, and whether and why they verify. */
import { writeFileSync } from 'node:fs';
import { messageParts } from '@duet/carriers/message-parts';
import { encodeText } from '@duet/carriers/text';
import { toHex } from '@duet/protocol/bytes';
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import { frame } from '@duet/protocol/messages/frame';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import { EMPTY_UPLOAD, UPLOAD } from '@duet/protocol/messages/upload';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { type Handle, handleField } from '@duet/protocol/objects/fields';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldLines } from '../src/inspect/field.ts';
import { recognise } from '../src/inspect/recognise.ts';
import { loadTrust, type Trust } from '../src/inspect/trust.ts';
import type { Judge } from '../src/inspect/verification.ts';
import { RefusedError } from '../src/outcome.ts';
import {
  authority,
  authorityOf,
  bundleBytes,
  certificateFor,
  coinFor,
  crypto,
  doubleSpend,
  NOW,
  newKey,
  requestFrom,
  samples,
  signed,
} from './objects.ts';
import { inside, Sandbox } from './support.ts';

const box = new Sandbox();
const bundle = box.path('bundle.cose');
const root = toHex(authority.root);
const trusting = ['--bundle', bundle, '--root', root];

beforeAll(() => writeFileSync(bundle, bundleBytes));
afterAll(() => box.remove());

/** The trust of the tests, loaded as the command loads it. */
function trust(): Trust {
  const loaded = loadTrust({ bundle, root }, box.folder, crypto);
  if (!loaded.ok || !loaded.value) throw new Error('the bundle of the tests does not load');
  return loaded.value;
}

const look = (bytes: Uint8Array, judge: Judge = { crypto, trust: trust(), now: NOW }) => {
  const recognised = recognise(bytes, judge);
  if (!recognised.ok) throw new Error(`${recognised.rejection.code}: ${recognised.rejection.got}`);
  return recognised.value;
};

describe('every kind is recognised', () => {
  const expected: Readonly<Record<string, readonly [kind: string, state: string]>> = {
    'trust-bundle': ['trust-bundle', 'holds'],
    certificate: ['certificate', 'holds'],
    coin: ['coin', 'holds'],
    request: ['request', 'unknown'],
    spend: ['spend', 'unknown'],
    'request-message': ['request-message', 'holds'],
    'fraud-proof': ['fraud-proof', 'holds'],
    'framed proof': ['fraud-proof', 'holds'],
    text: ['request-message', 'holds'],
  };
  test.each([...samples()])('%s', (name, bytes) => {
    const { subject } = look(bytes);
    expect([subject.kind, subject.verification.state]).toEqual(expected[name]);
    expect(fieldLines(subject.fields).length).toBeGreaterThan(2);
  });

  test.each([...samples()].filter(([name]) => name !== 'text'))('%s in hexadecimal', (name, bytes) => {
    const { form, subject } = look(new TextEncoder().encode(`${toHex(bytes)}\n`));
    expect([form, subject.kind]).toEqual(['hex', expected[name]?.[0]]);
  });

  test('an upload, an enrolment, plain CBOR', () => {
    const upload = encodeBytes(UPLOAD, {
      ...EMPTY_UPLOAD,
      exchanges: [{ request: encodeRequest(requestFrom(newKey())) }],
    });
    expect(look(upload).subject.kind).toBe('upload');
    const key = newKey();
    const { body } = certificateFor(key);
    const enrolment = { operator: 1, handle: anyHandle(), subject: body.subject, holder: 17 };
    const judged = look(encodeSigned(ENROLMENT, signed(key, ENROLMENT, enrolment))).subject;
    expect([judged.kind, judged.verification.state]).toEqual(['enrolment', 'holds']);
    expect(look(new Uint8Array([0xa1, 0x01, 0x61, 0x61])).subject.fields[0]).toMatchObject({
      text: '{1: "a"}',
    });
  });

  test('a coin of suite 2 under an authority of suite 2', () => {
    const other = authorityOf(2);
    const certificate = certificateFor(newKey(2), other);
    const { verification } = look(encodeSigned(CERTIFICATE, certificate)).subject;
    expect(verification).toMatchObject({ state: 'fails', rejection: { code: 'certificate-untrusted' } });
  });
});

/** Any account reference will do. */
function anyHandle(): Handle {
  const writer = new Writer();
  writer.bytes(crypto.randomBytes(16));
  return decodeBytes(handleField, writer.finish(), 17);
}

describe('why something does not verify', () => {
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice();
    const last = copy.length - 1;
    copy[last] = (copy[last] ?? 0) ^ 1;
    return copy;
  };

  test('without a bundle it says what is missing', () => {
    const { verification } = look(encodeSigned(COIN, coinFor(newKey())), {
      crypto,
      trust: undefined,
      now: NOW,
    }).subject;
    expect(verification).toMatchObject({ state: 'unknown', why: expect.stringContaining('--bundle') });
  });

  test.each(['trust-bundle', 'certificate', 'coin'])('%s with a changed signature', (name) => {
    const bytes = samples().get(name) ?? new Uint8Array(0);
    expect(look(flipped(bytes)).subject.verification).toMatchObject({
      state: 'fails',
      rejection: { code: 'bad-signature' },
    });
  });

  test('objects of another issuer', () => {
    const stranger = authorityOf();
    const certificate = certificateFor(newKey(), stranger);
    expect(look(encodeSigned(CERTIFICATE, certificate)).subject.verification).toMatchObject({
      state: 'fails',
      rejection: { code: 'bad-signature' },
    });
    expect(look(encodeSigned(TRUST_BUNDLE, stranger.bundle)).subject.verification).toMatchObject({
      state: 'fails',
      rejection: { code: 'bad-signature' },
    });
  });

  test('a request message that another key signed', () => {
    const [honest, other] = [requestFrom(newKey()), requestFrom(newKey())];
    const forged = {
      payee: honest.payee,
      request: { ...honest.request, signature: other.request.signature },
    };
    expect(look(encodeRequest(forged)).subject.verification).toMatchObject({
      state: 'fails',
      rejection: { code: 'bad-signature' },
    });
  });
});

describe('malformed things end with a code, and where', () => {
  test.each([
    ['nothing', [], 'malformed'],
    ['half a head', [0x19, 0x01], 'malformed'],
    ['a head longer than it must be', [0x18, 0x01], 'not-canonical'],
    ['unsorted keys', [0xa2, 0x02, 0x00, 0x01, 0x00], 'not-canonical'],
    ['an indefinite length', [0x9f, 0xff], 'malformed'],
    ['a float', [0xfb, 0, 0, 0, 0, 0, 0, 0, 0], 'malformed'],
    ['trailing bytes', [0x01, 0x01], 'malformed'],
    ['a message of version 2', [0x21, 0x80], 'unsupported-version'],
    ['an empty request', [0x11, 0x80], 'malformed'],
    ['an offer without a seal', [0x12, 0x02, 0x00], 'malformed'],
    ['COSE without content', [0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40], 'malformed'],
    ['a request longer than any', [0x11, ...new Array<number>(600).fill(0)], 'too-large'],
  ] as const)('%s', (_name, bytes, code) => {
    const recognised = recognise(Uint8Array.from(bytes), { crypto, trust: trust(), now: NOW });
    expect(recognised).toMatchObject({ ok: false, rejection: { code } });
  });

  test.each([...samples()].filter(([name]) => name !== 'text'))('%s cut short anywhere', (_name, bytes) => {
    for (let length = 1; length < bytes.length; length += 1 + Math.floor(bytes.length / 40)) {
      const cut = bytes.subarray(0, length);
      // Its first byte alone may be a small number in CBOR.
      if (length > 1) expect(recognise(cut, { crypto, trust: trust(), now: NOW }).ok).toBe(false);
    }
  });

  test('damaged text has the code of the carrier', () => {
    const text = encodeText(encodeRequest(requestFrom(newKey())));
    const bytes = new TextEncoder().encode(`${text.slice(0, -1)}:::`);
    expect(() => recognise(bytes, { crypto, trust: trust(), now: NOW })).toThrow(RefusedError);
  });
});

describe('UR parts', () => {
  const message = frame('object', bundleBytes);
  const parts = messageParts(message);
  const lines =
    parts.kind === 'sequence' ? Array.from({ length: parts.partCount }, (_, i) => parts.partText(i + 1)) : [];

  test('one part says which it is', () => {
    expect(lines.length).toBeGreaterThan(2);
    const { form, subject } = look(new TextEncoder().encode(lines[1] ?? ''));
    expect([form, subject.kind]).toEqual(['ur', 'ur-part']);
    expect(fieldLines(subject.fields).join('\n')).toContain(`parts needed          ${lines.length}`);
  });

  test('all parts, in any order, are the object', () => {
    const { subject } = look(new TextEncoder().encode([...lines].reverse().join('\n')));
    expect([subject.kind, subject.verification.state]).toEqual(['trust-bundle', 'holds']);
  });

  test("another program's UR says its type", () => {
    const text =
      'ur:bytes/hdeymejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtgwdpfnsboxgwlbaawzuefywkdplrsrjynbvygabwjldapfcsdwkbrkch';
    expect(look(new TextEncoder().encode(text)).subject.meaning).toContain(
      "UR of type bytes (another program's)",
    );
  });
});

describe('the command', () => {
  test('reads files, standard input and arguments alike', async () => {
    const text = encodeText(encodeRequest(requestFrom(newKey())));
    writeFileSync(box.path('request.txt'), `${text}\n`);
    const found = await Promise.all([
      box.ok(['inspect', 'request.txt', ...trusting]),
      box.ok(['inspect', '-', ...trusting], { input: text }),
      box.ok(['inspect', text, ...trusting]),
    ]);
    for (const json of found) {
      expect(json).toMatchObject({ kind: 'request-message', verification: { state: 'holds' } });
      expect(inside(json, 'fields')).toMatchObject({ amount: 1_230, text: '2 noodles', currency: 156 });
    }
  });

  test('shows a person names, yuan and dates', async () => {
    const { code, stdout } = await box.duet(['inspect', '-', ...trusting], {
      input: encodeSigned(COIN, coinFor(newKey())),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/value +100\.00 yuan/);
    expect(stdout).toMatch(/spend before +\d{4}-\d{2}-\d{2}\n/);
    expect(stdout).toContain(`verifies: signed by key 1 of ${bundle}`);
  });

  test('malformed: exit 1, the code, and where', async () => {
    const { code, json } = await box.json(['inspect', '-'], { input: new Uint8Array([0x82, 0x01]) });
    expect(code).toBe(1);
    expect(json).toMatchObject({
      error: { kind: 'rejection', code: 'malformed', got: expect.stringContaining('at byte 2') },
    });
  });

  test('more than any message: exit 1', async () => {
    const { code, json } = await box.json(['inspect', '-'], { input: new Uint8Array(8_000_000) });
    expect(code).toBe(1);
    expect(json).toMatchObject({ error: { code: 'too-large' } });
  });

  test('a bundle that the root did not sign is refused, and no bundle is said', async () => {
    const other = toHex(authorityOf().root);
    const refused = await box.json(['inspect', 'a101', '--bundle', bundle, '--root', other]);
    expect([refused.code, refused.json]).toMatchObject([1, { error: { code: 'bad-signature' } }]);
    const usage = await box.json(['inspect', 'a10102', '--bundle', bundle, '--root', 'xyz']);
    expect(usage.code).toBe(2);
    const missing = await box.json(['inspect', 'a10102', '--bundle', 'no-such-file']);
    expect([missing.code, missing.json]).toMatchObject([3, { error: { code: 'file-unreadable' } }]);
  });
});

describe('what is no object of Duet', () => {
  test.each([
    ['a text in another language', Buffer.from('# Duet\n\n面馆 – two noodles\n')],
    ['JSON', Buffer.from('[{"name": "面馆"}]')],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d])],
    ['a head of more bytes than there can be', Buffer.from([0x5b, ...new Array<number>(8).fill(0xff)])],
    ['zeros', Buffer.alloc(40)],
  ])('%s is malformed, whatever its first byte would be', async (_what, input) => {
    const { code, json } = await box.json(['inspect', '-'], { input });
    expect([code, inside(json, 'error').code]).toEqual([1, 'malformed']);
  });

  test('a key is said to be one', async () => {
    const { root } = authorityOf();
    const json = await box.ok(['inspect', toHex(root)]);
    expect(json).toMatchObject({ kind: 'public-key', form: 'hex', verification: { state: 'unknown' } });
  });
});

describe('duet fraud verify', () => {
  test('a proof stands alone', async () => {
    const { culprit, proof } = doubleSpend();
    writeFileSync(box.path('proof.cbor'), proof);
    const json = await box.ok(['fraud', 'verify', 'proof.cbor', ...trusting]);
    expect(json).toMatchObject({ holds: true, form: 1, culprit: toHex(culprit.publicKey), isDebt: true });
  });

  test('one changed byte is never a proof', async () => {
    const { proof } = doubleSpend();
    const changed = proof.slice();
    changed[proof.length - 90] = (changed[proof.length - 90] ?? 0) ^ 1;
    const { code, json } = await box.json(['fraud', 'verify', '-', ...trusting], { input: changed });
    expect(code).toBe(1);
    expect(['proof-invalid', 'bad-signature', 'malformed', 'not-canonical']).toContain(
      inside(json, 'error').code,
    );
  });

  test('without a bundle: exit 2; something else than a proof: exit 1', async () => {
    const { proof } = doubleSpend();
    expect((await box.json(['fraud', 'verify', '-'], { input: proof })).code).toBe(2);
    const coin = encodeSigned(COIN, coinFor(newKey()));
    const { code, json } = await box.json(['fraud', 'verify', '-', ...trusting], { input: coin });
    expect([code, inside(json, 'error').code]).toEqual([1, 'malformed']);
  });
});
