/**
 * What stands between a wallet and the registry may lie or mix things up (SET-14, ADR 26): each answer that is not to what
 * was asked is refused with a code and changes nothing; the next sync with an honest port brings what is due.
 */
import { type Instant, instant, type ObjectId, type PublicKey } from '@duet/protocol/brand';
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { ANSWER, type Answer, recordedHash } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { type CreditNoteBody, outcomeNumber } from '@duet/protocol/objects/notes';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { accept, type Result } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import { describe, expect, it } from 'vitest';
import type { SyncOptions } from '../src/sync.ts';
import type { Wallet } from '../src/wallet.ts';
import { describeState } from './helpers/describe-state.ts';
import { payment, value, World } from './helpers/world.ts';

const MAX_BYTES = 4 * 1024 * 1024;

interface Lies {
  readonly trust?: (honest: TrustMaterial) => TrustMaterial;
  readonly certify?: (honest: Uint8Array, enrolment: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly load?: (honest: readonly Uint8Array[], order: LoadOrder) => readonly Uint8Array[];
  readonly settle?: (honest: Answer) => Partial<Answer>;
  /** Bytes that come back in place of the registry's. */
  readonly bytes?: (honest: Uint8Array) => Uint8Array;
}

const bytesOf = (result: Result<Uint8Array>): Uint8Array => value(result);

/** A port in front of the world that changes what comes back. */
function lying(world: World, lies: Lies): SettlementPort {
  return {
    trust: async () => (lies.trust ?? ((honest) => honest))(await world.trust()),
    certify: async (enrolment) => {
      const honest = bytesOf(await world.certify(enrolment));
      return accept(lies.certify ? await lies.certify(honest, enrolment) : honest);
    },
    load: async (order) => {
      const honest = value(await world.load(order));
      return accept(lies.load ? lies.load(honest, order) : honest);
    },
    settle: async (sealed) => {
      const honest = bytesOf(await world.settle(sealed));
      if (lies.bytes) return accept(lies.bytes(honest));
      const answer = decodeBytes(ANSWER, honest, MAX_BYTES);
      return accept(encodeBytes(ANSWER, { ...answer, ...lies.settle?.(answer) }));
    },
    account: (operator, handle) => world.account(operator, handle),
  };
}

/** A registry that is mixed up itself: it signs for other recorded payments than there are. */
function telling(world: World, tell: (honest: Answer['recorded']) => Answer['recorded']): SettlementPort {
  return lying(world, {
    settle: ({ creditNote, recorded }) => {
      const told = tell(recorded);
      const hash = recordedHash(told, world.crypto);
      const note = world.otherNote(creditNote, ({ recorded: _, ...body }) => ({
        ...body,
        ...(hash ? { recorded: hash } : {}),
      }));
      return { recorded: told, creditNote: note };
    },
  });
}

/** A port that carries the first uploads, then nothing. */
function failing(world: World, carried: number): SettlementPort {
  let calls = 0;
  return {
    ...lying(world, {}),
    settle: (sealed) =>
      calls++ < carried ? world.settle(sealed) : Promise.reject(new Error('connection lost')),
  };
}

/** Syncs with a lying port; gives the codes, after seeing that nothing changed but what may. */
async function refused(
  wallet: Wallet,
  port: SettlementPort,
  options: SyncOptions = {},
): Promise<readonly string[]> {
  const before = describeState(wallet.state);
  const report = await wallet.sync(port, options);
  expect(describeState(wallet.state)).toEqual(before);
  expect(report).toMatchObject({
    complete: false,
    coins: 0,
    claimedFen: 0,
    refreshedFen: 0,
    returnedFen: 0,
    loadedFen: 0,
    exchanges: 0,
  });
  return report.refused.map(({ code }) => code);
}

/** Ben was paid; his Claim for a new coin is signed, and its upload was lost. */
async function claiming(world: World, options: SyncOptions = { refresh: 'all' }): Promise<Wallet> {
  const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
  payment(anna, ben, 300);
  await expect(ben.sync(failing(world, 1), options)).rejects.toThrow('connection lost');
  expect(ben.state.claims.size).toBe(1);
  return ben;
}

/** What the registry answered to a sync whose connection then ended. */
async function lostAnswer(world: World, wallet: Wallet): Promise<Uint8Array> {
  const answers: Uint8Array[] = [];
  const port: SettlementPort = {
    ...lying(world, {}),
    settle: async (sealed) => {
      answers.push(bytesOf(await world.settle(sealed)));
      throw new Error('connection lost');
    },
  };
  await expect(wallet.sync(port)).rejects.toThrow('connection lost');
  return present(answers[0]);
}

async function comesRight(world: World, ben: Wallet): Promise<void> {
  const report = await ben.sync(world);
  expect(report).toMatchObject({ complete: true, refused: [], refreshedFen: 300 });
  expect(ben.balance()).toMatchObject({ spendable: 300, settling: 0 });
}

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

describe('SET-14: coins of an answer', () => {
  const CASES: readonly (readonly [
    string,
    string,
    (world: World, ben: Wallet, honest: Uint8Array) => Uint8Array[],
  ])[] = [
    [
      'of somebody else',
      'wrong-owner',
      (world, _ben, honest) => [honest, world.mint(world.crypto.generateKey(1, 'sign').publicKey, fen(10))],
    ],
    [
      'of another key of this device',
      'answer-mismatch',
      (world, ben, honest) => [honest, world.mint(payeeKeyOf(ben), fen(10))],
    ],
    ['twice for one key', 'answer-mismatch', (world, _ben, honest) => [honest, again(world, honest, 300)]],
    ['above what was ordered', 'answer-mismatch', (world, _ben, honest) => [again(world, honest, 301)]],
    [
      'of another operator',
      'answer-mismatch',
      (world, _ben, honest) => [again(world, honest, 300, { operator: 2 })],
    ],
    [
      'of another currency',
      'answer-mismatch',
      (world, _ben, honest) => [again(world, honest, 300, { currency: 978 })],
    ],
    [
      'of another policy',
      'answer-mismatch',
      (world, _ben, honest) => [again(world, honest, 300, { policy: 9 })],
    ],
    [
      'bound by a condition that the money did not have',
      'answer-mismatch',
      (world, _ben, honest) => [again(world, honest, 300, { condition: { categories: [1] } })],
    ],
    [
      'of no issuer key',
      'issuer-unknown',
      (world, _ben, honest) => [again(world, honest, 300, { issuerKey: 99 })],
    ],
    ['with another signature', 'bad-signature', (_world, _ben, honest) => [flipped(honest)]],
  ];

  it.each(CASES)('%s are refused', async (_name, code, lie) => {
    const world = new World();
    const ben = await claiming(world);
    const port = lying(world, {
      settle: ({ coins: [coin] }) => ({ coins: coin ? lie(world, ben, coin) : [] }),
    });
    expect(await refused(ben, port)).toEqual([code]);
    await comesRight(world, ben);
  });

  it('that were credited and did not come are asked for again', async () => {
    const world = new World();
    const ben = await claiming(world);
    const port = lying(world, { settle: () => ({ coins: [] }) });
    for (let i = 0; i < 3; i++) {
      const report = await ben.sync(port);
      expect(report).toMatchObject({ coins: 0, refreshedFen: 0, refused: [{ code: 'answer-mismatch' }] });
      expect(ben.balance()).toMatchObject({ spendable: 0, settling: 300 });
    }
    await comesRight(world, ben);
  });

  it('that come once more change nothing', async () => {
    const world = new World();
    const ben = await claiming(world);
    await comesRight(world, ben);
    expect((await ben.sync(world)).coins).toBe(0);
    expect(ben.balance()).toMatchObject({ spendable: 300 });
  });
});

describe('SET-14: refusals of an answer', () => {
  it.each([
    ['of an entry that was not sent', { list: 3, place: 1, code: 'malformed' }],
    ['of a list that there is not', { list: 7, place: 0, code: 'malformed' }],
    ['of a second inquiry', { list: 6, place: 1, code: 'malformed' }],
  ])('%s are refused', async (_name, entry) => {
    const world = new World();
    const ben = await claiming(world);
    expect(await refused(ben, lying(world, { settle: () => ({ refused: [entry] }) }))).toEqual([
      'answer-mismatch',
    ]);
    await comesRight(world, ben);
  });
});

describe('SET-13: what others signed, in an answer', () => {
  it('a Verdict on a payment of somebody else is refused alone', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 1_000),
      await world.person('ben'),
      await world.person('cara', 1_000),
    ];
    payment(cara, ben, 100);
    await ben.sync(world);
    const verdicts = [...world.verdicts.values()];
    payment(anna, ben, 100);
    const report = await anna.sync(lying(world, { settle: () => ({ verdicts }) }));
    expect(report).toMatchObject({ complete: true, verdictsTaken: 0 });
    expect(new Set(report.refused.map(({ code }) => code))).toEqual(new Set(['payment-unknown']));
  });

  it('a Verdict that its payee did not sign leaves the payment not yet known', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    const asked = value(ben.request({ amount: fen(100) }));
    const paid = value(anna.pay(asked.message, { confirmed: true }));
    value(ben.receive(paid.sealedOffer));
    await ben.sync(world);
    const forged = [...world.verdicts.values()].map(flipped);
    expect(forged.map((bytes) => decodeSigned(VERDICT, bytes, world.crypto).kind)).toEqual(['verdict']);
    const report = await anna.sync(lying(world, { settle: () => ({ verdicts: forged }) }));
    expect(report.refused.map(({ code }) => code)).toContain('bad-signature');
    expect(report.verdictsTaken).toBe(0);
    expect(anna.balance()).toMatchObject({ outgoing: 100 });
    expect((await anna.sync(world)).verdictsTaken).toBe(1);
  });

  it('a payment to somebody else is refused alone, and gets no Verdict', async () => {
    const world = new World();
    const [anna, ben, cara] = [
      await world.person('anna', 1_000),
      await world.person('ben'),
      await world.person('cara'),
    ];
    const asked = value(cara.request({ amount: fen(100) }));
    value(anna.pay(asked.message, { confirmed: true }));
    await anna.sync(world);
    const recorded = [...world.recorded.values()].map(({ exchange }) => exchange);
    // A device of which nobody has a Request asks nothing, and hears nothing.
    value(ben.request({ amount: fen(100) }));
    const report = await ben.sync(telling(world, () => recorded));
    expect(report.answered).toBe(0);
    expect(new Set(report.refused.map(({ code }) => code))).toEqual(new Set(['request-unknown']));
    expect(ben.payments()).toMatchObject([{ state: 'open', spends: [] }]);
    expect(world.verdicts.size).toBe(0);
    expect(await cara.sync(world)).toMatchObject({ answered: 1, refused: [] });
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

describe('SET-14: a load', () => {
  type LoadLie = (world: World, honest: readonly Uint8Array[], wallet: Wallet) => readonly Uint8Array[];
  const CASES: readonly (readonly [string, string, LoadLie])[] = [
    ['with too few coins', 'answer-mismatch', (_world, [first]) => (first ? [first] : [])],
    ['with no coin', 'answer-mismatch', () => []],
    ['with one coin too many', 'answer-mismatch', (_world, honest) => [...honest, ...honest.slice(0, 1)]],
    ['with its coins in another order', 'answer-mismatch', (_world, honest) => honest.toReversed()],
    ['with one coin twice', 'answer-mismatch', (_world, [first]) => (first ? [first, first] : [])],
    [
      'with another amount',
      'answer-mismatch',
      (world, [first, second]) => (first && second ? [again(world, first, 59), second] : []),
    ],
    [
      'with another operator',
      'answer-mismatch',
      (world, [first, second]) => (first && second ? [again(world, first, 60, { operator: 2 }), second] : []),
    ],
    [
      'with another currency',
      'answer-mismatch',
      (world, [first, second]) =>
        first && second ? [again(world, first, 60, { currency: 978 }), second] : [],
    ],
    [
      'with another policy',
      'answer-mismatch',
      (world, [first, second]) => (first && second ? [again(world, first, 60, { policy: 9 }), second] : []),
    ],
    [
      'with another key of this device',
      'answer-mismatch',
      (world, [, second], wallet) => (second ? [world.mint(payeeKeyOf(wallet), fen(60)), second] : []),
    ],
    [
      'with somebody else’s coin',
      'wrong-owner',
      (world, [, second]) =>
        second ? [world.mint(world.crypto.generateKey(1, 'sign').publicKey, fen(60)), second] : [],
    ],
  ];

  it.each(CASES)('%s is refused, and asked for again under the same order', async (_name, code, lie) => {
    const world = new World();
    const ben = await world.person('ben');
    world.fund('ben', 100);
    const port = lying(world, { load: (honest) => lie(world, honest, ben) });
    const report = await ben.sync(port, { load: fen(100), loadParts: [fen(60), fen(40)] });
    expect(report).toMatchObject({ coins: 0, loadedFen: 0, refused: [{ code }] });
    expect(ben.balance()).toMatchObject({ spendable: 0 });
    expect(ben.state.loads.size).toBe(1);
    expect(await ben.sync(world)).toMatchObject({ coins: 2, loadedFen: 100, refused: [] });
    expect(world.balanceOf('ben')).toBe(0);
    expect(ben.balance()).toMatchObject({ spendable: 100 });
  });

  it.each(['made-up', 'conflict', 'spend-unknown'])(
    'refused as %s, which no issuer says of a load, is asked for again',
    async (code) => {
      const world = new World();
      const ben = await world.person('ben');
      world.fund('ben', 100);
      const port = new Proxy(world, {
        get(target, name) {
          const refusal = { ok: false, rejection: { code, expected: '', got: '' } };
          if (name === 'load') return (order: LoadOrder) => target.load(order).then(() => refusal);
          const found: unknown = Reflect.get(target, name, target);
          return typeof found === 'function' ? found.bind(target) : found;
        },
      });
      expect(await ben.sync(port, { load: fen(100) })).toMatchObject({ loadedFen: 0, refused: [{ code }] });
      expect(world.balanceOf('ben')).toBe(0);
      expect(await ben.sync(world)).toMatchObject({ coins: 1, loadedFen: 100, refused: [] });
      expect(ben.balance()).toMatchObject({ spendable: 100 });
    },
  );
});

describe('SET-14: a certificate', () => {
  it.each<[string, string, (world: World, honest: Uint8Array) => Promise<Uint8Array>]>([
    ['of another key', 'wrong-owner', async (world) => otherCertificate(world, 'dora')],
    ['with another signature', 'bad-signature', async (_world, honest) => flipped(honest)],
    [
      'of a wallet of another class',
      'answer-mismatch',
      async (world, honest) => world.recertified(honest, { walletClass: 4 }),
    ],
    [
      'of another operator',
      'answer-mismatch',
      async (world, honest) => world.recertified(honest, { operator: 2 }),
    ],
    [
      'of a signer that is not in the bundle',
      'certificate-untrusted',
      async (world, honest) => world.recertified(honest, { signerKey: 99 }),
    ],
  ])('%s is refused, and asked for again for the same key', async (_name, code, lie) => {
    const world = new World();
    const ben = world.wallet('ben');
    const report = await ben.sync(lying(world, { certify: (honest) => lie(world, honest) }));
    expect(report.refused.map((rejection) => rejection.code)).toEqual([code]);
    expect(ben.state.certificates.size).toBe(0);
    expect(ben.request({ amount: fen(10) })).toMatchObject({
      ok: false,
      rejection: { code: 'sync-required' },
    });
    const keys = ben.state.keys.size;
    expect(await ben.sync(world)).toMatchObject({ complete: true, refused: [] });
    expect(ben.state.keys.size).toBe(keys);
    value(ben.request({ amount: fen(10) }));
  });
});

describe('LIMIT-4: trust material', () => {
  it('of an older version is refused, as are older lists, and the key to seal to must be the bundle’s', async () => {
    const world = new World();
    const old = await world.trust();
    world.pass(86_400);
    world.changeTrust();
    const ben = await world.person('ben');
    const other = world.crypto.generateKey(1, 'seal').publicKey;
    const lies: readonly (readonly [string, (honest: TrustMaterial) => TrustMaterial])[] = [
      ['bundle-older', () => old],
      ['bundle-older', (honest) => ({ ...honest, lists: old.lists })],
      ['certificate-untrusted', (honest) => ({ ...honest, registryKey: other })],
      [
        'certificate-untrusted',
        (honest) => ({ ...honest, lists: honest.lists.map(({ list }) => ({ operator: 1, list })) }),
      ],
      ['bundle-expired', (honest) => ({ ...honest, time: farFuture })],
    ];
    for (const [code, trust] of lies) expect(await refused(ben, lying(world, { trust }))).toEqual([code]);
    world.changeTrust();
    const forged = (honest: TrustMaterial) => ({ ...honest, bundle: flipped(honest.bundle) });
    expect(await refused(ben, lying(world, { trust: forged }))).toEqual(['bad-signature']);
    expect(await ben.sync(world)).toMatchObject({ complete: true, refused: [] });
  });

  it('PRIV-2: nothing is sealed to a key that the bundle does not name', async () => {
    const world = new World();
    const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
    payment(anna, ben, 100);
    const seen: Uint8Array[] = [];
    const port: SettlementPort = {
      ...lying(world, {
        trust: (honest) => ({ ...honest, registryKey: world.crypto.generateKey(1, 'seal').publicKey }),
      }),
      settle: async (sealed) => {
        seen.push(sealed);
        return world.settle(sealed);
      },
    };
    expect(await refused(ben, port)).toEqual(['certificate-untrusted']);
    expect(seen).toEqual([]);
  });
});

const farFuture: Instant = instant(4_000_000_000);

/** The Spend that Ben's claim is on. */
const parentOf = (ben: Wallet): ObjectId =>
  present([...ben.state.claims.values()][0]?.claim.body.inputs[0]?.parent.id);

function payeeKeyOf(wallet: Wallet): PublicKey {
  const { payeeKey } = wallet.state;
  if (!payeeKey) throw new Error('a payee key');
  return payeeKey;
}

/** Another coin for the key of a coin. */
function again(
  world: World,
  coin: Uint8Array,
  amount: number,
  changes: Parameters<World['mint']>[3] = {},
): Uint8Array {
  const { owner } = decodeSigned(COIN, coin, world.crypto).body;
  return world.mint(owner, fen(amount), undefined, changes);
}

async function otherCertificate(world: World, name: string): Promise<Uint8Array> {
  const other = await world.person(name);
  return present(world.certified.get(present([...other.state.certificates.keys()][0])));
}

/** The last byte of the signature is another one. */
const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('there is none');
  return found;
}
