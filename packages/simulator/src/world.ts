/**
 * A world in motion: people with devices who meet and pay, what goes wrong with it, and the registry they all settle
 * with. Wallets and registry are the real ones; time, chance, messages, power and the connection are the world's.
 */
import { operatorRelay } from '@duet/ledger/engine/operator-relay';
import type { Registry } from '@duet/ledger/engine/registry';
import type { Instant } from '@duet/protocol/brand';
import { idText } from '@duet/protocol/bytes';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { Wallet } from '@duet/wallet/wallet';
import type { Agenda } from './agenda.ts';
import { Connection, NoConnection } from './connection.ts';
import { Coverage } from './coverage.ts';
import { Failure } from './failure.ts';
import { PowerCut } from './journal.ts';
import { Device, type Ground, type Owner, Person } from './person.ts';
import type { Plan } from './plan.ts';
import { SeededRandom } from './random.ts';
import { ReferenceLedger } from './reference.ts';
import type { SpendBook } from './spend-book.ts';
import { Trace } from './trace.ts';

export interface WorldParts {
  readonly plan: Plan;
  readonly start: Instant;
  readonly agenda: Agenda;
  readonly registry: Registry;
  readonly ground: Ground;
  readonly owners: readonly Owner[];
  readonly book: SpendBook;
}

export class World {
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly registry: Registry;
  readonly connection: Connection;
  readonly coverage: Coverage = new Coverage();
  readonly reference: ReferenceLedger = new ReferenceLedger();
  readonly book: SpendBook;
  readonly trace: Trace;
  readonly people: readonly Person[];
  readonly ground: Ground;
  /** Messages that were overheard. */
  readonly overheard: Uint8Array[] = [];
  isHealed = false;
  readonly #random: SeededRandom;
  readonly #seen: Set<string> = new Set();

  constructor({ plan, start, agenda, registry, ground, owners, book }: WorldParts) {
    this.plan = plan;
    this.agenda = agenda;
    this.registry = registry;
    this.ground = ground;
    this.book = book;
    this.connection = new Connection(registry, this.coverage);
    this.trace = new Trace(start * 1_000);
    this.people = owners.map((owner) => new Person(owner, new Device(owner, ground)));
    this.#random = new SeededRandom(`${plan.seed}\nworld`);
  }

  /** Chance of one event, which no other event moves. */
  chanceOf(event: number): SeededRandom {
    return this.#random.fork(`event ${event}`);
  }

  /** @throws RangeError */
  person(number: number): Person {
    const person = this.people[number];
    if (!person) throw new RangeError(`world: nobody has the number ${number}`);
    return person;
  }

  say(device: Device, what: string): void {
    this.trace.say(this.agenda.nowMs, device.isCopy ? `${device.owner.name}'` : device.owner.name, what);
  }

  /** Something that a device does; `undefined` when its power failed on the way. */
  act<T>(device: Device, what: string, does: (wallet: Wallet) => Result<T>): Result<T> | undefined {
    try {
      const result = does(device.wallet);
      if (!result.ok) this.coverage.code(result.rejection.code);
      this.say(device, result.ok ? what : `${what}: ${result.rejection.code}`);
      this.observe(device);
      return result;
    } catch (error) {
      this.#failed(device, what, error);
      return undefined;
    }
  }

  /** A device goes online. */
  async sync(device: Device, options: SyncOptions): Promise<SyncReport | undefined> {
    try {
      const report = await device.wallet.sync(this.#portOf(device), options);
      for (const { code } of report.refused) this.coverage.code(code);
      this.say(device, `syncs${report.complete ? '' : ', not to the end'}${said(report)}`);
      this.observe(device);
      if (report.complete) device.trustAgain();
      return report;
    } catch (error) {
      this.#failed(device, 'syncs', error);
      return undefined;
    }
  }

  /** The second operator's devices reach the registry through it: it signs IntakeNotes for what it takes (SET-7). */
  #portOf({ owner: { operator } }: Device): SettlementPort {
    if (operator === 1) return this.connection;
    const { authority } = this.registry;
    return operatorRelay(this.connection, {
      operator,
      authority,
      hashes: this.ground.crypto,
      clock: this.agenda.now,
    });
  }

  /** The power goes off and on: what the device knows must be what it knew. */
  reboot(device: Device): void {
    const before = device.describe();
    device.restart();
    const after = device.describe();
    this.say(device, 'is switched off and on');
    if (before !== undefined && before !== after)
      throw new Failure('restart-equals', `${device.owner.name} knows other things after a restart`);
  }

  /** Takes down what a device signed and what it took for good, for the reference ledger. */
  observe(device: Device): void {
    const { number, name } = device.owner;
    const { state } = device.wallet;
    for (const payment of state.outgoing.values()) {
      for (const { id } of payment.spends) this.reference.signed(idText(id), number);
      if (payment.machine.kind === 'signed') this.book.signed(number, payment.machine.spends);
    }
    for (const { direction, state: end, paymentId, amount, spends } of device.wallet.payments()) {
      this.#see(`${device.isCopy}:${number}:${paymentId}:${end}`, () => this.coverage.payment(end));
      if (direction !== 'in' || end !== 'paid') continue;
      const wrong = this.reference.accepted(paymentId, number, amount, spends);
      if (wrong) throw new Failure('payee-paid', `${name} took ${wrong}`);
      this.book.accepted(number, spends);
    }
    this.#limits(device);
  }

  /** What many steps see is counted once. */
  #see(what: string, first: () => void): void {
    if (this.#seen.has(what)) return;
    this.#seen.add(what);
    first();
  }

  /** LIMIT-1: payments and their sum since the last sync. */
  #limits(device: Device): void {
    const { maxPayments, maxTotal } = this.ground.limits;
    const { count, total } = device.wallet.state.counters;
    if (count > (maxPayments ?? count) || total > (maxTotal ?? total))
      throw new Failure('limits-kept', `${device.owner.name} made ${count} payments of ${total} fen offline`);
  }

  #failed(device: Device, what: string, error: unknown): void {
    if (error instanceof NoConnection) {
      this.say(device, `${what}: no connection`);
      this.observe(device);
      return;
    }
    if (!(error instanceof PowerCut)) {
      if (error instanceof Failure) throw error;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Failure('no-exception', `${device.owner.name} ${what}: ${text}`);
    }
    this.coverage.fault(error.point === 'before' ? 'power-cut-before' : 'power-cut-after');
    this.say(device, `${what}: power cut ${error.point} a durable step`);
    device.restart();
    this.observe(device);
  }
}

function said(report: SyncReport): string {
  const parts = [
    report.loadedFen > 0 ? `loads ${report.loadedFen}` : '',
    report.claimedFen > 0 ? `claims ${report.claimedFen}` : '',
    report.refreshedFen > 0 ? `refreshes ${report.refreshedFen}` : '',
    report.returnedFen > 0 ? `gets back ${report.returnedFen}` : '',
    report.answered > 0 ? `answers ${report.answered}` : '',
    ...report.refused.map(({ code }) => code),
  ].filter((part) => part !== '');
  return parts.length > 0 ? `: ${parts.join(', ')}` : '';
}
