/**
 * `docs/spec/objects.cddl` against the codecs, both ways: every vector is what its rule says, every rule is used by one;
 * and of thousands of changed objects the decoder refuses whatever the CDDL refuses, and refuses nothing else but by what
 * CDDL cannot say (its "rule:" comments), which the decoder calls `bad-value`.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/bytes.ts';
import { type Codec, decodeBytes, encodeBytes } from '../src/cbor/codec.ts';
import { DecodeError } from '../src/cbor/reader.ts';
import { type CborValue, cborValue } from '../src/cbor/value.ts';
import { ANSWER, UPLOAD } from '../src/messages/upload.ts';
import { CERTIFICATE } from '../src/objects/certificate.ts';
import { CLAIM, RETURN } from '../src/objects/claim.ts';
import { COIN } from '../src/objects/coin.ts';
import { ENROLMENT } from '../src/objects/enrolment.ts';
import { FRAUD_PROOF } from '../src/objects/fraud-proof.ts';
import { INQUIRY } from '../src/objects/inquiry.ts';
import { CREDIT_NOTE, INTAKE_NOTE } from '../src/objects/notes.ts';
import { REQUEST } from '../src/objects/request.ts';
import { SPEND } from '../src/objects/spend.ts';
import { STATUS_LIST } from '../src/objects/status-list.ts';
import { TRUST_BUNDLE } from '../src/objects/trust-bundle.ts';
import { VERDICT } from '../src/objects/verdict.ts';
import { Cddl } from './helpers/cddl/match.ts';
import { rulesOf } from './helpers/cddl/syntax.ts';
import { variantsOf } from './helpers/cddl/variants.ts';
import { read } from './helpers/vectors-on-disk.ts';

const MAX_BYTES = 1024 * 1024;
const cddl = new Cddl(
  rulesOf(readFileSync(resolve(import.meta.dirname, '../../../docs/spec/objects.cddl'), 'utf8')),
);

const tree = (bytes: Uint8Array): CborValue => decodeBytes(cborValue, bytes, MAX_BYTES);
const withoutPrefix = (hex: string): CborValue => tree(fromHex(hex).slice(1));

interface ObjectVector {
  readonly name: string;
  readonly kind: string;
  readonly typ: string;
  readonly payload: string;
  readonly sigStructure: string;
  readonly cose: string;
}

const objects: readonly ObjectVector[] = JSON.parse(read('objects.json'));
const requests: readonly { name: string; message: string; request: string; payee: string }[] = JSON.parse(
  read('requests.json'),
);
const offers: readonly {
  name: string;
  offer: string;
  provenance?: readonly string[];
  decision: { accepted: boolean; code?: string };
}[] = JSON.parse(read('offers.json'));
const verdicts: readonly { name: string; message: string; verdict: string }[] = JSON.parse(
  read('verdicts.json'),
);
const { proofs }: { proofs: readonly { name: string; proof: string }[] } = JSON.parse(read('proofs.json'));
const uploads: readonly { name: string; kind: 'upload' | 'answer'; bytes: string }[] = JSON.parse(
  read('uploads.json'),
);

/** Refused proofs whose evidence or holder is no object of Duet. */
const NO_OBJECTS: readonly string[] = ['evidence that is no object', 'a holder that is no document'];

describe('every vector is what its rule says', () => {
  it.each(objects)('object: $name', ({ kind, typ, payload, sigStructure, cose }) => {
    expect(cddl.holds(kind, tree(fromHex(cose)))).toBe(true);
    expect(cddl.holds('signed-object', tree(fromHex(cose)))).toBe(true);
    expect(cddl.holds(`${kind}-body`, tree(fromHex(payload)))).toBe(true);
    expect(cddl.holds(`sig-structure<"${typ}", ${kind}-body>`, tree(fromHex(sigStructure)))).toBe(true);
  });

  it.each(requests)('request: $name', ({ message, request }) => {
    expect(cddl.holds('request-message', withoutPrefix(message))).toBe(true);
    expect(cddl.holds('request', tree(fromHex(request)))).toBe(true);
  });

  it.each(offers.filter(({ decision }) => decision.code !== 'malformed'))(
    'offer: $name',
    ({ offer, provenance }) => {
      expect(cddl.holds('offer', tree(fromHex(offer)))).toBe(true);
      for (const object of provenance ?? [])
        expect(cddl.holds('signed-object', tree(fromHex(object)))).toBe(true);
    },
  );

  it.each(verdicts)('verdict: $name', ({ message, verdict }) => {
    expect(cddl.holds('verdict-message', withoutPrefix(message))).toBe(true);
    expect(cddl.holds('verdict', tree(fromHex(verdict)))).toBe(true);
  });

  it.each(proofs)('proof: $name', ({ name, proof }) => {
    const described = !NO_OBJECTS.includes(name);
    expect(cddl.holds('fraud-proof', tree(fromHex(proof)))).toBe(described);
    expect(cddl.holds('unsigned-object', tree(fromHex(proof)))).toBe(described);
  });

  it.each(uploads)('$name', ({ kind, bytes }) => {
    expect(cddl.holds(kind, tree(fromHex(bytes)))).toBe(true);
    expect(cddl.holds('unsigned-object', tree(fromHex(bytes)))).toBe(true);
  });

  it('and every rule says something of one', () => {
    expect(cddl.names.filter((name) => !cddl.matched.has(name))).toEqual([]);
  });
});

/** What the body of each kind of object is read with. */
const BODIES: Readonly<Record<string, Codec<unknown>>> = Object.fromEntries(
  [
    TRUST_BUNDLE,
    CERTIFICATE,
    ENROLMENT,
    COIN,
    REQUEST,
    SPEND,
    VERDICT,
    CLAIM,
    RETURN,
    INTAKE_NOTE,
    CREDIT_NOTE,
    INQUIRY,
    STATUS_LIST,
  ].map(({ kind, body }) => [kind, body as Codec<unknown>]),
);

interface Sample {
  readonly name: string;
  readonly rule: string;
  readonly codec: Codec<unknown>;
  readonly bytes: Uint8Array;
}

const SAMPLES: readonly Sample[] = [
  ...objects.map(
    ({ name, kind, payload }): Sample => ({
      name,
      rule: `${kind}-body`,
      codec: BODIES[kind] as Codec<unknown>,
      bytes: fromHex(payload),
    }),
  ),
  ...uploads.map(
    ({ name, kind, bytes }): Sample => ({
      name,
      rule: kind,
      codec: (kind === 'upload' ? UPLOAD : ANSWER) as Codec<unknown>,
      bytes: fromHex(bytes),
    }),
  ),
  ...proofs.map(
    ({ name, proof }): Sample => ({ name, rule: 'fraud-proof', codec: FRAUD_PROOF, bytes: fromHex(proof) }),
  ),
];

/** Why a decoder refuses bytes; `undefined` where it takes them. */
function refusalOf(codec: Codec<unknown>, bytes: Uint8Array): string | undefined {
  try {
    decodeBytes(codec, bytes, MAX_BYTES);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.code;
    throw error;
  }
}

/** Evidence of proofs and entries of uploads are read later, as the objects that they are. */
const OPENED_LATER = ['fraud-proof', 'upload', 'answer'];

describe('what is changed is judged alike by CDDL and decoder', () => {
  it.each(SAMPLES)('$rule: $name', ({ rule, codec, bytes }) => {
    const differences: string[] = [];
    let refused = 0;
    for (const { what, value } of variantsOf(tree(bytes))) {
      const described = cddl.holds(rule, value);
      const refusal = refusalOf(codec, encodeBytes(cborValue, value));
      if (refusal) refused += 1;
      if (!described && !refusal && !OPENED_LATER.includes(rule))
        differences.push(`only CDDL refuses: ${what}`);
      if (described && refusal && refusal !== 'bad-value')
        differences.push(`only the decoder (${refusal}): ${what}`);
    }
    expect(differences).toEqual([]);
    expect(refused).toBeGreaterThan(20);
  });
});
