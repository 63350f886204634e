/** Hot list over every key and coin of a provenance (PAY-5), and the age of the lists (LIMIT-1). */
import type { Instant } from '../brand.ts';
import { equalBytes, keyText } from '../bytes.ts';
import { keyOfDocument, type PayeeDocument } from '../messages/request-message.ts';
import type { Policy } from '../objects/trust-bundle.ts';
import { accept, type Rejection, type Result, refusal, reject } from '../rejection.ts';
import { type Chain, documentsOf, signerOf } from './chain.ts';
import type { StatusView } from './trust-view.ts';

const ISSUER_LIST = 0;

/** The list in which a document's status index lies: the issuer's, for terminals their operator's. */
const listOf = (document: PayeeDocument): number =>
  document.kind === 'certificate' && (document.body.role === 'terminal' || document.body.role === 'gateway')
    ? document.body.operator
    : ISSUER_LIST;

export const isRevoked = (document: PayeeDocument, lists: StatusView): boolean =>
  lists.statusOf(listOf(document), document.body.status) === 'revoked';

/** Refuses on a hit; gives warnings where the policy only warns of old lists. */
export function listRules(
  chain: Chain,
  policies: readonly Policy[],
  lists: StatusView,
  clock: Instant,
): Result<readonly Rejection[]> {
  const warnings: Rejection[] = [];
  const age = clock - (lists.issuedAt(ISSUER_LIST) ?? 0);
  const stale = policies.filter((policy) => age > policy.listMaxAge);
  if (stale.length > 0) {
    const rejection = refusal('lists-stale', `lists of at most ${stale[0]?.listMaxAge} s`, `${age} s`);
    if (stale.some((policy) => policy.refuseStrangersOnStaleLists)) return { ok: false, rejection };
    warnings.push(rejection);
  }
  const payers = payerKeys(chain);
  const { coins, certificates } = documentsOf(chain);
  const hits = [...coins, ...certificates].filter(
    (document) => !equalBytes(document.id, chain.payee.id) && isRevoked(document, lists),
  );
  if (hits.some((document) => payers.has(keyText(keyOfDocument(document))))) {
    return reject('revoked', 'a payer that is not on the hot list', 'a revoked key or coin');
  }
  return hits.length > 0
    ? reject('sync-to-settle', 'earlier owners that are not on the hot list', 'a revoked earlier owner')
    : accept(warnings);
}

/** The keys that sign the last spends. */
function payerKeys(chain: Chain): Set<string> {
  const keys = new Set<string>();
  for (const path of chain.paths) {
    const signer = signerOf(chain, path, path.steps.length - 1);
    if (signer) keys.add(keyText(signer));
  }
  return keys;
}
