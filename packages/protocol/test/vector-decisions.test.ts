/** The checked-in vectors through the protocol: decisions on offers and proofs, and what decoders rebuild (PAY-5, SET-4). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant, type ObjectId } from '../src/brand.ts';
import { equalBytes, fromHex, toHex } from '../src/bytes.ts';
import { decodeBytes } from '../src/cbor/codec.ts';
import { decodeOffer, encodeOffer } from '../src/messages/offer.ts';
import { decodeRequest, encodeRequest } from '../src/messages/request-message.ts';
import { fen } from '../src/money.ts';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '../src/objects/fraud-proof.ts';
import { decodeSigned, encodeSigned } from '../src/objects/signed.ts';
import { SPEND } from '../src/objects/spend.ts';
import { TRUST_BUNDLE } from '../src/objects/trust-bundle.ts';
import type { Result } from '../src/rejection.ts';
import { settle } from '../src/verify/examination.ts';
import { examineProof } from '../src/verify/fraud-proof.ts';
import type { History } from '../src/verify/history.ts';
import { examineOffer, type PayeeView } from '../src/verify/offer.ts';
import { TrustView } from '../src/verify/trust-view.ts';
import { HASHES, VERIFIER } from './helpers/signing.ts';
import { vectorFiles, vectorText } from './helpers/vector-files.ts';

const FOLDER = resolve(import.meta.dirname, '../../../vectors');
const read = (name: string): string => readFileSync(resolve(FOLDER, name), 'utf8');

interface KnownChainJson {
  readonly coin: string;
  readonly from: number;
  readonly to: number;
  readonly steps: readonly { readonly spend: string; readonly index: number }[];
}

interface Decision {
  readonly name: string;
  readonly request: string;
  readonly offer: string;
  readonly spends: readonly string[];
  readonly context: {
    readonly bundle: string;
    readonly clock: number;
    readonly lists: { readonly issuedAt: number; readonly revoked: readonly number[] };
    readonly history: readonly KnownChainJson[];
  };
  readonly decision:
    | { readonly accepted: true; readonly totalFen: number }
    | { readonly accepted: false; readonly code: string };
}

const trustOf = (bundle: string): TrustView =>
  new TrustView(decodeSigned(TRUST_BUNDLE, fromHex(bundle), HASHES));
const idOf = (hex: string): ObjectId => fromHex(hex) as ObjectId;

function historyOf(chains: readonly KnownChainJson[]): History {
  const known = chains.map(({ coin, from, to, steps }) => ({
    coin: idOf(coin),
    from: fen(from),
    to: fen(to),
    steps: steps.map(({ spend, index }) => ({ spend: idOf(spend), index })),
  }));
  return {
    chainsOf: (coin) => known.filter((chain) => equalBytes(chain.coin, coin)),
    countersOf: () => [],
  };
}

const viewOf = ({ bundle, clock, lists, history }: Decision['context']): PayeeView => ({
  trust: trustOf(bundle),
  lists: {
    statusOf: (operator, index) => (operator === 0 && lists.revoked.includes(index) ? 'revoked' : 'valid'),
    issuedAt: () => instant(lists.issuedAt),
  },
  history: historyOf(history),
  clock: instant(clock),
});

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.rejection.code);
  return result.value;
};

describe('offers.json', () => {
  it.each<Decision>(JSON.parse(read('offers.json')))(
    '$name',
    ({ request, offer, spends, context, decision }) => {
      const message = unwrap(decodeRequest(fromHex(request), HASHES));
      expect(toHex(encodeRequest(message))).toBe(request);
      const opened = decodeOffer(fromHex(offer), message, HASHES);
      const judged = opened.ok
        ? settle(examineOffer(opened.value, message, viewOf(context), HASHES), VERIFIER)
        : opened;
      const got = judged.ok
        ? { accepted: true, totalFen: judged.value.total }
        : { accepted: false, code: judged.rejection.code };
      expect(got).toEqual(decision);
      if (!opened.ok || !judged.ok) return;
      expect(toHex(encodeOffer(opened.value, message))).toBe(offer);
      expect(opened.value.spends.map((spend) => toHex(encodeSigned(SPEND, spend)))).toEqual(spends);
    },
  );
});

describe('proofs.json', () => {
  const {
    bundle,
    proofs,
  }: { bundle: string; proofs: readonly { name: string; accepted: boolean; proof: string }[] } = JSON.parse(
    read('proofs.json'),
  );

  it.each(proofs)('$name', ({ proof, accepted }) => {
    const decoded = decodeBytes(FRAUD_PROOF, fromHex(proof), MAX_PROOF_BYTES);
    expect(settle(examineProof(decoded, trustOf(bundle), HASHES), VERIFIER).ok).toBe(accepted);
  });
});

it('the files are what the protocol gives today', () => {
  for (const [name, content] of Object.entries(vectorFiles()))
    expect(read(name) === vectorText(content), name).toBe(true);
});
