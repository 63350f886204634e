/** The registry's door: one schema for many openers, and no upload that keeps others from being settled. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import { COIN } from '@duet/protocol/objects/coin';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import { type Database, openPool } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { MIGRATIONS } from '../../src/sql/schema.ts';
import {
  CRYPTO,
  claimOf,
  cut,
  handleOf,
  inquiryOf,
  NOW,
  type Payment,
  pay,
  returnOf,
  toCoins,
  uploadOf,
} from '../helpers/money.ts';
import { overlaps } from '../helpers/observed.ts';
import {
  balanceOf,
  creditedIn,
  enrol,
  itemsOf,
  load,
  makeAuthority,
  openWorld,
  send,
} from '../helpers/world.ts';
import { ask, describeWithPostgres } from './support.ts';

describeWithPostgres('registry', () => {
  const authority = makeAuthority();
  const pools: Database['pool'][] = [];
  let server: EmbeddedPostgres;
  let databases = 0;

  const fresh = async (): Promise<string> => {
    const name = `registry${++databases}`;
    await ask(server, `CREATE DATABASE ${name}`);
    return name;
  };
  const openOn = (name: string): Database => {
    const pool = openPool({ ...server.poolConfig, database: name }, 6, () => undefined);
    pools.push(pool);
    return { pool, url: '', server: undefined, kysely: () => expect.unreachable(), close: () => pool.end() };
  };
  const another = (name: string): Promise<Registry> =>
    openRegistry({ database: openOn(name), crypto: createNodeSuites(), authority, clock: () => NOW });

  beforeAll(async () => {
    server = await temporaryPostgres();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
  });
  afterAll(() => server?.stop());

  test('many openers of an empty database make one schema, and one more changes nothing', async () => {
    const name = await fresh();
    const registries = await Promise.all(Array.from({ length: 5 }, () => another(name)));
    expect(registries).toHaveLength(5);
    const { pool } = openOn(name);
    const applied = async (): Promise<unknown> =>
      (await pool.query('SELECT * FROM duet_migration ORDER BY position')).rows;
    const once = await applied();
    expect(once).toHaveLength(MIGRATIONS.length + 1);
    await another(name);
    expect(await applied()).toEqual(once);
  });

  test('an older schema is brought to the newest, and what it holds stays', async () => {
    const name = await fresh();
    const { pool } = openOn(name);
    await migrate(pool, MIGRATIONS.slice(0, 1));
    await pool.query("INSERT INTO operator (operator, name, quota) VALUES (9, 'from before', 5)");
    await another(name);
    expect((await pool.query('SELECT name, quota FROM operator')).rows).toEqual([
      { name: 'from before', quota: 5 },
    ]);
    await migrate(pool, [...MIGRATIONS, { id: '999-later', sql: 'CREATE TABLE later ()' }]);
    await expect(another(name)).rejects.toMatchObject({ code: 'schema-newer', retry: 'never' });
  });

  test('SET-7 PAY-8 a Return of more Spends than fit a byte gets all of them back', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const count = 200;
    const [coin] = await load(registry, anna, [count]);
    if (!coin) return expect.unreachable('a coin');
    const before = await balanceOf(registry, anna);
    const payments = Array.from({ length: count }, (_, i) =>
      pay([cut(coin, i, i + 1)], bert, { accepted: false }),
    );
    await send(registry, uploadOf({ answered: payments }));
    const answer = await send(registry, uploadOf({ returns: [returnOf(payments, anna)] }));
    expect(itemsOf(answer).map(({ index }) => index)).toEqual(payments.map((_, place) => place));
    expect(creditedIn(answer)).toBe(count);
    expect((await balanceOf(registry, anna)) - before).toBe(count);
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-1 what the registry signed itself is known by id and signature, everything else is verified', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const coins = await load(registry, anna, [100, 100]);
    const payments = coins.map((coin) => pay([cut(coin, 0, 60)], bert));
    const claims = payments.map(({ received }) => claimOf(received, bert));
    const before = registry.verified;
    expect(creditedIn(await send(registry, uploadOf({ answered: payments, claims })))).toBe(120);
    // Of each payment the Spend, the Verdict and the Claim: neither coin nor certificate.
    expect(registry.verified - before).toBe(3 * payments.length);
  });

  test('SET-13 what its payee claims is not pending, and nobody is asked for it', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const [first, second] = await load(registry, anna, [100, 100]);
    if (!first || !second) return expect.unreachable('two coins');
    const [claimed, open] = [pay([cut(first, 0, 60)], bert), pay([cut(second, 0, 40)], bert)];
    const claims = [claimOf(claimed.received, bert)];
    const answer = await send(registry, uploadOf({ payments: [claimed, open], claims }));
    expect(creditedIn(answer)).toBe(60);
    expect(await registry.account(bert.operator, bert.handle)).toMatchObject({ value: { pending: 40 } });
    const inquiry = inquiryOf(bert.key, [bert.key.publicKey]);
    const asked = await send(registry, { ...uploadOf({}), inquiry });
    expect(asked.recorded).toEqual([open.exchange]);
  });

  test('SET-2 what one answer cannot tell of is refused alone, and no other upload suffers', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const coins = await load(registry, anna, [40, 50]);
    const [coin, junk] = coins;
    if (!coin || !junk) return expect.unreachable('two coins');
    const payment = pay([coin], bert);
    const good = uploadOf({ answered: [payment], claims: [claimOf(payment.received, bert)] });
    // Claims over Spends that nobody knows need no true signature to be told of.
    const unknown = (claims: number): ReturnType<typeof uploadOf> =>
      uploadOf({
        claims: Array.from({ length: claims }, () =>
          claimOf(
            Array.from({ length: 1_000 }, () => stray(junk)),
            anna,
          ),
        ),
      });
    const [bad, fine] = await Promise.all([send(registry, unknown(5)), send(registry, good)]);
    expect(creditedIn(fine)).toBe(40);
    expect(itemsOf(bad)).toHaveLength(1_000);
    expect(bad.refused.map(({ place, code }) => [place, code])).toEqual(
      [1, 2, 3, 4].map((place) => [place, 'too-large']),
    );
  });

  test('SET-2 a claim to an account that nobody has is refused, and may be made again to one that is there', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const [coin] = await load(registry, anna, [40]);
    if (!coin) return expect.unreachable('a coin');
    const payment = pay([coin], bert);
    const before = await balanceOf(registry, bert);
    const wrong = [
      claimOf(payment.received, { ...bert, operator: 9 }),
      claimOf(payment.received, { ...bert, handle: handleOf('nobody') }),
      claimOf(
        payment.received,
        { ...bert, operator: 9 },
        toCoins([{ owner: anna.key.publicKey, amount: 40 }]),
      ),
    ];
    const answer = await send(registry, uploadOf({ answered: [payment], claims: wrong }));
    expect(answer.refused.map(({ place, code }) => [place, code])).toEqual(
      wrong.map((_, place) => [place, 'account-unknown']),
    );
    expect(itemsOf(answer)).toEqual([]);
    expect(creditedIn(await send(registry, uploadOf({ claims: [claimOf(payment.received, bert)] })))).toBe(
      40,
    );
    expect((await balanceOf(registry, bert)) - before).toBe(40);
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-9 what a refresh is credited after its coins were made goes to the account, once', async () => {
    const registry = await openWorld(openOn(await fresh()), authority);
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const coins = await load(registry, anna, [40, 30, 20]);
    const payments = coins.map((coin) => pay([coin], bert));
    const [first, second, third] = payments;
    if (!first || !second || !third) return expect.unreachable('three payments');
    const owner = CRYPTO.generateKey(1, 'sign').publicKey;
    const received = payments.flatMap((payment) => payment.received);
    const refresh = claimOf(received, bert, toCoins([{ owner, amount: 90 }]));
    const before = await balanceOf(registry, bert);
    const gained = async () => (await balanceOf(registry, bert)) - before;
    const made = await send(registry, uploadOf({ answered: [first], claims: [refresh] }));
    expect(made.coins.map((bytes) => decodeSigned(COIN, bytes, CRYPTO).body.value)).toEqual([40]);
    for (const [known, account] of [
      [[second], 30],
      [[], 30],
      [[third], 50],
      [payments, 50],
    ] as const) {
      const answer = await send(registry, uploadOf({ answered: known, claims: [refresh] }));
      expect(answer.coins).toEqual(made.coins);
      expect(await gained()).toBe(account);
    }
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-9 one refresh sent to several registries at once makes its coins once', async () => {
    const name = await fresh();
    const registry = await openWorld(openOn(name), authority);
    const registries = [registry, await another(name), await another(name)];
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const coins = await load(registry, anna, [30, 30, 30, 30]);
    const payments: Payment[] = coins.map((coin) => pay([coin], bert));
    const key = CRYPTO.generateKey(1, 'sign');
    const claims = payments.map(({ received }) =>
      claimOf(received, bert, toCoins([{ owner: key.publicKey, amount: 25 }])),
    );
    const uploads = claims.map((claim, i) =>
      uploadOf({ answered: payments.slice(i, i + 1), claims: [claim] }),
    );
    const before = await balanceOf(registry, bert);
    const answers = await Promise.all(
      uploads.flatMap((upload) => registries.map((one) => send(one, upload))),
    );
    const made = answers.flatMap((answer) => answer.coins.map((bytes) => decodeSigned(COIN, bytes, CRYPTO)));
    expect(made).toHaveLength(uploads.length * registries.length);
    expect(new Set(made.map(({ id }) => Buffer.from(id).toString('hex'))).size).toBe(uploads.length);
    expect(made.every(({ body }) => body.value === 25)).toBe(true);
    // What the list of new coins does not take goes to the account.
    expect((await balanceOf(registry, bert)) - before).toBe(4 * 5);
    expect(await overlaps(pools[0] ?? expect.unreachable('a pool'))).toBe(0);
    expect((await registry.audit()).problems).toEqual([]);
  });
});

/** A part of money that was never spent to anybody: its parent is a hash of nothing. */
function stray<Money extends { readonly parent: { readonly id: Uint8Array } }>(money: Money): Money {
  return { ...money, parent: { ...money.parent, id: CRYPTO.randomBytes(32), index: 0 } };
}
