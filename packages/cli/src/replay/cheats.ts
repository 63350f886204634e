/**
 * Cloned wallets. A device drawn from the seed repeats one of its own paid transfers: a copy of its state just
 * before that payment signs the same inputs to another payee, also drawn from the seed.
 *
 * Every draw is made before the day begins, from the transfers that the plain ledger pays.
 */
import { type Fen, ZERO } from '@duet/protocol/money';
import { accept, type Result } from '@duet/protocol/rejection';
import { SeededRandom } from '@duet/simulator/random';
import { fileInvalid } from './csv.ts';
import { MAX_CHEAT_TRIES } from './limits.ts';
import type { Transfer } from './transfers.ts';
import type { Device, World } from './world.ts';

/** By transfer: who else is paid with the same money, in the order in which they are tried. */
export type CheatPlan = ReadonlyMap<number, readonly number[]>;

export interface CheatDraw {
  readonly transfers: readonly Transfer[];
  /** By transfer: the plain ledger pays it. */
  readonly paid: readonly boolean[];
  readonly nodes: number;
  readonly cheats: number;
  readonly seed: string;
}

/** Draws the culprits, one paid transfer of each, and other payees for it. */
export function planCheats({ transfers, paid, nodes, cheats, seed }: CheatDraw): Result<CheatPlan> {
  const paidBy = new Map<number, number[]>();
  for (const [place, { payer }] of transfers.entries()) {
    if (!paid[place]) continue;
    const places = paidBy.get(payer) ?? [];
    places.push(place);
    paidBy.set(payer, places);
  }
  const payers = [...paidBy.keys()].sort((a, b) => a - b);
  if (cheats > 0 && (payers.length < cheats || nodes < 3)) {
    return fileInvalid(
      `${cheats} devices with a paid transfer, and three devices in all`,
      `${payers.length} with one, of ${nodes}`,
      'too-few-payers',
    );
  }
  const random = new SeededRandom(`${seed}\ncheats`);
  const culprits = random.sample(payers, cheats);
  const honest = Array.from({ length: nodes }, (_, node) => node).filter((node) => !culprits.includes(node));
  const plan = new Map<number, readonly number[]>();
  for (const culprit of culprits) {
    const place = random.pick(paidBy.get(culprit) ?? []);
    const payee = transfers[place]?.payee;
    const others = honest.filter((node) => node !== payee);
    const rest = culprits.filter((node) => node !== payee && node !== culprit);
    plan.set(place, random.sample(others.length > 0 ? others : rest, MAX_CHEAT_TRIES));
  }
  return accept(plan);
}

/** A repeat that a payee accepted. */
export interface PlantedCheat {
  readonly culprit: number;
  readonly payee: number;
  readonly transfer: number;
}

/** The clone pays: tries the payees of the plan until one accepts. */
export async function repeatPayment(
  world: World,
  culprit: Device,
  before: readonly Uint8Array[],
  amount: Fen,
  payees: readonly number[],
): Promise<number | undefined> {
  for (const payee of payees) {
    const clone = await world.cloneOf(culprit, before);
    const device = world.device(payee);
    const request = await device.wallet.request({ amount });
    if (!request.ok) continue;
    const offer = await clone.pay(request.value.message, { confirmed: true });
    const receipt = offer.ok ? await device.wallet.receive(offer.value.sealedOffer) : offer;
    if (receipt.ok) return payee;
    await device.wallet.cancel(request.value.requestId);
  }
  return undefined;
}

/** What the repeats of a plan are worth together, in fen. */
export const worthOf = (plan: CheatPlan, transfers: readonly Transfer[]): number =>
  [...plan.keys()].reduce((sum, place) => sum + (transfers[place]?.amount ?? ZERO), 0);
