/**
 * What the registry verifies of a spend (SET-1): the rules of PAY-5 less the payee's own clock, its lists,
 * withdrawn epochs and stop notices. Revocation after acceptance never voids money.
 */
import type { Offer } from '../messages/offer.ts';
import type { RequestMessage } from '../messages/request-message.ts';
import { accept, type Result } from '../rejection.ts';
import type { Hashes } from '../suite.ts';
import type { Chain } from './chain.ts';
import {
  boundRules,
  certificateRules,
  chainOf,
  coinRules,
  conditionRules,
  dateRules,
  policiesOf,
  rangeRules,
  refundRule,
  timeOrderRule,
} from './chain.ts';
import { chainSignatures } from './chain-signatures.ts';
import type { Examination } from './examination.ts';
import { counterRule } from './hardware-counter.ts';
import type { TrustView } from './trust-view.ts';

/** Judges the chain of an uploaded offer. */
export function examineUpload(
  offer: Offer,
  context: RequestMessage,
  trust: TrustView,
  hashes: Hashes,
): Result<Examination<Chain>> {
  const followed = chainOf(offer.spends, offer.provenance, context.payee);
  if (!followed.ok) return followed;
  const chain = followed.value;
  const before = rangeRules(chain) ?? refundRule(chain);
  if (before) return { ok: false, rejection: before };
  const policies = policiesOf(chain, trust);
  if (!policies.ok) return policies;
  const rejection =
    boundRules(chain, policies.value) ??
    timeOrderRule(chain) ??
    dateRules(chain, policies.value) ??
    coinRules(chain, trust) ??
    certificateRules(chain, trust) ??
    conditionRules(chain);
  if (rejection) return { ok: false, rejection };
  const checks = chainSignatures(chain, trust, hashes);
  if (!checks.ok) return checks;
  return accept({
    checks: checks.value,
    conclude: () => {
      const copied = counterRule(chain, () => []);
      return copied ? { ok: false, rejection: copied } : accept(chain);
    },
  });
}
