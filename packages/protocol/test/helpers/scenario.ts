/**
 * One acceptable payment, described so that faults can be put into it one by one or in pairs: Alice's coin came
 * to Bob by one hop, Bob pays the shop with it and with a coin of his own.
 */
import { day, type Instant, type PublicKey } from '../../src/brand.ts';
import type { Offer } from '../../src/messages/offer.ts';
import { Provenance } from '../../src/messages/provenance.ts';
import type { RequestMessage } from '../../src/messages/request-message.ts';
import { MAX_FEN } from '../../src/money.ts';
import type { CertificateBody } from '../../src/objects/certificate.ts';
import type { CoinBody } from '../../src/objects/coin.ts';
import type { RequestBody } from '../../src/objects/request.ts';
import type { Spend } from '../../src/objects/spend.ts';
import type { Policy, TrustBundleBody } from '../../src/objects/trust-bundle.ts';
import { type History, type KnownChain, NO_HISTORY } from '../../src/verify/history.ts';
import type { PayeeView } from '../../src/verify/offer.ts';
import { TrustView } from '../../src/verify/trust-view.ts';
import {
  cut,
  first,
  type Piece,
  passOn,
  receivedBy,
  requestTo,
  type SpendOptions,
  spendOf,
  wholeOf,
} from './payments.ts';
import { keyPair } from './signing.ts';
import {
  at,
  BUNDLE_BODY,
  bundle,
  certificateOf,
  coinOf,
  FACE,
  KEYS,
  listsWith,
  OPERATORS,
  POLICY,
} from './world.ts';

/** What a fault may change; everything else follows from it. */
export interface Scenario {
  bundle: Partial<TrustBundleBody>;
  policy: Partial<Policy>;
  aliceCoin: Partial<CoinBody>;
  bobCoin: Partial<CoinBody>;
  bobCertificate: Partial<CertificateBody>;
  payee: Partial<CertificateBody>;
  request: Partial<RequestBody>;
  hop: SpendOptions;
  fromReceived: SpendOptions;
  fromCoin: SpendOptions;
  /** The range of the received money that is spent. */
  receivedRange: readonly [number, number];
  /** More ranges of Bob's coin, each in a Spend of its own. */
  more: readonly (readonly [number, number])[];
  /** Bob's coin is a hardware key's: the counters of his Spends of it, in their order. */
  counters: readonly number[];
  /** A piece of somebody else's coin in Bob's Spend of received money. */
  foreignInput: boolean;
  /** Leaves these out of the provenance. */
  missing: 'coin' | 'certificate' | undefined;
  brokenSignature: boolean;
  revoked: readonly ('alice' | 'bob')[];
  clock: Instant;
  history: boolean;
}

export const sound = (): Scenario => ({
  bundle: {},
  policy: {},
  aliceCoin: {},
  bobCoin: {},
  bobCertificate: {},
  payee: {},
  request: {},
  hop: { time: at(-600) },
  fromReceived: { seq: 2 },
  fromCoin: { seq: 3 },
  receivedRange: [100, 700],
  more: [],
  counters: [],
  foreignInput: false,
  missing: undefined,
  brokenSignature: false,
  revoked: [],
  clock: at(20),
  history: false,
});

const aliceKey = keyPair('alice coin');
const bobCoinKey = keyPair('bob coin');
const bobKey = keyPair('bob');
const shopKey = keyPair('shop');
const erinKey = keyPair('erin coin');

/** Everything that `examineOffer` takes. */
export interface Case {
  readonly offer: Offer;
  readonly context: RequestMessage;
  readonly view: PayeeView;
}

export function build(scenario: Scenario): Case {
  const policies = [{ ...POLICY, ...scenario.policy }];
  const trust = new TrustView(bundle({ ...BUNDLE_BODY, policies, ...scenario.bundle }));
  const aliceCoin = coinOf(aliceKey, 'alice coin', 5_000, scenario.aliceCoin);
  const bobCoin = coinOf(bobCoinKey, 'bob coin', 4_000, scenario.bobCoin);
  const certificate = certificateOf(bobKey.publicKey, 'bob', scenario.bobCertificate);
  const bob = { key: bobKey, certificate };
  const payee = payeeOf(shopKey.publicKey, scenario.payee);

  const hop = passOn(aliceKey, [cut(wholeOf(aliceCoin), 0, 1_000)], bob, { name: 'hop', ...scenario.hop });
  const received = cut(first(hop.pieces), ...scenario.receivedRange);
  const foreign = cut(wholeOf(coinOf(erinKey, 'erin coin', 900)), 0, 100);
  const bobPieces = [received, ...(scenario.foreignInput ? [foreign] : [])];
  const ranges = [[0, 400] as const, ...scenario.more];
  const coinPieces = ranges.map(([from, to]) => cut(wholeOf(bobCoin), from, to));
  const amount = [...bobPieces, ...coinPieces].reduce((sum, { from, to }) => sum + to - from, 0);

  const context = requestTo(shopKey, payee, { amount: Math.min(amount, MAX_FEN), changes: scenario.request });
  const fromReceived = spendOf(bobKey, bobPieces, context, scenario.fromReceived);
  const fromCoin = coinPieces.map((piece, i) => {
    const counter = scenario.counters[i];
    const hardware = counter === undefined ? {} : { hardware: { flags: 5, counter, template: 1 } };
    return spendOf(bobCoinKey, [piece], context, {
      seq: 3 + i,
      ...hardware,
      ...(i === 0 ? scenario.fromCoin : {}),
    });
  });
  const spends = [fromReceived, ...fromCoin].map((spend, i) =>
    scenario.brokenSignature && i === 1 ? broken(spend) : spend,
  );
  const provenance = provenanceWithout([...bobPieces, ...coinPieces], scenario.missing);
  return {
    offer: { spends, provenance },
    context,
    view: viewOf(scenario, trust, hop.pieces, aliceCoin.body.status, bobCoin.body.status),
  };
}

const payeeOf = (key: PublicKey, changes: Partial<CertificateBody>): ReturnType<typeof certificateOf> =>
  certificateOf(
    key,
    'shop',
    {
      signerKey: KEYS.operator1,
      role: 'terminal',
      walletClass: 0,
      ...(changes.role ? {} : { terminal: FACE }),
      ...changes,
    },
    OPERATORS[0],
  );

function broken(spend: Spend): Spend {
  const signature = new Uint8Array(spend.signature);
  signature[40] = (signature[40] ?? 0) ^ 1;
  return { ...spend, signature: signature as Spend['signature'] };
}

function provenanceWithout(pieces: readonly Piece[], missing: Scenario['missing']): Provenance {
  const all = new Provenance();
  for (const { provenance } of pieces) all.merge(provenance);
  const objects = [
    ...[...all.coins.values()].slice(missing === 'coin' ? 1 : 0),
    ...(missing === 'certificate' ? [] : all.certificates.values()),
    ...all.spends.values(),
  ];
  return Provenance.of(...objects);
}

function viewOf(
  scenario: Scenario,
  trust: TrustView,
  hopPieces: readonly Piece[],
  alice: number,
  bob: number,
): PayeeView {
  const indices = scenario.revoked.map((who) => (who === 'alice' ? alice : bob));
  return {
    trust,
    lists: listsWith(indices, at(-7_200)),
    clock: scenario.clock,
    history: scenario.history ? otherWay(hopPieces) : NO_HISTORY,
  };
}

/** The payee knows another Spend by which Alice moved the same range. */
function otherWay(pieces: readonly Piece[]): History {
  const [piece] = pieces;
  const coin = piece && [...piece.provenance.coins.values()][0];
  if (!coin) throw new Error('a coin');
  const shop = { key: shopKey, certificate: payeeOf(shopKey.publicKey, {}) };
  const other = passOn(aliceKey, [cut(wholeOf(coin), 0, 1_000)], shop, { name: 'another' });
  const known = receivedBy(other.spend, [cut(wholeOf(coin), 0, 1_000)], shop.certificate).map(
    ({ from, to }): KnownChain => ({ coin: coin.id, from, to, steps: [{ spend: other.spend.id, index: 0 }] }),
  );
  return { chainsOf: () => known, countersOf: () => [] };
}

export const daysFromNow = (days: number): ReturnType<typeof day> => day(20_514 + days);
