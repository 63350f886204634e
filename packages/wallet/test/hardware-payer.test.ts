/** PAY-13: a payee holds the counter of a hardware key against the money that it still holds from that key. */
import type { ObjectId } from '@duet/protocol/brand';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { decodeSigned, draft, withSignature } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { hardwareMessage } from '@duet/protocol/verify/signatures';
import { describe, expect, it } from 'vitest';
import type { Wallet } from '../src/wallet.ts';
import { codeOf, HARDWARE_TEMPLATE, payment, value, World } from './helpers/world.ts';

/** An authenticator that owns a coin, and pays with what counters it is told. */
class HardwarePayer {
  readonly #world: World;
  readonly #key;
  readonly #coin;
  #spent = 0;

  constructor(world: World) {
    this.#world = world;
    this.#key = world.crypto.generateKey(1, 'sign');
    this.#coin = decodeSigned(COIN, world.mint(this.#key.publicKey, fen(1_000)), world.crypto);
  }

  /** One opened offer of 10 fen, and the same one sealed to its payee. */
  pay(request: Uint8Array, seq: number, counter: number) {
    const { crypto } = this.#world;
    const message = value(decodeRequest(request, crypto));
    const from = fen(this.#spent);
    this.#spent += 10;
    const unsigned = draft(
      SPEND,
      1,
      {
        inputs: [{ parent: { id: this.#coin.id }, from, to: fen(from + 10) }],
        payee: message.payee.id,
        request: message.request.id,
        seq,
        time: this.#world.time,
      },
      crypto,
    );
    const hardware = { flags: 5, counter, template: HARDWARE_TEMPLATE.number };
    const unfinished = withSignature(unsigned, crypto.sign(this.#key, unsigned.message), hardware);
    const { relyingParty, tail } = HARDWARE_TEMPLATE;
    const signature = crypto.sign(this.#key, hardwareMessage(unfinished, relyingParty, tail, crypto));
    const spend = withSignature(unsigned, signature, hardware);
    const offer = encodeOffer({ spends: [spend], provenance: Provenance.of(this.#coin) }, message);
    const sealed = value(
      crypto.seal({
        recipient: message.request.body.sealingKey,
        info: message.request.id,
        aad: new Uint8Array(0),
        plaintext: offer,
      }),
    );
    return { offer, sealed, id: spend.id satisfies ObjectId };
  }
}

const ask = (payee: Wallet): Uint8Array => value(payee.request({ amount: fen(10) })).message;

describe('PAY-13: the counter of a hardware key at a payee', () => {
  it('rises over payments that are still held', async () => {
    const world = new World();
    const ben = await world.person('ben');
    const payer = new HardwarePayer(world);
    const code = (seq: number, counter: number): string =>
      codeOf(ben.receive(payer.pay(ask(ben), seq, counter).sealed));
    expect([code(1, 5), code(2, 6), code(4, 9)]).toEqual(['accepted', 'accepted', 'accepted']);
    expect([code(3, 9), code(5, 8), code(6, 0)]).toEqual([
      'counter-not-rising',
      'counter-not-rising',
      'counter-not-rising',
    ]);
    expect(code(3, 7)).toBe('accepted');
    expect(ben.balance().spendable).toBe(40);
  });

  it('is known after a restart, and of money whose payer paid somebody else first', async () => {
    const world = new World();
    const [ben, cara] = [await world.person('ben'), await world.person('cara')];
    const payer = new HardwarePayer(world);
    value(ben.receive(payer.pay(ask(ben), 1, 5).sealed));
    payment(ben, cara, 10);
    expect(codeOf(cara.receive(payer.pay(ask(cara), 2, 5).sealed))).toBe('counter-not-rising');
    expect(codeOf(cara.receive(payer.pay(ask(cara), 3, 6).sealed))).toBe('accepted');
  });

  it('SET-13, PAY-7: holds for what the payee’s own sync brings; the request closes when its time runs out', async () => {
    const world = new World();
    const ben = await world.person('ben');
    const payer = new HardwarePayer(world);
    value(ben.receive(payer.pay(ask(ben), 1, 5).sealed));
    const request = ask(ben);
    const copied = payer.pay(request, 2, 5);
    world.recordExchange({ request, offer: copied.offer });
    for (const state of ['open', 'closed']) {
      const report = await ben.sync(world, { refresh: 'none' });
      expect([report.complete, report.refused[0]?.code]).toEqual([true, 'counter-not-rising']);
      expect(ben.balance().spendable).toBe(10);
      expect(
        ben
          .payments()
          .map((payment) => payment.state)
          .sort(),
      ).toEqual([state, 'paid'].sort());
      world.pass(3_000);
    }
  });
});
