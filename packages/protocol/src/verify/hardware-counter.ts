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
    const ordered = [...readings.values()].sort((a, b) => a.seq - b.seq);
    for (const [i, after] of ordered.entries()) {
      const before = ordered[i - 1];
      if (before && !rises(before, after)) {
        return refusal(
          'counter-not-rising',
          `a counter above ${before.counter} for payment ${after.seq} of one hardware key`,
          `${after.counter}`,
        );
      }
    }
  }
  return undefined;
}

/** 0 on both says that the authenticator does not count. Two Spends of one number are FraudProof form 4. */
const rises = (before: CounterReading, after: CounterReading): boolean =>
  after.counter > before.counter || (after.counter === 0 && before.counter === 0) || after.seq === before.seq;

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
