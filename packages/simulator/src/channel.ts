/** The way of a message from one person to another: lost, late, twice, changed, cut, or seen by somebody else. */
import type { Coverage } from './coverage.ts';
import type { Weather } from './plan.ts';
import type { SeededRandom } from './random.ts';

/** What arrives: when, and as what. */
export interface Arrival {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
}

const QUICK_MS = 1_000;
const LATE_MS = 20 * 60_000;

/** What becomes of a message, in the order of arrival. Nothing goes wrong in calm weather. */
export function arrivals(
  bytes: Uint8Array,
  weather: Weather | undefined,
  random: SeededRandom,
  coverage: Coverage,
): Arrival[] {
  if (!weather) return [{ afterMs: QUICK_MS, bytes }];
  const arriving: Arrival[] = [];
  if (random.chance(weather.lost)) coverage.fault('message-lost');
  else arriving.push({ afterMs: QUICK_MS, bytes: damaged(bytes, weather, random, coverage) });
  if (random.chance(weather.twice)) {
    coverage.fault('message-twice');
    arriving.push({ afterMs: QUICK_MS + 1 + random.below(QUICK_MS), bytes });
  }
  if (random.chance(weather.late)) {
    coverage.fault('message-late');
    arriving.push({ afterMs: random.between(QUICK_MS, LATE_MS), bytes });
  }
  return arriving;
}

function damaged(bytes: Uint8Array, weather: Weather, random: SeededRandom, coverage: Coverage): Uint8Array {
  if (random.chance(weather.cut)) {
    coverage.fault('message-cut');
    return bytes.slice(0, random.below(bytes.length));
  }
  if (!random.chance(weather.changed)) return bytes;
  coverage.fault('message-changed');
  const changed = bytes.slice();
  const place = random.below(bytes.length);
  changed[place] = (changed[place] ?? 0) ^ (1 << random.below(8));
  return changed;
}
