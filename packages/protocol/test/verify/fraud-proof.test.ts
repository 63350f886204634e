/**
 * FraudProofs: every form convinces standing alone, and no honest history gives one (SET-2, SET-4, SET-5, ID-1,
 * PAY-12, PAY-13, invariants 3 and 4 of docs/THREAT_MODEL.md).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import { decodeBytes, encodeBytes, tryDecode } from '../../src/cbor/codec.ts';
import { fen } from '../../src/money.ts';
import { CERTIFICATE } from '../../src/objects/certificate.ts';
import { CLAIM } from '../../src/objects/claim.ts';
import { COIN } from '../../src/objects/coin.ts';
import { FRAUD_PROOF, type FraudProof, MAX_PROOF_BYTES } from '../../src/objects/fraud-proof.ts';
import { REQUEST } from '../../src/objects/request.ts';
import type { Signed } from '../../src/objects/signed.ts';
import { SPEND, type Spend } from '../../src/objects/spend.ts';
import { VERDICT } from '../../src/objects/verdict.ts';
import type { Result } from '../../src/rejection.ts';
import { settle } from '../../src/verify/examination.ts';
import { type Accusation, documentBytes, examineProof } from '../../src/verify/fraud-proof.ts';
import { event, type Holder, HonestHistory, type Made } from '../helpers/honest-history.ts';
import { cut, nonceOf, requestOf, spendOf, verdictOf, wholeOf } from '../helpers/payments.ts';
import {
  bob,
  bobCoin,
  bytes,
  claimOf,
  coinHolder,
  eve,
  eveCoin,
  eveCoinKey,
  line,
  PROOFS,
  pair,
  REFUSED,
  shop,
  spendBytes,
  stall,
  toBob,
  toShop,
  two,
} from '../helpers/proofs.ts';
import { HASHES, keyPair, malleated, rememberingVerifier } from '../helpers/signing.ts';
import { bytesOf, coinOf, ISSUER, range, signed, TRUST } from '../helpers/world.ts';

Error.stackTraceLimit = 0;

const verifier = rememberingVerifier();
const judged = (proof: FraudProof): Result<Accusation> =>
  settle(examineProof(proof, TRUST, HASHES), verifier);
const codeOf = (proof: FraudProof): string => {
  const result = judged(proof);
  return result.ok ? 'accepted' : result.rejection.code;
};

describe('every form convinces standing alone', () => {
  it.each(Object.entries(PROOFS))('%s', (_, proof) => {
    const encoded = encodeBytes(FRAUD_PROOF, proof);
    const result = judged(decodeBytes(FRAUD_PROOF, encoded, MAX_PROOF_BYTES));
    if (!result.ok) throw new Error(result.rejection.expected);
    const culprit = proof.form === 5 ? ISSUER : proof.holder === coinHolder ? eveCoinKey : eve.key;
    expect(result.value.culprit).toEqual(culprit.publicKey);
    expect(result.value.form).toBe(proof.form);
  });

  it.each(Object.entries(PROOFS))('%s: names nobody else, in no other form', (_, proof) => {
    const others = [
      bytes(CERTIFICATE, bob.certificate),
      bytes(CERTIFICATE, shop.certificate),
      bytes(COIN, bobCoin),
      bytes(REQUEST, toBob.request),
    ];
    for (const holder of others)
      if (proof.form !== 5) expect(codeOf({ ...proof, holder })).not.toBe('accepted');
    for (const form of [1, 2, 3, 4, 5] as const) {
      if (form !== proof.form) expect(codeOf({ ...proof, form })).not.toBe('accepted');
    }
  });

  it.each(Object.entries(PROOFS))('%s: fails with any signature broken', (_, proof) => {
    const break_ = (object: Uint8Array): Uint8Array =>
      concatBytes(object.subarray(0, -1), new Uint8Array([(object.at(-1) ?? 0) ^ 1]));
    for (const i of proof.evidence.keys()) {
      // Who paid is of no account in form 3: only the payee's own signatures accuse it.
      if (proof.form === 3 && i === 1) continue;
      expect(
        codeOf({
          ...proof,
          evidence: proof.evidence.map((object, j) => (i === j ? break_(object) : object)),
        }),
      ).toBe('bad-signature');
    }
    if (proof.holder) expect(codeOf({ ...proof, holder: break_(proof.holder) })).toBe('bad-signature');
    // The Verdict signs what the Request says: who uploads a Request under a broken signature saves nobody.
    if (proof.request) expect(codeOf({ ...proof, request: break_(proof.request) })).toBe('accepted');
  });
});

describe('the form of a proof', () => {
  it.each(Object.entries(PROOFS))('%s: every part is needed, none too many', (_, proof) => {
    const { holder, request, ...bare } = proof;
    const wrong: FraudProof[] = [
      { ...proof, evidence: proof.evidence.slice(0, 1) },
      { ...proof, evidence: [...proof.evidence, ...proof.evidence] },
      { ...proof, inputs: [...proof.inputs, 0, 0, 0] },
      proof.form === 5 ? { ...proof, holder: coinHolder } : { ...bare, ...(request ? { request } : {}) },
      request
        ? { ...bare, ...(holder ? { holder } : {}) }
        : { ...proof, request: bytes(REQUEST, toBob.request) },
    ];
    for (const candidate of wrong) expect(() => encodeBytes(FRAUD_PROOF, candidate)).toThrow(RangeError);
    const encoded = encodeBytes(FRAUD_PROOF, proof);
    expect(tryDecode(FRAUD_PROOF, encoded.subarray(0, -1), MAX_PROOF_BYTES).ok).toBe(false);
    expect(tryDecode(FRAUD_PROOF, concatBytes(encoded, new Uint8Array(1)), MAX_PROOF_BYTES).ok).toBe(false);
  });
});

describe('what is no proof', () => {
  it.each(Object.entries(REFUSED))('%s', (_, proof) => {
    expect(['proof-invalid', 'bad-signature']).toContain(codeOf(proof));
  });

  it('a coin that nobody of this system signed names nobody', () => {
    const forged = coinOf(eveCoinKey, 'forged', 99, { serial: eveCoin.body.serial }, keyPair('forger'));
    expect(codeOf({ form: 5, evidence: [bytes(COIN, eveCoin), bytes(COIN, forged)], inputs: [] })).toBe(
      'bad-signature',
    );
  });

  it('two assertions of a hardware key over one spend are one message (PAY-13)', () => {
    const assert = (counter: number, flags = 5): Spend =>
      spendOf(eveCoinKey, [cut(line, 0, 1_000)], toBob, { hardware: { flags, counter, template: 1 } });
    const [a, b] = [assert(1), assert(2)];
    expect(a.id).toEqual(b.id);
    expect(a.signature).not.toEqual(b.signature);
    expect(codeOf(pair(spendBytes(a), spendBytes(b)))).toBe('proof-invalid');
    expect(
      codeOf({ form: 4, evidence: [spendBytes(a), spendBytes(b)], inputs: [], holder: coinHolder }),
    ).toBe('proof-invalid');
    expect(codeOf(pair(spendBytes(a), spendBytes(two)))).toBe('accepted');
    expect(codeOf(pair(spendBytes(assert(1, 1)), spendBytes(two)))).toBe('proof-invalid');
  });

  it('overlapping inputs inside one spend have no encoding', () => {
    expect(() => spendOf(eveCoinKey, [cut(line, 0, 1_000), cut(line, 500, 1_500)], toBob)).toThrow(
      RangeError,
    );
  });

  it('two payers of one request accuse nobody', () => {
    const other = spendOf(keyPair('bob coin'), [cut(wholeOf(bobCoin), 0, 1_000)], toShop, { seq: 1 });
    const verdict = verdictOf(shop.key, toShop, [other]);
    const request = bytes(REQUEST, toShop.request);
    const proof: FraudProof = {
      form: 3,
      evidence: [bytes(VERDICT, verdict), spendBytes(two), spendBytes(other)],
      inputs: [0],
      holder: bytes(CERTIFICATE, shop.certificate),
      request,
    };
    expect(codeOf(proof)).toBe('proof-invalid');
  });

  it('a standing payment is told apart by its random bytes, both ways', () => {
    const payment = (name: string): Spend =>
      spendOf(eveCoinKey, [cut(line, 0, 1_000)], requestOf(stall, { standing: true }), {
        standing: { nonce: nonceOf(name), total: fen(1_000) },
      });
    const request = requestOf(stall, { standing: true });
    const verdict = verdictOf(stall.key, request, [], nonceOf('a'));
    const rests = claimOf(stall.key, [{ parent: { id: payment('b').id, index: 0 }, ...range(0, 10) }]);
    const proof = (name: string): FraudProof => ({
      form: 3,
      evidence: [bytes(VERDICT, verdict), spendBytes(payment(name)), bytes(CLAIM, rests)],
      inputs: [0],
      holder: bytes(CERTIFICATE, stall.certificate),
      request: bytes(REQUEST, request.request),
    });
    expect(codeOf(proof('b'))).toBe('proof-invalid');
  });
});

describe('no honest key is ever named (invariant 4)', () => {
  it('by any messages of an honest history, in any form', { timeout: 120_000 }, () => {
    let [spends, claims, returns, refunds] = [0, 0, 0, 0];
    let tried = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 8, maxLength: 24 }), (events) => {
        const history = new HonestHistory(events);
        spends += history.spends.length;
        claims += history.claims.length;
        returns += history.returns.length;
        refunds += history.spends.filter(({ object }) => object.body.refundOf).length;
        for (const proof of accusations(history)) {
          tried++;
          if (judged(proof).ok) throw new Error(`form ${proof.form} names an honest key`);
        }
      }),
      { numRuns: 60, seed: 20_260_302 },
    );
    expect(Math.min(spends, claims, returns, refunds)).toBeGreaterThan(30);
    expect(tried).toBeGreaterThan(10_000);
  });

  it('but the same search finds a cheat that is put among them', () => {
    const history = new HonestHistory([
      { kind: 'pay', from: 0, to: 0, piece: 0, both: false, start: 0, length: 5 },
      { kind: 'pay', from: 0, to: 1, piece: 0, both: false, start: 0, length: 10 },
    ]);
    const [honest] = history.spends;
    if (!honest) throw new Error('a spend');
    const again = signed(SPEND, honest.holder.key, {
      ...honest.object.body,
      seq: 9,
      request: bytesOf('other', 32) as Spend['id'],
    });
    history.spends.push({ object: again, holder: honest.holder });
    const named = [...accusations(history)].filter((proof) => judged(proof).ok);
    expect(named.map(({ form }) => form)).toContain(1);
  });
});

/** Every proof that messages of a history can be put into, malleated copies included. */
function* accusations(history: HonestHistory): Generator<FraudProof> {
  const malleate = <O extends Signed<string, unknown>>({ object, holder }: Made<O>): Made<O> => ({
    object: { ...object, signature: malleated(object.signature) },
    holder,
  });
  const [someone] = history.spends;
  const spends = [...history.spends, ...(someone ? [malleate(someone)] : [])].map(({ object, holder }) => ({
    bytes: spendBytes(object),
    holder,
    body: object.body,
  }));
  const claims = history.claims.map(({ object, holder }) => ({
    bytes: bytes(CLAIM, object),
    holder,
    body: object.body,
  }));
  const money = [...spends, ...claims];
  const documents = new Map<Holder, Uint8Array>(
    history.holders.map((holder) => [holder, documentBytes(holder.document)]),
  );
  const holderOf = (holder: Holder): Uint8Array => documents.get(holder) ?? coinHolder;
  for (const [i, a] of money.entries()) {
    for (const b of money.slice(i)) {
      const evidence = [a.bytes, b.bytes];
      for (const x of a.body.inputs.keys()) {
        for (const y of b.body.inputs.keys())
          yield { form: 1, evidence, inputs: [x, y], holder: holderOf(a.holder) };
      }
      yield { form: 4, evidence, inputs: [], holder: holderOf(b.holder) };
    }
  }
  const verdicts = history.verdicts.map(({ object, holder }) => ({
    bytes: bytes(VERDICT, object),
    holder,
    request: object.body.request,
  }));
  const requests = history.requests.map(({ object: { request } }) => ({
    id: request.id,
    bytes: bytes(REQUEST, request),
  }));
  for (const verdict of verdicts) {
    const request =
      requests.find(({ id }) => Buffer.compare(id, verdict.request) === 0)?.bytes ?? new Uint8Array(1);
    const context = { holder: holderOf(verdict.holder), request };
    for (const other of verdicts)
      yield { form: 2, evidence: [verdict.bytes, other.bytes], inputs: [], ...context };
    for (const spend of spends) {
      for (const later of money) {
        if (later.holder !== verdict.holder) continue;
        for (const x of later.body.inputs.keys())
          yield { form: 3, evidence: [verdict.bytes, spend.bytes, later.bytes], inputs: [x], ...context };
      }
    }
  }
  for (const a of history.coins)
    for (const b of history.coins) yield { form: 5, evidence: [bytes(COIN, a), bytes(COIN, b)], inputs: [] };
}
