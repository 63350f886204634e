/** The signatures on which a chain rests: every coin, every certificate, every Spend on a path. */
import type { PayeeDocument } from '../messages/request-message.ts';
import type { Certificate } from '../objects/certificate.ts';
import type { Coin } from '../objects/coin.ts';
import type { Spend } from '../objects/spend.ts';
import { accept, type Result } from '../rejection.ts';
import type { Hashes, SignatureCheck } from '../suite.ts';
import { type Chain, documentsOf, signerOf } from './chain.ts';
import { checkOf, checkOfSpend } from './signatures.ts';
import type { TrustView } from './trust-view.ts';

/** The check of a coin under its issuer key; `undefined` when the bundle does not hold that key. */
export function checkOfCoin(coin: Coin, trust: TrustView): SignatureCheck | undefined {
  const key = trust.key(coin.body.issuerKey, 'issuer');
  return key && checkOf(coin, key.key);
}

/** The check of a certificate under the key of its signer. */
export function checkOfCertificate(certificate: Certificate, trust: TrustView): SignatureCheck | undefined {
  const { role, signerKey } = certificate.body;
  const key = trust.key(signerKey, role === 'terminal' || role === 'gateway' ? 'operator' : 'issuer');
  return key && checkOf(certificate, key.key);
}

/**
 * Assumes that the rules of `verify/chain.ts` hold. Hardware assertions are judged here. `own` is a document
 * that the verifier holds itself, this very copy: its signature needs no check.
 */
export function chainSignatures(
  chain: Chain,
  trust: TrustView,
  hashes: Hashes,
  own?: PayeeDocument,
): Result<SignatureCheck[]> {
  const checks: SignatureCheck[] = [];
  const { coins, certificates } = documentsOf(chain);
  const ofDocuments = [
    ...coins.map((coin) => (coin === own ? undefined : checkOfCoin(coin, trust))),
    ...certificates.map((certificate) =>
      certificate === own ? undefined : checkOfCertificate(certificate, trust),
    ),
  ];
  for (const check of ofDocuments) if (check) checks.push(check);
  const planned = new Set<Spend>();
  for (const path of chain.paths) {
    for (const [place, { spend }] of path.steps.entries()) {
      const signer = signerOf(chain, path, place);
      if (!signer || planned.has(spend)) continue;
      planned.add(spend);
      const plan = checkOfSpend(spend, signer, trust, hashes);
      if ('rejection' in plan) return { ok: false, rejection: plan.rejection };
      checks.push(plan.check);
    }
  }
  return accept(checks);
}
