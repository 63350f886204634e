/** Answers that come twice or too late: Verdicts (PAY-7, PAY-8), Claims that the registry cannot judge yet (SET-2). */
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { ANSWER, MAX_UPLOAD_BYTES, type Upload } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../src/memory-journal.ts';
import { describeState } from './helpers/describe-state.ts';
import { codeOf, copyOf, payment, value, World } from './helpers/world.ts';

describe('a Verdict that was taken', () => {
  it('PAY-8: says paid again, by itself and by reference, before and after the payment is settled', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const first = payment(anna, ben, 100);
    const second = payment(anna, ben, 200);
    for (let synced = 0; synced < 3; synced++) {
      for (const { receipt, paid } of [first, second]) {
        const paidAgain = { paymentId: paid.paymentId, state: 'paid' };
        expect(value(anna.takeVerdict(receipt.verdict))).toEqual(paidAgain);
        expect(value(anna.takeVerdict(receipt.verdict, paid.paymentId))).toEqual(paidAgain);
      }
      expect(codeOf(anna.takeVerdict(first.receipt.verdict, second.paid.paymentId))).toBe('bad-signature');
      for (const wallet of [ben, anna]) await wallet.sync(world);
    }
    expect(anna.state.archive.size).toBe(2);
    expect(anna.exportEvidence().proofs).toEqual([]);
  });

  it('PAY-8: says not paid again', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(100) }));
    value(anna.pay(asked.message, { confirmed: true }));
    const { verdict } = value(ben.cancel(asked.requestId));
    for (let synced = 0; synced < 3; synced++) {
      expect(value(anna.takeVerdict(verdict)).state).toBe('not-paid');
      for (const wallet of [ben, anna]) await wallet.sync(world);
    }
    expect(anna.state.outgoing.size).toBe(0);
  });

  it('PAY-8: is not another payment’s, and says so', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 1_000),
      await world.person('ben', 1_000),
      await world.person('cara'),
    ];
    payment(anna, cara, 100);
    const other = payment(ben, cara, 100);
    const ofOthers = { rejection: { code: 'payment-unknown', situation: 'receipt-of-others' } };
    expect(anna.takeVerdict(other.receipt.verdict)).toMatchObject(ofOthers);
    expect(ben.takeVerdict(other.receipt.verdict).ok).toBe(true);
    // Also where a payment of this wallet waits for its answer, and where there is none at all.
    value(anna.pay(value(cara.request({ amount: fen(100) })).message, { confirmed: true }));
    expect(anna.takeVerdict(other.receipt.verdict)).toMatchObject(ofOthers);
    expect(cara.takeVerdict(other.receipt.verdict)).toMatchObject(ofOthers);
  });

  it('PAY-8: bytes that are no Verdict are malformed, whoever waits', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    value(anna.pay(value(ben.request({ amount: fen(100) })).message, { confirmed: true }));
    expect(codeOf(anna.takeVerdict(new Uint8Array([0x13, 0x80])))).toBe('malformed');
  });

  it.each([0, 1, 2])('form 2: another one after %i syncs is kept as evidence and uploaded', async (syncs) => {
    const world = new World();
    const journal = memoryJournal();
    const anna = await world.person('anna', 1_000);
    const ben = await world.person('ben', 0, { journal });
    const asked = value(ben.request({ amount: fen(300) }));
    const liar = world.wallet('ben', { journal: copyOf(journal) });
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    const yes = value(ben.receive(paid.sealedOffer));
    value(anna.takeVerdict(yes.verdict));
    for (let i = 0; i < syncs; i++) await anna.sync(world);
    const no = value(liar.cancel(asked.requestId));
    expect(value(anna.takeVerdict(no.verdict)).state).toBe('paid');
    expect(value(anna.takeVerdict(no.verdict, paid.paymentId)).state).toBe('paid');
    expect(anna.exportEvidence().proofs).toHaveLength(1);
    await anna.sync(world);
    const [proof] = world.uploads.flatMap((upload) => upload.proofs);
    const bundle = decodeSigned(TRUST_BUNDLE, (await world.trust()).bundle, world.crypto);
    const read = decodeBytes(FRAUD_PROOF, proof ?? new Uint8Array(0), MAX_PROOF_BYTES);
    const named = value(settle(examineProof(read, new TrustView(bundle), world.crypto), world.crypto));
    expect(named.form).toBe(2);
    expect([...ben.state.keys.values()].map(({ key }) => key)).toContainEqual(named.culprit);
  });
});

describe('a request that nobody answered in time', () => {
  it('PAY-7: is closed by the next sync, with an empty Verdict that is uploaded', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(100) }));
    const fresh = () => world.uploads.flatMap((upload) => upload.verdicts);
    world.pass(300);
    await ben.sync(world);
    expect(fresh()).toEqual([]);
    value(anna.pay(asked.message, { confirmed: true }));
    world.pass(3_000);
    await ben.sync(world);
    const verdicts = fresh().map((bytes) => decodeSigned(VERDICT, bytes, world.crypto).body.accepted);
    expect(verdicts).toEqual([[]]);
    expect(ben.payments()).toMatchObject([{ direction: 'in', state: 'closed' }]);
    await anna.sync(world);
    expect(anna.payments()).toMatchObject([{ state: 'not-paid' }]);
    await anna.sync(world);
    expect(anna.balance()).toMatchObject({ spendable: 1_000, outgoing: 0, voided: 0 });
  });
});

/** A registry that loses the exchanges of its first uploads, and does not know what Claims rest on. */
class Forgetful extends World {
  blind = 0;
  readonly tries: Upload[] = [];

  override async settle(sealed: Uint8Array) {
    const answer = await super.settle(sealed);
    const upload = this.uploads.at(-1);
    if (!upload || upload.claims.length + upload.returns.length === 0 || !answer.ok) return answer;
    this.tries.push(upload);
    if (this.tries.length > this.blind) return answer;
    return { ok: true as const, value: this.unknown(answer.value) };
  }

  /** The same answer with every credit refused as `spend-unknown`, and no coins. */
  unknown(bytes: Uint8Array): Uint8Array {
    const answer = decodeBytes(ANSWER, bytes, 64 * MAX_UPLOAD_BYTES);
    return encodeBytes(ANSWER, { ...answer, coins: [], creditNote: this.refusingNote(answer.creditNote) });
  }
}

describe('a Claim that rests on what the registry does not know', () => {
  it.each([
    [1, 'all'],
    [3, 'all'],
    [2, 'none'],
  ] as const)('is sent again with its exchanges: %i times, claim %s', async (blind, claim) => {
    const world = new Forgetful();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 150);
    payment(anna, ben, 250);
    world.blind = blind;
    const report = await ben.sync(world, { claim });
    expect(report).toMatchObject({ complete: true, refused: [] });
    expect(report.claimedFen + report.refreshedFen).toBe(400);
    expect(world.tries).toHaveLength(blind + 1);
    for (const again of world.tries.slice(1)) expect(again.exchanges).toHaveLength(2);
    expect(ben.balance()).toMatchObject({ spendable: claim === 'all' ? 0 : 400, settling: 0, waiting: 0 });
  });

  it('ends after three, and what it holds waits for the close of its coins', async () => {
    const world = new Forgetful();
    const journal = memoryJournal();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben', 0, { journal })];
    payment(anna, ben, 150);
    world.blind = 1_000;
    const report = await ben.sync(world, { claim: 'all' });
    expect(report).toMatchObject({ complete: true, refused: [{ code: 'spend-unknown' }] });
    expect(world.tries).toHaveLength(4);
    expect(ben.balance()).toMatchObject({ spendable: 0, settling: 0, waiting: 150 });
    await ben.sync(world, { claim: 'all' });
    expect(world.tries).toHaveLength(4);
    const restarted = world.wallet('ben', { journal: copyOf(journal) });
    expect(describeState(restarted.state)).toEqual(describeState(ben.state));
  });

  it('goes on with its count where a sync was interrupted', async () => {
    const world = new Forgetful();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 150);
    world.blind = 1_000;
    let calls = 0;
    const failing = new Proxy(world, {
      get(target, name) {
        if (name === 'settle' && calls++ % 2 === 1) return () => Promise.reject(new Error('connection lost'));
        const found: unknown = Reflect.get(target, name, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
    let complete = false;
    for (let i = 0; i < 12 && !complete; i++)
      complete = await ben.sync(failing, { claim: 'all' }).then(
        (report) => report.complete,
        () => false,
      );
    expect(complete).toBe(true);
    expect(ben.balance()).toMatchObject({ settling: 0, waiting: 150 });
  });

  it('a Return too', async () => {
    const world = new Forgetful();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(300) }));
    value(anna.pay(asked.message, { confirmed: true }));
    value(anna.takeVerdict(value(ben.cancel(asked.requestId)).verdict));
    await ben.sync(world);
    world.blind = 2;
    expect(await anna.sync(world, { refresh: 'none' })).toMatchObject({ complete: true, refused: [] });
    expect(world.tries).toHaveLength(3);
    for (const again of world.tries.slice(1)) expect(again.exchanges).toHaveLength(1);
    expect(anna.balance()).toMatchObject({ spendable: 1_000, voided: 0, settling: 0, waiting: 0 });
  });
});

describe('limits between two syncs (LIMIT-1)', () => {
  it('start anew with a complete sync alone, and say which limit it is', async () => {
    const world = new World();
    const anna = await world.person('anna', 5_000, { limits: { maxPayments: 2, maxTotal: fen(1_000) } });
    const ben = await world.person('ben');
    const pays = (amount: number) =>
      anna.pay(value(ben.request({ amount: fen(amount) })).message, { confirmed: true });
    for (let i = 0; i < 2; i++) value(pays(300));
    const limited = pays(300);
    expect(limited).toMatchObject({
      ok: false,
      rejection: {
        code: 'count-limit',
        expected: 'at most 2 payments of this device between two syncs; a complete sync starts a new count',
        got: 'number 3',
      },
    });
    const refusing = new Proxy(world, {
      get(target, name) {
        if (name === 'settle') return () => Promise.resolve({ ok: false, rejection: { code: 'malformed' } });
        const found: unknown = Reflect.get(target, name, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
    expect((await anna.sync(refusing)).complete).toBe(false);
    expect(codeOf(pays(300))).toBe('count-limit');
    const offline = new Proxy(world, {
      get: (target, name) =>
        name === 'trust'
          ? () => Promise.reject(new Error('no connection'))
          : Reflect.get(target, name, target),
    });
    await expect(anna.sync(offline)).rejects.toThrow('no connection');
    expect(codeOf(pays(300))).toBe('count-limit');
    expect((await anna.sync(world)).complete).toBe(true);
    value(pays(600));
    expect(pays(600)).toMatchObject({
      ok: false,
      rejection: { code: 'amount-above-limit', situation: 'device-total', got: '12.00 yuan' },
    });
  });

  it('PRIV-5: a key that has none left leaves the payment to another one, to the same payee too', async () => {
    const world = new World({ policy: { maxPayments: 1 } });
    world.fund('anna', 1_000);
    const [anna, ben] = [await world.person('anna'), await world.person('ben')];
    await anna.sync(world, { load: fen(1_000), loadParts: [fen(500), fen(500)] });
    for (const amount of [100, 200]) expect(payment(anna, ben, amount).taken.state).toBe('paid');
    const third = anna.pay(value(ben.request({ amount: fen(100) })).message, { confirmed: true });
    expect(codeOf(third)).toBe('count-limit');
  });

  it('a key’s own count says that a sync gives a new key', async () => {
    const world = new World({ policy: { maxPayments: 1 } });
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 100);
    const asked = value(ben.request({ amount: fen(100) }));
    const limited = anna.pay(asked.message, { confirmed: true });
    expect(codeOf(limited)).toBe('count-limit');
    expect(limited.ok ? '' : limited.rejection.expected).toContain('a sync gives new keys');
  });
});
