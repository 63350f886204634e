/**
 * The checked-in vectors, read without the encoder that made them: `cbor2` for CBOR, node:crypto for hashes and
 * signatures, and the tables of keys below, which follow the specification (ID-1, ID-2, SUITE-1, SUITE-2).
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cdeEncodeOptions, decode, encode, Tag } from 'cbor2';
import { describe, expect, it } from 'vitest';
import type { Json } from './helpers/json.ts';
import { verifySm2 } from './helpers/sm2.ts';

const FOLDER = resolve(import.meta.dirname, '../../../vectors');

interface Hardware {
  readonly flags: number;
  readonly counter: number;
  readonly template: number;
}

interface ObjectVector {
  readonly name: string;
  readonly kind: string;
  readonly typ: string;
  readonly suite: 1 | 2;
  readonly algorithm: number;
  readonly signer: string;
  readonly fields: Json;
  readonly payload: string;
  readonly sigStructure: string;
  readonly id: string;
  readonly signature: string;
  readonly hardware?: Hardware;
  readonly cose: string;
}

const load = <T>(name: string): T => JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8'));
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hash = (suite: 1 | 2, bytes: Uint8Array): string =>
  createHash(suite === 1 ? 'sha256' : 'sm3')
    .update(bytes)
    .digest('hex');
const deterministic = (value: unknown): string => toHex(encode(value, cdeEncodeOptions));

/** Names of the keys of a map; a nested map has its own names, an array of maps the names of its items. */
interface Names {
  readonly [key: number]: string | readonly [string, Names] | readonly [string, 'inputs'];
}

const CONDITION: Names = { 1: 'categories', 2: 'regions', 3: 'notBefore', 4: 'notAfter' };
const OUTPUT: Names = { 1: 'owner', 2: 'amount' };
const DESTINATION: Names = { 3: 'handle', 4: ['outputs', OUTPUT] };
const TRUSTED_KEY: Names = {
  1: 'number',
  2: 'role',
  3: 'operator',
  4: 'key',
  5: 'validFrom',
  6: 'validUntil',
  7: 'withdrawn',
};
const POLICY: Names = {
  1: 'id',
  2: 'maxPayments',
  3: 'maxPerPayment',
  4: 'maxHops',
  5: 'requestValidity',
  6: 'skew',
  7: 'standingWindow',
  8: 'listMaxAge',
  9: 'refuseStrangersOnStaleLists',
  10: 'pinAbove',
  11: 'spendDays',
  12: 'claimDays',
  13: 'graceDays',
  14: 'offlineTicketDays',
  15: 'maxBalance',
  16: 'fundPerPayee',
  17: 'fundPerCoin',
  18: 'fundPeriodDays',
  19: 'lossCap',
};

const NAMES: Readonly<Record<string, Names>> = {
  'trust-bundle': {
    1: 'version',
    2: 'issuedAt',
    3: 'validUntil',
    4: ['keys', TRUSTED_KEY],
    5: ['policies', POLICY],
    6: ['lists', { 1: 'operator', 2: 'uri' }],
    7: ['stops', { 1: 'scope', 2: 'value', 3: 'until' }],
    8: ['templates', { 1: 'number', 2: 'relyingParty', 3: 'tail' }],
    9: 'nextRoot',
  },
  certificate: {
    1: 'signerKey',
    2: 'operator',
    3: 'subject',
    4: 'holder',
    5: 'status',
    6: 'validFrom',
    7: 'validUntil',
    8: 'name',
    9: 'category',
    10: 'region',
  },
  coin: {
    1: 'issuerKey',
    2: 'operator',
    3: 'currency',
    4: 'unit',
    5: 'value',
    6: 'owner',
    7: 'status',
    8: 'policy',
    9: 'issuedAt',
    10: 'spendBy',
    11: 'claimBy',
    12: 'serial',
    13: ['condition', CONDITION],
  },
  request: {
    1: 'payee',
    2: 'amount',
    3: 'time',
    4: 'sealingKey',
    5: 'text',
    6: 'currency',
    7: 'version',
    8: 'suites',
  },
  spend: {
    1: ['inputs', 'inputs'],
    2: 'payee',
    3: 'request',
    4: 'seq',
    5: 'time',
    6: 'refundOf',
    7: 'nonce',
    8: 'total',
  },
  verdict: { 1: 'request', 2: 'accepted', 3: 'nonce' },
  claim: { 1: ['inputs', 'inputs'], 2: 'operator', ...DESTINATION, 5: 'ticket' },
  return: { 1: 'spends', 2: 'operator', ...DESTINATION },
  'intake-note': { 1: 'signerKey', 2: 'operator', 3: 'upload', 4: 'time' },
  'credit-note': {
    1: 'signerKey',
    2: 'upload',
    3: 'time',
    4: ['items', { 1: 'object', 2: 'index', 3: 'outcome', 4: 'amount', 5: 'code' }],
    5: 'recorded',
    6: ['ends', { 1: 'spend', 2: 'returned' }],
  },
  enrolment: { 1: 'operator', 2: 'handle', 3: 'subject', 4: 'holder', 5: 'name', 6: 'category', 7: 'region' },
  inquiry: { 1: 'signer', 2: 'payeeKeys' },
  'status-list': {
    2: 'uri',
    4: 'expires',
    6: 'issuedAt',
    65533: 'statuses',
    65534: 'timeToLive',
    [-70_002]: 'signerKey',
  },
};

type Fields = Record<string, Json>;

/** A decoded value as JSON: byte strings in hexadecimal. */
function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), plain(member)]));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  throw new Error(`an unexpected ${typeof value}`);
}

const inputOf = (input: readonly unknown[]): Json => {
  const [parent, ...numbers] = input.map(plain);
  const [index, from, to] = numbers.length === 3 ? numbers : [undefined, ...numbers];
  return {
    parent: { id: parent ?? null, ...(index === undefined ? {} : { index }) },
    from: from ?? null,
    to: to ?? null,
  };
};

/** A map with integer keys as an object with the names of the specification. */
function named(value: unknown, names: Names): Fields {
  if (!(value instanceof Map)) throw new Error('a map');
  const fields: Fields = {};
  for (const [key, member] of value) {
    const name = names[key];
    if (name === undefined) throw new Error(`key ${key} has no name`);
    if (typeof name === 'string') fields[name] = plain(member);
    else if (name[1] === 'inputs') fields[name[0]] = member.map(inputOf);
    else
      fields[name[0]] = Array.isArray(member)
        ? member.map((item) => named(item, Array.isArray(names[key]) ? nestedOf(name) : {}))
        : named(member, nestedOf(name));
  }
  return fields;
}

function nestedOf(name: readonly [string, Names] | readonly [string, 'inputs']): Names {
  if (name[1] === 'inputs') throw new Error('names');
  return name[1];
}

const ROLES = ['operator', 'wallet', 'terminal', 'gateway'];

/** The shape in which the vectors show an object: role and class apart, what belongs together in one member. */
function shown(kind: string, fields: Fields): Fields {
  const { holder, name, category, region, nonce, total, handle, outputs, ticket, ...rest } = fields;
  const one = <K extends string>(key: K, value: Json | undefined): { [P in K]?: Json } =>
    value === undefined ? {} : ({ [key]: value } as { [P in K]?: Json });
  switch (kind) {
    case 'certificate':
      return {
        ...rest,
        role: ROLES[Number(holder) % 4] ?? '',
        walletClass: Math.floor(Number(holder) / 4),
        ...(name === undefined
          ? {}
          : { terminal: { name, category: category ?? null, region: region ?? null } }),
      };
    case 'spend':
      return { ...rest, ...(nonce === undefined ? {} : { standing: { nonce, total: total ?? null } }) };
    case 'claim':
    case 'return':
      if (handle !== undefined) return { ...rest, destination: { kind: 'account', handle } };
      return ticket === undefined
        ? { ...rest, destination: { kind: 'coins', outputs: outputs ?? null } }
        : { ...rest, destination: { kind: 'ticket', ticket } };
    default:
      return {
        ...rest,
        ...one('holder', holder),
        ...one('name', name),
        ...one('category', category),
        ...one('region', region),
        ...one('nonce', nonce),
        ...one('handle', handle),
      };
  }
}

interface Envelope {
  readonly header: Uint8Array;
  readonly unprotected: unknown;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly suite: 1 | 2;
  readonly typ: string;
  readonly sigStructure: Uint8Array;
  readonly id: string;
}

/** A COSE_Sign1 by the standard alone. */
function open(cose: string): Envelope {
  const tagged: unknown = decode(hex(cose));
  if (!(tagged instanceof Tag) || Number(tagged.tag) !== 18 || !Array.isArray(tagged.contents))
    throw new Error('tag 18');
  const [header, unprotected, payload, signature] = tagged.contents;
  const parameters: unknown = decode(header, { preferMap: true });
  if (!(parameters instanceof Map)) throw new Error('a header');
  const suite = parameters.get(1) === -7 ? 1 : 2;
  const sigStructure = encode(['Signature1', header, new Uint8Array(0), payload], cdeEncodeOptions);
  return {
    header,
    unprotected,
    payload,
    signature,
    suite,
    typ: parameters.get(16),
    sigStructure,
    id: hash(suite, sigStructure),
  };
}

const SPKI = '3039301306072a8648ce3d020106082a8648ce3d030107032200';

function holds(key: string, message: Uint8Array, signature: Uint8Array): boolean {
  const point = key.slice(2);
  if (key.startsWith('02')) return verifySm2(hex(point), message, signature);
  const imported = createPublicKey({ key: Buffer.from(SPKI + point, 'hex'), format: 'der', type: 'spki' });
  return verify('sha256', message, { key: imported, dsaEncoding: 'ieee-p1363' }, signature);
}

/** What a hardware key signed: authenticator data and the hash of the client data of template 1. */
function asserted(id: string, { flags, counter }: Hardware): Uint8Array {
  const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();
  const challenge = Buffer.from(id, 'hex').toString('base64url');
  const clientData = `{"type":"webauthn.get","challenge":"${challenge}","origin":"https://wallet.example.org","crossOrigin":false}`;
  const fixed = Buffer.alloc(5);
  fixed.writeUInt8(flags, 0);
  fixed.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256('wallet.example.org'), fixed, sha256(clientData)]);
}

const OBJECTS = load<readonly ObjectVector[]>('objects.json');

it('the folder holds these files', () => {
  expect(readdirSync(FOLDER).sort()).toEqual([
    'README.md',
    'objects.json',
    'offers.json',
    'proofs.json',
    'requests.json',
    'uploads.json',
    'verdicts.json',
  ]);
});

describe.each(load<readonly { name: string; kind: string; bytes: string }[]>('uploads.json'))(
  '$name',
  ({ kind, bytes }) => {
    const read = decode<Map<number, unknown>>(hex(bytes), { preferMap: true });

    it('is a deterministic map of its keys', () => {
      const keys = kind === 'upload' ? [1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 4, 5];
      expect([...read.keys()]).toEqual(keys.filter((key) => key !== 6 || read.has(key)));
      expect(deterministic(read)).toBe(bytes);
    });

    it('holds objects of the kinds that its lists are for', () => {
      const typs = (key: number): unknown[] => [read.get(key) ?? []].flat().map((one) => typOf(one));
      const lists: readonly (readonly [number, string])[] =
        kind === 'upload'
          ? [
              [2, 'duet-verdict'],
              [3, 'duet-claim'],
              [4, 'duet-return'],
              [6, 'duet-inquiry'],
            ]
          : [
              [1, 'duet-credit-note'],
              [3, 'duet-verdict'],
              [4, 'duet-coin'],
            ];
      for (const [key, typ] of lists) expect(new Set([...typs(key), typ])).toEqual(new Set([typ]));
    });
  },
);

/** The `typ` of an embedded object. */
function typOf(bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array)) throw new Error('bytes');
  return open(toHex(bytes)).typ;
}

describe.each(OBJECTS)('$name', (vector) => {
  const envelope = open(vector.cose);

  it('has the header, payload and signature that are stated', () => {
    expect(toHex(envelope.header)).toBe(
      deterministic(
        new Map<number, unknown>([
          [1, vector.algorithm],
          [16, vector.typ],
        ]),
      ),
    );
    expect(envelope.suite).toBe(vector.suite);
    expect(toHex(envelope.payload)).toBe(vector.payload);
    expect(toHex(envelope.signature)).toBe(vector.signature);
    const unprotected = vector.hardware
      ? { '-70001': [vector.hardware.flags, vector.hardware.counter, vector.hardware.template] }
      : {};
    expect(plain(envelope.unprotected)).toEqual(unprotected);
  });

  it('is deterministic CBOR inside and out', () => {
    expect(deterministic(decode(hex(vector.cose)))).toBe(vector.cose);
    expect(deterministic(decode(hex(vector.payload), { preferMap: true }))).toBe(vector.payload);
  });

  it('holds the fields that are stated', () => {
    const names = NAMES[vector.kind];
    if (!names) throw new Error(`no names of ${vector.kind}`);
    expect(shown(vector.kind, named(decode(hex(vector.payload), { preferMap: true }), names))).toEqual(
      vector.fields,
    );
  });

  it('has the hash of its Sig_structure as id, and a signature that holds', () => {
    expect(toHex(envelope.sigStructure)).toBe(vector.sigStructure);
    expect(envelope.id).toBe(vector.id);
    const message = vector.hardware ? asserted(vector.id, vector.hardware) : envelope.sigStructure;
    expect(holds(vector.signer, message, envelope.signature)).toBe(true);
  });
});

describe('messages', () => {
  interface RequestVector {
    readonly name: string;
    readonly message: string;
    readonly request: string;
    readonly requestId: string;
    readonly payee: string;
  }

  it.each(load<readonly RequestVector[]>('requests.json'))(
    'request: $name',
    ({ message, request, requestId, payee }) => {
      const [prefix, ...body] = hex(message);
      expect(prefix).toBe(0x11);
      const items: unknown = decode(new Uint8Array(body), { preferMap: true });
      const fields = named(decode(open(request).payload, { preferMap: true }), NAMES.request ?? {});
      expect(open(request).id).toBe(requestId);
      expect(fields.payee).toBe(open(payee).id);
      if (!Array.isArray(items)) throw new Error('an array');
      expect(toHex(items[0])).toBe(`${fields.sealingKey}${toHex(open(request).signature)}`);
      expect(toHex(items.at(-1)[open(payee).typ === 'duet-coin' ? 7 : 5])).toContain(
        toHex(open(payee).signature),
      );
      expect(deterministic(items)).toBe(message.slice(2));
      const document = named(
        decode(open(payee).payload, { preferMap: true }),
        NAMES[open(payee).typ.slice(5)] ?? {},
      );
      const key = String(document.owner ?? document.subject);
      expect(holds(key, open(request).sigStructure, open(request).signature)).toBe(true);
    },
  );

  interface OfferVector {
    readonly name: string;
    readonly offer: string;
    readonly spends: readonly string[];
    readonly spendIds: readonly string[];
    readonly provenance: readonly string[];
  }

  it.each(load<readonly OfferVector[]>('offers.json'))(
    'offer: $name',
    ({ offer, spends, spendIds, provenance }) => {
      const items: unknown = decode(hex(offer), { preferMap: true });
      expect(deterministic(items)).toBe(offer);
      if (!Array.isArray(items)) throw new Error('an array');
      expect(spends.map((spend) => open(spend).id)).toEqual(spendIds);
      const carried = new Set(provenance.map((object) => toHex(open(object).signature)));
      for (const item of items.slice(0, -spends.length)) {
        const blob = toHex(item.findLast((part: unknown) => part instanceof Uint8Array && part.length > 64));
        expect([...carried].some((signature) => blob.includes(signature))).toBe(true);
      }
      const last = items.slice(-spends.length).map((item) => toHex(item[3]));
      expect(last).toEqual(spends.map((spend) => toHex(open(spend).signature)));
    },
  );

  interface VerdictVector {
    readonly name: string;
    readonly context: {
      readonly request: string;
      readonly payee: string;
      readonly spends: readonly string[];
    };
    readonly message: string;
    readonly verdict: string;
    readonly id: string;
  }

  it.each(load<readonly VerdictVector[]>('verdicts.json'))(
    'verdict: $name',
    ({ context, message, verdict, id }) => {
      const envelope = open(verdict);
      expect(envelope.id).toBe(id);
      expect(holds(context.payee, envelope.sigStructure, envelope.signature)).toBe(true);
      const fields = named(decode(envelope.payload, { preferMap: true }), NAMES.verdict ?? {});
      expect(fields.request).toBe(context.request);
      const items: unknown = decode(hex(message).subarray(1));
      if (!Array.isArray(items)) throw new Error('an array');
      const [accepted, signature] = items;
      const ids =
        typeof accepted === 'number'
          ? context.spends.filter((_, place) => (accepted >> place) % 2 === 1)
          : plain(accepted);
      expect([...(Array.isArray(ids) ? ids : [])].sort()).toEqual(fields.accepted);
      expect(toHex(signature)).toBe(toHex(envelope.signature));
    },
  );
});
