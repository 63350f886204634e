/**
 * Two people at one place: a request is shown, an offer shown back, an answer given. What does not arrive is shown
 * again a few times; then the payer goes, and the payee may close the request.
 */
import type { IdText } from '@duet/protocol/brand';
import type { Fen } from '@duet/protocol/money';
import type { PayOptions } from '@duet/wallet/paying';
import { nonceOf, type PaymentId } from '@duet/wallet/payment-id';
import type { Asked } from '@duet/wallet/receiving';
import { arrivals } from './channel.ts';
import type { Device, Person } from './person.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

const SHOW_AGAIN_MS = 30_000;
const TIMES_SHOWN = 3;
const WALKS_AWAY_MS = 5 * 60_000;
/** Overheard messages that are kept. */
const MAX_OVERHEARD = 64;

export class Meeting {
  readonly #world: World;
  /** The device of now: a lost one is replaced. */
  readonly #payer: () => Device | undefined;
  readonly #payee: Person;
  readonly #random: SeededRandom;
  #amount: Fen | undefined;
  #paid: { readonly request: Uint8Array; readonly paymentId: PaymentId } | undefined;
  #isAnswered = false;

  constructor(world: World, payer: () => Device | undefined, payee: Person, random: SeededRandom) {
    this.#world = world;
    this.#payer = payer;
    this.#payee = payee;
    this.#random = random;
  }

  /** The payee asks for an amount. */
  begin(amount: Fen): void {
    const asked = this.#world.act(this.#payee.device, `asks for ${amount}`, (wallet) =>
      wallet.request({ amount }),
    );
    if (!asked?.ok) return;
    this.show(asked.value, amount);
    this.#world.agenda.after(WALKS_AWAY_MS, () => this.#walkAway(asked.value.requestId));
  }

  /** A request that is there: of a refund, or a standing one on a wall. */
  show({ message, requestId }: Asked, amount: Fen): void {
    this.#amount = amount;
    this.#world.reference.asked(requestId, this.#payee.owner.number);
    this.#send(message, (bytes) => this.#pay(bytes));
  }

  #pay(request: Uint8Array): void {
    const payer = this.#payer();
    if (!payer) return;
    const first = this.#paid === undefined;
    const paid = this.#world.act(payer, 'pays', (wallet) => wallet.pay(request, this.#options()));
    // Back on, the payer scans once more, or goes.
    if (!paid && this.#random.chance(0.5)) this.#world.agenda.after(SHOW_AGAIN_MS, () => this.#pay(request));
    if (!paid?.ok) return;
    this.#paid = { request, paymentId: paid.value.paymentId };
    this.#send(paid.value.sealedOffer, (bytes) => this.#receive(bytes));
    for (let n = 1; first && n < TIMES_SHOWN; n++)
      this.#world.agenda.after(n * SHOW_AGAIN_MS, () => this.#again());
  }

  /** To a standing request the payer says how much, and which of its payments it means. */
  #options(): PayOptions {
    const nonce = this.#paid && nonceOf(this.#paid.paymentId);
    return {
      confirmed: true,
      ...(this.#amount ? { amount: this.#amount } : {}),
      ...(nonce ? { nonce } : {}),
    };
  }

  /** The payer has no answer: the same bytes are shown again. */
  #again(): void {
    const [payer, paid] = [this.#payer(), this.#paid];
    if (this.#isAnswered || !paid || !payer) return;
    const again = this.#world.act(payer, 'shows again', (wallet) =>
      wallet.pay(paid.request, this.#options()),
    );
    if (again?.ok) this.#send(again.value.sealedOffer, (bytes) => this.#receive(bytes));
  }

  #receive(offer: Uint8Array): void {
    const taken = this.#world.act(this.#answering(), 'receives', (wallet) => wallet.receive(offer));
    if (taken?.ok) this.#send(taken.value.verdict, (bytes) => this.#takeVerdict(bytes));
  }

  /** A dishonest payee may answer with the copy of its device. */
  #answering(): Device {
    const { copy, device } = this.#payee;
    if (!copy || !this.#random.chance(0.3)) return device;
    this.#world.coverage.attack('clone-answers');
    return copy;
  }

  #takeVerdict(verdict: Uint8Array): void {
    const payer = this.#payer();
    if (!payer) return;
    const taken = this.#world.act(payer, 'takes the answer', (wallet) =>
      wallet.takeVerdict(verdict, this.#paid?.paymentId),
    );
    if (taken?.ok) this.#isAnswered = true;
  }

  /** The payee closes what nobody paid; a dishonest one also what it took with the copy. */
  #walkAway(id: IdText): void {
    const { weather } = this.#world.plan;
    if (this.#world.isHealed || !this.#random.chance(weather.walksAway)) return;
    if (this.#payee.copy) this.#world.coverage.attack('clone-cancels');
    const closed = this.#world.act(this.#payee.device, 'closes the request', (wallet) => wallet.cancel(id));
    if (closed?.ok) this.#send(closed.value.verdict, (bytes) => this.#takeVerdict(bytes));
  }

  #send(bytes: Uint8Array, arrives: (bytes: Uint8Array) => void): void {
    const { plan, coverage, agenda, overheard, isHealed } = this.#world;
    const weather = isHealed ? undefined : plan.weather;
    if (weather && this.#random.chance(weather.another)) {
      overheard.push(bytes);
      if (overheard.length > MAX_OVERHEARD) overheard.shift();
    }
    for (const arrival of arrivals(bytes, weather, this.#random, coverage))
      agenda.after(arrival.afterMs, () => arrives(arrival.bytes));
  }
}
