/**
 * Credit notes and recorded payments that something between wallet and registry changed (SET-14, PAY-7, ADR 26): the answer is
 * refused as a whole and changes nothing; the next sync with an honest port brings what is due.
 */
import type { ObjectId } from '@duet/protocol/brand';
import type { Answer } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { type CreditNoteBody, outcomeNumber } from '@duet/protocol/objects/notes';
import { describe, expect, it } from 'vitest';
import type { SyncOptions } from '../src/sync.ts';
import type { Wallet } from '../src/wallet.ts';
import {
  claiming,
  comesRight,
  failing,
  flipped,
  lostAnswer,
  lying,
  present,
  refused,
  telling,
} from './helpers/lying.ts';
import { payment, value, World } from './helpers/world.ts';

/** `other`: the id of an object that was not sent. */
type NoteLie = (body: CreditNoteBody, other: ObjectId) => CreditNoteBody;

const NOTES: readonly (readonly [string, NoteLie])[] = [
  ['on other sealed bytes', (body) => ({ ...body, upload: body.upload.map((byte) => byte ^ 1) })],
  ['without a word on the claim', (body) => ({ ...body, items: [] })],
  [
    'on an input that was never sent',
    (body) => ({ ...body, items: body.items.flatMap((item) => [item, { ...item, index: 7 }]) }),
  ],
  [
    'on a claim that was never sent',
    (body, other) => ({ ...body, items: body.items.flatMap((item) => [item, { ...item, object: other }]) }),
  ],
  ['that credits an input twice', (body) => ({ ...body, items: [...body.items, ...body.items] })],
  [
    'that credits more than was sent',
    (body) => ({ ...body, items: body.items.map((item) => ({ ...item, amount: fen(301) })) }),
  ],
  [
    'that owes more than was sent',
    (body) => ({
      ...body,
      items: body.items.map((item) => ({ ...item, outcome: outcomeNumber('owed'), amount: fen(301) })),
    }),
  ],
];

describe('SET-14: a credit note', () => {
  it.each(NOTES)('%s is refused, and the upload is sent again', async (_name, lie) => {
    const world = new World();
    const ben = await claiming(world);
    const port = lying(world, {
      settle: ({ creditNote }) => ({
        creditNote: world.otherNote(creditNote, (body) => lie(body, parentOf(ben))),
      }),
    });
    expect(await refused(ben, port)).toEqual(['answer-mismatch']);
    await comesRight(world, ben);
  });

  it.each<[string, (items: CreditNoteBody['items']) => CreditNoteBody['items']]>([
    ['on one of two inputs alone', ([first]) => (first ? [first] : [])],
    [
      'that credits one of two inputs with the money of both',
      ([first, second]) =>
        first && second
          ? [
              { ...first, amount: fen(500) },
              { object: second.object, index: 1, outcome: outcomeNumber('refused'), code: 'already-claimed' },
            ]
          : [],
    ],
    [
      'in parts that are more than an input',
      (items) => items.flatMap((item) => [item, { ...item, amount: fen(1) }]),
    ],
  ])('%s is refused', async (_name, lie) => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 300);
    payment(anna, ben, 200);
    await expect(ben.sync(failing(world, 1), { refresh: 'all' })).rejects.toThrow('connection lost');
    expect([...ben.state.claims.values()].map(({ claim }) => claim.body.inputs.length)).toEqual([2]);
    const port = lying(world, {
      settle: ({ creditNote }) => ({
        creditNote: world.otherNote(creditNote, (body) => ({ ...body, items: lie(body.items) })),
      }),
    });
    expect(await refused(ben, port)).toEqual(['answer-mismatch']);
    expect(await ben.sync(world)).toMatchObject({ complete: true, refused: [], refreshedFen: 500 });
  });

  it('that gives back more for two void Spends than both were is refused', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    for (const amount of [300, 200]) {
      const asked = value(ben.request({ amount: fen(amount) }));
      value(anna.pay(asked.message, { confirmed: true }));
      value(anna.takeVerdict(value(ben.cancel(asked.requestId)).verdict));
    }
    await ben.sync(world);
    const options: SyncOptions = { refresh: 'none' };
    await expect(anna.sync(failing(world, 1), options)).rejects.toThrow('connection lost');
    expect([...anna.state.returns.values()].map(({ object }) => object.body.spends.length)).toEqual([2]);
    const port = lying(world, {
      settle: ({ creditNote }) => ({
        creditNote: world.otherNote(creditNote, (body) => ({
          ...body,
          items: body.items.map((item) => ({ ...item, amount: fen(300) })),
        })),
      }),
    });
    expect(await refused(anna, port, options)).toEqual(['answer-mismatch']);
    expect(await anna.sync(world, options)).toMatchObject({ complete: true, refused: [], returnedFen: 500 });
  });

  it('that says pending leaves the Claim open; its coins count once, spent from in between or not', async () => {
    const world = new World();
    const ben = await claiming(world);
    const port = lying(world, {
      settle: ({ creditNote }) => ({
        creditNote: world.otherNote(creditNote, (body) => ({
          ...body,
          items: body.items.map(({ amount: _, ...item }) => ({ ...item, outcome: outcomeNumber('pending') })),
        })),
      }),
    });
    const options: SyncOptions = { refresh: 'none' };
    expect(await ben.sync(port, options)).toMatchObject({ complete: true, coins: 1, refreshedFen: 0 });
    expect(ben.state.claims.size).toBe(1);
    payment(ben, await world.person('cara'), 100);
    expect(await ben.sync(world, options)).toMatchObject({ complete: true, coins: 0, refreshedFen: 300 });
    expect(ben.balance()).toMatchObject({ spendable: 200, settling: 0 });
  });

  it('that somebody else signed is refused', async () => {
    const world = new World();
    const ben = await claiming(world);
    const stranger = world.crypto.generateKey(1, 'sign');
    const port = lying(world, {
      settle: ({ creditNote }) => ({ creditNote: world.otherNote(creditNote, (body) => body, stranger) }),
    });
    expect(await refused(ben, port)).toEqual(['bad-signature']);
    await comesRight(world, ben);
  });

  it('of an earlier upload is refused, although it told of this very claim', async () => {
    const world = new World();
    const ben = await claiming(world);
    const lost = await lostAnswer(world, ben);
    expect(await refused(ben, lying(world, { bytes: () => lost }))).toEqual(['answer-mismatch']);
    await comesRight(world, ben);
  });

  it('of another device is refused', async () => {
    const world = new World();
    const ben = await claiming(world);
    const cara = await world.person('cara', 500);
    await expect(cara.sync(failing(world, 0), { refresh: 'all' })).rejects.toThrow('connection lost');
    const other = await lostAnswer(world, cara);
    expect(await refused(ben, lying(world, { bytes: () => other }))).toEqual(['answer-mismatch']);
    await comesRight(world, ben);
  });

  it('that is cut short is refused', async () => {
    const world = new World();
    const ben = await claiming(world);
    const port = lying(world, { bytes: (honest) => honest.slice(0, -1) });
    expect(await refused(ben, port)).toEqual(['malformed']);
    await comesRight(world, ben);
  });
});

describe('PAY-7: recorded payments of an answer', () => {
  /** Anna paid Ben, and her device told the registry; his has not seen her offer. */
  async function recorded(world: World) {
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(300) }));
    value(anna.pay(asked.message, { confirmed: true }));
    await anna.sync(world);
    return { anna, ben };
  }

  async function endsPaid(world: World, { anna, ben }: { anna: Wallet; ben: Wallet }): Promise<void> {
    expect(await ben.sync(world)).toMatchObject({ complete: true, answered: 1, refused: [] });
    expect(ben.payments()).toMatchObject([{ state: 'paid' }]);
    await anna.sync(world);
    expect(anna.payments()).toMatchObject([{ state: 'paid' }]);
  }

  const changed = (exchanges: Answer['recorded'], change: (offer: Uint8Array) => Uint8Array) =>
    exchanges.map(({ request, offer }) => ({ request, ...(offer ? { offer: change(offer) } : {}) }));

  it.each<[string, (honest: Answer['recorded']) => Answer['recorded']]>([
    ['with another signature', (honest) => changed(honest, flipped)],
    ['cut short', (honest) => changed(honest, (offer) => offer.subarray(0, -1))],
    ['without its offer', (honest) => honest.map(({ request }) => ({ request }))],
    ['twice', (honest) => [...honest, ...honest]],
    ['left out', () => []],
  ])('%s are refused with the answer, although the request ran out', async (_name, change) => {
    const world = new World();
    const people = await recorded(world);
    world.pass(3_000);
    const port = lying(world, { settle: (honest) => ({ recorded: change(honest.recorded) }) });
    expect(await refused(people.ben, port)).toEqual(['answer-mismatch']);
    await endsPaid(world, people);
  });

  it('that do not verify, although the registry signs for them, leave the request open', async () => {
    const world = new World();
    const people = await recorded(world);
    const report = await people.ben.sync(telling(world, (honest) => changed(honest, flipped)));
    expect(report).toMatchObject({ complete: true, answered: 0 });
    expect(new Set(report.refused.map(({ code }) => code))).toEqual(new Set(['bad-signature']));
    expect(people.ben.payments()).toMatchObject([{ state: 'open' }]);
    expect(world.verdicts.size).toBe(0);
    await endsPaid(world, people);
  });
});

/** The Spend that Ben's claim is on. */
const parentOf = (ben: Wallet): ObjectId =>
  present([...ben.state.claims.values()][0]?.claim.body.inputs[0]?.parent.id);
