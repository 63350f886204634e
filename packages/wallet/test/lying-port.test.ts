/**
 * What stands between a wallet and the registry may lie or mix things up (SET-14, ADR 26): each answer that is not to what
 * was asked is refused with a code and changes nothing; the next sync with an honest port brings what is due.
 */
import { type Instant, instant, type PublicKey } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { COIN } from '@duet/protocol/objects/coin';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import { describe, expect, it } from 'vitest';
import type { Wallet } from '../src/wallet.ts';
import { claiming, comesRight, flipped, lying, present, refused, telling } from './helpers/lying.ts';
import { payment, value, World } from './helpers/world.ts';

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

  it('of a Claim that the credit note credits are refused, and its coins are asked for again', async () => {
    const world = new World();
    const ben = await claiming(world);
    const refusal = [{ list: 3, place: 0, code: 'key-certified' }];
    const port = lying(world, { settle: () => ({ coins: [], refused: refusal }) });
    expect(await refused(ben, port)).toEqual(['answer-mismatch']);
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
