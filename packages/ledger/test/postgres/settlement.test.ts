/** SET-2 to SET-5 and SET-13 on a real database: random markets against the registry of `reference-ledger.ts`. */

import { createNodeSuites } from '@duet/crypto/node-suites';
import { dayOf } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { TrustView } from '@duet/protocol/verify/trust-view';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { takeIn } from '../../src/engine/intake.ts';
import { KnownSignatures } from '../../src/engine/known-signatures.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import { type Database, openPool } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { type Market, makeMarket } from '../helpers/market.ts';
import {
  type Entries,
  type Holding,
  inquiryOf,
  NOW,
  type Party,
  sealed,
  uploadOf,
} from '../helpers/money.ts';
import { namedKeys, observedState, overlaps, snapshot } from '../helpers/observed.ts';
import { type Random, randomFrom } from '../helpers/random.ts';
import { ReferenceLedger } from '../helpers/reference-ledger.ts';
import { answerOf, balanceOf, enrol, load, makeAuthority, openWorld, send } from '../helpers/world.ts';
import { ask, describeWithPostgres } from './support.ts';

const NAMES = ['anna', 'bert', 'cora', 'dora', 'emil', 'fred'];
const COIN_VALUE = 12;
const COINS_EACH = 2;
const LOADED = COIN_VALUE * COINS_EACH;

describeWithPostgres('settlement', () => {
  const authority = makeAuthority();
  let server: EmbeddedPostgres;
  const pools: pg.Pool[] = [];
  let databases = 0;

  const openOn = (name: string, connections = 6): Database => {
    const pool = openPool({ ...server.poolConfig, database: name }, connections, () => undefined);
    pools.push(pool);
    return { pool, url: '', server: undefined, kysely: () => expect.unreachable(), close: () => pool.end() };
  };
  const fresh = async (): Promise<string> => {
    const name = `world${++databases}`;
    await ask(server, `CREATE DATABASE ${name}`);
    return name;
  };

  interface Place {
    readonly name: string;
    readonly pool: pg.Pool;
    readonly registry: Registry;
    readonly parties: readonly Party[];
    readonly coins: readonly { readonly party: Party; readonly holding: Holding }[];
  }

  const place = async (): Promise<Place> => {
    const name = await fresh();
    const database = openOn(name);
    const registry = await openWorld(database, authority);
    const parties = await enrol(registry, NAMES);
    const coins = await Promise.all(
      parties.map(async (party) => {
        const holdings = await load(
          registry,
          party,
          Array.from({ length: COINS_EACH }, () => COIN_VALUE),
        );
        return holdings.map((holding) => ({ party, holding }));
      }),
    );
    return { name, pool: database.pool, registry, parties, coins: coins.flat() };
  };

  const sendAll = async (
    registries: readonly Registry[],
    uploads: readonly Entries[],
    random: Random,
  ): Promise<void> => {
    const copies = random.shuffled(
      uploads.flatMap((one) => Array.from({ length: 1 + random.below(3) }, () => one)),
    );
    const registryKey = authority.registryKey;
    await Promise.all(
      copies.map(async (one, i) => {
        const registry = registries[i % registries.length];
        if (registry) answerOf(await registry.settle(sealed(uploadOf(one), registryKey)));
      }),
    );
  };

  /** Batches one after the other, so that the order of arrival is known. */
  const settleInTurn = async (
    { pool, coins }: Place,
    uploads: readonly Entries[],
    random: Random,
    reference: ReferenceLedger,
  ): Promise<void> => {
    const crypto = createNodeSuites();
    let stored = NOW * 1_000;
    for (let from = 0; from < uploads.length; ) {
      const batch = uploads.slice(from, from + 1 + random.below(6));
      from += batch.length;
      stored += 4_096;
      const context = {
        pool,
        crypto,
        trust: new TrustView(authority.bundle),
        signatures: new KnownSignatures(crypto),
        stored,
        now: NOW,
        today: dayOf(NOW),
      };
      await takeIn(batch.map(uploadOf), context);
      reference.take(batch);
    }
    expect(coins.length).toBe(NAMES.length * COINS_EACH);
  };

  const balances = async ({ registry, parties }: Place): Promise<number[]> => {
    const [first] = await Promise.all(parties.map((party) => balanceOf(registry, party)));
    expect(first).toBeDefined();
    return Promise.all(parties.map((party) => balanceOf(registry, party)));
  };

  const expectBalanced = async (registry: Registry): Promise<void> => {
    const report = await registry.audit();
    expect({ problems: report.problems, differenceFen: report.differenceFen }).toEqual({
      problems: [],
      differenceFen: 0,
    });
    expect(report.balanced).toBe(true);
  };

  beforeAll(async () => {
    server = await temporaryPostgres();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
  });
  afterAll(() => server?.stop());

  test('SET-2 SET-13 honest payments in any order, some of them thrice: everybody has what the plain ledger says', async () => {
    const random = randomFrom(1);
    const world = await place();
    const before = await balances(world);
    const market = makeMarket({ ...world, random, steps: 90 });
    await sendAll([world.registry], market.uploads, random);
    await sendAll([world.registry], market.returns, random);
    await sendAll([world.registry], [...market.uploads, ...market.returns], random);
    const claimed = world.parties.map((party) => market.claimed.get(party) ?? 0);
    expect((await balances(world)).map((amount, i) => amount - (before[i] ?? 0))).toEqual(claimed);
    const { walk } = await world.registry.balances();
    const held = world.parties.map(
      ({ operator, handle }) => walk.get(`${operator}:${Buffer.from(handle).toString('hex')}`) ?? 0,
    );
    expect(held).toEqual(world.parties.map((party) => market.held.get(party) ?? 0));
    expect(await namedKeys(world.pool)).toEqual([]);
    await expectBalanced(world.registry);
  });

  test('SET-4 SET-5 double spends, batch by batch: every fen goes where the reference says, and cheats alone are named', async () => {
    for (const seed of [11, 12]) {
      const random = randomFrom(seed);
      const world = await place();
      const before = await balances(world);
      const market = makeMarket({ ...world, random, steps: 60, cheating: 0.35 });
      const reference = new ReferenceLedger(world.coins.map(({ holding }) => holding));
      const half = random.shuffled(market.uploads);
      await settleInTurn(world, [...half, ...random.shuffled(market.returns)], random, reference);
      // Again in another order: what was refused only because its provenance came later may stand now.
      await settleInTurn(world, random.shuffled([...market.uploads, ...market.returns]), random, reference);
      await world.registry.payFunds();
      expect(Object.fromEntries(await observedState(world.pool))).toEqual(
        Object.fromEntries(reference.state()),
      );
      expect(await namedKeys(world.pool)).toEqual([...reference.guilty()].sort());
      const paid = reference.paid();
      const expected = world.parties.map((party) => {
        const keys = [
          party.key,
          ...world.coins.filter((coin) => coin.party === party).map(({ holding }) => holding.key),
        ];
        return keys.reduce((sum, key) => sum + (paid.get(keyText(key.publicKey)) ?? 0), 0);
      });
      expect((await balances(world)).map((amount, i) => amount - (before[i] ?? 0))).toEqual(expected);
      await expectBalanced(world.registry);

      const unchanged = await snapshot(world.pool);
      await sendAll([world.registry], [...market.uploads, ...market.returns], random);
      await world.registry.payFunds();
      expect(await snapshot(world.pool)).toEqual(unchanged);
    }
  });

  test('SET-2 the hot path and judgement piece by piece agree on the same uploads', async () => {
    const random = randomFrom(21);
    const hot = await place();
    const before = await balances(hot);
    await hot.pool.end();
    pools.splice(pools.indexOf(hot.pool), 1);
    const slow = await fresh();
    await ask(server, `DROP DATABASE ${slow}`);
    await ask(server, `CREATE DATABASE ${slow} TEMPLATE ${hot.name}`);
    const market: Market = makeMarket({ ...hot, random, steps: 70 });
    const results: { balances: number[]; walk: unknown; paid: unknown; reviewed: number }[] = [];
    for (const [name, state] of [
      [hot.name, 0],
      [slow, 1],
    ] as const) {
      const database = openOn(name);
      await database.pool.query('UPDATE coin SET state = $1', [state]);
      const registry = await openRegistry({
        database,
        crypto: createNodeSuites(),
        authority,
        clock: () => NOW,
      });
      await sendAll(
        [registry],
        market.uploads.filter(({ claims }) => !claims),
        random,
      );
      await sendAll([registry], [...market.uploads, ...market.returns], random);
      await sendAll([registry], market.returns, random);
      await expectBalanced(registry);
      const world = { ...hot, pool: database.pool, registry };
      const seen = await observedState(database.pool);
      const reviewed = await database.pool.query<{ n: number }>('SELECT count(*) AS n FROM credit');
      results.push({
        balances: (await balances(world)).map((amount, i) => amount - (before[i] ?? 0)),
        walk: [...(await registry.balances()).walk].sort(),
        paid: [...seen].sort(),
        reviewed: reviewed.rows[0]?.n ?? 0,
      });
    }
    const [fast, careful] = results;
    expect(fast?.balances).toEqual(careful?.balances);
    expect(fast?.walk).toEqual(careful?.walk);
    expect(fast?.paid).toEqual(careful?.paid);
    expect(fast?.balances.some((amount) => amount > 0)).toBe(true);
    // Both paths were really taken.
    expect(fast?.reviewed ?? 0).toBeLessThan(careful?.reviewed ?? 0);
  });

  test('SET-2 many registries over the same coins at once: no range is credited twice and the books balance', async () => {
    const random = randomFrom(31);
    const world = await place();
    const before = await balances(world);
    const honest = makeMarket({ ...world, coins: world.coins.slice(0, 6), random, steps: 50 });
    const cheats = makeMarket({ ...world, coins: world.coins.slice(6), random, steps: 50, cheating: 0.4 });
    const others = await Promise.all(
      [1, 2, 3].map(() =>
        openRegistry({
          database: openOn(world.name, 4),
          crypto: createNodeSuites(),
          authority,
          clock: () => NOW,
        }),
      ),
    );
    const registries = [world.registry, ...others];
    const uploads = [...honest.uploads, ...cheats.uploads];
    const returns = [...honest.returns, ...cheats.returns];
    await sendAll(registries, uploads, random);
    await Promise.all([
      sendAll(registries, [...uploads, ...returns], random),
      ...registries.map((registry) => registry.payFunds()),
    ]);
    await Promise.all([
      sendAll(registries, returns, random),
      ...registries.map((registry) => registry.sweep()),
    ]);
    await world.registry.payFunds();
    expect(await overlaps(world.pool)).toBe(0);
    await expectBalanced(world.registry);
    const reference = new ReferenceLedger(world.coins.map(({ holding }) => holding));
    reference.take(uploads);
    reference.take(returns);
    expect(await namedKeys(world.pool)).toEqual([...reference.guilty()].sort());
    // Without caps every claim of somebody who cheated nobody is paid, whoever came first.
    const guilty = reference.guilty();
    const paid = await world.pool.query<{ n: number }>(
      'SELECT count(*) AS n FROM fund_due WHERE paid < amount',
    );
    expect(paid.rows[0]?.n).toBe(0);
    const gained = (await balances(world)).map((amount, i) => amount - (before[i] ?? 0));
    for (const [i, party] of world.parties.entries()) {
      if (guilty.has(keyText(party.key.publicKey))) continue;
      expect(gained[i]).toBeGreaterThanOrEqual(honest.claimed.get(party) ?? 0);
    }
    expect(LOADED).toBeGreaterThan(0);
  });

  test('SET-13 what a payer alone uploads is pending to the payee until its Verdict', async () => {
    const { registry, parties, coins } = await place();
    const random = randomFrom(41);
    const market = makeMarket({ random, parties, coins, steps: 12 });
    const payment = market.uploads.find(({ payments }) => payments)?.payments?.[0];
    if (!payment) return expect.unreachable('a payment');
    const amount = payment.inputs.reduce((sum, { from, to }) => sum + to - from, 0);
    const pending = async (): Promise<number> => {
      const account = await registry.account(payment.payee.operator, payment.payee.handle);
      return account.ok ? account.value.pending : -1;
    };
    await send(registry, uploadOf({ payments: [payment] }));
    expect(await pending()).toBe(amount);
    const { key } = payment.payee;
    const asked = await send(registry, { ...uploadOf({}), inquiry: inquiryOf(key, [key.publicKey]) });
    expect(asked.recorded).toEqual([payment.exchange]);
    await send(registry, uploadOf({ answered: [payment] }));
    expect(await pending()).toBe(0);
    const told = await send(registry, { ...uploadOf({}), openSpends: [payment.spend.id] });
    expect(told.verdicts).toHaveLength(1);
  });
});
