/**
 * What is to happen in one world, drawn from its seed before it begins: a list of events. An event draws what it
 * leaves to chance under its own name, so that a run of some of them is as it was in the run of all: that is how a
 * failure is made small.
 */
import { type Fen, fen } from '@duet/protocol/money';
import { SeededRandom } from './random.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Calls that change something at the registry. */
export const LOSABLE_CALLS = ['settle', 'load', 'certify'] as const;
export type LosableCall = (typeof LOSABLE_CALLS)[number];

export type EventKind =
  | { readonly kind: 'pay'; readonly payer: number; readonly payee: number; readonly amount: Fen }
  /** To the standing request of a till. */
  | { readonly kind: 'pay-standing'; readonly payer: number; readonly payee: number; readonly amount: Fen }
  /** Somebody wants back what it paid. */
  | { readonly kind: 'refund'; readonly who: number }
  | { readonly kind: 'sync'; readonly who: number; readonly load: Fen }
  | {
      readonly kind: 'power-cut';
      readonly who: number;
      readonly steps: number;
      readonly point: 'before' | 'after';
    }
  | { readonly kind: 'reboot'; readonly who: number }
  | { readonly kind: 'clock-jump'; readonly who: number; readonly seconds: number }
  | { readonly kind: 'registry-down'; readonly forMs: number }
  | { readonly kind: 'answer-lost'; readonly to: LosableCall }
  /** The phone is lost; its owner goes on with what a backup of an earlier time holds. */
  | { readonly kind: 'restore'; readonly who: number; readonly backMs: number }
  /** A copy of the device as it is now, which its owner uses beside it. */
  | { readonly kind: 'clone'; readonly who: number }
  | { readonly kind: 'clone-pays'; readonly who: number; readonly payee: number; readonly amount: Fen }
  /** What was overheard is shown to somebody. */
  | { readonly kind: 'replay'; readonly to: number };

export type PlannedEvent = EventKind & { readonly number: number; readonly atMs: number };

/** Shares of what can go wrong on the way between two people. */
export interface Weather {
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
  readonly changed: number;
  readonly cut: number;
  readonly another: number;
  /** A payee who saw nothing closes the request. */
  readonly walksAway: number;
}

export interface Plan {
  readonly seed: string;
  readonly people: number;
  readonly tills: number;
  readonly deposit: Fen;
  readonly weather: Weather;
  readonly events: readonly PlannedEvent[];
  /** After this nothing goes wrong any more. */
  readonly healMs: number;
}

/** How much of each kind of event a world has, for a hundred payments. */
interface Mix {
  readonly syncs: number;
  readonly cuts: number;
  readonly reboots: number;
  readonly jumps: number;
  readonly outages: number;
  readonly lostAnswers: number;
  readonly restores: number;
  readonly clones: number;
  readonly replays: number;
  readonly refunds: number;
}

/** Draws a world; `steps` are the payments that are tried. */
export function drawPlan(seed: string, steps: number): Plan {
  const random = new SeededRandom(`${seed}\nplan`);
  const people = random.between(3, 9);
  const tills = random.between(1, 3);
  const hours = random.between(2, 60);
  const healMs = hours * HOUR;
  const events: PlannedEvent[] = [];
  const enter = (event: EventKind, atMs = random.below(healMs)): void => {
    events.push({ ...event, number: events.length, atMs });
  };
  const anyone = (): number => random.below(people + tills);
  const person = (): number => random.below(people);
  const other = (than: number): number => (than + 1 + random.below(people + tills - 1)) % (people + tills);
  for (let i = 0; i < steps; i++) {
    const payer = person();
    const payee = other(payer);
    const isStanding = payee >= people && random.chance(0.3);
    enter({ kind: isStanding ? 'pay-standing' : 'pay', payer, payee, amount: amountOf(random) });
  }
  const mix = drawMix(random);
  const times = (share: number): number => Math.ceil((share * steps) / 100);
  const repeat = (share: number, event: () => EventKind): void => {
    for (let i = 0; i < times(share); i++) enter(event());
  };
  repeat(mix.syncs, () => ({
    kind: 'sync',
    who: anyone(),
    load: fen(random.chance(0.3) ? random.below(20_000) : 0),
  }));
  repeat(mix.cuts, () => ({
    kind: 'power-cut',
    who: anyone(),
    steps: random.below(4),
    point: random.chance(0.5) ? 'before' : 'after',
  }));
  repeat(mix.reboots, () => ({ kind: 'reboot', who: anyone() }));
  repeat(mix.jumps, () => ({ kind: 'clock-jump', who: anyone(), seconds: random.between(-7_200, 7_200) }));
  repeat(mix.outages, () => ({ kind: 'registry-down', forMs: random.below(2 * HOUR) }));
  repeat(mix.lostAnswers, () => ({ kind: 'answer-lost', to: random.pick(LOSABLE_CALLS) }));
  // One person alone: what both sides of a payment lost, nobody can know.
  const unlucky = person();
  repeat(mix.restores, () => ({ kind: 'restore', who: unlucky, backMs: random.below(healMs) }));
  for (let i = 0; i < times(mix.clones); i++) {
    const who = person();
    const at = random.below(healMs);
    enter({ kind: 'clone', who }, at);
    for (let n = random.between(1, 3); n > 0; n--)
      enter(
        { kind: 'clone-pays', who, payee: other(who), amount: amountOf(random) },
        at + random.below(healMs - at),
      );
  }
  repeat(mix.refunds, () => ({ kind: 'refund', who: person() }));
  repeat(mix.replays, () => ({ kind: 'replay', to: anyone() }));
  return {
    seed,
    people,
    tills,
    deposit: fen(random.between(20_000, 60_000)),
    weather: drawWeather(random),
    events: [...events].sort((a, b) => a.atMs - b.atMs || a.number - b.number),
    healMs,
  };
}

const amountOf = (random: SeededRandom): Fen =>
  fen(random.chance(0.1) ? random.between(1, 9) : random.between(10, 6_000));

/** Swarm: each world has some of the troubles, and much or little of them. */
function drawMix(random: SeededRandom): Mix {
  const some = (most: number): number => (random.chance(0.5) ? random.between(1, most) : 0);
  const clones = some(4);
  return {
    syncs: random.between(5, 60),
    cuts: some(30),
    reboots: some(20),
    jumps: some(10),
    outages: some(4),
    lostAnswers: some(20),
    // Nor does anybody know what a lost phone was paid by a copy that is never seen again.
    restores: clones > 0 ? 0 : some(3),
    clones,
    replays: some(20),
    refunds: some(15),
  };
}

function drawWeather(random: SeededRandom): Weather {
  const share = (most: number): number => (random.chance(0.5) ? random.below(1 + most) / 100 : 0);
  return {
    lost: share(40),
    twice: share(30),
    late: share(20),
    changed: share(10),
    cut: share(10),
    another: share(10),
    walksAway: share(60),
  };
}
