/**
 * Plays a workload in a world: loads once, then every transfer in file order, offline; in the evening everybody
 * syncs and the books are closed. Transfers go on side by side, and each device takes its own in the order of the file.
 *
 * A payment that a limit refuses (count, amount, hops, fragments, dates, lists) sends the device that refused
 * online, where the sync merges and renews, and is tried once more; where another reason refuses then, that one
 * has its turn. Lack of funds, paying oneself and a ceiling of the policy are final.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '@duet/ledger/postgres/database';
import { type Instant, instant, plusSeconds } from '@duet/protocol/brand';
import type { Code } from '@duet/protocol/codes';
import { type Fen, fen, ZERO } from '@duet/protocol/money';
import { accept, type Result } from '@duet/protocol/rejection';
import { yuan } from '../text/format.ts';
import { writeBalances } from './balances-file.ts';
import { type CheatPlan, type PlantedCheat, planCheats, repeatPayment, worthOf } from './cheats.ts';
import { fileInvalid } from './csv.ts';
import { MAX_SPAN_SECONDS, TRANSFERS_IN_FLIGHT } from './limits.ts';
import { type PaymentEnd, payOffline } from './payment.ts';
import { Phases, type Watch } from './phases.ts';
import { playPlain, smallestInitial } from './plain-ledger.ts';
import { ceilingOf, type ReplayPolicy } from './policy.ts';
import type { ProofsFolder } from './proofs-folder.ts';
import { type ReplayResult, resultOf } from './result.ts';
import { closeBooks, judgeCases, settleAll, unpaidHonest } from './settlement.ts';
import type { Transfer, Workload } from './transfers.ts';
import { Turns } from './turns.ts';
import { stepsToSeconds } from './virtual-clock.ts';
import { type Device, far, threadsFor, World } from './world.ts';

export interface ReplayOptions {
  readonly workload: Workload;
  readonly policy: ReplayPolicy;
  readonly seed: string;
  readonly cheats: number;
  /** Time steps between two syncs of everybody; absent: only in the evening. */
  readonly syncEvery?: number;
  /** Name of the file of final balances. */
  readonly balancesFile: string;
  /** Where fraud proofs go, if anywhere. */
  readonly proofs?: ProofsFolder;
  readonly openDatabase: () => Promise<Database>;
  /** Threads of the registry and of the wallets. Default: for many wallets one of each for each core. */
  readonly threads?: number;
  readonly phases?: Phases;
  readonly watch?: Watch;
}

/** When every replay begins: the world has a clock of its own, so results do not depend on the day. */
const START: Instant = instant(1_767_254_400);
/** Room for reserves, funds and accounts beside the money itself. */
const MAX_WORLD_FEN = 2 ** 50 - 1;
const OPERATORS = 2;
/** A fund covers the planted losses several times over. */
const FUND_FACTOR = 4;

const operatorOf = (node: number): number => 1 + (node % OPERATORS);

/** Runs a replay from its workload to its result. Rejection `file-invalid` when it cannot be played. */
export async function replay(options: ReplayOptions): Promise<Result<ReplayResult>> {
  const { workload, cheats, seed } = options;
  const phases = options.phases ?? new Phases();
  const initial = workload.initial
    ? accept(workload.initial)
    : smallestInitial(workload.transfers, workload.nodes.length);
  if (!initial.ok) return initial;
  const total = initial.value.reduce((sum: number, amount) => sum + amount, 0);
  if (total > MAX_WORLD_FEN)
    return fileInvalid(
      `money of together at most ${yuan(MAX_WORLD_FEN)} yuan`,
      `${yuan(total)} yuan`,
      'whole-file',
    );
  const { limits } = options.policy;
  const { paid } = playPlain(workload.transfers, initial.value, {
    payment: ceilingOf(options.policy),
    ...(limits.maxBalance === undefined ? {} : { balance: limits.maxBalance }),
  });
  const plan = planCheats({
    transfers: workload.transfers,
    paid,
    nodes: workload.nodes.length,
    cheats,
    seed,
  });
  if (!plan.ok) return plan;
  const database = await phases.time('database', options.openDatabase);
  try {
    const day = new Day(options, phases, plan.value, initial.value);
    return accept(await day.run(database));
  } finally {
    await database.close();
  }
}

const FINAL: ReadonlySet<Code> = new Set(['paying-oneself', 'balance-limit']);

/** One run of a workload. */
class Day {
  readonly #options: ReplayOptions;
  readonly #phases: Phases;
  readonly #plan: CheatPlan;
  readonly #planted: PlantedCheat[] = [];
  readonly #initial: readonly Fen[];
  /** Seconds of the world's day by time step. */
  readonly #seconds: (time: number) => number;
  /** What each device must have at the end, from the answers of the devices alone. */
  readonly #expected: number[];

  constructor(options: ReplayOptions, phases: Phases, plan: CheatPlan, initial: readonly Fen[]) {
    this.#options = options;
    this.#phases = phases;
    this.#plan = plan;
    this.#initial = initial;
    this.#expected = [...initial];
    this.#seconds = stepsToSeconds(
      options.workload.transfers.map(({ time }) => time),
      MAX_SPAN_SECONDS,
    );
  }

  async run(database: Database): Promise<ReplayResult> {
    const phases = this.#phases;
    const watch = this.#options.watch ?? (() => undefined);
    const world = await phases.time('open', () => this.#open(database));
    try {
      return await this.#live(world, watch);
    } finally {
      await world.close();
    }
  }

  async #live(world: World, watch: Watch): Promise<ReplayResult> {
    const phases = this.#phases;
    const everybody = world.devices.length;
    await phases.time('load', () => world.loadAll((done) => watch('load', done, everybody)));
    await this.#play(world, watch);
    await phases.time('settle', () =>
      settleAll(world, world.devices, { claim: 'all', refresh: 'none', renew: false }, (done, total) =>
        watch('settle', done, total),
      ),
    );
    await world.closeWallets();
    const books = await phases.time('audit', () => closeBooks(world));
    const doubleSpends = judgeCases(world, books.cases, this.#planted);
    this.#options.proofs?.write(books.cases, world.registry.authority);
    return resultOf({
      tally: world.tally,
      books,
      doubleSpends,
      unpaidHonestPayees: unpaidHonest(books, this.#expected, this.#planted).length,
      balancesFile: writeBalances(this.#options.balancesFile, this.#options.workload.nodes, books),
      seconds: phases.seconds(),
    });
  }

  #open(database: Database): Promise<World> {
    const { workload, policy, seed } = this.#options;
    const threads = this.#options.threads ?? threadsFor(workload.nodes.length);
    const fund = FUND_FACTOR * worthOf(this.#plan, workload.transfers);
    const culprits = new Set([...this.#plan.keys()].map((place) => workload.transfers[place]?.payer));
    const options = {
      database,
      seed,
      policy: policy.policy,
      limits: policy.limits,
      operators: Array.from({ length: OPERATORS }, (_, i) => ({
        id: i + 1,
        name: `Operator ${i + 1}`,
        fund: fen(fund),
      })),
      devices: workload.nodes.map((name, number) => ({
        name,
        operator: operatorOf(number),
        deposit: this.#initial[number] ?? ZERO,
        keepJournal: culprits.has(number),
      })),
      start: START,
      workers: threads,
    };
    return World.open(options, far(threads));
  }

  async #play(world: World, watch: Watch): Promise<void> {
    const { transfers } = this.#options.workload;
    const schedule = new SyncSchedule(this.#options.syncEvery, transfers[0]?.time ?? 0);
    for (let place = 0; place < transfers.length; ) {
      place = await this.#phases.time('pay', () => this.#payUntilSync(world, place, schedule, watch));
      if (place < transfers.length) await this.#phases.time('sync', () => world.syncAll(world.devices, {}));
    }
  }

  /** Plays transfers from `from` on; gives the place of the first one before which everybody goes online. */
  async #payUntilSync(world: World, from: number, schedule: SyncSchedule, watch: Watch): Promise<number> {
    const { transfers } = this.#options.workload;
    const turns = new Turns({ tasks: TRANSFERS_IN_FLIGHT, seconds: sideBySideSeconds(this.#options.policy) });
    let place = from;
    for (const transfer of transfers.slice(from)) {
      if (schedule.isDue(transfer.time)) break;
      const seconds = this.#seconds(transfer.time);
      const isRepeated = this.#plan.has(place);
      if (isRepeated) await turns.end();
      await turns.room(seconds);
      world.clock.moveTo(plusSeconds(START, seconds));
      const at = place++;
      turns.add(seconds, [transfer.payer, transfer.payee], () => this.#transfer(world, transfer, at));
      if (isRepeated) await turns.end();
      if (at % PROGRESS_EVERY === 0) {
        watch('pay', at, transfers.length);
        await nextTurn();
      }
    }
    await turns.end();
    return place;
  }

  async #transfer(world: World, transfer: Transfer, place: number): Promise<void> {
    const payees = this.#plan.get(place);
    const payer = world.device(transfer.payer);
    world.tally.transfers += 1;
    const attempt = async (): Promise<Attempt> => ({
      before: payees ? await world.recordsOf(payer) : NOTHING,
      end: await payOffline(payer.wallet, world.device(transfer.payee).wallet, transfer.amount),
    });
    let { before, end } = await attempt();
    const tried: string[] = [];
    while (end.kind === 'refused' && (await this.#mayHelp(payer, transfer, end.rejection.code))) {
      const { by, rejection } = end;
      if (tried.includes(`${by} ${rejection.code}`)) break;
      tried.push(`${by} ${rejection.code}`);
      await goOnline(world, whoCanHelp(world, transfer, by), payer);
      ({ before, end } = await attempt());
    }
    if (end.kind === 'refused') {
      world.tally.refuse(end.rejection.code);
      return;
    }
    world.tally.accepted(end.depth, end.offerBytes);
    this.#move(transfer.payer, transfer.payee, transfer.amount);
    if (payees) await this.#repeat(world, payer, before, transfer, place, payees);
  }

  async #repeat(
    world: World,
    culprit: Device,
    before: readonly Uint8Array[],
    transfer: Transfer,
    place: number,
    payees: readonly number[],
  ): Promise<void> {
    const payee = await repeatPayment(world, culprit, before, transfer.amount, payees);
    if (payee === undefined) return;
    this.#planted.push({ culprit: culprit.number, payee, transfer: place });
    this.#move(culprit.number, payee, transfer.amount);
  }

  #move(payer: number, payee: number, amount: Fen): void {
    this.#expected[payer] = (this.#expected[payer] ?? 0) - amount;
    this.#expected[payee] = (this.#expected[payee] ?? 0) + amount;
  }

  /** Whether a sync can change the answer. */
  async #mayHelp({ wallet }: Device, { amount }: Transfer, code: Code): Promise<boolean> {
    if (FINAL.has(code)) return false;
    if (code === 'insufficient-funds') {
      const { spendable, outgoing, voided, settling } = await wallet.balance();
      return outgoing + voided + settling > 0 && spendable + outgoing + voided + settling >= amount;
    }
    return code !== 'amount-above-limit' || amount <= ceilingOf(this.#options.policy);
  }
}

/** The device that refused; where the payee did, both: what it refuses may be the payer's to renew. */
const whoCanHelp = (world: World, { payer, payee }: Transfer, by: 'payer' | 'payee'): readonly Device[] =>
  by === 'payer' ? [world.device(payer)] : [world.device(payer), world.device(payee)];

/** A payer comes back with fresh coins: whole, under new keys, at their first hop. */
async function goOnline(world: World, devices: readonly Device[], payer: Device): Promise<void> {
  for (const device of devices) await world.sync(device, device === payer ? { refresh: 'all' } : {});
}

interface Attempt {
  readonly before: readonly Uint8Array[];
  readonly end: PaymentEnd;
}

const NOTHING: readonly Uint8Array[] = [];
const PROGRESS_EVERY = 64;

/** How far transfers that go on side by side may lie apart: a request stays fresh, and clocks agree, while time moves on. */
const sideBySideSeconds = ({ policy }: ReplayPolicy): number =>
  Math.floor(Math.min(policy.requestValidity, policy.skew) / 2);

/** When everybody goes online: after each `every` time steps. */
class SyncSchedule {
  readonly #every: number | undefined;
  #next: number;

  constructor(every: number | undefined, first: number) {
    this.#every = every;
    this.#next = first + (every ?? 0);
  }

  /** Once for each boundary that a time crosses; boundaries in which nothing happened count once together. */
  isDue(time: number): boolean {
    if (this.#every === undefined || time < this.#next) return false;
    this.#next += this.#every * (1 + Math.floor((time - this.#next) / this.#every));
    return true;
  }
}
