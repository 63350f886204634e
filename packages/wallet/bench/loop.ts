/**
 * Payments per second through whole wallets: chains of hops with journals in memory, as a simulation runs them.
 * Prints one JSON object. Usage: node --expose-gc bench/loop.ts [payments] [hops]
 */
import { type Fen, fen } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import { memoryJournal } from '../src/memory-journal.ts';
import type { Wallet } from '../src/wallet.ts';
import { World } from '../test/helpers/world.ts';

const payments = Number(process.argv[2] ?? 2_000);
const hops = Number(process.argv[3] ?? 4);
const AMOUNT = fen(1_000);

function value<T>(result: Result<T>): T {
  if (!result.ok)
    throw new Error(`bench: ${result.rejection.code}, ${result.rejection.expected}, ${result.rejection.got}`);
  return result.value;
}

interface Times {
  request: number;
  pay: number;
  receive: number;
  verdict: number;
}

function timedPayment(payer: Wallet, payee: Wallet, amount: Fen, times: Times): number {
  const t0 = performance.now();
  const { message } = value(payee.request({ amount }));
  const t1 = performance.now();
  const paid = value(payer.pay(message, { confirmed: true }));
  const t2 = performance.now();
  const receipt = value(payee.receive(paid.sealedOffer));
  const t3 = performance.now();
  value(payer.takeVerdict(receipt.verdict, paid.paymentId));
  const t4 = performance.now();
  times.request += t1 - t0;
  times.pay += t2 - t1;
  times.receive += t3 - t2;
  times.verdict += t4 - t3;
  return receipt.depth;
}

/** Heap and array buffers; exact with `--expose-gc`. */
function memoryBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Not timed: everything is uploaded, the first wallet loads again. */
async function syncAll(): Promise<void> {
  for (const [i, wallet] of wallets.entries()) {
    world.forget();
    if (i === 0) world.fund('wallet-0', PERIOD * AMOUNT);
    await wallet.sync(
      world,
      i === 0 ? { load: fen(PERIOD * AMOUNT), renew: false } : { renew: false, refresh: 'none' },
    );
  }
}

const world = new World({ policy: { maxHops: 16 } });
const journal = memoryJournal({ keep: false });
const chains = Math.ceil(payments / hops);
/** Chains between two syncs. */
const PERIOD = 25;
const wallets: Wallet[] = [];
for (let i = 0; i <= hops; i++)
  wallets.push(await world.person(`wallet-${i}`, i === 0 ? PERIOD * AMOUNT : 0, { journal }));

const heapBefore = memoryBytes();
const byDepth = new Map<number, Times & { count: number }>();
let seconds = 0;
let made = 0;
for (let chain = 0; chain < chains; chain++) {
  if (chain > 0 && chain % PERIOD === 0) await syncAll();
  const start = performance.now();
  for (let hop = 0; hop < hops; hop++) {
    const [payer, payee] = [wallets[hop], wallets[hop + 1]];
    if (!payer || !payee) continue;
    const times = { request: 0, pay: 0, receive: 0, verdict: 0 };
    const depth = timedPayment(payer, payee, AMOUNT, times);
    const total = byDepth.get(depth) ?? { request: 0, pay: 0, receive: 0, verdict: 0, count: 0 };
    total.request += times.request;
    total.pay += times.pay;
    total.receive += times.receive;
    total.verdict += times.verdict;
    total.count += 1;
    byDepth.set(depth, total);
    made += 1;
  }
  seconds += (performance.now() - start) / 1_000;
}
await syncAll();
const rounded = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000;
const rows = [...byDepth].map(([depth, times]) => ({
  depth,
  payments: times.count,
  requestMs: rounded(times.request / times.count),
  payMs: rounded(times.pay / times.count),
  receiveMs: rounded(times.receive / times.count),
  verdictMs: rounded(times.verdict / times.count),
  totalMs: rounded((times.request + times.pay + times.receive + times.verdict) / times.count),
}));
console.log(
  JSON.stringify({
    payments: made,
    hops,
    seconds: rounded(seconds),
    paymentsPerSecond: Math.round(made / seconds),
    bytesPerPayment: Math.round((memoryBytes() - heapBefore) / made),
    byDepth: rows,
  }),
);
