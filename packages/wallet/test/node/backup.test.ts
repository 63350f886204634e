/** Backup of signed evidence: round trip, damage, another passphrase, and nothing but signed objects inside (LIMIT-2). */
import { combine } from '@duet/crypto/combine';
import { createNationalCrypto } from '@duet/crypto/national';
import { createNodeCrypto } from '@duet/crypto/node';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import { COIN } from '@duet/protocol/objects/coin';
import { FRAUD_PROOF } from '@duet/protocol/objects/fraud-proof';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { OFFERS } from '@duet/protocol/testing/offers';
import { verdictOf } from '@duet/protocol/testing/payments';
import { coinOf, wallet } from '@duet/protocol/testing/world';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/evidence.ts';
import { openBackup, sealBackup } from '../../src/node/backup.ts';

const crypto = combine(createNodeCrypto(), createNationalCrypto());
const options = { crypto, passphrase: 'correct horse', cost: { logN: 4, blockSize: 8, parallelism: 1 } };

const alice = wallet('alice');

/** A proof that one coin was made twice. */
function proof(): Uint8Array {
  const coins = [5_000, 6_000].map((value) => encodeSigned(COIN, coinOf(alice.key, 'twice', value)));
  return encodeBytes(FRAUD_PROOF, { form: 5, evidence: coins, inputs: [] });
}

/** Every kind of payment, and some of everything else. */
const evidence: Evidence = {
  exchanges: [
    ...OFFERS.map(({ context, offer }) => ({
      request: encodeRequest(context),
      offer: encodeOffer(offer, context),
    })),
    ...OFFERS.slice(0, 1).map(({ context }) => ({ request: encodeRequest(context) })),
  ],
  verdicts: OFFERS.map(({ context, offer }) =>
    encodeSigned(VERDICT, verdictOf(alice.key, context, offer.spends)),
  ),
  proofs: [proof()],
};

const nothing: Evidence = { exchanges: [], verdicts: [], proofs: [] };

/** Comparable: byte strings as plain arrays. */
const plain = (value: Evidence): unknown =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? [...part] : part)));

const codeOf = (backup: Uint8Array, passphrase = options.passphrase): string => {
  const opened = openBackup(backup, { crypto, passphrase });
  return opened.ok ? 'none' : opened.rejection.code;
};

describe('LIMIT-2: backup', () => {
  it('gives back what was put in', () => {
    for (const given of [evidence, nothing]) {
      const opened = openBackup(sealBackup(given, options), options);
      expect(opened.ok && plain(opened.value)).toEqual(plain(given));
    }
  });

  it('is another one each time, and shows nothing of what is in it', () => {
    const [one, two] = [sealBackup(evidence, options), sealBackup(evidence, options)];
    expect(Buffer.compare(one, two)).not.toBe(0);
    for (const entry of [...evidence.verdicts, ...evidence.proofs]) {
      expect(Buffer.from(one).includes(Buffer.from(entry.subarray(40, 72)))).toBe(false);
    }
  });

  it('needs its passphrase, however it is typed', () => {
    const backup = sealBackup(nothing, { ...options, passphrase: 'caf\u00e9' });
    expect(codeOf(backup, 'cafe\u0301')).toBe('none');
    expect(codeOf(backup, 'cafe')).toBe('backup-invalid');
    expect(codeOf(backup, '')).toBe('backup-invalid');
  });

  it('refuses every changed byte and every length', () => {
    const backup = sealBackup({ ...nothing, verdicts: evidence.verdicts.slice(0, 1) }, options);
    for (const at of backup.keys()) {
      const changed = backup.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(['malformed', 'unsupported-version', 'backup-invalid'], `byte ${at}`).toContain(codeOf(changed));
      expect(codeOf(backup.subarray(0, at)), `the first ${at} bytes`).toBe('malformed');
    }
    expect(codeOf(new Uint8Array([...backup, 0]))).toBe('malformed');
  });

  it('tells a later version, and does no work for a cost out of bounds', () => {
    const backup = sealBackup(nothing, options);
    const version = Buffer.from(backup).indexOf('duet-backup') + 'duet-backup'.length + 1;
    expect(backup[version]).toBe(1);
    expect(codeOf(backup.map((byte, i) => (i === version ? 2 : byte)))).toBe('unsupported-version');
    const logN = Buffer.from(backup).indexOf(Buffer.from([0x01, 0x04, 0x02, 0x08, 0x03, 0x01])) + 1;
    expect(logN).toBeGreaterThan(version);
    expect(codeOf(backup.map((byte, i) => (i === logN ? 0x14 : byte)))).toBe('malformed');
  });

  it('takes in nothing but signed objects of their kind', () => {
    const wrappedKey = crypto.wrapKey(crypto.generateKey(1, 'sign'), crypto.importKek(new Uint8Array(32)));
    const [exchange] = evidence.exchanges;
    const [verdict] = evidence.verdicts;
    if (!exchange || !verdict) throw new Error('an exchange and a verdict');
    const hidden = { form: 5, evidence: [wrappedKey, wrappedKey], inputs: [] } as const;
    const wrong: readonly Evidence[] = [
      { ...nothing, verdicts: [wrappedKey] },
      { ...nothing, verdicts: [new Uint8Array([...verdict, 0])] },
      { ...nothing, verdicts: [encodeSigned(COIN, coinOf(alice.key, 'a coin', 1))] },
      { ...nothing, proofs: [wrappedKey] },
      { ...nothing, proofs: [encodeBytes(FRAUD_PROOF, hidden)] },
      { ...nothing, exchanges: [{ request: wrappedKey }] },
      { ...nothing, exchanges: [{ request: exchange.request, offer: wrappedKey }] },
    ];
    for (const given of wrong) expect(() => sealBackup(given, options)).toThrow(RangeError);
  });
});
