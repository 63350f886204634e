/**
 * `duet bench payment`: CPU of one whole offline payment on each side against the raw cost of its operations
 * (docs/spec/limits.md), measured in turns in the same run.
 *
 * Warm: payer and payee met before, so that certificates' and coins' keys are imported; every signature is
 * verified all the same. Cold: they meet for the first time. No cache of verified signatures is used.
 */
import { type Operations, rawMicros } from '@duet/crypto/bench/raw';
import { type Fen, fen } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import type { Suite } from '@duet/protocol/suite';
import { median, OperationCounter } from './operations.ts';
import { type Pair, Stage, type Store } from './stage.ts';

export interface PaymentRow {
  readonly suite: Suite;
  readonly hop: number;
  readonly store: Store;
  readonly certificates: 'warm' | 'cold';
  readonly payerMs: number;
  readonly payeeMs: number;
  /** The operations that such a payment needs, by themselves. */
  readonly rawCryptoMs: number;
  /** (payerMs + payeeMs) ÷ rawCryptoMs of one turn, the median over all turns: machines change their speed in between. */
  readonly ratio: number;
  /** What was really done, counted. */
  readonly operations: Operations;
  readonly requestBytes: number;
  readonly offerBytes: number;
  readonly sealedOfferBytes: number;
}

type Case = Pick<PaymentRow, 'suite' | 'hop' | 'store' | 'certificates'>;

/** How much is measured. */
export interface Effort {
  /** Turns of payments and raw costs. */
  readonly turns: number;
  readonly paymentsPerTurn: number;
  /** Payments before the first turn, so that the code is compiled. */
  readonly warmUp: number;
}

const EFFORTS: Readonly<Record<Suite, Effort>> = {
  1: { turns: 30, paymentsPerTurn: 24, warmUp: 2_000 },
  2: { turns: 4, paymentsPerTurn: 3, warmUp: 8 },
};

/** Every case, the first one suite 1, hop 1, memory, warm. */
export function paymentCases(): readonly Case[] {
  const cases: Case[] = [];
  for (const suite of [1, 2] as const) {
    for (const store of ['memory', 'sqlite'] as const) {
      for (const hop of [1, 3]) {
        for (const certificates of ['warm', 'cold'] as const) cases.push({ suite, hop, store, certificates });
      }
    }
  }
  return cases;
}

export async function measurePayments(
  cases: readonly Case[],
  effortOf: (suite: Suite) => Effort = (suite) => EFFORTS[suite],
  watch: (done: number, total: number) => void = () => undefined,
): Promise<PaymentRow[]> {
  const rows: PaymentRow[] = [];
  const ready = new Set<Suite>();
  for (const one of cases) {
    watch(rows.length, cases.length);
    const effort = effortOf(one.suite);
    if (!ready.has(one.suite)) await warmUp(one.suite, effort.warmUp);
    ready.add(one.suite);
    rows.push(await measureCase(one, effort));
  }
  return rows;
}

const AMOUNT: Fen = fen(100);

/** What one payment of a turn cost, in the mean, and weighed. */
interface Sample {
  readonly payerMicros: number;
  readonly payeeMicros: number;
  readonly requestBytes: number;
  readonly offerBytes: number;
  readonly sealedOfferBytes: number;
}

async function measureCase(one: Case, { turns, paymentsPerTurn }: Effort): Promise<PaymentRow> {
  const stage = new Stage(one);
  const needed = neededOperations(one);
  const raw: number[] = [];
  const payer: number[] = [];
  const payee: number[] = [];
  let last: Sample | undefined;
  for (let turn = 0; turn < turns; turn++) {
    last = await measureTurn(stage, one, paymentsPerTurn);
    raw.push(rawMicros(one.suite, needed, paymentsPerTurn) / 1_000);
    payer.push(last.payerMicros / 1_000);
    payee.push(last.payeeMicros / 1_000);
  }
  const operations = await countOperations(one);
  const ratios = raw.map((rawMs, turn) => ((payer[turn] ?? 0) + (payee[turn] ?? 0)) / rawMs);
  const [payerMs, payeeMs, rawCryptoMs] = [median(payer), median(payee), median(raw)];
  return {
    suite: one.suite,
    hop: one.hop,
    store: one.store,
    certificates: one.certificates,
    payerMs: rounded(payerMs),
    payeeMs: rounded(payeeMs),
    rawCryptoMs: rounded(rawCryptoMs),
    ratio: rounded(median(ratios)),
    operations,
    requestBytes: last?.requestBytes ?? 0,
    offerBytes: last?.offerBytes ?? 0,
    sealedOfferBytes: last?.sealedOfferBytes ?? 0,
  };
}

/** A pair for each payment. Warm: it has paid before; cold: the two meet for the first time. */
async function measureTurn(stage: Stage, { certificates }: Case, payments: number): Promise<Sample> {
  const pairs: Pair[] = [];
  for (let i = 0; i < payments; i++) pairs.push(await stage.pair());
  try {
    if (certificates === 'warm') for (const pair of pairs) pay(pair);
    return payAll(pairs);
  } finally {
    for (const pair of pairs) pair.close();
  }
}

/** The wallets of a pair. */
type Wallets = Pick<Pair, 'payer' | 'payee'>;

/**
 * Requests, offers, receipts and verdicts, each kind for all payments in one go: reading the CPU clock costs as
 * much as a signature, so it is read once a kind and not once a payment. CPU of the whole process.
 */
function payAll(pairs: readonly Wallets[]): Sample {
  let mark = process.cpuUsage();
  const lap = (): number => {
    const { user, system } = process.cpuUsage(mark);
    mark = process.cpuUsage();
    return (user + system) / pairs.length;
  };
  const asked = pairs.map(({ payer, payee }) => ({
    payer,
    payee,
    request: required(payee.request({ amount: AMOUNT })),
  }));
  let payeeMicros = lap();
  const paid = asked.map((one) => ({
    ...one,
    offer: required(one.payer.pay(one.request.message, { confirmed: true })),
  }));
  let payerMicros = lap();
  const received = paid.map((one) => ({
    ...one,
    receipt: required(one.payee.receive(one.offer.sealedOffer)),
  }));
  payeeMicros += lap();
  const taken = received.map(({ payer, receipt, offer }) =>
    required(payer.takeVerdict(receipt.verdict, offer.paymentId)),
  );
  payerMicros += lap();
  if (taken.some(({ state }) => state !== 'paid')) throw new Error('bench: a payment was not accepted');
  const last = paid.at(-1);
  return {
    payerMicros,
    payeeMicros,
    requestBytes: last?.request.message.length ?? 0,
    offerBytes: last?.offer.offerBytes ?? 0,
    sealedOfferBytes: last?.offer.sealedOffer.length ?? 0,
  };
}

/** One payment. */
const pay = (pair: Wallets): Sample => payAll([pair]);

/** One payment with counted drivers. */
async function countOperations(one: Case): Promise<Operations> {
  const counter = new OperationCounter();
  const pair = await new Stage({ ...one, wrap: (crypto) => counter.over(crypto) }).pair();
  if (one.certificates === 'warm') pay(pair);
  counter.reset();
  pay(pair);
  pair.close();
  return counter.read(newKeys(one));
}

/**
 * Foreign keys that are new: the request's sealing key to the payer, the offer's ephemeral key to the payee;
 * cold also the payee's key to the payer, and every key that signed on the money's way to the payee.
 */
const newKeys = ({ hop, certificates }: Pick<Case, 'hop' | 'certificates'>): number =>
  certificates === 'warm' ? 2 : 3 + hop;

/**
 * What a payment needs (docs/spec/limits.md): the payee's certificate, the request and the verdict verified by the
 * payer; coin and Spend by the payee, and two signatures more for each further hop. The payee's own certificate
 * needs no verification. Whatever is done besides is overhead.
 */
export const neededOperations = (one: Pick<Case, 'hop' | 'certificates'>): Operations => ({
  sign: 3,
  verify: 5 + 2 * (one.hop - 1),
  keygen: 2,
  ecdh: 2,
  aead: 2,
  import: newKeys(one),
});

async function warmUp(suite: Suite, payments: number): Promise<void> {
  const stage = new Stage({ suite, store: 'memory', hop: 1 });
  for (let done = 0; done < payments; ) {
    const pair = await stage.pair();
    for (let i = 0; i < 25 && done < payments; i++, done++) pay(pair);
    pair.close();
  }
}

function required<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`bench: a payment was refused: ${result.rejection.code}`);
  return result.value;
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
