/** LIMIT-1: the live keys and coins of a handle are bounded, exactly, and what is used up or ends makes room. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import { dayOf, plusSeconds, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { holderNumber } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import type { Result } from '@duet/protocol/rejection';
import { beforeAll, expect, test } from 'vitest';
import { standingsOf } from '../../src/engine/handle-limits.ts';
import { CERTIFICATE_DAYS, DEFAULT_POLICY } from '../../src/engine/policies.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { lockOperators } from '../../src/sql/postings.ts';
import type { Queryable } from '../../src/sql/rows.ts';
import {
  CRYPTO,
  claimOf,
  cut,
  type Holding,
  NOW,
  type Party,
  pay,
  sign,
  toCoins,
  uploadOf,
  wholeOf,
} from '../helpers/money.ts';
import {
  balanceOf,
  type Clock,
  creditedIn,
  enrol,
  itemsOf,
  load,
  makeAuthority,
  openWorld,
  send,
} from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

const LIMITS = { keys: 3, coins: 4 };
const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.rejection.code);

describeWithPostgres('LIMIT-1 handle limits', () => {
  const authority = makeAuthority();
  const clock: Clock = { now: NOW };
  const opened = temporaryDatabase();
  let database: Database;
  let registry: Registry;
  const another = (): Promise<Registry> =>
    openRegistry({ database, crypto: createNodeSuites(), authority, clock: () => clock.now, limits: LIMITS });

  beforeAll(async () => {
    database = opened();
    await openWorld(database, authority, clock);
    registry = await another();
  });
  const party = async (name: string): Promise<Party> =>
    (await enrol(registry, [name]))[0] ?? expect.unreachable();

  const enrolment = ({ operator, handle }: Party): Uint8Array => {
    const key = CRYPTO.generateKey(1, 'sign');
    const holder = holderNumber('wallet', 2);
    return encodeSigned(
      ENROLMENT,
      sign(ENROLMENT, { operator, handle, subject: key.publicKey, holder }, key),
    );
  };

  /** One order for coins of 10 fen. */
  const order = async (
    from: Registry,
    { operator, handle }: Party,
    count: number,
  ): Promise<Result<unknown>> =>
    from.load({
      order: CRYPTO.randomBytes(16),
      operator,
      handle,
      currency: DEFAULT_CURRENCY,
      policy: DEFAULT_POLICY.id,
      outputs: Array.from({ length: count }, () => ({
        owner: CRYPTO.generateKey(1, 'sign').publicKey,
        amount: fen(10),
      })),
    });

  /** A refresh of money into `count` coins of 5 fen each. */
  const refresh = (money: Holding, owner: Party, count: number) =>
    claimOf(
      [money],
      owner,
      toCoins(
        Array.from({ length: count }, () => ({ owner: CRYPTO.generateKey(1, 'sign').publicKey, amount: 5 })),
      ),
    );

  test('LIMIT-1 keys: the last one that fits is certified, the next one when an older certificate has ended', async () => {
    const anna = await party('anna');
    const repeated = enrolment(anna);
    expect(codeOf(await registry.certify(repeated))).toBe('accepted');
    clock.now = plusSeconds(NOW, SECONDS_PER_DAY);
    expect(codeOf(await registry.certify(enrolment(anna)))).toBe('accepted');
    const refused = enrolment(anna);
    expect(codeOf(await registry.certify(refused))).toBe('too-many-keys');
    expect(codeOf(await registry.certify(repeated))).toBe('accepted');
    // The first two ended a day before the third.
    clock.now = plusSeconds(NOW, CERTIFICATE_DAYS * SECONDS_PER_DAY);
    expect(codeOf(await registry.certify(refused))).toBe('accepted');
    expect(codeOf(await registry.certify(enrolment(anna)))).toBe('accepted');
    expect(codeOf(await registry.certify(enrolment(anna)))).toBe('too-many-keys');
    clock.now = NOW;
  });

  test('LIMIT-1 keys and coins: many at once, on two registries, do not pass the bound', async () => {
    const bert = await party('bert');
    const registries = [registry, await another()];
    const keys = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (registries[i % 2] ?? registry).certify(enrolment(bert))),
    );
    expect(keys.map(codeOf).filter((code) => code === 'accepted')).toHaveLength(LIMITS.keys - 1);
    const loads = await Promise.all(
      Array.from({ length: 10 }, (_, i) => order(registries[i % 2] ?? registry, bert, 1)),
    );
    expect(loads.map(codeOf).filter((code) => code === 'accepted')).toHaveLength(LIMITS.coins);
    expect(new Set(loads.map(codeOf))).toEqual(new Set(['accepted', 'too-many-coins']));
  });

  test('LIMIT-1 keys and coins: what another one stores while it holds the account counts', async () => {
    const [hugo, other] = [await party('hugo'), await party('other')];
    for (let i = 1; i < LIMITS.keys; i++)
      expect(codeOf(await registry.certify(enrolment(other)))).toBe('accepted');
    await load(registry, other, [1, 1, 1, 1]);
    const waiting = async (): Promise<number> => {
      const { rows } = await database.pool.query<{ waiting: number }>(
        'SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted',
      );
      return rows[0]?.waiting ?? 0;
    };
    for (const [ask, hold, table, columns, code] of [
      [
        () => registry.certify(enrolment(hugo)),
        (client: Queryable) => standingsOf(client, [hugo], dayOf(NOW)),
        'certificate',
        ['operator', 'handle'],
        'too-many-keys',
      ],
      [() => order(registry, hugo, 1), lockOperators, 'coin', ['home_operator', 'home'], 'too-many-coins'],
    ] as const) {
      const [operator, handle] = columns;
      const held = await inTransaction(database.pool, async (client) => {
        await hold(client);
        const answer = ask();
        while ((await waiting()) === 0) if (await Promise.race([answer, undefined])) break;
        const moved = await client.query<{ status: number }>(
          `UPDATE ${table} SET ${operator} = $1, ${handle} = $2 WHERE ${operator} = $3 AND ${handle} = $4 RETURNING status`,
          [hugo.operator, Buffer.from(hugo.handle), other.operator, Buffer.from(other.handle)],
        );
        return { answer, statuses: moved.rows.map(({ status }) => status) };
      });
      expect(codeOf(await held.answer)).toBe(code);
      await database.pool.query(
        `UPDATE ${table} SET ${operator} = $1, ${handle} = $2 WHERE status = ANY($3)`,
        [other.operator, Buffer.from(other.handle), held.statuses],
      );
    }
  });

  test('LIMIT-1 coins: Claims over one and the same range use up no more than that range', async () => {
    const erna = await party('erna');
    const coins = await load(registry, erna, [10, 10, 10, 10]);
    for (const coin of coins) {
      await send(registry, uploadOf({ claims: [claimOf([cut(coin, 0, 5)], erna)] }));
      await send(
        registry,
        uploadOf({
          claims: [claimOf([cut(coin, 0, 5)], erna, toCoins([{ owner: erna.key.publicKey, amount: 5 }]))],
        }),
      );
    }
    expect(codeOf(await order(registry, erna, 1))).toBe('too-many-coins');
  });

  test('LIMIT-1 coins: a load above the bound changes nothing; coins claimed or spent to the end make room', async () => {
    const [cora, dora] = [await party('cora'), await party('dora')];
    const [claimed, spent, half, kept] = await load(registry, cora, [10, 10, 10, 10]);
    if (!claimed || !spent || !half || !kept) return expect.unreachable('four coins');
    const before = await balanceOf(registry, cora);
    expect(codeOf(await order(registry, cora, 1))).toBe('too-many-coins');
    expect(await balanceOf(registry, cora)).toBe(before);
    await send(registry, uploadOf({ answered: [pay([cut(half, 0, 9)], dora)] }));
    expect(codeOf(await order(registry, cora, 1))).toBe('too-many-coins');
    await send(
      registry,
      uploadOf({ answered: [pay([cut(spent, 0, 4)], dora), pay([cut(spent, 4, 10)], dora)] }),
    );
    await send(registry, uploadOf({ claims: [claimOf([claimed], cora)] }));
    expect(codeOf(await order(registry, cora, 3))).toBe('too-many-coins');
    expect(codeOf(await order(registry, cora, 2))).toBe('accepted');
    // A payment that its payee refused leaves the coin in its owner's hands.
    await send(registry, uploadOf({ answered: [pay([kept], dora, { accepted: false })] }));
    expect(codeOf(await order(registry, cora, 1))).toBe('too-many-coins');
    clock.now = plusSeconds(NOW, DEFAULT_POLICY.spendDays * SECONDS_PER_DAY);
    expect(codeOf(await order(registry, cora, 4))).toBe('accepted');
    clock.now = NOW;
  });

  test('LIMIT-1 refresh: what would be too many coins goes to the account, and the answer says why', async () => {
    const [emma, finn] = [await party('emma'), await party('finn')];
    const [coin] = await load(registry, finn, [40]);
    const mine = await load(registry, emma, [10, 10, 10]);
    if (!coin) return expect.unreachable('a coin');
    const payment = pay([coin], emma);
    const [received] = payment.received;
    if (!received) return expect.unreachable('money');
    const before = await balanceOf(registry, emma);
    const answer = await send(
      registry,
      uploadOf({ answered: [payment], claims: [refresh(cut(received, 0, 20), emma, 4)] }),
    );
    expect(answer.coins.map((bytes) => decodeSigned(COIN, bytes, CRYPTO).body.value)).toEqual([5]);
    expect(itemsOf(answer)).toMatchObject([{ amount: 20, code: 'too-many-coins' }]);
    expect((await balanceOf(registry, emma)) - before).toBe(15);
    // Merging makes room: three coins go to the account, then the next refresh is made in full.
    await send(registry, uploadOf({ claims: mine.map((one) => claimOf([one], emma)) }));
    const next = await send(registry, uploadOf({ claims: [refresh(cut(received, 20, 35), emma, 3)] }));
    expect(next.coins).toHaveLength(3);
    expect(itemsOf(next).map(({ code }) => code)).toEqual([undefined]);
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('LIMIT-1 PAY-10 refresh: conditional money above the bound stays conditional, in one coin', async () => {
    const gina = await party('gina');
    const condition = { categories: [5411] };
    const [directed] = await load(registry, gina, [20], condition);
    await load(registry, gina, [10, 10]);
    if (!directed) return expect.unreachable('a coin');
    const key = CRYPTO.generateKey(1, 'sign');
    const claim = claimOf(
      [directed],
      gina,
      toCoins([5, 5, 10].map((amount) => ({ owner: key.publicKey, amount }))),
    );
    const before = await balanceOf(registry, gina);
    const answer = await send(registry, uploadOf({ claims: [claim] }));
    const coins = answer.coins.map((bytes) => decodeSigned(COIN, bytes, CRYPTO));
    expect(coins.map(({ body }) => [body.value, body.condition])).toEqual([[20, condition]]);
    expect(creditedIn(answer)).toBe(20);
    expect(await balanceOf(registry, gina)).toBe(before);
    const again = await send(registry, uploadOf({ claims: [claim] }));
    expect(again.coins).toEqual(answer.coins);
    expect(coins.map((coin) => wholeOf(coin, key).to)).toEqual([20]);
    expect((await registry.audit()).problems).toEqual([]);
  });
});
