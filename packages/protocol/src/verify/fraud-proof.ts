/**
 * Verifies a FraudProof standing alone (SET-4, invariants 3 and 4): nothing is needed but a trust bundle.
 *
 * Every form rests on messages that a key which follows its rules never makes. Ids, not signatures, tell
 * messages apart, so a malleated signature never makes a pair (ID-1). Two Claims never accuse (SET-2).
 */
import type { PublicKey } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import { reading } from '../messages/decoding.ts';
import { keyOfDocument, type PayeeDocument } from '../messages/request-message.ts';
import { CERTIFICATE } from '../objects/certificate.ts';
import type { Claim } from '../objects/claim.ts';
import { COIN, type Coin } from '../objects/coin.ts';
import type { FraudProof } from '../objects/fraud-proof.ts';
import { encodeSigned } from '../objects/signed.ts';
import type { Input, Spend } from '../objects/spend.ts';
import { type AnyObject, decodeAny } from '../objects/types.ts';
import type { Verdict } from '../objects/verdict.ts';
import { accept, type Result, reject } from '../rejection.ts';
import type { Hashes, SignatureCheck } from '../suite.ts';
import { certificateTrust } from './chain.ts';
import { checkOfCertificate, checkOfCoin } from './chain-signatures.ts';
import type { Examination } from './examination.ts';
import { checkOf, checkOfSpend, suitesAgree } from './signatures.ts';
import type { TrustView } from './trust-view.ts';

/** What a proof says. */
export interface Accusation {
  readonly form: FraudProof['form'];
  /** The key that cheated: an owner's or payee's; form 5: the issuer's. */
  readonly culprit: PublicKey;
  /** The document that names it; absent in form 5. */
  readonly holder?: PayeeDocument;
}

const invalid = (expected: string): Result<never> => reject('proof-invalid', expected, 'other evidence');

export function examineProof(
  proof: FraudProof,
  trust: TrustView,
  hashes: Hashes,
): Result<Examination<Accusation>> {
  const objects = reading(() => proof.evidence.map((bytes) => decodeAny(bytes, hashes)));
  if (!objects.ok) return invalid('well-formed evidence');
  if (proof.form === 5) return twoCoins(objects.value, trust);
  const named = holderOf(proof.holder, trust, hashes);
  if (!named.ok) return named;
  const key = keyOfDocument(named.value.document);
  const judged = judgeForm(proof, objects.value, key, trust, hashes);
  if (!judged.ok) return judged;
  return accept({
    checks: [...named.value.checks, ...judged.value],
    conclude: () => accept({ form: proof.form, culprit: key, holder: named.value.document }),
  });
}

function judgeForm(
  proof: FraudProof,
  objects: readonly AnyObject[],
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  switch (proof.form) {
    case 1:
      return overlappingInputs(proof, objects, key, trust, hashes);
    case 2:
      return twoVerdicts(proof, objects, key, hashes);
    case 3:
      return voidedAndUsed(proof, objects, key, trust, hashes);
    case 4:
      return oneSequence(objects, key, trust, hashes);
    case 5:
      return invalid('a holder only in forms 1 to 4');
  }
}

function holderOf(
  bytes: Uint8Array | undefined,
  trust: TrustView,
  hashes: Hashes,
): Result<{ document: PayeeDocument; checks: SignatureCheck[] }> {
  if (!bytes) return invalid('a certificate or a coin');
  const read = reading(() => decodeAny(bytes, hashes));
  if (!read.ok) return invalid('a certificate or a coin');
  const document = read.value;
  if (document.kind === 'coin') {
    const check = checkOfCoin(document, trust);
    return check && suitesAgree(document, check.key)
      ? accept({ document, checks: [check] })
      : invalid('a coin of a trusted issuer');
  }
  if (document.kind !== 'certificate') return invalid('a certificate or a coin');
  const check = checkOfCertificate(document, trust);
  if (!check || certificateTrust(document, trust)) return invalid('a certificate under a trusted key');
  return accept({ document, checks: [check] });
}

/** The check of a Spend or Claim under the accused key. */
function signedBy(
  message: Spend | Claim,
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck> {
  if (!suitesAgree(message, key)) return invalid('messages of the accused key');
  if (message.kind === 'claim') return accept(checkOf(message, key));
  const planned = checkOfSpend(message, key, trust, hashes);
  return 'rejection' in planned ? invalid('a hardware assertion that holds') : accept(planned.check);
}

function allSignedBy(
  messages: readonly (Spend | Claim)[],
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  const checks: SignatureCheck[] = [];
  for (const message of messages) {
    const check = signedBy(message, key, trust, hashes);
    if (!check.ok) return check;
    checks.push(check.value);
  }
  return accept(checks);
}

const isMoneyMessage = (object: AnyObject | undefined): object is Spend | Claim =>
  object?.kind === 'spend' || object?.kind === 'claim';

/** Whether two inputs have the same parent and overlap. */
export const inputsConflict = (a: Input, b: Input): boolean =>
  equalBytes(a.parent.id, b.parent.id) && a.parent.index === b.parent.index && a.from < b.to && b.from < a.to;

function overlappingInputs(
  proof: FraudProof,
  [a, b]: readonly AnyObject[],
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  if (!isMoneyMessage(a) || !isMoneyMessage(b)) return invalid('two of Spend and Claim');
  if (a.kind === 'claim' && b.kind === 'claim') return invalid('at least one Spend');
  const [i, j] = proof.inputs;
  const [first, second] = [a.body.inputs[i ?? -1], b.body.inputs[j ?? -1]];
  if (!first || !second || (equalBytes(a.id, b.id) && i === j)) return invalid('two different inputs');
  if (!inputsConflict(first, second)) return invalid('one parent and overlapping ranges');
  return allSignedBy([a, b], key, trust, hashes);
}

/**
 * The Request names the accused key's document, and is the one that the Verdict answers. Its own signature is not looked
 * at: the Verdict signs the id, which is a hash of all that the Request says, and whoever uploads a Request first could spoil the proof by a
 * broken one.
 */
function requestOfVerdict(proof: FraudProof, key: PublicKey, verdict: Verdict, hashes: Hashes): Result<void> {
  const read = reading(() => decodeAny(proof.request ?? new Uint8Array(0), hashes));
  if (!read.ok || read.value.kind !== 'request') return invalid('the request');
  const request = read.value;
  const holder = reading(() => decodeAny(proof.holder ?? new Uint8Array(0), hashes));
  if (!holder.ok || !equalBytes(holder.value.id, request.body.payee))
    return invalid('the payee of the request');
  if (!equalBytes(verdict.body.request, request.id)) return invalid('a verdict of the request');
  const standing = request.body.amount === undefined;
  if ((verdict.body.nonce !== undefined) !== standing)
    return invalid('a nonce exactly for a standing request');
  return suitesAgree(request, key) ? accept(undefined) : invalid('a request of the accused key');
}

/** Two standing payments are two requests in this sense (PAY-12). */
const sameNonce = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a && b ? equalBytes(a, b) : a === b;

function twoVerdicts(
  proof: FraudProof,
  [a, b]: readonly AnyObject[],
  key: PublicKey,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  if (a?.kind !== 'verdict' || b?.kind !== 'verdict' || equalBytes(a.id, b.id))
    return invalid('two different verdicts');
  if (!equalBytes(a.body.request, b.body.request) || !sameNonce(a.body.nonce, b.body.nonce)) {
    return invalid('two verdicts of one payment');
  }
  const request = requestOfVerdict(proof, key, a, hashes);
  if (!request.ok) return request;
  if (!suitesAgree(a, key) || !suitesAgree(b, key)) return invalid('verdicts of the accused key');
  return accept([checkOf(a, key), checkOf(b, key)]);
}

function voidedAndUsed(
  proof: FraudProof,
  [verdict, spend, later]: readonly AnyObject[],
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  if (verdict?.kind !== 'verdict' || spend?.kind !== 'spend' || !isMoneyMessage(later)) {
    return invalid('a Verdict, a Spend, and a Spend or Claim');
  }
  const ofRequest =
    equalBytes(spend.body.request, verdict.body.request) &&
    sameNonce(spend.body.standing?.nonce, verdict.body.nonce);
  if (!ofRequest) return invalid('a spend of the request');
  if (verdict.body.accepted.some((id) => equalBytes(id, spend.id)))
    return invalid('a spend that the verdict does not list');
  const input = later.body.inputs[proof.inputs[0] ?? -1];
  if (!input || input.parent.index === undefined || !equalBytes(input.parent.id, spend.id)) {
    return invalid('an input that rests on the void spend');
  }
  const request = requestOfVerdict(proof, key, verdict, hashes);
  if (!request.ok) return request;
  if (!suitesAgree(verdict, key)) return invalid('a verdict of the accused key');
  const used = signedBy(later, key, trust, hashes);
  return used.ok ? accept([checkOf(verdict, key), used.value]) : used;
}

function oneSequence(
  [a, b]: readonly AnyObject[],
  key: PublicKey,
  trust: TrustView,
  hashes: Hashes,
): Result<SignatureCheck[]> {
  if (a?.kind !== 'spend' || b?.kind !== 'spend' || equalBytes(a.id, b.id) || a.body.seq !== b.body.seq) {
    return invalid('two different Spends with one seq');
  }
  return allSignedBy([a, b], key, trust, hashes);
}

function twoCoins([a, b]: readonly AnyObject[], trust: TrustView): Result<Examination<Accusation>> {
  if (a?.kind !== 'coin' || b?.kind !== 'coin' || equalBytes(a.id, b.id))
    return invalid('two different coins');
  if (!equalBytes(a.body.serial, b.body.serial)) return invalid('one serial');
  // Whoever holds one key could put the serial of another key's coin on a coin of its own.
  if (a.body.issuerKey !== b.body.issuerKey) return invalid('two coins of one issuer key');
  const checks = [checkOfCoin(a, trust), checkOfCoin(b, trust)];
  const [first, second] = checks;
  if (!first || !second || !suitesAgree(a, first.key) || !suitesAgree(b, second.key))
    return invalid('coins of trusted issuers');
  return accept({ checks: [first, second], conclude: () => accept({ form: 5, culprit: first.key }) });
}

/** The bytes of a document as a proof carries it. */
export const documentBytes = (document: PayeeDocument): Uint8Array =>
  document.kind === 'coin'
    ? encodeSigned<'coin', Coin['body']>(COIN, document)
    : encodeSigned(CERTIFICATE, document);
