/**
 * The main job: a market day from a seed. Loads in the morning, a day without network, an evening in which all
 * sync, and four months later the close that gives a lost phone's money back (SET-7).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import type { Database } from '@duet/ledger/postgres/database';
import { dayOf, type Instant, instant, plusSeconds, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { type Fen, fen } from '@duet/protocol/money';
import { SeededRandom } from '@duet/simulator/random';
import { PUBLIC_LIMITS } from '@duet/wallet/secure-element/decision';
import type { Wallet } from '@duet/wallet/wallet';
import { writeBalances } from '../replay/balances-file.ts';
import { Phases, type Watch } from '../replay/phases.ts';
import type { ProofsFolder } from '../replay/proofs-folder.ts';
import { resultOf } from '../replay/result.ts';
import { closeBooks, judgeCases, settleAll, unpaidHonest } from '../replay/settlement.ts';
import { accountName, type DevicePlan, near, World } from '../replay/world.ts';
import { people, tills } from './cast.ts';
import { Market, stateOf } from './market.ts';
import type { Story } from './story.ts';

export interface DayOptions {
  readonly seed: string;
  /** Name of the file of final balances. */
  readonly balancesFile: string;
  /** Where fraud proofs go, if anywhere. */
  readonly proofs?: ProofsFolder;
  readonly openDatabase: () => Promise<Database>;
  readonly watch?: Watch;
}

/** 1 January 2026, 08:00 UTC. */
const MORNING: Instant = instant(1_767_254_400);
const OPERATORS = [
  { id: 1, name: 'Harbour Bank', fund: fen(500_000) },
  { id: 2, name: 'Mountain Pay', fund: fen(500_000) },
] as const;
const CULPRITS = 3;
const LEAST_LOAD_FEN = 10_000;
const LOAD_STEPS = 9;
const LOAD_STEP_FEN = 5_000;

/** Plays the day. @throws DatabaseError */
export async function marketDay(options: DayOptions): Promise<Story> {
  const phases = new Phases(options.watch);
  const random = new SeededRandom(`${options.seed}\nmarket`);
  const plans = cast(random);
  const customers = plans.flatMap((plan, number) => (plan.terminal ? [] : [number]));
  const culprits = random.sample(customers, CULPRITS);
  const database = await phases.time('database', options.openDatabase);
  try {
    const world = await phases.time('open', () => openWorld(options.seed, database, plans, culprits));
    return await playDay(world, options, random, culprits, plans, phases);
  } finally {
    await database.close();
  }
}

function cast(random: SeededRandom): DevicePlan[] {
  const deposit = (): Fen => fen(LEAST_LOAD_FEN + LOAD_STEP_FEN * random.below(LOAD_STEPS));
  const operatorOf = (place: number): number => OPERATORS[place % OPERATORS.length]?.id ?? 1;
  return [
    ...people().map(({ name }, place) => ({ name, operator: operatorOf(place), deposit: deposit() })),
    ...tills().map((terminal, place) => ({
      name: terminal.name,
      operator: operatorOf(place),
      deposit: fen(0),
      terminal,
    })),
  ];
}

function openWorld(
  seed: string,
  database: Database,
  plans: readonly DevicePlan[],
  culprits: readonly number[],
): Promise<World<Wallet>> {
  const options = {
    database,
    seed,
    policy: DEFAULT_POLICY,
    limits: PUBLIC_LIMITS,
    operators: OPERATORS,
    devices: plans.map((plan, number) => (culprits.includes(number) ? { ...plan, keepJournal: true } : plan)),
    start: MORNING,
  };
  return World.open(options, near);
}

async function playDay(
  world: World<Wallet>,
  { seed, balancesFile, proofs, watch = () => undefined }: DayOptions,
  random: SeededRandom,
  culprits: readonly number[],
  plans: readonly DevicePlan[],
  phases: Phases,
): Promise<Story> {
  await phases.time('load', () => world.loadAll((done) => watch('load', done, world.devices.length)));
  const market = new Market(
    world,
    random,
    culprits,
    plans.map(({ deposit }) => deposit),
  );
  await phases.time('pay', () =>
    market.open(async (done, total) => {
      watch('pay', done, total);
      await nextTurn();
    }),
  );
  await phases.time('settle', () =>
    settleAll(world, market.present, { claim: 'all', renew: false }, (done, total) =>
      watch('settle', done, total),
    ),
  );
  const evening = await phases.time('audit', () => closeBooks(world));
  const days = await phases.time('close', () => closeCoins(world));
  const closed = await phases.time('audit', () => closeBooks(world));
  proofs?.write(closed.cases, world.registry.authority);
  const { interrupted, lost, planted } = market;
  const result = resultOf({
    tally: world.tally,
    books: closed,
    doubleSpends: judgeCases(world, closed.cases, planted),
    unpaidHonestPayees: unpaidHonest(closed, market.expected, planted).length,
    balancesFile: writeBalances(
      balancesFile,
      world.devices.map(({ name }) => name),
      closed,
    ),
    seconds: phases.seconds(),
  });
  return {
    seed,
    people: plans.filter(({ terminal }) => terminal === undefined).length,
    tills: plans.filter(({ terminal }) => terminal !== undefined).length,
    names: world.devices.map(({ name }) => name),
    operators: OPERATORS.map(({ id, name, fund }) => ({ id, name, fundFen: fund })),
    loadedFen: plans.reduce((sum, { deposit }) => sum + deposit, 0),
    paidFen: market.paidFen,
    refunds: market.refunds,
    interrupted: interrupted && {
      ...interrupted,
      payerSawLast: stateOf(world.device(interrupted.payer), interrupted.paymentId),
      payeeSays: stateOf(world.device(interrupted.payee), interrupted.paymentId),
    },
    lost: lost && { ...lost, backFen: closed.balances[lost.device] ?? 0, days },
    cheats: market.cheats,
    accounts: world.devices.map(accountName),
    evening,
    closed,
    result,
  };
}

/** Time passes until the last coin of the day is closed; gives the days. */
async function closeCoins(world: World): Promise<number> {
  const days = DEFAULT_POLICY.spendDays + DEFAULT_POLICY.claimDays + DEFAULT_POLICY.graceDays + 1;
  world.clock.moveTo(plusSeconds(world.clock.read(), days * SECONDS_PER_DAY));
  await world.registry.close(dayOf(world.clock.read()));
  return days;
}
