/**
 * One payment between two wallet folders, in a process that may be killed on the way:
 * `node payment-child.ts PAYER PAYEE AMOUNT [payer|payee before|after N [late]]`. Each message is written to standard
 * output, as one line of JSON, at the moment at which it would leave its device.
 */
import { writeSync } from 'node:fs';
import { fen } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import type { Journal } from '../../src/journal.ts';
import { killingJournal } from './killing-journal.ts';
import { lateJournal, plantFault } from './planted-faults.ts';
import { openWallet } from './prepared-wallets.ts';

const [, , payerPath = '', payeePath = '', amount = '', side = '', when = '', at = '', fault = ''] =
  process.argv;
plantFault(side);

const wrap =
  (own: string) =>
  (journal: Journal): Journal => {
    if (own !== side || (when !== 'before' && when !== 'after')) return journal;
    return killingJournal(fault === 'late' ? lateJournal(journal) : journal, { when, at: Number(at) });
  };

const release = (name: string, bytes: Uint8Array, more: object = {}): void =>
  void writeSync(1, `${JSON.stringify({ name, bytes: Buffer.from(bytes).toString('hex'), ...more })}\n`);

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(
    `${result.rejection.code}: expected ${result.rejection.expected}, got ${result.rejection.got}`,
  );
}

const payee = openWallet(payeePath, wrap('payee')).wallet;
const payer = openWallet(payerPath, wrap('payer')).wallet;

const request = value(payee.request({ amount: fen(Number(amount)) })).message;
release('request', request);
const paid = value(payer.pay(request, { confirmed: true }));
release('offer', paid.sealedOffer, { spends: paid.spends });
const receipt = value(payee.receive(paid.sealedOffer));
release('verdict', receipt.verdict);
const taken = value(payer.takeVerdict(receipt.verdict));
release('end', new Uint8Array(0), { state: taken.state });
payer.close();
payee.close();
