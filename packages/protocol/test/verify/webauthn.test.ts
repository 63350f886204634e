/**
 * Hardware spends against published WebAuthn assertions (PAY-13): what `hardwareMessage` rebuilds from flags,
 * counter, template and challenge is what the authenticators signed.
 */
import { createECDH, createHash, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectId, PublicKey } from '../../src/brand.ts';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import type { HardwareAssertion } from '../../src/objects/signed.ts';
import type { Spend } from '../../src/objects/spend.ts';
import { checkOfSpend, hardwareMessage } from '../../src/verify/signatures.ts';
import { TrustView } from '../../src/verify/trust-view.ts';
import { cut, requestOf, spendOf, wholeOf } from '../helpers/payments.ts';
import { describeVectors } from '../helpers/shared.ts';
import { HASHES, importP256, keyPair, VERIFIER } from '../helpers/signing.ts';
import { BUNDLE_BODY, bundle, coinOf, TRUST, terminal } from '../helpers/world.ts';

interface Block {
  readonly kind: string;
  readonly values: Readonly<Record<string, string>>;
}

interface Vectors {
  readonly rpId: string;
  readonly cases: readonly { readonly title: string; readonly blocks: readonly Block[] }[];
}

/** ES256 assertions; each is rebuilt with the tail that its own client data has. */
const APPLICABLE: readonly string[] = [
  'ES256 Credential with No Attestation',
  'ES256 Credential with Self Attestation',
  'ES256 Credential with "crossOrigin": true in clientDataJSON',
  'ES256 Credential with "topOrigin" in clientDataJSON',
  'ES256 Credential with very long credential ID',
  'Packed Attestation with ES256 Credential',
  'TPM Attestation with ES256 Credential',
  'Android Key Attestation with ES256 Credential',
  'Apple Anonymous Attestation with ES256 Credential',
  'FIDO U2F Attestation with ES256 Credential',
];

const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'Attestation trust root certificate': 'no assertion: attestation is judged at enrolment',
  'Packed Attestation with ES384 Credential': 'suite 1 is ES256 alone',
  'Packed Attestation with ES512 Credential': 'suite 1 is ES256 alone; its challenge is no 32-byte id',
  'Packed Attestation with RS256 Credential': 'suite 1 is ES256 alone',
  'Packed Attestation with Ed25519 Credential': 'suite 1 is ES256 alone',
  'Packed Attestation with Ed448 Credential': 'suite 1 is ES256 alone',
  'Test Vectors for [=WebAuthn Extensions=]':
    'no assertion: outputs of extensions, which Duet does not ask for',
};

const FILES = ['LICENSE.md', 'SOURCES.md', 'section16-test-vectors.txt', 'webauthn_vectors.json'];
const HEAD = '{"type":"webauthn.get","challenge":"';

const [UP, UV, BE, BS] = [1, 4, 8, 16];

const coinKey = keyPair('hardware');
const piece = cut(wholeOf(coinOf(coinKey, 'hardware coin', 1_000)), 0, 10);
const spend = spendOf(coinKey, [piece], requestOf(terminal('shop'), { amount: 10 }));

/** A Spend that stands for the challenge of an assertion: the challenge is its id. */
const challenged = (challenge: Uint8Array, hardware: HardwareAssertion): Spend => ({
  ...spend,
  id: challenge as ObjectId,
  hardware,
});

/** The assertion of a case, with the public key of the registration before it. */
function assertionOf(blocks: readonly Block[]): { values: Block['values']; key: PublicKey } {
  const registration = blocks.find(({ kind }) => kind === 'registration')?.values.credential_private_key;
  const values = blocks.find(({ kind }) => kind === 'authentication')?.values;
  if (!registration || !values) throw new Error('a registration and an assertion');
  const point = createECDH('prime256v1');
  point.setPrivateKey(fromHex(registration));
  return {
    values,
    key: concatBytes(new Uint8Array([1]), point.getPublicKey(null, 'compressed')) as PublicKey,
  };
}

const hex = (values: Block['values'], name: string): Uint8Array => fromHex(values[name] ?? '');

describeVectors('webauthn', (folder) => {
  const vectors: Vectors = JSON.parse(readFileSync(resolve(folder, 'webauthn_vectors.json'), 'utf8'));

  it('has no file and no case without a place here', () => {
    expect(readdirSync(folder).sort()).toEqual([...FILES].sort());
    const known = [...APPLICABLE, ...Object.keys(NOT_APPLICABLE)].sort();
    expect(vectors.cases.map(({ title }) => title).sort()).toEqual(known);
  });

  describe.each(vectors.cases.filter(({ title }) => APPLICABLE.includes(title)))('$title', ({ blocks }) => {
    const { values, key } = assertionOf(blocks);
    const clientData = new TextDecoder().decode(hex(values, 'clientDataJSON'));
    const authenticator = hex(values, 'authenticatorData');
    const view = new DataView(authenticator.buffer, authenticator.byteOffset);
    const hardware = { flags: view.getUint8(32), counter: view.getUint32(33), template: 1 };
    const tail = clientData.slice(HEAD.length + 43);
    const message = hardwareMessage(
      challenged(hex(values, 'challenge'), hardware),
      vectors.rpId,
      tail,
      HASHES,
    );

    it('is rebuilt from flags, counter, challenge and tail', () => {
      expect(clientData.startsWith(HEAD)).toBe(true);
      expect(authenticator.length).toBe(37);
      const hash = createHash('sha256').update(hex(values, 'clientDataJSON')).digest();
      expect(toHex(message)).toBe(toHex(concatBytes(authenticator, hash)));
    });

    it('has a signature over what was rebuilt, and over nothing else', () => {
      const signed = (bytes: Uint8Array): boolean => {
        const object = importP256(key);
        return object !== undefined && verify('sha256', bytes, object, hex(values, 'signature'));
      };
      expect(signed(message)).toBe(true);
      const other = hardwareMessage(
        challenged(hex(values, 'challenge'), { ...hardware, counter: 1 }),
        vectors.rpId,
        tail,
        HASHES,
      );
      expect(signed(other)).toBe(false);
    });

    it('is taken as a spend exactly when its user was verified and its key has no backup', () => {
      const templates = [{ number: 1, relyingParty: vectors.rpId, tail }];
      const trust = new TrustView(bundle({ ...BUNDLE_BODY, templates }));
      const planned = checkOfSpend(challenged(hex(values, 'challenge'), hardware), key, trust, HASHES);
      const { flags } = hardware;
      const allowed = (flags & UP) !== 0 && (flags & UV) !== 0 && (flags & BE) === 0 && (flags & BS) === 0;
      expect('check' in planned).toBe(allowed);
      if ('check' in planned) expect(toHex(planned.check.message)).toBe(toHex(message));
    });
  });
});

describe('the flags and template of a hardware spend (PAY-13)', () => {
  const hardware = (flags: number, template = 1): string => {
    const asserted = spendOf(coinKey, [piece], requestOf(terminal('shop'), { amount: 10 }), {
      hardware: { flags, counter: 3, template },
    });
    const planned = checkOfSpend(asserted, coinKey.publicKey, TRUST, HASHES);
    if ('rejection' in planned) return planned.rejection.code;
    return VERIFIER.verify(planned.check) ? 'holds' : 'does not hold';
  };

  it('are the user present and verified, and no backup', () => {
    for (let flags = 0; flags < 256; flags++) {
      const allowed = (flags & (UP | UV)) === (UP | UV) && (flags & (BE | BS)) === 0;
      expect(hardware(flags)).toBe(allowed ? 'holds' : 'hardware-assertion');
    }
    expect(hardware(UP | UV, 2)).toBe('hardware-assertion');
  });

  it('belong to a key of suite 1', () => {
    const planned = checkOfSpend(
      { ...spend, hardware: { flags: 5, counter: 0, template: 1 } },
      keyPair('national', 2).publicKey,
      TRUST,
      HASHES,
    );
    expect('rejection' in planned && planned.rejection.code).toBe('hardware-assertion');
  });

  it('cannot stand for an ordinary signature, nor the other way round', () => {
    const asserted = spendOf(coinKey, [piece], requestOf(terminal('shop'), { amount: 10 }), {
      hardware: { flags: 5, counter: 3, template: 1 },
    });
    const { hardware: _, ...bare } = asserted;
    const asOrdinary = checkOfSpend(bare, coinKey.publicKey, TRUST, HASHES);
    expect('check' in asOrdinary && VERIFIER.verify(asOrdinary.check)).toBe(false);
    const asHardware = checkOfSpend(
      { ...spend, hardware: { flags: 5, counter: 3, template: 1 } },
      coinKey.publicKey,
      TRUST,
      HASHES,
    );
    expect('check' in asHardware && VERIFIER.verify(asHardware.check)).toBe(false);
  });
});
