/**
 * A wallet process killed around every durable step of a payment (PAY-3, PAY-4, PAY-7, PAY-8): after each kill
 * both wallets are opened again and show their last message again. What left once is all that ever
 * leaves, no money is lost or made, and both sides come to the same end.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fen } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asPaymentId } from '../../src/payment-id.ts';
import type { Wallet } from '../../src/wallet.ts';
import { openWallet, prepareFolder } from './prepared-wallets.ts';
import { findStrace, traceNode } from './system-calls.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CHILD = fileURLToPath(new URL('./payment-child.ts', import.meta.url));
/** More than one coin holds, so that one request takes two Spends. */
const AMOUNT = 700;
const COINS = [500, 400];
const TOTAL = 900;
/** More than any run makes: the loops must end by a run that nobody killed. */
const MOST_APPENDS = 12;
const MOST_SYNCS = 40;

interface Released {
  readonly name: string;
  readonly bytes: string;
  readonly spends?: readonly string[];
  readonly state?: string;
}

interface Devices {
  readonly payer: string;
  readonly payee: string;
}

/** What a payment left behind: the messages that got out, and whether it was killed. */
interface Run extends Devices {
  readonly released: ReadonlyMap<string, Released>;
  readonly killed: boolean;
}

function prepare(): Devices {
  const folder = temporaryFolder();
  const devices = { payer: join(folder, 'payer'), payee: join(folder, 'payee') };
  prepareFolder(devices.payer, 'payer', COINS);
  prepareFolder(devices.payee, 'payee', []);
  return devices;
}

function pay(devices: Devices, ...point: readonly string[]): Run {
  const child = spawnSync(process.execPath, [CHILD, devices.payer, devices.payee, String(AMOUNT), ...point], {
    encoding: 'utf8',
  });
  const killed = child.signal === 'SIGKILL';
  if (!killed && child.status !== 0) throw new Error(child.stderr);
  return { ...devices, released: releasedIn(child.stdout), killed };
}

function releasedIn(stdout: string): Map<string, Released> {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => parse(line)).map((message) => [message.name, message]));
}

function parse(line: string): Released {
  const { name, bytes, ...more } = JSON.parse(line);
  return { name, bytes, ...more };
}

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(
    `${result.rejection.code}: expected ${result.rejection.expected}, got ${result.rejection.got}`,
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const spendable = (wallet: Wallet): number => wallet.balance().spendable;

function reopen(path: string): Wallet {
  const { wallet, folder } = openWallet(path);
  // A killed process is not an old copy: it goes on without a sync (LIMIT-2).
  expect(folder.journal.continuity).toBe('shown');
  onTestFinished(() => wallet.close());
  return wallet;
}

/** Both sides go on after a kill, and show everything twice. */
function finish(run: Run): void {
  const payer = reopen(run.payer);
  const payee = reopen(run.payee);
  const shown = run.released.get('request');
  const request = shown
    ? Buffer.from(shown.bytes, 'hex')
    : value(payee.request({ amount: fen(AMOUNT) })).message;

  if (payer.payments()[0]?.state === 'paid') {
    finishPaid(run, payer, payee, request);
    return;
  }
  const offer = value(payer.pay(request, { confirmed: true }));
  const again = value(payer.pay(request, { confirmed: true }));
  expect(hex(again.sealedOffer)).toBe(hex(offer.sealedOffer));
  expect(again.spends).toEqual(offer.spends);
  const left = run.released.get('offer');
  if (left) {
    expect(hex(offer.sealedOffer)).toBe(left.bytes);
    expect(offer.spends).toEqual(left.spends);
    expect(offer.again).toBe(true);
  }

  const receipt = value(payee.receive(offer.sealedOffer));
  const repeated = value(payee.receive(offer.sealedOffer));
  expect(hex(repeated.verdict)).toBe(hex(receipt.verdict));
  expect([repeated.again, repeated.amount]).toEqual([true, AMOUNT]);
  const answered = run.released.get('verdict');
  if (answered) {
    expect(receipt.again).toBe(true);
    expect(hex(receipt.verdict)).toBe(answered.bytes);
  }

  expectPaid(payer, payee, receipt.verdict);
}

/** The payer holds the Verdict: it signs and sends nothing more, and the payee answers as before. */
function finishPaid(run: Run, payer: Wallet, payee: Wallet, request: Uint8Array): void {
  const again = payer.pay(request, { confirmed: true });
  expect(again.ok ? 'paid again' : again.rejection.code).toBe('already-paid');
  const receipt = value(payee.receive(Buffer.from(run.released.get('offer')?.bytes ?? '', 'hex')));
  expect([receipt.again, hex(receipt.verdict)]).toEqual([true, run.released.get('verdict')?.bytes]);
  expectPaid(payer, payee, receipt.verdict);
}

function expectPaid(payer: Wallet, payee: Wallet, verdict: Uint8Array): void {
  const [payment] = payer.payments();
  expect(value(payer.takeVerdict(verdict, payment?.paymentId)).state).toBe('paid');
  expect([spendable(payer), spendable(payee)]).toEqual([TOTAL - AMOUNT, AMOUNT]);
  expect(payer.payments().map(({ state, amount }) => [state, amount])).toEqual([['paid', AMOUNT]]);
  expect(payee.payments().filter(({ state }) => state === 'paid')).toHaveLength(1);
}

/** Every kill point of one side, until a run is not killed; the number of kills. */
function killEverywhere(side: 'payer' | 'payee', check: (run: Run) => void): number {
  let kills = 0;
  for (let at = 1; at <= MOST_APPENDS; at++) {
    for (const when of ['before', 'after']) {
      const run = pay(prepare(), side, when, String(at));
      if (!run.killed) {
        expect(run.released.get('end')?.state).toBe('paid');
        return kills;
      }
      kills++;
      check(run);
    }
  }
  throw new Error('a payment that never ends');
}

const strace = findStrace();
if (!strace.available && process.env.CI) throw new Error(`kills: ${strace.reason}`);

describe.skipIf(!strace.available)(
  `killed before every sync${strace.available ? '' : ` (skipped: ${strace.reason})`}`,
  () => {
    it('PAY-3, LIMIT-2: goes on from there, between the journal and its anchor too', () => {
      const seen = new Set<string>();
      for (let at = 1; at <= MOST_SYNCS; at++) {
        const devices = prepare();
        const { stdout, signal } = traceNode(
          [CHILD, devices.payer, devices.payee, String(AMOUNT)],
          `fsync,fdatasync:signal=SIGKILL:when=${at}`,
        );
        const run = { ...devices, released: releasedIn(stdout), killed: signal === 'SIGKILL' };
        seen.add([...run.released.keys()].join(' '));
        if (run.released.has('end')) break;
        expect(run.killed).toBe(true);
        finish(run);
      }
      expect([...seen]).toEqual([
        '',
        'request',
        'request offer',
        'request offer verdict',
        'request offer verdict end',
      ]);
    });
  },
);

describe('PAY-3, PAY-8: killed between every two durable steps', () => {
  it('the payer gives the same bytes or none, never two different spends', () => {
    const seen: string[] = [];
    const kills = killEverywhere('payer', (run) => {
      seen.push([...run.released.keys()].join(' '));
      finish(run);
    });
    // Recorded, signed, answered: the offer is never out before its signatures are stored.
    expect(kills).toBe(6);
    expect(seen).toEqual([
      'request',
      'request',
      'request',
      'request',
      'request offer verdict',
      'request offer verdict',
    ]);
  });

  it('the payee stores its secrets before it shows a request, money and Verdict in one step before it says yes', () => {
    const seen: string[] = [];
    const kills = killEverywhere('payee', (run) => {
      seen.push([...run.released.keys()].join(' '));
      finish(run);
    });
    expect(kills).toBe(4);
    expect(seen).toEqual(['', '', 'request offer', 'request offer']);
  });

  it('sees a journal that says yes before it has stored', () => {
    // Killed when the offer was out and its signatures were not stored: the next ones differ.
    const run = pay(prepare(), 'payer', 'before', '3', 'late');
    expect([run.killed, run.released.has('offer')]).toEqual([true, true]);
    expect(() => finish(run)).toThrow();
  });

  it('a payee that was killed while it accepted has both the money and its Verdict, or neither', () => {
    for (const [when, has] of [
      ['before', false],
      ['after', true],
    ] as const) {
      const run = pay(prepare(), 'payee', when, '2');
      expect(run.killed).toBe(true);
      const payee = reopen(run.payee);
      const [payment] = payee.payments();
      expect([payment?.state, spendable(payee)]).toEqual(has ? ['paid', AMOUNT] : ['open', 0]);
    }
  });

  it('a payment that was recorded and never signed can be freed: not paid, and the money is there', () => {
    const run = pay(prepare(), 'payer', 'after', '1');
    expect(run.killed).toBe(true);
    const payer = reopen(run.payer);
    const [payment] = payer.payments();
    expect([payment?.state, spendable(payer)]).toEqual(['recorded', TOTAL - AMOUNT]);
    value(payer.free(asPaymentId(payment?.paymentId ?? '')));
    expect([payer.payments()[0]?.state, spendable(payer)]).toEqual(['freed', TOTAL]);
  });

  it('a payment that was signed cannot be freed', () => {
    const run = pay(prepare(), 'payer', 'after', '2');
    const payer = reopen(run.payer);
    const [payment] = payer.payments();
    expect(payment?.state).toBe('not-yet-known');
    expect(payer.free(asPaymentId(payment?.paymentId ?? '')).ok).toBe(false);
    expect(spendable(payer)).toBe(TOTAL - AMOUNT);
  });
});
