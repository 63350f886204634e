/**
 * The signature counter of a hardware key (PAY-13; WebAuthn Level 3 §6.1.1): of two Spends of one key the later
 * one, by its sequence number, has the higher counter. A counter that does not rise is the sign of a copied key.
 * It is no FraudProof: an authenticator that counts badly is no double spend. What is read here was verified.
 */
import type { ObjectId, PublicKey } from '../brand.ts';
import { idText, keyText } from '../bytes.ts';
import type { Spend } from '../objects/spend.ts';
import { type Rejection, refusal } from '../rejection.ts';
import { type Chain, signerOf } from './chain.ts';

/** What one hardware Spend tells of its key. */
export interface CounterReading {
  readonly spend: ObjectId;
  readonly seq: number;
  /** 0 where the authenticator does not count. */
  readonly counter: number;
}

/** The reading of a Spend; `undefined` for one of an ordinary key. */
export const readingOf = ({ id, body, hardware }: Spend): CounterReading | undefined =>
  hardware && { spend: id, seq: body.seq, counter: hardware.counter };

/** Counters rise over all Spends of each hardware key, in the chain and among those that the verifier knows. */
export function counterRule(
  chain: Chain,
  known: (key: PublicKey) => readonly CounterReading[],
): Rejection | undefined {
  for (const { key, readings } of readingsByKey(chain)) {
    for (const reading of known(key)) readings.set(idText(reading.spend), reading);
    const refused = firstFall([...readings.values()].sort((a, b) => a.seq - b.seq));
    if (refused) return refused;
  }
  return undefined;
}

/**
 * Every reading against the highest of all lower numbers: neighbours alone do not tell, because two Spends of one
 * number may stand between. Those two are FraudProof form 4, and are not compared.
 */
function firstFall(ordered: readonly CounterReading[]): Rejection | undefined {
  let highest: CounterReading | undefined;
  let below: CounterReading | undefined;
  for (const reading of ordered) {
    if (highest && highest.seq < reading.seq) below = highest;
    if (below && !rises(below, reading)) {
      return refusal(
        'counter-not-rising',
        `a counter above ${below.counter} for payment ${reading.seq} of one hardware key`,
        `${reading.counter}`,
      );
    }
    if (!highest || reading.counter >= highest.counter) highest = reading;
  }
  return undefined;
}

/** 0 on both says that the authenticator does not count. */
const rises = (before: CounterReading, after: CounterReading): boolean =>
  after.counter > before.counter || (after.counter === 0 && before.counter === 0);

interface KeyReadings {
  readonly key: PublicKey;
  readonly readings: Map<string, CounterReading>;
}

function readingsByKey(chain: Chain): Iterable<KeyReadings> {
  const keys = new Map<string, KeyReadings>();
  for (const path of chain.paths) {
    for (const [place, { spend }] of path.steps.entries()) {
      const reading = readingOf(spend);
      const key = reading && signerOf(chain, path, place);
      if (!key) continue;
      const name = keyText(key);
      const entry = keys.get(name) ?? { key, readings: new Map() };
      entry.readings.set(idText(spend.id), reading);
      keys.set(name, entry);
    }
  }
  return keys.values();
}
