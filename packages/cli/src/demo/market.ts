/**
 * The market: who pays whom while nobody has a network. A day is a list of steps drawn from the seed; each goes
 * through the wallets of its people, and what they answer is written down.
 */
import { type Fen, fen } from '@duet/protocol/money';
import type { SeededRandom } from '@duet/simulator/random';
import type { PaymentState } from '@duet/wallet/views';
import type { Wallet } from '@duet/wallet/wallet';
import type { PlantedCheat } from '../replay/cheats.ts';
import { repeatPayment } from '../replay/cheats.ts';
import { payOffline } from '../replay/payment.ts';
import type { Device as AnyDevice, World as AnyWorld } from '../replay/world.ts';
import type { Cheat, Interrupted, Lost, Refunds } from './story.ts';

/** In this thread: a market asks its wallets for more than payments. */
type Device = AnyDevice<Wallet>;
type World = AnyWorld<Wallet>;

/** A purchase that may be given back. */
interface Purchase {
  readonly payer: Device;
  readonly payee: Device;
  readonly paymentId: Parameters<Device['wallet']['requestRefund']>[0];
  readonly amount: Fen;
}

const STEPS = 1_500;
const OPENING_HOURS_SECONDS = 9 * 3_600;
const TO_TILL = 0.6;
const TO_PERSON = 0.88;
const REFUNDS = 12;
const CHEATS = 3;
/** The phone is lost after this part of the day, and must hold something worth finding. */
const LOST_AFTER = 0.6;
const LOST_LEAST_FEN = 2_000;
const FIFTY_FEN = 50;

export class Market {
  readonly planted: PlantedCheat[] = [];
  readonly cheats: Cheat[] = [];
  readonly refunds: { count: number; amountFen: number } & Refunds = { count: 0, amountFen: 0 };
  interrupted: Interrupted | undefined;
  lost: Lost | undefined;
  paidFen = 0;
  /** What each device must have in the end, by what the devices answered. */
  readonly expected: number[];
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #people: readonly Device[];
  readonly #tills: readonly Device[];
  /** By culprit: how many more payments until it cheats. */
  readonly #culprits: Map<number, number>;
  readonly #purchases: Purchase[] = [];

  constructor(world: World, random: SeededRandom, culprits: readonly number[], expected: readonly Fen[]) {
    this.#world = world;
    this.#random = random;
    this.#people = world.devices.filter((device) => device.terminal === undefined);
    this.#tills = world.devices.filter((device) => device.terminal !== undefined);
    this.#culprits = new Map(culprits.map((number) => [number, 1 + random.below(CHEATS)]));
    this.expected = [...expected];
  }

  /** Plays the day; `pause` is called between steps. */
  async open(pause: (done: number, total: number) => Promise<void>): Promise<void> {
    const refundEvery = Math.floor(STEPS / REFUNDS);
    for (let step = 1; step <= STEPS; step++) {
      this.#world.clock.advance(Math.floor(OPENING_HOURS_SECONDS / STEPS));
      if (step === Math.floor(STEPS / 2)) this.#interrupt();
      if (step >= STEPS * LOST_AFTER && !this.lost) this.#losePhone();
      if (step % refundEvery === 0) this.#refund();
      await this.#step();
      if (step % 25 === 0) await pause(step, STEPS);
    }
  }

  get present(): readonly Device[] {
    return this.#world.devices.filter((device) => device.number !== this.lost?.device);
  }

  async #step(): Promise<void> {
    const kind = this.#random.below(1_000) / 1_000;
    if (kind < TO_TILL)
      await this.#pay(this.#somebody(), this.#random.pick(this.#tills), this.#amount(300, 6_000));
    else if (kind < TO_PERSON) await this.#passOn(this.#amount(100, 4_000));
    else await this.#pay(this.#random.pick(this.#tills), this.#somebody(), this.#amount(500, 5_000));
  }

  async #passOn(amount: Fen): Promise<void> {
    const payer = this.#somebody();
    const payee = this.#somebody();
    if (payee !== payer) await this.#pay(payer, payee, amount);
  }

  #somebody(): Device {
    for (;;) {
      const person = this.#random.pick(this.#people);
      if (person.number !== this.lost?.device) return person;
    }
  }

  /** In steps of 50 fen, so that change is needed. */
  #amount(least: number, most: number): Fen {
    return fen(least + FIFTY_FEN * this.#random.below(Math.floor((most - least) / FIFTY_FEN)));
  }

  async #pay(payer: Device, payee: Device, amount: Fen): Promise<void> {
    const { tally } = this.#world;
    tally.transfers += 1;
    const before = await this.#world.recordsOf(payer);
    const end = await payOffline(payer.wallet, payee.wallet, amount);
    if (end.kind === 'refused') {
      tally.refuse(end.rejection.code);
      return;
    }
    tally.accepted(end.depth, end.offerBytes);
    this.#move(payer, payee, amount);
    if (payee.terminal) this.#purchases.push({ payer, payee, paymentId: end.paymentId, amount });
    const left = this.#culprits.get(payer.number);
    if (left === undefined) return;
    this.#culprits.set(payer.number, left - 1);
    if (left === 1) await this.#cheat(payer, before, payee, amount);
  }

  #move(payer: Device, payee: Device, amount: Fen): void {
    this.paidFen += amount;
    this.#expect(payer, -amount);
    this.#expect(payee, amount);
  }

  #expect({ number }: Device, change: number): void {
    this.expected[number] = (this.expected[number] ?? 0) + change;
  }

  /** A copy of the phone, made before the payment, pays somebody else with the same money. */
  async #cheat(culprit: Device, before: readonly Uint8Array[], first: Device, amount: Fen): Promise<void> {
    const others = [...this.#tills, ...this.#people].filter(
      ({ number }) => number !== first.number && number !== this.lost?.device && !this.#culprits.has(number),
    );
    const victims = this.#random.sample(
      others.map(({ number }) => number),
      others.length,
    );
    const payee = await repeatPayment(this.#world, culprit, before, amount, victims);
    if (payee === undefined) return;
    const second = this.#world.device(payee);
    this.planted.push({ culprit: culprit.number, payee, transfer: this.#world.tally.transfers });
    this.cheats.push({ culprit: culprit.number, first: first.number, second: payee, amountFen: amount });
    this.#expect(culprit, -amount);
    this.#expect(second, amount);
  }

  /** The newest purchase whose money the till still has is given back. */
  #refund(): void {
    const { tally } = this.#world;
    for (const purchase of [...this.#purchases].reverse()) {
      const { payer, payee, paymentId, amount } = purchase;
      if (payer.number === this.lost?.device || this.#culprits.has(payer.number)) continue;
      const asked = payer.wallet.requestRefund(paymentId);
      if (!asked.ok) continue;
      let returned = 0;
      for (const request of asked.value) {
        tally.transfers += 1;
        const offer = payee.wallet.pay(request.message, { confirmed: true });
        const receipt = offer.ok ? payer.wallet.receive(offer.value.sealedOffer) : offer;
        if (!offer.ok || !receipt.ok) {
          payer.wallet.cancel(request.requestId);
          if (!receipt.ok) tally.refuse(receipt.rejection.code);
          continue;
        }
        payee.wallet.takeVerdict(receipt.value.verdict, offer.value.paymentId);
        tally.accepted(receipt.value.depth, receipt.value.offerBytes);
        this.#move(payee, payer, request.amount);
        returned += request.amount;
      }
      if (returned < amount) continue;
      this.#purchases.splice(this.#purchases.indexOf(purchase), 1);
      this.refunds.count += 1;
      this.refunds.amountFen += returned;
      return;
    }
  }

  /** The payer's phone dies between its offer and the answer: the till was paid, the payer cannot know. */
  #interrupt(): void {
    const amount = fen(1_850);
    for (let tries = 0; tries < this.#people.length && !this.interrupted; tries++) {
      const [payer, payee] = [this.#somebody(), this.#random.pick(this.#tills)];
      if (this.#culprits.has(payer.number)) continue;
      const request = payee.wallet.request({ amount });
      if (!request.ok) continue;
      const offer = payer.wallet.pay(request.value.message, { confirmed: true });
      const receipt = offer.ok ? payee.wallet.receive(offer.value.sealedOffer) : offer;
      if (!offer.ok || !receipt.ok) {
        payee.wallet.cancel(request.value.requestId);
        continue;
      }
      const { tally } = this.#world;
      tally.transfers += 1;
      tally.accepted(receipt.value.depth, receipt.value.offerBytes);
      this.#move(payer, payee, amount);
      const paymentId = offer.value.paymentId;
      this.interrupted = {
        payer: payer.number,
        payee: payee.number,
        paymentId,
        amountFen: amount,
        payerSawFirst: stateOf(payer, paymentId),
      };
    }
  }

  #losePhone(): void {
    const owner = this.#somebody();
    const heldFen = owner.wallet.balance().spendable;
    if (
      heldFen < LOST_LEAST_FEN ||
      this.#culprits.has(owner.number) ||
      owner.number === this.interrupted?.payer
    )
      return;
    this.lost = { device: owner.number, heldFen };
  }
}

/** What a phone says about one of its payments. */
export function stateOf({ wallet }: Device, paymentId: string): PaymentState {
  const found = wallet.payments().find((payment) => payment.paymentId === paymentId);
  if (!found) throw new Error('demo: a phone that forgot one of its payments');
  return found.state;
}
