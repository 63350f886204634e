/**
 * Evidence of a wallet for its backup (LIMIT-2): what it signed and received and the registry does not have
 * yet. No key is in it, so a restored wallet can prove, but not spend.
 */
import { array, bytes, decodeBytes, encodeBytes, field, type Infer, record } from '@duet/protocol/cbor/codec';
import { MAX_CLAIM_BYTES } from '@duet/protocol/limits';
import { reading } from '@duet/protocol/messages/decoding';
import { exchangeField } from '@duet/protocol/messages/upload';
import { MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import type { Result } from '@duet/protocol/rejection';
import type { SecureElement } from './secure-element/secure-element.ts';
import type { SecureElementState } from './secure-element/state.ts';

/** Entries of each list: a device that was offline for a month at 300 payments a day. */
const MAX_ENTRIES = 10_000;
const MAX_EVIDENCE_BYTES = 64 * 1024 * 1024;

const EVIDENCE = record({
  exchanges: field(1, array(exchangeField, { max: MAX_ENTRIES })),
  verdicts: field(2, array(bytes({ min: 1, max: MAX_CLAIM_BYTES }), { max: MAX_ENTRIES })),
  proofs: field(3, array(bytes({ min: 1, max: MAX_PROOF_BYTES }), { max: MAX_ENTRIES })),
});

export type Evidence = Infer<typeof EVIDENCE>;

export const encodeEvidence = (evidence: Evidence): Uint8Array => encodeBytes(EVIDENCE, evidence);

export const decodeEvidence = (data: Uint8Array): Result<Evidence> =>
  reading(() => decodeBytes(EVIDENCE, data, MAX_EVIDENCE_BYTES));

export function collectEvidence(state: Readonly<SecureElementState>): Evidence {
  const items = [...state.outbox.values()];
  return {
    exchanges: items.flatMap((item) =>
      item.kind === 'exchange'
        ? [item.offer ? { request: item.request, offer: item.offer } : { request: item.request }]
        : [],
    ),
    verdicts: items.flatMap((item) => (item.kind === 'verdict' ? [item.bytes] : [])),
    proofs: items.flatMap((item) => (item.kind === 'proof' ? [item.bytes] : [])),
  };
}

export function takeEvidence(element: SecureElement, { exchanges, verdicts, proofs }: Evidence): void {
  element.note(
    ...exchanges.map((exchange) => ({ kind: 'evidence-kept', ...exchange }) as const),
    ...verdicts.map((verdict) => ({ kind: 'evidence-kept', verdict }) as const),
    ...proofs.map((proof) => ({ kind: 'evidence-kept', proof }) as const),
  );
}
