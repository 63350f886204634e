/** Verdicts of a batch: with their requests, stored, contradictions found (SET-13, SET-4). */
import { idText } from '@duet/protocol/bytes';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { bucketOf, bucketOfKey } from '../core/bucket.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { paymentKey } from '../sql/payments.ts';
import type { Queryable } from '../sql/rows.ts';
import { clearRecorded, readVerdicts, storeVerdicts } from '../sql/verdicts.ts';
import { type Facts, judgeVerdict, LISTS, type VerdictFacts } from './facts.ts';
import type { IntakeContext } from './intake.ts';
import { knownRequests } from './known-requests.ts';
import { holderOfRequest, openCases } from './proofs.ts';

/** Verdicts that came without their request: the registry may know it from another upload. */
export async function resolveVerdicts(all: readonly Facts[], context: IntakeContext): Promise<void> {
  const open = all.flatMap((facts) => facts.openVerdicts);
  if (open.length === 0) return;
  const requests = await knownRequests(
    context.pool,
    open.map(({ verdict }) => verdict.body.request),
    context.crypto,
  );
  for (const facts of all) {
    for (const { place, verdict } of facts.openVerdicts) {
      const message = requests.get(idText(verdict.body.request));
      if (message) judgeVerdict(verdict, place, message, facts, context.trust);
      else facts.refused.push({ list: LISTS.verdict, place, code: 'request-unknown' });
    }
  }
}

/** Gives how many cases of two Verdicts it opened. */
export async function storeVerdictFacts(all: readonly Facts[], context: IntakeContext): Promise<number> {
  const verdicts = all.flatMap((facts) => facts.verdicts);
  const fresh = verdicts.map(({ verdict, request, payee }) => ({
    bucket: bucketOf(verdict.body.request),
    request: verdict.body.request,
    nonce: verdict.body.nonce,
    id: verdict.id,
    payee,
    accepted: verdict.body.accepted,
    body: encodeSigned(VERDICT, verdict),
    requestMessage: request,
  }));
  const answered = verdicts.map(({ verdict, payee }) => ({
    bucket: bucketOfKey(payee),
    payee,
    request: verdict.body.request,
    nonce: verdict.body.nonce,
  }));
  await retried(context, (client) => storeVerdicts(client, context.stored, fresh));
  await retried(context, (client) => clearRecorded(client, answered));
  return twoVerdictCases(all, context);
}

/** Two different verdicts of one payment accuse the payee (form 2). */
async function twoVerdictCases(
  all: readonly Facts[],
  { pool, crypto, stored }: IntakeContext,
): Promise<number> {
  let opened = 0;
  const facts = new Map<string, VerdictFacts>(
    all.flatMap(({ verdicts }) => verdicts).map((fact) => [paymentKey(fact.verdict.body), fact]),
  );
  const verdicts = await readVerdicts(
    pool,
    [...facts.values()].map(({ verdict }) => verdict.body),
  );
  for (const [key, [first, ...others]] of verdicts) {
    const payee = facts.get(key)?.payee;
    for (const row of others) {
      const holder = payee && (await holderOfRequest(pool, row.request, payee, crypto));
      if (!first || !payee || !holder) continue;
      const proof = {
        form: 2 as const,
        evidence: [first.body, row.body],
        inputs: [],
        holder: holder.body,
        request: row.request,
      };
      opened += await openCases(pool, [{ culprit: payee, proof }], stored, crypto);
    }
  }
  return opened;
}

/** Batches that write the same rows at once may meet; the one that loses does it again. */
export const retried = (context: IntakeContext, work: (client: Queryable) => Promise<void>): Promise<void> =>
  inTransaction(context.pool, work, { attempts: 5 });
