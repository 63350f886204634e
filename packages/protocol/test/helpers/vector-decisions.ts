/** The checked-in vectors of decisions, as a payee's view and as results. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { instant, type ObjectId } from '../../src/brand.ts';
import { equalBytes, fromHex } from '../../src/bytes.ts';
import { fen } from '../../src/money.ts';
import { decodeSigned } from '../../src/objects/signed.ts';
import { TRUST_BUNDLE } from '../../src/objects/trust-bundle.ts';
import type { History } from '../../src/verify/history.ts';
import type { PayeeView } from '../../src/verify/offer.ts';
import { TrustView } from '../../src/verify/trust-view.ts';
import { HASHES } from './signing.ts';

const FOLDER = resolve(import.meta.dirname, '../../../../vectors');
export const readVector = (name: string): string => readFileSync(resolve(FOLDER, name), 'utf8');

interface KnownChainJson {
  readonly coin: string;
  readonly from: number;
  readonly to: number;
  readonly steps: readonly { readonly spend: string; readonly index: number }[];
}

/** One row of `offers.json`. */
export interface Decision {
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

export const trustOf = (bundle: string): TrustView =>
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

export const viewOf = ({ bundle, clock, lists, history }: Decision['context']): PayeeView => ({
  trust: trustOf(bundle),
  lists: {
    statusOf: (operator, index) => (operator === 0 && lists.revoked.includes(index) ? 'revoked' : 'valid'),
    issuedAt: () => instant(lists.issuedAt),
  },
  history: historyOf(history),
  clock: instant(clock),
});

export const decisions = (): readonly Decision[] => JSON.parse(readVector('offers.json'));

/** `proofs.json`. */
export interface ProofVectors {
  readonly bundle: string;
  readonly proofs: readonly { readonly name: string; readonly accepted: boolean; readonly proof: string }[];
}

export const proofVectors = (): ProofVectors => JSON.parse(readVector('proofs.json'));
