/** Many worlds, one after another, until one fails; what they met is added up. */
import { Coverage } from './coverage.ts';
import { WorldDatabases } from './databases.ts';
import { drawPlan, type Plan } from './plan.ts';
import { playPlan, type RunResult } from './run.ts';
import { only, type Shrunk, shrink } from './shrink.ts';

export interface CampaignOptions {
  /** The first seed; the others are named after it. */
  readonly seed: string;
  readonly seeds: number;
  /** Payments that each world tries. */
  readonly steps: number;
  /** Numbers of the events that are to happen; all others are left out. */
  readonly only?: readonly number[];
  /** Makes a failure small. Default true. */
  readonly shrinks?: boolean;
  readonly watch?: (done: Watched) => void;
}

export interface Watched {
  readonly phase: 'play' | 'shrink';
  readonly seed: string;
  /** Worlds played, or events left. */
  readonly done: number;
  readonly payments: number;
}

export interface Campaign {
  readonly worlds: number;
  readonly payments: number;
  readonly seconds: number;
  readonly coverage: Coverage;
  /** Of the worlds that were played, by seed: the hash of what happened. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly failure?: Shrunk & { readonly found: RunResult };
}

/** The name of the seed after so many. */
const seedAfter = (seed: string, number: number): string => (number === 0 ? seed : `${seed}+${number}`);

/** @throws DatabaseError */
export async function playCampaign(options: CampaignOptions): Promise<Campaign> {
  const { seed, seeds, steps, watch = () => undefined } = options;
  const databases = await WorldDatabases.open();
  const play = (plan: Plan): Promise<RunResult> => databases.with((database) => playPlan(plan, database));
  const coverage = new Coverage();
  const hashes = new Map<string, string>();
  const begun = performance.now();
  let payments = 0;
  const end = (failure?: Campaign['failure']): Campaign => ({
    worlds: hashes.size,
    payments,
    seconds: (performance.now() - begun) / 1_000,
    coverage,
    hashes,
    ...(failure ? { failure } : {}),
  });
  try {
    for (let number = 0; number < seeds; number++) {
      const name = seedAfter(seed, number);
      const drawn = drawPlan(name, steps);
      const wanted = options.only && new Set(options.only);
      const plan = wanted
        ? only(
            drawn,
            drawn.events.filter((event) => wanted.has(event.number)),
          )
        : drawn;
      const result = await play(plan);
      hashes.set(name, result.hash);
      coverage.add(result.coverage);
      payments += result.payments;
      watch({ phase: 'play', seed: name, done: number + 1, payments });
      if (!result.failure) continue;
      const small =
        options.shrinks === false
          ? { plan, result, runs: 0 }
          : await shrink(plan, result, play, (left) =>
              watch({ phase: 'shrink', seed: name, done: left, payments }),
            );
      return end({ ...small, found: result });
    }
    return end();
  } finally {
    await databases.close();
  }
}
