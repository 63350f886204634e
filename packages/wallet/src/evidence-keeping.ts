/** Proofs that a wallet finds by itself, kept for its next upload (PAY-5, last rule; SET-4). */
import { equalBytes } from '@duet/protocol/bytes';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { encodeOffer, type Offer } from '@duet/protocol/messages/offer';
import type { Provenance } from '@duet/protocol/messages/provenance';
import {
  encodeRequest,
  type PayeeDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import { FRAUD_PROOF, type FraudProof } from '@duet/protocol/objects/fraud-proof';
import { REQUEST } from '@duet/protocol/objects/request';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { SPEND, type Spend } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { documentBytes } from '@duet/protocol/verify/fraud-proof';
import type { Divergence, StepRef } from '@duet/protocol/verify/history';
import type { WalletContext } from './context.ts';
import { unsettledPayments } from './secure-element/state.ts';

/** Two Verdicts of one payment that differ: form 2. */
export function keepVerdicts(
  context: WalletContext,
  message: RequestMessage,
  verdicts: readonly [Verdict, Verdict],
): void {
  keepProof(context, {
    form: 2,
    evidence: verdicts.map((verdict) => encodeSigned(VERDICT, verdict)),
    inputs: [],
    holder: documentBytes(message.payee),
    request: encodeSigned(REQUEST, message.request),
  });
}

/** Each proof once, however often the offer is shown. */
function keepProof({ element }: WalletContext, proof: FraudProof): void {
  const bytes = encodeBytes(FRAUD_PROOF, proof);
  for (const item of element.state.outbox.values())
    if (item.kind === 'proof' && equalBytes(item.bytes, bytes)) return;
  element.note({ kind: 'evidence-kept', proof: bytes });
}

/**
 * The pair where an offered chain parts from a known one: form 1. Where the known Spend is no longer held here,
 * the refused offer itself is kept: the registry has the other branch from an earlier upload.
 */
export function keepDivergence(
  context: WalletContext,
  message: RequestMessage,
  offer: Offer,
  divergence: Divergence,
): void {
  const theirs = spendIn(offer, divergence.theirs);
  const ours = heldSpend(context, divergence.ours);
  const holder = theirs && signerDocument(offer.provenance, theirs, divergence.theirs.index);
  if (ours && theirs && holder) {
    keepProof(context, {
      form: 1,
      evidence: [encodeSigned(SPEND, ours), encodeSigned(SPEND, theirs)],
      inputs: [divergence.ours.index, divergence.theirs.index],
      holder: documentBytes(holder),
    });
    return;
  }
  const request = encodeRequest(message);
  const bytes = encodeOffer(offer, message);
  const kept = [...context.element.state.outbox.values()].some(
    (item) => item.kind === 'exchange' && item.offer !== undefined && equalBytes(item.offer, bytes),
  );
  if (!kept) context.element.note({ kind: 'evidence-kept', request, offer: bytes });
}

function spendIn(offer: Offer, step: StepRef): Spend | undefined {
  return offer.spends.find((spend) => equalBytes(spend.id, step.spend)) ?? offer.provenance.spend(step.spend);
}

/** A Spend that this wallet received or signed, as far as its bytes are still here. */
function heldSpend({ element }: WalletContext, step: StepRef): Spend | undefined {
  for (const holding of element.state.holdings.values()) {
    const spend = holding.provenance.spend(step.spend);
    if (spend) return spend;
  }
  for (const payment of unsettledPayments(element.state)) {
    if (payment.machine.kind !== 'signed') continue;
    const spend = payment.machine.spends.find((own) => equalBytes(own.id, step.spend));
    if (spend) return spend;
  }
  return undefined;
}

/** Names the key that signed a Spend: the coin it spends, or the document under which its parent was paid. */
function signerDocument(provenance: Provenance, spend: Spend, index: number): PayeeDocument | undefined {
  const input = spend.body.inputs[index];
  if (!input) return undefined;
  if (input.parent.index === undefined) return provenance.coin(input.parent.id);
  const parent = provenance.spend(input.parent.id);
  return parent && provenance.payeeOf(parent);
}
