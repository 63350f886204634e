/**
 * The secure element under random commands (PAY-2, PAY-3, PAY-4): replay equals the live state, no point is ever
 * signed twice, nothing is lost, limits hold whatever the rest of the wallet asks.
 */
import { idText } from '@duet/protocol/bytes';
import { fen } from '@duet/protocol/money';
import type { Claim } from '@duet/protocol/objects/claim';
import type { Input, Spend } from '@duet/protocol/objects/spend';
import { inputsConflict } from '@duet/protocol/verify/fraud-proof';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../src/memory-journal.ts';
import { encodeRecord } from '../src/secure-element/record-codec.ts';
import { snapshotOf } from '../src/secure-element/snapshot.ts';
import type { Wallet } from '../src/wallet.ts';
import { describeState } from './helpers/describe-state.ts';
import { codeOf, copyOf, value, World } from './helpers/world.ts';

type Action =
  | {
      readonly kind: 'pay';
      readonly from: number;
      readonly to: number;
      readonly amount: number;
      readonly lose: boolean;
    }
  | {
      readonly kind:
        | 'again'
        | 'show-again'
        | 'verdict'
        | 'cancel'
        | 'expire'
        | 'sync'
        | 'claim'
        | 'restart'
        | 'refund';
      readonly from: number;
    };

const person = fc.integer({ min: 0, max: 2 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      from: person,
      to: person,
      amount: fc.integer({ min: 1, max: 700 }),
      lose: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'again' as const,
        'show-again' as const,
        'verdict' as const,
        'cancel' as const,
        'expire' as const,
        'sync' as const,
        'claim' as const,
        'restart' as const,
        'refund' as const,
      ),
      from: person,
    }),
  },
);

/** Everything that one wallet ever let out of its hands. */
interface Leaves {
  readonly spends: Map<string, Spend>;
  readonly claims: Map<string, Claim>;
  readonly offers: Map<string, Uint8Array>;
}

function watch(wallet: Wallet, leaves: Leaves): void {
  for (const { machine } of wallet.state.outgoing.values()) {
    if (machine.kind === 'signed')
      for (const spend of machine.spends) leaves.spends.set(idText(spend.id), spend);
  }
  for (const { claim } of wallet.state.claims.values()) leaves.claims.set(idText(claim.id), claim);
}

describe('random commands', () => {
  it('PAY-2, PAY-3: replay equals the live state, no range is signed over twice, no fen is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
        const world = new World();
        const journals = [memoryJournal(), memoryJournal(), memoryJournal()];
        const wallets: Wallet[] = [];
        for (const [i, journal] of journals.entries())
          wallets.push(await world.person(`p${i}`, 1_000, { journal }));
        const leaves: Leaves[] = wallets.map(() => ({
          spends: new Map(),
          claims: new Map(),
          offers: new Map(),
        }));
        const messages = new Map<string, Uint8Array>();
        const offers: Uint8Array[] = [];
        const answers: Uint8Array[] = [];
        const requests: (readonly [number, string])[] = [];

        for (const step of actions) {
          const me = wallets[step.from];
          const journal = journals[step.from];
          if (!me || !journal) throw new Error('a person of the world');
          world.pass(7);
          switch (step.kind) {
            case 'pay': {
              const payee = wallets[step.to];
              const asked = payee?.request({ amount: fen(step.amount) });
              if (!payee || !asked?.ok) break;
              requests.push([step.to, asked.value.requestId]);
              const paid = me.pay(asked.value.message, { confirmed: true });
              if (!paid.ok) {
                expect(['insufficient-funds', 'paying-oneself', 'too-fragmented', 'too-many-hops']).toContain(
                  paid.rejection.code,
                );
                break;
              }
              messages.set(paid.value.paymentId, asked.value.message);
              leaves[step.from]?.offers.set(paid.value.paymentId, paid.value.sealedOffer);
              offers.push(paid.value.sealedOffer);
              watch(me, leaves[step.from] ?? { spends: new Map(), claims: new Map(), offers: new Map() });
              if (step.lose) break;
              answers.push(value(payee.receive(paid.value.sealedOffer)).verdict);
              break;
            }
            case 'again':
              for (const [id, sealed] of leaves[step.from]?.offers ?? []) {
                const again = me.pay(messages.get(id) ?? new Uint8Array(0), { confirmed: true });
                if (again.ok) expect(again.value.sealedOffer).toEqual(sealed);
                else expect(['already-paid', 'request-closed']).toContain(again.rejection.code);
              }
              break;
            case 'show-again':
              for (const sealed of offers) {
                const receipt = me.receive(sealed);
                if (receipt.ok) answers.push(receipt.value.verdict);
                else
                  expect(['cannot-open', 'request-unknown', 'request-closed', 'request-stale']).toContain(
                    receipt.rejection.code,
                  );
              }
              break;
            case 'verdict':
              for (const answer of answers) me.takeVerdict(answer);
              break;
            case 'cancel': {
              const own = requests.findLast(([owner]) => owner === step.from);
              if (own)
                for (const view of me.payments())
                  if (view.requestId === own[1]) answers.push(value(me.cancel(view.requestId)).verdict);
              break;
            }
            case 'expire':
              world.pass(3_000);
              me.expire();
              break;
            case 'sync':
            case 'claim': {
              const report = await me.sync(world, { claim: step.kind === 'claim' ? 'all' : 'none' });
              expect(report).toMatchObject({ complete: true });
              break;
            }
            case 'refund':
              for (const view of me.payments()) {
                if (view.state !== 'paid' || view.direction !== 'out') continue;
                const wanted = value(me.requestRefund(view.paymentId));
                for (const other of wallets)
                  for (const one of wanted) {
                    const back = other === me ? undefined : other.pay(one.message, { confirmed: true });
                    if (back?.ok) answers.push(value(me.receive(back.value.sealedOffer)).verdict);
                  }
                break;
              }
              break;
            case 'restart':
              wallets[step.from] = world.wallet(`p${step.from}`, { journal });
              break;
          }
          for (const [i, wallet] of wallets.entries()) {
            watch(wallet, leaves[i] ?? { spends: new Map(), claims: new Map(), offers: new Map() });
            const replayed = world.wallet(`p${i}`, { journal: copyOf(journals[i] ?? memoryJournal()) });
            expect(describeState(replayed.state)).toEqual(describeState(wallet.state));
            const snapshot = snapshotOf(wallet.state);
            if (!snapshot) continue;
            const compact = memoryJournal();
            compact.append(snapshot.map(encodeRecord));
            const restored = world.wallet(`p${i}`, { journal: compact });
            expect(describeState(restored.state)).toEqual(describeState(wallet.state));
          }
        }
        for (const { spends, claims } of leaves) {
          const inputs: { readonly object: string; readonly input: Input }[] = [];
          for (const [id, object] of [...spends, ...claims])
            for (const input of object.body.inputs) inputs.push({ object: id, input });
          for (const [i, a] of inputs.entries())
            for (const b of inputs.slice(i + 1)) expect(inputsConflict(a.input, b.input)).toBe(false);
          const keys = [...spends.values()].map((spend) => spend.body.seq);
          expect(keys.every((seq) => seq >= 1)).toBe(true);
        }
        for (let round = 0; round < 3; round++) {
          for (const wallet of wallets) wallet.expire();
          world.pass(3_000);
          for (const wallet of wallets) await wallet.sync(world, { claim: 'all' });
        }
        for (const wallet of wallets)
          expect(wallet.balance()).toEqual({
            spendable: 0,
            conditional: 0,
            outgoing: 0,
            voided: 0,
            settling: 0,
            refused: 0,
            waiting: 0,
          });
        expect(world.balanceOf('p0') + world.balanceOf('p1') + world.balanceOf('p2')).toBe(3_000);
      }),
      { numRuns: 25 },
    );
  });
});

describe('interruption (PAY-3, PAY-8)', () => {
  /** A journal that dies at its n-th append: nothing of that append is kept. */
  const dying = (left: number, records: readonly Uint8Array[]) => {
    const journal = memoryJournal();
    journal.append(records);
    let appends = left;
    return {
      ...journal,
      append: (more: readonly Uint8Array[]) => {
        if (appends-- === 0) throw new Error('power lost');
        journal.append(more);
      },
    };
  };

  it.each([0, 1])(
    'the payer loses power before durable step %i: the same request gives one payment or none',
    async (step) => {
      const world = new World();
      const base = memoryJournal();
      const ben = await world.person('ben');
      (await world.person('anna', 1_000, { journal: base })).close();
      const journal = dying(step, base.read());
      const anna = world.wallet('anna', { journal });
      const asked = value(ben.request({ amount: fen(100) }));
      expect(() => anna.pay(asked.message, { confirmed: true })).toThrow('power lost');
      const restarted = world.wallet('anna', { journal: copyOf(journal) });
      expect(restarted.balance().outgoing).toBe(step === 0 ? 0 : 100);
      const paid = value(restarted.pay(asked.message, { confirmed: true }));
      expect(value(restarted.pay(asked.message, { confirmed: true })).sealedOffer).toEqual(paid.sealedOffer);
      expect(value(ben.receive(paid.sealedOffer)).amount).toBe(100);
      expect(restarted.balance()).toMatchObject({ spendable: 900, outgoing: 100 });
    },
  );

  it('a recorded payment that was never signed can be freed, and its ranges are spent once', async () => {
    const world = new World();
    const base = memoryJournal();
    const ben = await world.person('ben');
    (await world.person('anna', 1_000, { journal: base })).close();
    const journal = dying(1, base.read());
    const asked = value(ben.request({ amount: fen(100) }));
    expect(() => world.wallet('anna', { journal }).pay(asked.message, { confirmed: true })).toThrow(
      'power lost',
    );
    const restarted = world.wallet('anna', { journal: copyOf(journal) });
    const [view] = restarted.payments();
    if (!view) throw new Error('a recorded payment');
    expect(view.state).toBe('recorded');
    value(restarted.free(view.paymentId));
    expect(restarted.balance()).toMatchObject({ spendable: 1_000, outgoing: 0 });
    expect(codeOf(restarted.free(view.paymentId))).toBe('range-spent');
    expect(codeOf(restarted.pay(asked.message, { confirmed: true }))).toBe('request-closed');
    const other = value(ben.request({ amount: fen(1_000) }));
    expect(
      value(ben.receive(value(restarted.pay(other.message, { confirmed: true })).sealedOffer)).amount,
    ).toBe(1_000);
  });

  it('the payee loses power before its durable step: the request stays open and the offer is taken once', async () => {
    const world = new World();
    const base = memoryJournal();
    const anna = await world.person('anna', 1_000);
    (await world.person('ben', 0, { journal: base })).close();
    const journal = dying(1, base.read());
    const ben = world.wallet('ben', { journal });
    const asked = value(ben.request({ amount: fen(100) }));
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    expect(() => ben.receive(paid.sealedOffer)).toThrow('power lost');
    const restarted = world.wallet('ben', { journal: copyOf(journal) });
    const receipt = value(restarted.receive(paid.sealedOffer));
    expect(receipt.again).toBe(false);
    expect(value(restarted.receive(paid.sealedOffer)).again).toBe(true);
    expect(restarted.balance().spendable).toBe(100);
    expect(value(anna.takeVerdict(receipt.verdict)).state).toBe('paid');
  });

  it('a request that was not durable is not shown', async () => {
    const world = new World();
    const base = memoryJournal();
    (await world.person('ben', 0, { journal: base })).close();
    const ben = world.wallet('ben', { journal: dying(0, base.read()) });
    expect(() => ben.request({ amount: fen(5) })).toThrow('power lost');
  });
});
