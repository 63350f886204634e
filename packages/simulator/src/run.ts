/**
 * One world from beginning to end: everybody loads, the plan happens, the trouble ends, everybody syncs until all is
 * said, the coins close. Checkers look after every step, and at the end at everything.
 */
import { createHash } from 'node:crypto';
import { createNodeCrypto, KeyCache } from '@duet/crypto/node';
import { createAuthority } from '@duet/ledger/engine/authority';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { openRegistry, type Registry } from '@duet/ledger/engine/registry';
import type { Database } from '@duet/ledger/postgres/database';
import { dayOf, type Instant, instant } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { handle } from '@duet/protocol/objects/fields';
import { CachingVerifier } from '@duet/wallet/caching-verifier';
import { PUBLIC_LIMITS } from '@duet/wallet/secure-element/decision';
import { TrustCache } from '@duet/wallet/trust-cache';
import { Agenda } from './agenda.ts';
import { checkBooks, checkCases, checkClosed, checkEnds, checkWealth } from './checks.ts';
import type { Coverage } from './coverage.ts';
import { enterEvents } from './events.ts';
import { Failure } from './failure.ts';
import type { Owner } from './person.ts';
import type { Plan } from './plan.ts';
import { SeededRandom } from './random.ts';
import { SpendBook } from './spend-book.ts';
import { World } from './world.ts';

/** How a world ended. */
export interface RunResult {
  readonly seed: string;
  /** Of the plan. */
  readonly events: number;
  readonly failure: Failure | undefined;
  readonly coverage: Coverage;
  readonly trace: readonly string[];
  /** SHA-256 of the trace, in hexadecimal. */
  readonly hash: string;
  /** Payments that payees took for good. */
  readonly payments: number;
}

/** 1 March 2027, 00:00 UTC. */
const START: Instant = instant(1_803_859_200);
const OPERATORS = [
  { id: 1, name: 'North' },
  { id: 2, name: 'South' },
];
const PLENTY = fen(1_000_000_000);
const FUND = fen(100_000_000);
const VERIFIED_ENTRIES = 2 ** 16;
const HANDLE_BYTES = 16;
const REGION = 440_305;
const CATEGORY = 5_814;
/** Syncs of everybody after which all must be said. */
const ROUNDS = 4;
const HOUR = 3_600;
/** Longer than a coin lives. */
const UNTIL_CLOSED_SECONDS = 150 * 24 * HOUR;

/** Plays a plan on an empty database. */
export async function playPlan(plan: Plan, database: Database): Promise<RunResult> {
  const random = new SeededRandom(`${plan.seed}\nkeys`);
  const crypto = createNodeCrypto({ random: (length) => random.bytes(length), keyCache: new KeyCache() });
  const agenda = new Agenda(START);
  const authority = createAuthority({
    crypto,
    suite: 1,
    policies: [DEFAULT_POLICY],
    operators: OPERATORS,
    now: START,
  });
  const registry = await openRegistry({ database, crypto, clock: agenda.now, authority });
  const owners = ownersOf(plan);
  const ground = {
    crypto,
    verifier: new CachingVerifier(crypto, VERIFIED_ENTRIES),
    kek: crypto.importKek(crypto.randomBytes(32)),
    root: authority.root,
    policy: DEFAULT_POLICY.id,
    limits: PUBLIC_LIMITS,
    now: agenda.now,
    trustCache: new TrustCache(),
  };
  const world = new World({ plan, start: START, agenda, registry, ground, owners, book: new SpendBook() });
  const failure = await failureOf(() => play(world, registry));
  if (failure) world.trace.say(agenda.nowMs, failure.checker, failure.message);
  return {
    seed: plan.seed,
    events: plan.events.length,
    failure,
    coverage: world.coverage,
    trace: world.trace.lines,
    hash: world.trace.hash(),
    payments: world.reference.payments,
  };
}

async function failureOf(play: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await play();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    return new Failure(
      'no-exception',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

function ownersOf({ seed, people, tills }: Plan): Owner[] {
  return Array.from({ length: people + tills }, (_, number): Owner => {
    const isTill = number >= people;
    const name = isTill ? `till${number - people + 1}` : `person${number + 1}`;
    const digest = createHash('sha256').update(`${seed}\n${name}`).digest();
    return {
      number,
      name,
      operator: 1 + (number % OPERATORS.length),
      handle: handle(new Uint8Array(digest.subarray(0, HANDLE_BYTES))),
      ...(isTill ? { terminal: { name, category: CATEGORY, region: REGION } } : {}),
    };
  });
}

async function play(world: World, registry: Registry): Promise<void> {
  const { plan, agenda, people, reference } = world;
  for (const { id, name } of OPERATORS)
    await registry.addOperator({ id, name, reserve: PLENTY, quota: PLENTY, fund: FUND });
  await registry.openAccounts(
    people.map(({ owner }) => ({
      operator: owner.operator,
      handle: owner.handle,
      kind: owner.terminal ? ('merchant' as const) : ('customer' as const),
      deposit: plan.deposit,
    })),
  );
  for (const { owner, device } of people) {
    reference.deposit(owner.number, plan.deposit);
    const loads = owner.terminal ? {} : { load: fen(Math.floor(plan.deposit / 2)) };
    await world.sync(device, loads);
  }
  enterEvents(world);
  agenda.at(agenda.nowMs + plan.healMs, () => heal(world));
  await agenda.run();
  giveUp(world);
  await syncAll(world);
  checkEnds(world);
  await checkBooks(world);
  await checkCases(world);
  leaveToClose(world);
  agenda.skip(UNTIL_CLOSED_SECONDS);
  await registry.close(dayOf(agenda.now()));
  await checkBooks(world);
  await checkCases(world);
  await checkWealth(world);
  await syncAll(world);
  checkClosed(world);
  await checkBooks(world);
}

/** Nothing goes wrong from now on. */
function heal(world: World): void {
  world.isHealed = true;
  world.connection.heal();
  for (const { device } of world.people) {
    device.journal.disarm();
    device.drift = 0;
  }
}

/** What was recorded when the power failed, and never signed, its payer gives up. */
function giveUp(world: World): void {
  for (const { device } of world.people)
    for (const { paymentId, state } of device.wallet.payments())
      if (state === 'recorded') world.act(device, 'gives up a payment', (wallet) => wallet.free(paymentId));
}

/**
 * A payee that lost its phone cannot say what it did not take: at the close the registry gives it what it was paid and
 * never voided (SET-7), and so does the clerk.
 */
function leaveToClose({ people, reference }: World): void {
  for (const { device } of people)
    for (const { direction, state, paymentId, requestId, amount, spends } of device.wallet.payments()) {
      const payee = reference.payeeOf(requestId);
      if (direction !== 'out' || payee === undefined || !people[payee]?.hasRestored) continue;
      if (state === 'not-yet-known' || state === 'recorded-not-yet-known')
        reference.accepted(paymentId, payee, amount, spends);
    }
}

async function syncAll(world: World): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    world.agenda.skip(HOUR);
    for (const { device } of world.people) await world.sync(device, { claim: 'all' });
  }
}
