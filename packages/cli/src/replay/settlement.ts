/**
 * The end of a day: every device goes online, the registry settles, makes good and recovers, and its books are
 * read. What is reported comes from the registry alone.
 */
import type { FraudCase } from '@duet/ledger/engine/reports';
import { keyText } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { add, type Fen, ZERO } from '@duet/protocol/money';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { TrustView } from '@duet/protocol/verify/trust-view';
import type { SyncOptions } from '@duet/wallet/sync';
import type { Balance } from '@duet/wallet/views';
import type { PlantedCheat } from './cheats.ts';
import { accountName, type Device, type World } from './world.ts';

/** Syncs of one device at most: what is returned or answered late comes with the next one. */
const MAX_ROUNDS = 4;

/** All devices sync; those that still wait for something sync again. */
export async function settleAll(
  world: World,
  devices: readonly Device[],
  options: SyncOptions,
  watch: (done: number, total: number) => void = () => undefined,
): Promise<void> {
  let waiting = devices;
  for (let round = 0; round < MAX_ROUNDS && waiting.length > 0; round++) {
    await world.syncAll(waiting, options, (done) => watch(done, waiting.length));
    const balances = await Promise.all(waiting.map(({ wallet }) => wallet.balance()));
    waiting = waiting.filter((_, place) => isWaiting(balances[place], options.claim === 'all'));
  }
}

function isWaiting(balance: Balance | undefined, claimed: boolean): boolean {
  if (!balance) return false;
  const { spendable, outgoing, voided, settling } = balance;
  return outgoing + voided + settling > 0 || (claimed && spendable > 0);
}

/** Money by device, and the funds by operator. */
export interface Books {
  /** By number of the device: its account, and what the walk gives its keys. */
  readonly balances: readonly Fen[];
  readonly funds: ReadonlyMap<number, Fen>;
  readonly balanced: boolean;
  readonly differenceFen: number;
  readonly cases: readonly FraudCase[];
}

/** Recovers from culprits, pays what is owed, audits, and reads the balances. */
export async function closeBooks({ registry, devices }: World): Promise<Books> {
  await registry.deliver();
  await registry.recover();
  await registry.payFunds();
  await registry.recover();
  const audit = await registry.audit();
  const { accounts, walk, funds } = await registry.balances();
  const balances = devices.map((device) => {
    const name = accountName(device);
    return add(accounts.get(name) ?? ZERO, walk.get(name) ?? ZERO);
  });
  return {
    balances,
    funds,
    balanced: audit.balanced,
    differenceFen: audit.differenceFen,
    cases: await registry.cases(),
  };
}

/** What the proofs of the registry say about planted double spends. */
export interface DoubleSpends {
  readonly planted: number;
  /** Planted ones whose culprit a verified proof names. */
  readonly proven: number;
  readonly culpritsNamed: number;
  /** Devices, or keys of no device, that a case names though they did nothing. */
  readonly honestNamed: number;
}

/** Verifies every proof standing alone, with the trust bundle and nothing else. */
export function judgeCases(
  world: World,
  cases: readonly FraudCase[],
  planted: readonly PlantedCheat[],
): DoubleSpends {
  const trust = new TrustView(world.authority.bundle);
  const byAccount = new Map(world.devices.map((device) => [accountName(device), device.number]));
  const culprits = new Set(planted.map(({ culprit }) => culprit));
  const named = new Set<number>();
  const proven = new Set<number>();
  const honest = new Set<string>();
  for (const { culprit, operator, handle, proofs } of cases) {
    const device = byAccount.get(`${operator}:${handle}`);
    if (device === undefined || !culprits.has(device)) {
      honest.add(device === undefined ? culprit : String(device));
      continue;
    }
    named.add(device);
    if (proofs.some((proof) => namesKey(world, trust, proof, culprit))) proven.add(device);
  }
  return {
    planted: planted.length,
    proven: planted.filter(({ culprit }) => proven.has(culprit)).length,
    culpritsNamed: named.size,
    honestNamed: honest.size,
  };
}

function namesKey({ crypto }: World, trust: TrustView, encoded: Uint8Array, culprit: string): boolean {
  const proof = decodeBytes(FRAUD_PROOF, encoded, MAX_PROOF_BYTES);
  const accusation = settle(examineProof(proof, trust, crypto), crypto);
  return accusation.ok && keyText(accusation.value.culprit) === culprit;
}

/** Honest devices whose money at the end is less than what they loaded and were paid, less what they paid. */
export function unpaidHonest(
  books: Books,
  expected: readonly number[],
  planted: readonly PlantedCheat[],
): readonly number[] {
  const culprits = new Set(planted.map(({ culprit }) => culprit));
  return expected.flatMap((amount, number) =>
    !culprits.has(number) && (books.balances[number] ?? 0) < amount ? [number] : [],
  );
}
